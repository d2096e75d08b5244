import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';

/** What specs script a daemon over: HTTP and websockets on a unix socket of its own. */
export abstract class ScriptedDaemon {
  /** Every websocket that is open. */
  readonly websockets = new Set<WebSocket>();
  protected readonly upgrade = new WebSocketServer({ noServer: true });
  readonly #http = http.createServer({ keepAliveTimeout: 0 }); // as Go: an answer that does not come never ends
  #folder = '';

  get socketPath(): string {
    return join(this.#folder, 'unix.socket');
  }

  async listen(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'tslxd-scripted-'));
    this.#http.on('request', (request, response) => void this.answer(request, response));
    this.#http.on('clientError', (_error, socket) => socket.destroy());
    this.#http.on('upgrade', (request: http.IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => undefined);
      this.connect(request, socket, head);
    });
    this.#http.listen(this.socketPath);
    await once(this.#http, 'listening');
  }

  /** As a crash does. */
  async stop(): Promise<void> {
    for (const websocket of this.websockets) websocket.terminate();
    this.#http.close();
    this.#http.closeAllConnections();
    await rm(this.#folder, { recursive: true, force: true });
  }

  protected abstract answer(request: http.IncomingMessage, response: http.ServerResponse): unknown;

  protected abstract connect(request: http.IncomingMessage, socket: Duplex, head: Buffer): void;
}
