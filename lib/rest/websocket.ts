import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { ClientOptions } from 'ws';
import type { TransportRequest, TransportResponse, Websocket } from './transport.js';

/** Opens a websocket over a given connection; a refusal is read and given back as a response. */
export async function openWebsocket(
  request: TransportRequest,
  origin: string,
  connection: { secure: boolean; connect: () => Socket },
): Promise<Websocket | TransportResponse> {
  const { WebSocket } = await import('ws'); // 34 ms that only users of events and exec pay
  const url = origin.replace(/^http/, 'ws') + request.path;
  const options: ClientOptions = {
    headers: request.headers,
    perMessageDeflate: false,
    handshakeTimeout: request.timeout,
    // No `origin`: the servers compare it with the host and refuse (semantics.md §4).
    createConnection: connection.connect,
  };
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, options);
    const abort = () => {
      socket.terminate();
    };
    const settle = () => {
      request.signal?.removeEventListener('abort', abort);
    };
    request.signal?.addEventListener('abort', abort, { once: true });
    socket.once('open', () => {
      settle();
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', (error) => {
      settle();
      reject(error);
    });
    socket.once('unexpected-response', (_request, response) => {
      settle();
      readRefusal(response).then(resolve, reject);
    });
    if (request.signal?.aborted) abort();
  });
}

async function readRefusal(response: IncomingMessage): Promise<TransportResponse> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: Buffer.concat(chunks).toString(),
  };
}
