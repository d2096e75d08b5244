import type { X509Certificate } from 'node:crypto';
import { describeEndpoint, type HttpsEndpoint } from '../../connect/endpoint.js';
import { fingerprint } from '../../connect/pem.js';
import { offeredCertificate, type HandshakeLimits } from '../../connect/trust/offered.js';
import type { TrustToken } from '../../connect/trust/token.js';
import { CertificateError, ConnectionError, type LxdError } from '../../errors/index.js';

/**
 * The first of some endpoints where the certificate of a token is shown; nothing is sent there.
 * @throws CertificateError where another one is shown; ConnectionError naming each address; AbortedError; TimeoutError
 */
export async function findServer(
  token: TrustToken,
  endpoints: readonly HttpsEndpoint[],
  limits: HandshakeLimits,
): Promise<{ endpoint: HttpsEndpoint; serverCert: string }> {
  const failures: { endpoint: HttpsEndpoint; error: LxdError }[] = [];
  for (const endpoint of endpoints) {
    try {
      const offered = await offeredCertificate(endpoint, limits);
      assertShown(token, offered, endpoint.origin);
      return { endpoint, serverCert: offered.toString() };
    } catch (error) {
      // An address of a private network may be that of another server here; all else is the caller's.
      if (!(error instanceof ConnectionError || error instanceof CertificateError)) throw error;
      failures.push({ endpoint, error });
    }
  }
  throw summary(failures);
}

function summary(failures: readonly { endpoint: HttpsEndpoint; error: LxdError }[]): LxdError {
  const [first] = failures;
  if (failures.length === 1 && first) return first.error;
  const attempts = failures.map(({ endpoint, error }) => ({
    address: describeEndpoint(endpoint),
    reason: error.message,
  }));
  const lines = attempts.map(({ reason }) => `\n  ${reason}`).join('');
  const message = `The server of the token answers at none of its addresses. Tried, in order:${lines}`;
  const other = failures.find(({ error }) => error instanceof CertificateError);
  if (other) return new CertificateError(message, { cause: other.error });
  return new ConnectionError(message, { cause: first?.error }, attempts);
}

/** @throws CertificateError with both fingerprints */
function assertShown(token: TrustToken, offered: X509Certificate, address: string): void {
  const shown = fingerprint(offered);
  if (shown === token.fingerprint) return;
  throw new CertificateError(
    `${address}: the server shows another certificate (SHA-256 ${shown}) than the token's (SHA-256 ${token.fingerprint}), ` +
      'so the token was not sent: another server answers there, or the certificate was replaced since the token was made',
    { expected: token.fingerprint, offered: shown },
  );
}
