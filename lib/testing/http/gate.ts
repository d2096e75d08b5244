import { renameSync } from 'node:fs';
import type { Server as HttpServer } from 'node:http';
import { createServer, type AddressInfo, type ListenOptions, type Server, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** Takes connections for an HTTP server. It can fall silent, as a process that is stopped, and cut them, as one that dies. */
export class Gate {
  readonly #http: HttpServer;
  readonly #server: Server;
  /** As they came, before any protocol is spoken on them. */
  readonly #connections = new Set<Socket>();
  /** What answers are written to: the same, or what is within TLS. */
  readonly #talks = new Set<Socket | TLSSocket>();
  /** Connections that came while it was silent. */
  #held: Socket[] | undefined;

  constructor(http: HttpServer, within: 'plain' | 'tls') {
    this.#http = http;
    const isTls = within === 'tls';
    // As the servers of node:http and node:https would have it.
    this.#server = createServer({ allowHalfOpen: !isTls, noDelay: true }, (socket) => {
      track(this.#connections, socket);
      socket.on('error', () => socket.destroy());
      if (this.#held) this.#held.push(socket);
      else this.#admit(socket);
    });
    http.on(isTls ? 'secureConnection' : 'connection', (socket: Socket | TLSSocket) => {
      track(this.#talks, socket);
    });
  }

  /** Listens on a port of this machine, any if it is 0; resolves with it. */
  async listenOn(port: number): Promise<number> {
    await this.#listen({ port, host: '127.0.0.1' });
    return (this.#server.address() as AddressInfo).port;
  }

  /**
   * Listens on a unix socket. The file stays where it is when nobody listens any more, as that of a process that was
   * killed: who connects is refused, and does not find nothing.
   */
  async listenAt(path: string): Promise<void> {
    const made = `${path}.new`; // what Node removes in the end
    const listening = this.#listen({ path: made });
    if (this.#server.listening) renameSync(made, path);
    await listening;
  }

  /** What comes is not answered, and not refused. */
  freeze(): void {
    this.#held ??= [];
    for (const socket of this.#talks) socket.cork();
  }

  /** Goes on where it stopped. */
  thaw(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const socket of this.#talks) socket.uncork();
    for (const socket of held) if (!socket.destroyed) this.#admit(socket);
  }

  /** Ends every connection, whatever it is waiting for, and listens no more. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#connections) socket.destroy();
    await closed;
  }

  #admit(socket: Socket): void {
    this.#http.emit('connection', socket);
  }

  #listen(where: ListenOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject).listen(where, resolve);
    });
  }
}

function track<T extends Socket>(all: Set<T>, socket: T): void {
  all.add(socket);
  socket.once('close', () => all.delete(socket));
}
