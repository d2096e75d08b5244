import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { ClientOptions } from 'ws';
import { Deadline } from './deadline.js';
import type { TransportRequest, TransportResponse, Websocket } from './transport.js';

/** What a websocket is opened over. */
export interface WebsocketConnection {
  origin: string;
  /** The endpoint, for messages. */
  where: string;
  connect: () => Socket;
  /** Gets the websocket before it is open, to be able to end it. */
  made: (socket: Websocket) => void;
}

let loaded: Promise<typeof import('ws')> | undefined;

/** Opens a websocket over a given connection; a refusal is read and given back as a response. */
export async function openWebsocket(
  request: TransportRequest,
  { origin, where, connect, made }: WebsocketConnection,
): Promise<Websocket | TransportResponse> {
  // 34 ms that only users of events and exec pay, and once: loaders ask again at every import().
  const { WebSocket } = await (loaded ??= import('ws'));
  const { signal } = request;
  const handshake = new Deadline();
  let wire: Socket | undefined;
  const options: ClientOptions = {
    headers: request.headers,
    perMessageDeflate: false,
    autoPong: request.pongs ?? true,
    // No `origin`: the servers compare it with the host and refuse (semantics.md §4).
    createConnection: () => (wire = connect()),
    finishRequest: (sent) => {
      sent.path = request.path; // ws has normalised it
      handshake.watch(sent, request, where).end();
    },
  };
  const socket = Object.assign(new WebSocket(origin.replace(/^http/, 'ws'), options), {
    ref: () => void wire?.ref(),
    unref: () => void wire?.unref(),
  });
  const abort = () => {
    socket.terminate();
  };
  try {
    return await new Promise<Websocket | TransportResponse>((resolve, reject) => {
      socket.on('error', reject); // for good: after the handshake, 'close' says all that there is to say
      socket.once('open', () => {
        resolve(keepingEarly(socket));
      });
      socket.once('unexpected-response', (_request, response) => {
        readRefusal(response).then(resolve, reject).finally(abort);
      });
      made(socket);
      signal?.addEventListener('abort', abort, { once: true });
      if (signal?.aborted) abort();
    });
  } finally {
    handshake.clear();
    signal?.removeEventListener('abort', abort);
  }
}

/** Keeps the messages that come before the caller, who has yet to be told of the websocket, listens to it. */
function keepingEarly(socket: Websocket): Websocket {
  const early: unknown[][] = [];
  const keep = (...message: unknown[]) => early.push(message);
  const begin = (event: string) => {
    if (event !== 'message') return;
    socket.off('newListener', begin).off('message', keep);
    process.nextTick(() => {
      for (const message of early) socket.emit('message', ...message);
    });
  };
  return socket.on('message', keep).on('newListener', begin);
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
