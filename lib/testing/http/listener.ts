import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, type Duplex } from 'node:stream';
import type { KeyPair } from './certificate.js';
import { peerOf, type Peer } from './peer.js';

/** Answers a request; `target` is what its request line says, `peer` where it comes from. */
export type Answer = (request: Request, target: string, peer: Peer | undefined) => Promise<Response>;

/** Takes a request to change the protocol. */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Real HTTP servers in front of handlers of standard requests: on a temporary unix socket, and on a port for HTTPS. */
export class Listener {
  readonly #directory: string;
  readonly #answer: Answer;
  readonly #upgrade: Upgrade;
  readonly #keys: KeyPair | undefined;
  readonly socketPath: string;
  #server: Server | undefined;
  #tlsServer: Server | undefined;
  #port = 0;
  #closed = false;
  /** What is no HTTP connection any more, of which the servers forget. */
  readonly #upgraded = new Set<Duplex>();

  private constructor(directory: string, answer: Answer, upgrade: Upgrade, keys: KeyPair | undefined) {
    this.#directory = directory;
    this.#answer = answer;
    this.#upgrade = upgrade;
    this.#keys = keys;
    this.socketPath = join(directory, 'unix.socket');
  }

  static async open(answer: Answer, upgrade: Upgrade, keys?: KeyPair): Promise<Listener> {
    const directory = await mkdtemp(join(tmpdir(), 'tslxd-fake-'));
    const listener = new Listener(directory, answer, upgrade, keys);
    await listener.listen();
    return listener;
  }

  /** Of HTTPS; 0 without it. */
  get port(): number {
    return this.#port;
  }

  /** Listens, where it listened before if it did. */
  async listen(): Promise<void> {
    if (this.#closed) return; // while it was to come back
    const serve = (incoming: IncomingMessage, outgoing: ServerResponse) => {
      void answerTo(this.#answer, incoming, outgoing);
    };
    this.#server = this.#prepared(createServer(serve));
    await listening(this.#server, { path: this.socketPath });
    if (!this.#keys) return;
    const options = {
      ...this.#keys,
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.3',
    } as const;
    this.#tlsServer = this.#prepared(createTlsServer(options, serve));
    await listening(this.#tlsServer, { port: this.#port, host: '127.0.0.1' });
    this.#port = (this.#tlsServer.address() as AddressInfo).port;
  }

  /** Ends every connection, whatever it is waiting for, and listens no more. */
  async stop(): Promise<void> {
    const servers = [this.#server, this.#tlsServer].filter((server) => server !== undefined);
    const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const server of servers) server.closeAllConnections();
    for (const socket of this.#upgraded) socket.destroy();
    await Promise.all(closed);
  }

  /** Stops for good. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }

  #prepared(server: Server): Server {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#upgraded.add(socket);
      socket.once('close', () => this.#upgraded.delete(socket));
      socket.on('error', () => socket.destroy());
      this.#upgrade(request, socket, head);
    });
    // Nothing is closed for being idle: a kept-alive connection must not end under the next request.
    return Object.assign(server, { keepAliveTimeout: 0, requestTimeout: 0 });
  }
}

function listening(server: Server, where: { path: string } | { port: number; host: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(where, resolve);
  });
}

async function answerTo(answer: Answer, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const gone = new AbortController();
  outgoing.once('close', () => gone.abort());
  try {
    const request = toRequest(incoming, gone.signal);
    const response = await answer(request, incoming.url ?? '/', peerOf(incoming.socket));
    await send(response, outgoing);
  } catch {
    // The client has gone, or the answer broke off: either way there is nobody to tell.
    outgoing.destroy();
  }
}

function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request {
  const { method = 'GET', rawHeaders } = incoming;
  const headers = new Headers();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    headers.append(rawHeaders[index]!, rawHeaders[index + 1]!);
  }
  const hasBody = method !== 'GET' && method !== 'HEAD';
  // The target goes beside it: a URL here would have its dots resolved.
  return new Request('http://fake/', {
    ...{ method, headers, signal },
    ...(hasBody && { body: Readable.toWeb(incoming) as ReadableStream<Uint8Array>, duplex: 'half' as const }),
  });
}

async function send(response: Response, outgoing: ServerResponse): Promise<void> {
  if (response.type === 'error') {
    outgoing.destroy();
    return;
  }
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  const { body } = response;
  if (!body) {
    outgoing.end();
    return;
  }
  // Where the body may be long in coming, the headers go first.
  if (!response.headers.has('content-length')) outgoing.flushHeaders();
  // By hand, since a pipeline would throw away what is written when the body breaks off.
  for await (const chunk of body) await written(outgoing, chunk as Uint8Array);
  outgoing.end();
}

function written(outgoing: ServerResponse, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    outgoing.write(chunk, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
