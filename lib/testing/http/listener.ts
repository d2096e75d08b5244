import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { KeyPair } from './certificate.js';
import { send, toRequest } from './exchange.js';
import { Gate } from './gate.js';
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
  #gates: Gate[] = [];
  #port = 0;
  #closed = false;
  /** Resolves when it is to go on, if it was stopped. */
  #thawed: { promise: Promise<void>; resolve(): void } | undefined;

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
      void this.#serve(incoming, outgoing);
    };
    const plain = new Gate(this.#prepared(createServer(serve)), 'plain');
    this.#gates = [plain];
    const listening = [plain.listenAt(this.socketPath)];
    if (this.#keys) {
      const options = {
        ...this.#keys,
        requestCert: true,
        rejectUnauthorized: false,
        minVersion: 'TLSv1.3',
      } as const;
      const secure = new Gate(this.#prepared(createTlsServer(options, serve)), 'tls');
      this.#gates.push(secure);
      listening.push(secure.listenOn(this.#port).then((port) => void (this.#port = port)));
    }
    await Promise.all(listening);
  }

  /** Falls silent: it takes connections and requests and answers none, until it is thawed or stopped. */
  freeze(): void {
    this.#thawed ??= open();
    for (const gate of this.#gates) gate.freeze();
  }

  /** Goes on where it stopped. */
  thaw(): void {
    for (const gate of this.#gates) gate.thaw();
    this.#thawed?.resolve();
    this.#thawed = undefined;
  }

  /** Ends every connection, whatever it is waiting for, and listens no more. */
  async stop(): Promise<void> {
    const gates = this.#gates;
    this.#gates = [];
    const stopped = gates.map((gate) => gate.stop());
    this.#thawed = undefined; // what waits for it waits for ever: it is never done
    await Promise.all(stopped);
  }

  /** Stops for good. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const gone = new AbortController();
    outgoing.once('close', () => gone.abort());
    try {
      await this.#thawed?.promise;
      const request = toRequest(incoming, gone.signal);
      const response = await this.#answer(request, incoming.url ?? '/', peerOf(incoming.socket));
      await this.#thawed?.promise;
      await send(response, outgoing);
    } catch {
      // The client has gone, or the answer broke off: either way there is nobody to tell.
      outgoing.destroy();
    }
  }

  #prepared(server: Server): Server {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => socket.destroy());
      if (!this.#thawed) this.#upgrade(request, socket, head);
      else
        void this.#thawed.promise.then(() => {
          if (!socket.destroyed) this.#upgrade(request, socket, head);
        });
    });
    // Nothing is closed for being idle: a kept-alive connection must not end under the next request.
    return Object.assign(server, { keepAliveTimeout: 0, requestTimeout: 0 });
  }
}

/** A promise that is resolved from without. */
function open(): { promise: Promise<void>; resolve(): void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
