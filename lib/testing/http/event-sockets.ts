import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { State } from '../state/state.js';
import { failureText } from './reply.js';

/** How often the servers ping those who listen, in ms; the first comes as soon as they are on the list. */
const pingTime = 10_000;

const eventTypes = {
  lxd: ['lifecycle', 'logging', 'operation'],
  incus: ['lifecycle', 'logging', 'operation', 'network-acl'],
};

/** `GET /1.0/events` over websockets. */
export class EventSockets {
  readonly #state: () => State;
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #open = new Set<WebSocket>();

  constructor(state: () => State) {
    this.#state = state;
  }

  /** Takes a request to change the protocol. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const [path, query] = (request.url ?? '/').split('?', 2);
    const wanted = new URLSearchParams(query);
    const refusal = path === '/1.0/events' ? this.#refusal(request, wanted) : ([404, 'not found'] as const);
    if (refusal) {
      refuse(socket, ...refusal);
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (websocket) => {
      this.#listen(websocket, wanted);
    });
  }

  /** Ends them all, as a daemon that goes away does. */
  drop(): void {
    for (const websocket of this.#open) websocket.terminate();
  }

  #refusal(request: IncomingMessage, wanted: URLSearchParams): readonly [number, string] | undefined {
    const { product } = this.#state();
    const { origin, host } = request.headers;
    if (origin !== undefined && new URL(origin).host !== host) return [403, 'Forbidden'];
    if (wanted.has('project') && isAll(wanted))
      return [400, 'Cannot specify a project when requesting all projects'];
    const known = eventTypes[product.name];
    const unknown = typesIn(wanted)?.find((type) => !known.includes(type));
    // LXD 5.0 has no better word for it.
    if (unknown) return [product.name === 'lxd' ? 500 : 400, `"${unknown}" isn't a supported event type`];
    return undefined;
  }

  #listen(websocket: WebSocket, wanted: URLSearchParams): void {
    const types = typesIn(wanted);
    const project = wanted.get('project') || 'default';
    const end = this.#state().events.listen((event) => {
      if (types && !types.includes(event.type)) return;
      if (isAll(wanted) || event.project === '' || event.project === project)
        websocket.send(JSON.stringify(event));
    });
    this.#open.add(websocket);
    const timer = setInterval(() => {
      websocket.ping();
    }, pingTime).unref();
    websocket.on('error', () => undefined);
    websocket.once('close', () => {
      end();
      clearInterval(timer);
      this.#open.delete(websocket);
    });
    websocket.ping();
  }
}

function typesIn(wanted: URLSearchParams): string[] | undefined {
  return wanted.get('type')?.split(',').filter(Boolean);
}

function isAll(wanted: URLSearchParams): boolean {
  return /^(true|1)$/.test(wanted.get('all-projects') ?? '');
}

/** Says no to a change of the protocol. */
export function refuse(socket: Duplex, status: number, message: string): void {
  const body = failureText(status, message);
  const head = [
    `HTTP/1.1 ${String(status)} Refused`,
    'Content-Type: application/json',
    `Content-Length: ${String(Buffer.byteLength(body))}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
