import { LxdError, type ErrorDetails } from './base.js';
import { named } from './named.js';

/** One place where a server was looked for, and why it is not there. */
export interface ConnectionAttempt {
  /** The socket path or URL. */
  address: string;
  /** Why it could not be used, as a phrase: `absent`, `not permitted`, `refused`. */
  reason: string;
  /** What to do about it, if anything can be done. */
  remedy?: string | undefined;
}

/** The server could not be reached, or went away before it had answered. */
export class ConnectionError extends LxdError {
  constructor(
    message: string,
    details: ErrorDetails = {},
    /** Every place tried, in order, where more than one was. */
    readonly attempts: readonly ConnectionAttempt[] = [],
  ) {
    super('ERR_LXD_CONNECTION', message, details);
  }
}

/** The time that the caller allowed is over. The server may still be at work. */
export class TimeoutError extends LxdError {
  /** Of a command (`exec()`): what it had written until then, text or bytes as its `encoding` says. */
  declare readonly stdout?: string | Buffer;
  declare readonly stderr?: string | Buffer;
  /** With `all: true`. */
  declare readonly all?: string | Buffer | undefined;

  constructor(message: string, details: ErrorDetails = {}) {
    super('ERR_LXD_TIMEOUT', message, details);
  }
}

/** Which certificate was expected and which one was shown: SHA-256 in hex, as `lxc info` and `incus info` print it. */
export interface CertificateFingerprints {
  expected?: string | undefined;
  offered?: string | undefined;
}

/** The server's certificate is not the one expected, or ours cannot be used. */
export class CertificateError extends LxdError {
  /** Fingerprint of the pinned certificate (`serverCert`), where the server has shown another one. */
  declare readonly expected?: string;
  /** Fingerprint of the certificate that the server has shown, where that is what is wrong and is known. */
  declare readonly offered?: string;

  constructor(message: string, details: ErrorDetails & CertificateFingerprints = {}) {
    super('ERR_LXD_CERTIFICATE', message, details);
  }
}

/** The caller's `AbortSignal` fired; `cause` is the signal's reason. */
export class AbortedError extends LxdError {
  /** Of a command (`exec()`): what it had written until then, text or bytes as its `encoding` says. */
  declare readonly stdout?: string | Buffer;
  declare readonly stderr?: string | Buffer;
  /** With `all: true`. */
  declare readonly all?: string | Buffer | undefined;

  constructor(message: string, details: ErrorDetails = {}) {
    super('ABORT_ERR', message, details);
  }
}

/** The client was closed while, or before, this was asked of it. */
export class ClosedError extends LxdError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('ERR_LXD_CLOSED', message, details);
  }
}

named({ ConnectionError, TimeoutError, CertificateError, AbortedError, ClosedError });
// What node:fs, fetch and execa call it, so that callers test one name.
Object.defineProperty(AbortedError.prototype, 'name', { value: 'AbortError' });
