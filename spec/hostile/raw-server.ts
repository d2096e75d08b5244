import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http, { type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';

/** A request that came, and the connection on which it is answered. */
export interface Asked {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
  socket: Duplex;
  /** What came after the head of a request to change the protocol. */
  more: Buffer;
  isUpgrade: boolean;
}

let made = 0;
let folder: Promise<string> | undefined;

/** Reads requests as a server does, and leaves every byte of the answers to `answer`. */
export class RawServer {
  readonly #http: http.Server;
  readonly #sockets = new Set<Duplex>();

  private constructor(
    server: http.Server,
    /** Where it listens: a socket's path, or an origin. */
    readonly place: { socketPath: string } | { origin: string },
  ) {
    this.#http = server;
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined).once('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(
    answer: (asked: Asked) => void,
    { isTcp = false, maxHeaderSize = 65_536 } = {},
  ): Promise<RawServer> {
    const server = http.createServer({ keepAliveTimeout: 0, maxHeaderSize });
    const meet = async (request: IncomingMessage, more: Buffer, isUpgrade: boolean) => {
      const { method = '', url = '', headers, socket } = request;
      const chunks: Buffer[] = [];
      try {
        if (!isUpgrade) for await (const chunk of request) chunks.push(chunk as Buffer);
      } catch {
        return; // the client has gone
      }
      answer({ method, url, headers, body: Buffer.concat(chunks), socket, more, isUpgrade });
    };
    server.on('request', (request) => void meet(request, Buffer.alloc(0), false));
    server.on('upgrade', (request, _, head: Buffer) => void meet(request, head, true));
    server.on('clientError', (_, socket) => socket.destroy());
    if (isTcp) {
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const { port } = server.address() as AddressInfo;
      return new RawServer(server, { origin: `http://127.0.0.1:${String(port)}` });
    }
    folder ??= mkdtemp(join(tmpdir(), 'tslxd-raw-'));
    const socketPath = join(await folder, String(++made));
    await once(server.listen(socketPath), 'listening');
    return new RawServer(server, { socketPath });
  }

  stop(): void {
    this.#http.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** At the end of a process. */
  static async removeFolder(): Promise<void> {
    if (folder) await rm(await folder, { recursive: true, force: true });
  }
}
