import { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { AbortedError, CertificateError, isLxdError, linked, TimeoutError } from '../../errors/index.js';
import { openTls } from '../agent.js';
import { connectionErrorFrom } from '../connection-error.js';
import type { HttpsEndpoint } from '../endpoint.js';
import { tlsSettings } from '../tls.js';

/** What ends the look at a certificate. */
export interface HandshakeLimits {
  signal?: AbortSignal | undefined;
  /** Milliseconds; 10 s at most. */
  timeout?: number | undefined;
}

/** How long a server may take to show its certificate, in ms. */
const limit = 10_000;

/**
 * The certificate that a server shows to anybody, by a handshake over a connection of its own in which nothing is sent and
 * ours is not shown. It proves nothing yet: whoever answers there may show it.
 * @throws ConnectionError; CertificateError for who shows none; AbortedError; TimeoutError when the caller's time is over
 */
export async function offeredCertificate(
  endpoint: HttpsEndpoint,
  { signal, timeout = Infinity }: HandshakeLimits = {},
): Promise<X509Certificate> {
  const { stop, forget } = linked(signal);
  const late =
    timeout < limit
      ? new TimeoutError(`${endpoint.origin}: no certificate within ${String(Math.ceil(timeout))} ms`)
      : Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' });
  const timer = setTimeout(() => stop.abort(late), Math.min(timeout, limit));
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
    const reason = stop.signal.aborted ? late : error;
    if (isLxdError(reason)) throw reason;
    throw connectionErrorFrom(reason as NodeJS.ErrnoException, endpoint);
  } finally {
    clearTimeout(timer);
    forget();
    socket?.on('error', () => undefined).destroy(); // what comes now is nobody's
  }
}
