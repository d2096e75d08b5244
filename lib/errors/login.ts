import { LxdError, type ErrorDetails } from './base.js';
import { named } from './named.js';
import { UsageError } from './usage.js';

/**
 * Why a login did not come about: the person said no, or took longer than the code is good for; the provider cannot be
 * reached, or answers what cannot be used; there is nobody to ask (no `onVerification`, and no tokens that are good still).
 */
export type LoginFailure = 'denied' | 'expired' | 'unreachable' | 'failed' | 'required';

/** Logging in by OIDC failed; the request was not carried out. */
export class LoginError extends LxdError {
  constructor(
    message: string,
    readonly reason: LoginFailure,
    details: ErrorDetails = {},
  ) {
    super('ERR_LXD_LOGIN', message, details);
  }
}

/** A package that is installed only by those who need it is not there; the message names the command to type. */
export class MissingPackageError extends UsageError {
  constructor(
    message: string,
    /** Its name on npm. */
    readonly packageName: string,
  ) {
    super('ERR_LXD_MISSING_PACKAGE', message);
  }
}

named({ LoginError, MissingPackageError });
