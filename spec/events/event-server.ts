import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { Client } from '../../lib/index.js';
import { afterwards } from '../rest/test-server.js';

/** What a server answers to a request that is not for events. */
export type Answer = (request: http.IncomingMessage, response: http.ServerResponse) => unknown;

/** A server of one spec that sends events, on a unix socket. */
export class EventServer {
  /** The event sockets that are open. */
  readonly listeners = new Set<WebSocket>();
  /** The queries of all that were opened or tried. */
  readonly queries: string[] = [];
  readonly headers: http.IncomingHttpHeaders[] = [];
  /** Requests, as `GET /1.0/…`. */
  readonly lines: string[] = [];
  /** All connections at this moment, and the most that there were. */
  readonly connections = new Set<Duplex>();
  peak = 0;
  /** Answers a handshake with this status instead, if it says so. */
  refuse: (query: URLSearchParams) => number | undefined = () => undefined;
  answer: Answer = (_request, response) => envelope(response, 404, { type: 'error', error: 'Not found' });
  readonly #websockets = new WebSocketServer({ noServer: true });
  #http = http.createServer();

  constructor(readonly socketPath: string) {}

  static async start(): Promise<EventServer> {
    const folder = await mkdtemp(join(tmpdir(), 'tslxd-events-'));
    const server = new EventServer(join(folder, 'unix.socket'));
    await server.listen();
    afterwards(async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    });
    return server;
  }

  async listen(): Promise<void> {
    this.#http = http.createServer((request, response) => {
      this.lines.push(`${request.method!} ${request.url!}`);
      this.answer(request, response);
    });
    this.#http.on('connection', (socket: Duplex) => {
      this.connections.add(socket);
      this.peak = Math.max(this.peak, this.connections.size);
      socket.on('error', () => {});
      socket.once('close', () => this.connections.delete(socket));
    });
    this.#http.on('upgrade', (request: http.IncomingMessage, socket: Duplex, head: Buffer) => {
      const [path, query = ''] = request.url!.split('?');
      this.queries.push(decodeURIComponent(query));
      this.headers.push(request.headers);
      const status = path === '/1.0/events' ? this.refuse(new URLSearchParams(query)) : 404;
      if (status !== undefined) {
        const body = JSON.stringify({ type: 'error', error: 'Refused', error_code: status, metadata: null });
        socket.end(
          `HTTP/1.1 ${String(status)} No\r\nContent-Type: application/json\r\nContent-Length: ${String(body.length)}\r\n\r\n${body}`,
        );
        return;
      }
      this.#websockets.handleUpgrade(request, socket, head, (websocket) => {
        const types = new URLSearchParams(query).get('type')?.split(',');
        wanted.set(websocket, (type) => types?.includes(type) ?? true);
        this.listeners.add(websocket);
        websocket.on('error', () => {});
        websocket.once('close', () => this.listeners.delete(websocket));
      });
    });
    this.#http.listen(this.socketPath);
    await once(this.#http, 'listening');
  }

  /** Goes away as a killed daemon does. */
  async stop(): Promise<void> {
    const closed = once(this.#http, 'close');
    this.#http.close();
    for (const socket of this.connections) socket.destroy();
    await closed;
  }

  /** Ends the event sockets as a killed daemon does; it still listens. */
  drop(): void {
    for (const websocket of this.listeners) websocket.terminate();
  }

  /** Sends an event to all who asked for its type. */
  send(event: { type: string; [key: string]: unknown }): void {
    const text = JSON.stringify({ ...usual(), ...event });
    for (const websocket of this.listeners) {
      if (wanted.get(websocket)?.(event.type)) websocket.send(text);
    }
  }

  /** Sends any text to all. */
  sendText(text: string): void {
    for (const websocket of this.listeners) websocket.send(text);
  }

  client(options: { project?: string } = {}): Client {
    const client = new Client({ socketPath: this.socketPath, ...options });
    afterwards(() => client.close());
    return client;
  }
}

const wanted = new WeakMap<WebSocket, (type: string) => boolean>();

let count = 0;

/** No two events are the same. */
function usual() {
  count += 1;
  const fraction = String(count).padStart(9, '0');
  return { timestamp: `2026-11-21T01:02:03.${fraction}Z`, project: 'default', location: 'none' };
}

/** A lifecycle event of an instance. */
export function lifecycle(action: string, name = 'web', more: Record<string, unknown> = {}) {
  return { type: 'lifecycle', metadata: { action, source: `/1.0/instances/${name}` }, ...more };
}

export function envelope(response: http.ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify({
      type: 'sync',
      status: 'Success',
      status_code: 200,
      operation: '',
      error_code: status >= 400 ? status : 0,
      error: '',
      metadata: null,
      ...body,
    }),
  );
}

/** The next `count` events of an iterable. */
export async function take<T>(events: AsyncIterator<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  while (taken.length < count) {
    const { done, value } = await events.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}
