import type { X509Certificate } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';

/** The other end of a connection over the network. */
export interface Peer {
  /** `address:port`. */
  readonly address: string;
  /** The certificate that it has shown, if any. */
  readonly certificate: X509Certificate | undefined;
}

/** Who is at the other end of a socket; nobody on the network, if it is a unix socket. */
export function peerOf(socket: Duplex): Peer | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const { remoteAddress = '', remotePort = 0 } = socket;
  return {
    address: `${remoteAddress}:${String(remotePort)}`,
    certificate: socket.getPeerX509Certificate(),
  };
}
