import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { AbortedError } from '../errors/index.js';
import { Deadline } from './deadline.js';
import type { TransportRequest, TransportResponse } from './transport.js';

/** Asks a server, over a connection of its own, to speak another protocol on it; a refusal comes back as a response. */
export async function upgradeConnection(
  request: TransportRequest,
  protocol: string,
  where: string,
  socket: Socket,
): Promise<Duplex | TransportResponse> {
  const { method, path, headers, signal } = request;
  const handshake = new Deadline();
  const abort = () => {
    socket.destroy(
      new AbortedError(`${method} ${path.replace(/\?.*$/s, '')}: aborted`, { cause: signal?.reason }),
    );
  };
  try {
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted) abort();
    const sent = httpRequest({
      method,
      path,
      headers: { host: 'unix.socket', ...headers, connection: 'Upgrade', upgrade: protocol },
      createConnection: () => socket,
    });
    handshake.watch(sent, request, where).end();
    const refused = once(sent, 'response') as Promise<[IncomingMessage]>;
    const upgraded = once(sent, 'upgrade') as Promise<[IncomingMessage, Socket, Buffer]>;
    upgraded.catch(() => undefined);
    const [response, , head] = await Promise.race([upgraded, refused]);
    if (head) {
      if (head.length > 0) socket.unshift(head);
      return socket;
    }
    const body = await text(response);
    socket.destroy();
    return { status: response.statusCode ?? 0, headers: response.headers, body };
  } finally {
    handshake.clear();
    signal?.removeEventListener('abort', abort);
  }
}
