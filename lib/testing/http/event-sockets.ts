import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { isAdmin, type Caller } from './caller.js';
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
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, caller: Caller): void {
    const [path, query] = (request.url ?? '/').split('?', 2);
    const wanted = new URLSearchParams(query);
    const refusal =
      path === '/1.0/events' ? this.#refusal(request, wanted, caller) : ([404, 'not found'] as const);
    if (refusal) {
      refuse(socket, ...refusal);
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (websocket) => {
      this.#listen(websocket, wanted, caller);
    });
  }

  /** Ends them all, as a daemon that goes away does. */
  drop(): void {
    for (const websocket of this.#open) websocket.terminate();
  }

  #refusal(
    request: IncomingMessage,
    wanted: URLSearchParams,
    caller: Caller,
  ): readonly [number, string] | undefined {
    const { origin, host } = request.headers;
    if (origin !== undefined && new URL(origin).host !== host) return [403, 'Forbidden'];
    return refusalOfEvents(this.#state(), wanted, caller);
  }

  #listen(websocket: WebSocket, wanted: URLSearchParams, { projects }: Caller): void {
    const { product } = this.#state();
    const types = typesIn(wanted) ?? (projects && ['lifecycle', 'operation']);
    // LXD 5.0 tells everybody of every project.
    const isHidden = (of: string) => of && product.name === 'incus' && projects?.includes(of) === false;
    const project = wanted.get('project') || 'default';
    const end = this.#state().events.listen((event) => {
      if ((types && !types.includes(event.type)) || isHidden(event.project)) return;
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

/** What is said to who asks for events that there are not, or not for him. */
export function refusalOfEvents(
  { product, projects }: State,
  wanted: URLSearchParams,
  caller: Caller,
): readonly [status: number, text: string] | undefined {
  const isOld = product.name === 'lxd'; // LXD 5.0 has no better word than 500
  if (wanted.has('project') && isAll(wanted))
    return [isOld ? 500 : 400, 'Cannot specify a project when requesting all projects'];
  if (!projects.has(wanted.get('project') || 'default')) return [isOld ? 500 : 404, 'Project not found'];
  const unknown = typesIn(wanted)?.find((type) => !eventTypes[product.name].includes(type));
  if (unknown) return [isOld ? 500 : 400, `"${unknown}" isn't a supported event type`];
  if (typesIn(wanted)?.includes('logging') && !isAdmin(caller)) return [isOld ? 500 : 403, 'Forbidden'];
  return undefined;
}

function typesIn(wanted: URLSearchParams): string[] | undefined {
  return wanted.get('type')?.split(',').filter(Boolean);
}

function isAll(wanted: URLSearchParams): boolean {
  return /^(true|1)$/.test(wanted.get('all-projects') ?? '');
}

/** Says no to a change of the protocol. */
export function refuse(
  socket: Duplex,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = failureText(status, message);
  const head = [
    `HTTP/1.1 ${String(status)} Refused`,
    'Content-Type: application/json',
    `Content-Length: ${String(Buffer.byteLength(body))}`,
    'Connection: close',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
