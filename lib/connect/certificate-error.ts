import type { X509Certificate } from 'node:crypto';
import { CertificateError, type CertificateFingerprints, type ErrorDetails } from '../errors/index.js';
import { offeredBefore } from './agent.js';
import { describeRoute, type Endpoint, type HttpsEndpoint } from './endpoint.js';
import { datesTrouble, fingerprint } from './pem.js';
import { TunnelError } from './proxy/tunnel-error.js';
import { fingerprintsOf, pinMismatch } from './pin-mismatch.js';

/**
 * The certificate error that a failed connection means, with what to do about it; undefined = something else failed.
 */
export function certificateErrorFrom(
  error: NodeJS.ErrnoException,
  endpoint: Endpoint,
  details: ErrorDetails = {},
): CertificateError | undefined {
  if (endpoint.kind === 'unix') return undefined;
  for (const cause of chain(error)) {
    if (cause instanceof TunnelError) return undefined; // whatever is wrong, it is not the server's certificate
    const found = troubleOf(cause, endpoint);
    if (found === undefined) continue;
    const { reason, ...fingerprints } = found;
    const asked = details.method && details.path ? `${details.method} ${details.path}: ` : '';
    const known = { ...details, ...fingerprints, cause: error };
    return new CertificateError(`${asked}${describeRoute(endpoint)}: ${reason}`, known);
  }
  return undefined;
}

interface CertificateTrouble extends CertificateFingerprints {
  reason: string;
}

function troubleOf(error: NodeJS.ErrnoException, endpoint: HttpsEndpoint): CertificateTrouble | undefined {
  // Of our checkServerIdentity.
  if (error instanceof CertificateError) {
    const { message: reason, expected, offered } = error;
    return { reason, expected, offered };
  }
  const { code = '' } = error;
  const known = serverRefusals[code];
  if (known) {
    const { pins = [] } = endpoint;
    const offered = offeredBefore(error);
    const isAnother = offered && !pins.some((pin) => pin.raw.equals(offered.raw));
    if (pins.length > 0 && (isAnother || unknownIssuer.has(code))) {
      return { reason: pinMismatch(pins, offered), ...fingerprintsOf(pins, offered) };
    }
    return { reason: `${known(endpoint)} (${code})`, offered: offered && fingerprint(offered) };
  }
  // Node gives an alert a code, or only EPROTO and OpenSSL's text, depending on what it was just doing.
  const alert = clientRefusals.exec(`${code} ${error.message}`.replaceAll('_', ' '))?.[1]?.toLowerCase();
  return alert === undefined ? undefined : { reason: alertReason(alert, endpoint.own) };
}

function alertReason(alert: string, own: X509Certificate | undefined): string {
  if (own === undefined || alert === 'certificate required') {
    const said = alert === 'certificate required' ? '' : ` (${alert})`;
    return `the server asks for a client certificate${said}: pass clientCert and clientKey`;
  }
  const dates = datesTrouble(own);
  if (dates) return `the server does not accept the client certificate (${alert}): ${dates}`;
  if (alert === 'certificate expired') {
    return 'the server takes the client certificate for expired, which it is not by the clock here: are the clocks right?';
  }
  return `the server does not accept the client certificate (${alert}): is clientCert valid and trusted there?`;
}

const howToPin =
  'pass acceptCertificate, which is asked about it once, or its text as serverCert; on the server it is server.crt (in a ' +
  'cluster cluster.crt) in /var/snap/lxd/common/lxd, /var/lib/lxd or /var/lib/incus';

const selfSigned = () => `the server's certificate is self-signed, as LXD and Incus make them: ${howToPin}`;
const notSigned = () =>
  `the server's certificate is signed by nobody who is trusted here: pass ca, or ${howToPin}`;

const serverRefusals: Partial<Record<string, (endpoint: HttpsEndpoint) => string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: selfSigned,
  SELF_SIGNED_CERT_IN_CHAIN: notSigned,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: notSigned,
  UNABLE_TO_GET_ISSUER_CERT: notSigned,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: notSigned,
  CERT_UNTRUSTED: notSigned,
  ERR_TLS_CERT_ALTNAME_INVALID: ({ origin }) =>
    `the server's certificate is not made for the name ${new URL(origin).hostname}: use a name that it has, or ` +
    `pin it instead of passing ca: ${howToPin}`,
  CERT_HAS_EXPIRED: () =>
    "the server's certificate has expired (or the clock here is wrong): renew it on the server, and pass the new " +
    'one if it is pinned',
  CERT_NOT_YET_VALID: () =>
    "the server's certificate is not valid yet: are the clocks right, here and there?",
  CERT_REVOKED: () => "the server's certificate was revoked: renew it on the server",
  CERT_REJECTED: () => "the server's certificate is not accepted: renew it on the server",
  CERT_SIGNATURE_FAILURE: () => "the server's certificate is damaged or forged: its signature is wrong",
  INVALID_CA: () => "the server's certificate is signed by one that may not sign: pass the right ca",
  INVALID_PURPOSE: () => "the server's certificate is not made for servers: renew it on the server",
  PATH_LENGTH_EXCEEDED: () =>
    "the server's certificate has a chain that its ca does not allow: pass the right ca",
  CERT_CHAIN_TOO_LONG: () => "the server's certificate has too long a chain: pass its nearest ca",
};

/** What Node says of a certificate that is not the pinned one, before it comes to compare the two. */
const unknownIssuer = new Set(
  Object.entries(serverRefusals).flatMap(([code, reason]) =>
    reason === selfSigned || reason === notSigned ? [code] : [],
  ),
);

const clientRefusals =
  /alert (bad certificate|unsupported certificate|certificate (?:required|revoked|expired|unknown)|unknown ca|access denied)/i;

/** The error and what caused it; bounded, since a chain may be a circle. */
function* chain(error: unknown): Generator<NodeJS.ErrnoException> {
  for (let cause = error, depth = 0; cause && typeof cause === 'object' && depth < 5; depth += 1) {
    yield cause as NodeJS.ErrnoException;
    ({ cause } = cause as { cause?: unknown });
  }
}
