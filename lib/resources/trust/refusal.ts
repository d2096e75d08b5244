import type { TrustToken } from '../../connect/trust/token.js';
import { ForbiddenError, isLxdError, TrustTokenError, UnsupportedError } from '../../errors/index.js';

/** Of refusals that are about the token, whatever their status. */
const aboutTokens =
  /certificate add (token )?operation|pending TLS identity|token has expired|project not found/i;

/** What a refusal of a token, or of a password, means; other errors as they are. */
export function refusal(error: unknown, token: TrustToken | undefined): unknown {
  if (!isLxdError(error) || error.status === undefined) return error;
  const { message, status, method, path } = error;
  const details = { status, method, path, cause: error };
  if (token) {
    if (status !== 403 && !aboutTokens.test(message)) return error;
    return new TrustTokenError(`${message}: ${reasonOf(message)}. Ask for a new token`, details);
  }
  if (status === 501) {
    return new UnsupportedError(
      'This LXD has no trust passwords any more: ask for a token (lxc config trust add)',
      undefined,
      error,
    );
  }
  if (status !== 403) return error;
  return new ForbiddenError(
    `${message}: the trust password is wrong, or the server has none (core.trust_password)`,
    details,
  );
}

function reasonOf(message: string): string {
  if (/expired/i.test(message)) return 'the token has expired';
  if (/project not found/i.test(message)) return 'it was made for a project that the server does not have';
  if (/bad certificate add operation data/i.test(message)) {
    return 'another member of the cluster had issued the token, and it is used up now: keep to the addresses in a token';
  }
  return 'the token was used or cancelled, has expired, or the server was restarted since, which forgets its tokens';
}
