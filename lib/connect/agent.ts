import { Agent, type AgentOptions, type RequestOptions } from 'node:https';
import { connect, TLSSocket } from 'node:tls';
import type { HttpsEndpoint } from './endpoint.js';
import { fingerprint } from './pem.js';

/** Fingerprints of the certificates over which connections failed: Node's errors do not tell. */
const shown = new WeakMap<object, string>();

/** The SHA-256 fingerprint of the certificate that the server showed before this error, where it is known. */
export function shownFingerprint(error: object): string | undefined {
  return shown.get(error);
}

/** An agent for one client and one endpoint; not to be shared (see `TlsSettings`). */
export function httpsAgent(endpoint: HttpsEndpoint, options: AgentOptions = {}): Agent {
  return new NotingAgent({ ...options, ...endpoint.tls });
}

/** A TLS connection for what does not go through an agent. */
export function tlsConnect({ origin, tls }: HttpsEndpoint): TLSSocket {
  const { hostname, port } = new URL(origin);
  return noteCertificate(
    connect({ ...tls, host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 443) }),
  );
}

class NotingAgent extends Agent {
  override createConnection(
    options: RequestOptions,
    callback?: Parameters<Agent['createConnection']>[1],
  ): ReturnType<Agent['createConnection']> {
    const socket = super.createConnection(options, callback);
    if (socket instanceof TLSSocket) noteCertificate(socket);
    return socket;
  }
}

/** Notes what the server shows at the only moment at which it can be read: Node refuses right after. */
function noteCertificate(socket: TLSSocket): TLSSocket {
  socket.prependOnceListener('secure', () => {
    // Not getPeerX509Certificate: after it, Node 20 finds no certificate to check.
    const { fingerprint256 } = socket.getPeerCertificate() as { fingerprint256?: string };
    if (fingerprint256 === undefined) return;
    socket.prependOnceListener('error', (error: Error) => shown.set(error, fingerprint({ fingerprint256 })));
  });
  return socket;
}
