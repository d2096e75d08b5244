import { onAbort, ProtocolError } from '../errors/index.js';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { abortedError, onLost } from './call.js';
import { Deadline } from './deadline.js';
import { readText } from './read-text.js';
import type { TransportRequest, TransportResponse } from './transport.js';

const nothing = (): void => undefined;

/**
 * Asks a server, over a connection of its own, to speak another protocol on it; a refusal comes back as a response.
 * The socket must have a listener for its errors, which may come before anybody else's.
 */
export async function upgradeConnection(
  request: TransportRequest,
  protocol: string,
  where: string,
  socket: Socket,
): Promise<Duplex | TransportResponse> {
  const { method, path, headers, signal } = request;
  if (signal?.aborted) throw abortedError(request, signal.reason);
  let forget = nothing;
  let handshake: Deadline | undefined;
  try {
    return await new Promise<Duplex | TransportResponse>((resolve, reject) => {
      forget = onAbort(signal, () => reject(abortedError(request, signal?.reason)));
      const sent = httpRequest({
        method,
        path,
        headers: { host: 'unix.socket', ...headers, connection: 'Upgrade', upgrade: protocol },
        createConnection: () => socket,
      });
      handshake = new Deadline(request, where, reject);
      sent.on('error', reject); // for good: what comes later is the socket's to tell
      sent.once('upgrade', ({ headers: told }, _socket, head: Buffer) => {
        if (told.upgrade?.toLowerCase() !== protocol) {
          socket.destroy();
          reject(
            new ProtocolError(`${method} ${path}: the server changed to another protocol than ${protocol}`),
          );
          return;
        }
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
      });
      sent.once('response', (response) => {
        readRefusal(response, request)
          .then(resolve, reject)
          .finally(() => socket.destroy());
      });
      onLost(sent, reject);
      handshake.watch(sent).end();
    });
  } finally {
    handshake?.clear();
    forget();
  }
}

/** What a server says instead of what was asked for: read whole, within the request's times and up to its limit. */
export async function readRefusal(
  response: IncomingMessage,
  request: TransportRequest,
): Promise<TransportResponse> {
  response.on('error', nothing); // its reader may be gone by then
  const body = await readText(response, request.maxAnswerSize, request);
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}
