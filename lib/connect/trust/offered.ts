import { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { AbortedError, CertificateError, isLxdError, onAbort } from '../../errors/index.js';
import { openTls } from '../agent.js';
import { connectionErrorFrom } from '../connection-error.js';
import type { HttpsEndpoint } from '../endpoint.js';
import { tlsSettings } from '../tls.js';

/** How long a server may take to show its certificate, in ms. */
const limit = 10_000;

/**
 * The certificate that a server shows to anybody, by a handshake over a connection of its own in which nothing is sent and
 * ours is not shown. It proves nothing yet: whoever answers there may show it.
 * @throws ConnectionError; CertificateError for who shows none; AbortedError
 */
export async function offeredCertificate(
  endpoint: HttpsEndpoint,
  signal?: AbortSignal,
): Promise<X509Certificate> {
  const stop = new AbortController();
  const abort = () => stop.abort(signal?.reason);
  const forget = onAbort(signal, abort);
  const late = Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' });
  const timer = setTimeout(() => stop.abort(late), limit);
  if (signal?.aborted) abort();
  let socket: TLSSocket | undefined;
  try {
    const tls = tlsSettings({ verify: false }, endpoint.tls.servername);
    socket = await openTls({ ...endpoint, tls }, stop.signal);
    const { raw } = (socket.getPeerCertificate() ?? {}) as { raw?: Buffer }; // {} where it shows none, null on Bun
    if (raw === undefined) {
      throw new CertificateError(
        `${endpoint.origin}: the server shows no certificate: is this the port of the API?`,
      );
    }
    return new X509Certificate(raw);
  } catch (error) {
    if (signal?.aborted) throw new AbortedError(`${endpoint.origin}: aborted`, { cause: signal.reason });
    if (isLxdError(error)) throw error;
    throw connectionErrorFrom(stop.signal.aborted ? late : (error as NodeJS.ErrnoException), endpoint);
  } finally {
    clearTimeout(timer);
    forget();
    socket?.on('error', () => undefined).destroy(); // what comes now is nobody's
  }
}
