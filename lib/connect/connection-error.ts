import { ConnectionError, type CertificateError, type ErrorDetails } from '../errors/index.js';
import { certificateErrorFrom } from './certificate-error.js';
import { describeEndpoint, describeRoute, type Endpoint, type HttpsEndpoint } from './endpoint.js';
import { TunnelError } from './proxy/tunnel-error.js';
import { socketTrouble, type SocketTrouble } from './socket-trouble.js';

/** What a failed connection means: what was tried on what, why it failed and what to do; keeps the cause. */
export function connectionErrorFrom(
  error: NodeJS.ErrnoException,
  endpoint: Endpoint,
  details: ErrorDetails = {},
): ConnectionError | CertificateError {
  const certificateError = certificateErrorFrom(error, endpoint, details);
  if (certificateError) return certificateError;
  const { method, path } = details;
  const asked = method && path ? `${method} ${path}: ` : '';
  const tunnel = error instanceof TunnelError ? error : undefined;
  const { reason, remedy } = tunnel?.trouble ?? trouble(error, endpoint, method);
  const code = error.code && !reason.includes(error.code) ? ` (${error.code})` : '';
  const where = tunnel ? describeEndpoint(endpoint) : describeRoute(endpoint);
  const message = `${asked}${where}: ${reason}${code}${remedy ? `; ${remedy}` : ''}`;
  return new ConnectionError(message, { ...details, cause: error });
}

function trouble(
  error: NodeJS.ErrnoException,
  endpoint: Endpoint,
  method: string | undefined,
): SocketTrouble {
  const { code = '' } = error;
  const handshake = code === 'ECONNRESET' && error.message.includes('before secure TLS connection');
  if ((code === 'ECONNRESET' || code === 'EPIPE') && !handshake) {
    const read = method === undefined || method === 'GET' || method === 'HEAD';
    const remedy = read ? 'try again' : 'the server may have done what was asked: look before you ask again';
    return { reason: 'the connection was lost before the answer was complete', remedy };
  }
  if (endpoint.kind === 'unix') {
    const found = socketTrouble(error, endpoint);
    return found.reason === 'absent' ? { ...found, remedy: 'is the server installed, and running?' } : found;
  }
  if (handshake) {
    return {
      reason: 'the connection was closed during the TLS handshake',
      remedy: 'is this the port of the API?',
    };
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) return handshakeTrouble(error);
  return networkTrouble(error, endpoint);
}

function networkTrouble(error: NodeJS.ErrnoException, { origin }: HttpsEndpoint): SocketTrouble {
  const { hostname, port } = new URL(origin);
  switch (error.code) {
    case 'ECONNREFUSED':
      return {
        reason: 'refused',
        remedy: `nothing listens there: on the server, set core.https_address to :${port || '443'} (lxc or incus config set)`,
      };
    case 'ENOTFOUND':
      return { reason: `the host name ${hostname} is not known`, remedy: 'check it, or use the IP address' };
    case 'EAI_AGAIN':
      return {
        reason: `the host name ${hostname} could not be looked up now`,
        remedy: 'is the name server up?',
      };
    case 'ETIMEDOUT':
      return { reason: 'no answer', remedy: 'is the host up, and does its firewall let the port through?' };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return { reason: 'there is no way to the host', remedy: 'is it up, and this machine in its network?' };
    default:
      return { reason: error.message || 'the connection failed' };
  }
}

/** OpenSSL's reason, out of `write EPROTO 80CC:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/…`. */
function handshakeTrouble(error: NodeJS.ErrnoException): SocketTrouble {
  const reason = /:error:\w+:[^:]*:[^:]*:([^:]+)/.exec(error.message)?.[1] ?? error.message;
  if (/wrong version number|http request|packet length too long/i.test(reason)) {
    return {
      reason: `no TLS is spoken there: ${reason}`,
      remedy: 'is this the port of the API (8443 by default)?',
    };
  }
  if (/protocol version|unsupported protocol|no protocols available/i.test(reason)) {
    return { reason: `the server does not offer TLS 1.2 or later: ${reason}`, remedy: 'upgrade the server' };
  }
  return { reason: `the TLS handshake failed: ${reason}` };
}
