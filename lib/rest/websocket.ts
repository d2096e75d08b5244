import { onAbort } from '../errors/index.js';
import type { Socket } from 'node:net';
import type { ClientOptions } from 'ws';
import { abortedError, onLost } from './call.js';
import { Deadline } from './deadline.js';
import type { TransportRequest, TransportResponse, Websocket } from './transport.js';
import { readRefusal } from './upgrade.js';

/** What a websocket is opened over. */
export interface WebsocketConnection {
  origin: string;
  /** The endpoint, for messages. */
  where: string;
  connect: () => Promise<Socket>;
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
  if (signal?.aborted) throw abortedError(request, signal.reason);
  const wire = await connect();
  if (signal?.aborted) {
    wire.destroy();
    throw abortedError(request, signal.reason);
  }
  let fail: (error: Error) => void = () => undefined;
  const handshake = new Deadline(request, where, (error) => fail(error));
  const options: ClientOptions = {
    headers: request.headers,
    perMessageDeflate: false,
    autoPong: request.pongs ?? true,
    // No `origin`: the servers compare it with the host and refuse.
    createConnection: () => wire,
    finishRequest: (sent) => {
      sent.path = request.path; // ws has normalised it
      sent.on('error', () => undefined); // ws listens until it has been told once
      onLost(sent, (error) => fail(error));
      handshake.watch(sent).end();
    },
  };
  const forget = onAbort(signal, () => fail(abortedError(request, signal?.reason)));
  try {
    return await new Promise<Websocket | TransportResponse>((resolve, reject) => {
      const socket = Object.assign(new WebSocket(origin.replace(/^http/, 'ws'), options), {
        ref: () => void wire.ref(),
        unref: () => void wire.unref(),
      });
      let open = false;
      fail = (error) => {
        reject(error);
        if (!open) socket.terminate();
      };
      socket.on('error', fail); // for good: after the handshake, 'close' says all that there is to say
      socket.once('open', () => {
        open = true;
        resolve(keepingEarly(socket));
      });
      socket.once('unexpected-response', (_request, response) => {
        readRefusal(response, request)
          .then(resolve, reject)
          .finally(() => socket.terminate());
      });
      made(socket);
    });
  } finally {
    handshake.clear();
    forget();
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
