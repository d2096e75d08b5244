import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { endpointFromOptions, type ConnectOptions } from '../../lib/connect/options.js';
import { Connection, type Log } from '../../lib/rest/connection.js';
import { GotTransport } from '../../lib/rest/got-transport.js';
import { Session, type Scope } from '../../lib/rest/session.js';
import { makeCertificate, type MadeCertificate } from '../support/certificates.js';

/** A request as it came over the wire. */
export interface Seen {
  method: string;
  /** Path and query, raw. */
  url: string;
  headers: http.IncomingHttpHeaders;
  body: string;
}

export type Handler = (response: ServerResponse, seen: Seen, nth: number) => unknown;
export type RawHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  nth: number,
  made: TestServer,
) => unknown;

const cleanups: (() => unknown)[] = [];

/** What a spec opened, closed again after it. */
export function afterwards(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A server of one spec, and the ways to reach it. */
export class TestServer {
  readonly seen: Seen[] = [];
  readonly sockets = new Set<net.Socket>();
  /** How many connections there were so far. */
  connections = 0;
  readonly #server: net.Server;
  readonly #options: () => ConnectOptions;

  constructor(server: net.Server, options: () => ConnectOptions) {
    this.#server = server;
    this.#options = options;
    server.on('connection', (socket: net.Socket) => {
      this.connections += 1;
      this.sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => this.sockets.delete(socket));
    });
    server.on('tlsClientError', () => {});
    afterwards(() => this.stop());
  }

  /** The options of a client that reaches it. */
  get options(): ConnectOptions {
    return this.#options();
  }

  get socketPath(): string {
    return this.#options().socketPath!;
  }

  /** `GET /a`, … in order. */
  get lines(): string[] {
    return this.seen.map(({ method, url }) => `${method} ${url}`);
  }

  /** Listens (again), as a daemon that was restarted. */
  async start(): Promise<this> {
    const { socketPath, endpoint } = this.options;
    this.#server.listen(
      endpoint === undefined
        ? { path: socketPath }
        : { port: Number(new URL(endpoint).port), host: '127.0.0.1' },
    );
    await once(this.#server, 'listening');
    return this;
  }

  /** Ends all connections; a unix socket's file goes with it. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  onUpgrade(listener: (request: IncomingMessage, socket: Duplex, head: Buffer) => unknown): void {
    this.#server.on('upgrade', listener);
  }

  transport(): GotTransport {
    const transport = new GotTransport(endpointFromOptions(this.options)!);
    afterwards(() => transport.close());
    return transport;
  }

  session(scope?: Scope, log?: Log): Session {
    const session = new Session(new Connection(this.options, log), scope);
    afterwards(() => session.connection.close());
    return session;
  }
}

/** A folder for sockets. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tslxd-'));
  afterwards(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Serves HTTP on a temporary unix socket; each request's body is read before `handler` sees it. */
export function serve(handler: Handler, name?: string): Promise<TestServer> {
  return serveRaw(reading(handler), name);
}

/** The same without reading; nothing is kept in `seen`. */
export async function serveRaw(handler: RawHandler, name = 'unix.socket'): Promise<TestServer> {
  const server = http.createServer();
  const made = await onSocket(server, name);
  attach(server, made, handler);
  return made.start();
}

let certificate: Promise<MadeCertificate> | undefined;

/** Serves HTTPS with a certificate of its own, which its clients pin. */
export async function serveHttps(handler: Handler): Promise<TestServer> {
  certificate ??= makeCertificate({ commonName: 'root@box', altNames: ['box'] });
  const { cert, key } = await certificate;
  const server = https.createServer({ cert, key });
  let port = 0; // any, and after a restart the same again
  server.once('listening', () => ({ port } = server.address() as AddressInfo));
  const made = new TestServer(server, () => ({ endpoint: `https://127.0.0.1:${port}`, serverCert: cert }));
  attach(server, made, reading(handler));
  return made.start();
}

/** Serves bytes: `handler` gets each connection once something was sent on it. */
export async function serveBytes(handler: (socket: net.Socket, nth: number) => unknown): Promise<TestServer> {
  const server = net.createServer();
  const made = await onSocket(server, 'unix.socket');
  let nth = 0;
  server.on('connection', (socket: net.Socket) => {
    socket.on('data', (data) => {
      if (/^[A-Z]+ /.test(data.toString('latin1'))) handler(socket, (nth += 1)); // the head of a request
    });
  });
  return made.start();
}

async function onSocket(server: net.Server, name: string): Promise<TestServer> {
  const socketPath = join(await temporaryFolder(), name);
  return new TestServer(server, () => ({ socketPath }));
}

function reading(handler: Handler): RawHandler {
  return async (request, response, nth, made) => {
    const { method = '', url = '', headers } = request;
    const seen = { method, url, headers, body: '' };
    made.seen.push(seen);
    try {
      seen.body = await text(request);
    } catch {
      return; // the client went away
    }
    await handler(response, seen, nth);
  };
}

function attach(server: http.Server | https.Server, made: TestServer, handler: RawHandler): void {
  let nth = 0;
  server.keepAliveTimeout = 0; // idle connections are the client's to end
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    request.on('error', () => {});
    void handler(request, response, (nth += 1), made);
  });
}

/** Answers with the envelope of a finished request. */
export function sync(
  response: ServerResponse,
  metadata: unknown = null,
  headers: http.OutgoingHttpHeaders = {},
): void {
  json(
    response,
    200,
    { type: 'sync', status: 'Success', status_code: 200, operation: '', error_code: 0, error: '', metadata },
    headers,
  );
}

/** Answers with the envelope of an error. */
export function fail(response: ServerResponse, code: number, error: string, status = code): void {
  json(response, status, {
    type: 'error',
    status: '',
    status_code: 0,
    operation: '',
    error_code: code,
    error,
    metadata: null,
  });
}

/** Answers with the envelope of a started operation. */
export function started(response: ServerResponse, operation: string, metadata: unknown = null): void {
  const envelope = {
    type: 'async',
    status: 'Operation created',
    status_code: 100,
    operation,
    error_code: 0,
    error: '',
    metadata,
  };
  json(response, 202, envelope, { location: operation });
}

export function json(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: http.OutgoingHttpHeaders = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(`${JSON.stringify(value)}\n`);
}

/** The rejection of a promise; fails if it resolves. */
export async function rejection<E = Error>(promise: Promise<unknown>): Promise<E> {
  const resolved = Symbol('resolved');
  const reason: unknown = await promise.then(
    () => resolved,
    (error: unknown) => error,
  );
  if (reason === resolved) throw new Error('It resolved, and should have rejected');
  return reason as E;
}

/** Waits until something is so, for 20 s unless told otherwise: a machine may be busy. */
export async function until(condition: () => boolean, timeout = 20_000): Promise<void> {
  const deadline = performance.now() + timeout;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`It never came to be: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
