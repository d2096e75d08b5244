import { randomUUID } from 'node:crypto';
import type http from 'node:http';
import type { Duplex } from 'node:stream';
import { json } from 'node:stream/consumers';
import type { WebSocket } from 'ws';
import { ScriptedDaemon } from '../../../support/scripted-daemon.js';

/** One command as the server runs it: its sockets, all but `control` there. */
export interface Running {
  body: Record<string, unknown>;
  sockets: Record<string, WebSocket>;
  /** Ends the operation; a text is that of a failed one. */
  end(exitCode: number, err?: string): void;
  /** Bytes, and the end of an output, as both servers tell it: an empty text, and the connection is dropped. */
  finish(name: '0' | '1' | '2', bytes?: Buffer | string): void;
}

export type Script = (running: Running) => unknown;

interface Command extends Running {
  id: string;
  fds: Record<string, string>;
  begun: boolean;
  data: Record<string, unknown>;
}

/** How long it waits for the sockets of a command, in ms; real servers wait 5 to 10 s. */
const patience = 2500;

/** A server that runs the commands of one script over websockets as LXD does, on a unix socket. */
export class ExecServer extends ScriptedDaemon {
  /** The commands, with what was done to them. */
  readonly commands = new Map<string, Command>();
  readonly killed: string[] = [];
  readonly lines: string[] = [];
  /** Said of the sockets instead of what is true. */
  offers: unknown = this;
  readonly #waiting = new Map<string, Set<() => void>>();

  private constructor(private readonly script: Script) {
    super();
  }

  static async start(script: Script): Promise<ExecServer> {
    const server = new ExecServer(script);
    await server.listen();
    return server;
  }

  protected async answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    this.lines.push(`${method} ${url}`);
    const body = await json(request).catch(() => undefined);
    const [, id = ''] = /^\/1\.0\/operations\/([^/?]+)/.exec(url) ?? [];
    const command = this.commands.get(id);
    if (method === 'POST' && url.startsWith('/1.0/instances/web/exec')) {
      if (typeof body !== 'object') send(response, 400, { type: 'error', error: 'No JSON', error_code: 400 });
      else this.#begin(response, body as Record<string, unknown>);
    } else if (!command) send(response, 404, { type: 'error', error: 'Not found', error_code: 404 });
    else if (method === 'DELETE') {
      this.#kill(command);
      sync(response, {});
    } else {
      if (url.startsWith(`/1.0/operations/${id}/wait`) && command.data.status_code === 103) {
        await new Promise<void>((resolve) => {
          const waiting = this.#waiting.get(id) ?? new Set();
          this.#waiting.set(id, waiting.add(resolve));
        });
      }
      sync(response, command.data);
    }
  }

  #begin(response: http.ServerResponse, body: Record<string, unknown>): void {
    const id = randomUUID();
    const names = body.interactive ? ['0', 'control'] : ['0', '1', '2', 'control'];
    // The name is in the secret, so that a proxy can tell connections apart.
    const fds = Object.fromEntries(names.map((name) => [name, `fd-${name}-${randomUUID()}`]));
    const command: Command = {
      id,
      body,
      fds,
      begun: false,
      sockets: {},
      data: {
        id,
        class: 'websocket',
        description: 'Executing command',
        created_at: '2026-11-21T01:02:03.123456789Z',
        updated_at: '2026-11-21T01:02:03.123456789Z',
        status: 'Running',
        status_code: 103,
        resources: { instances: ['/1.0/instances/web'] },
        metadata: {
          command: body.command,
          fds: this.offers === this ? fds : this.offers,
          interactive: body.interactive === true,
        },
        may_cancel: false,
        err: '',
        location: 'none',
      },
      end: (exitCode, err = '') => {
        this.#end(command, exitCode, err);
      },
      finish: (name, bytes) => {
        const socket = command.sockets[name];
        if (!socket) return;
        if (bytes !== undefined) socket.send(Buffer.from(bytes), () => undefined);
        socket.send('', () => setImmediate(() => socket.terminate()));
      },
    };
    this.commands.set(id, command);
    setTimeout(() => {
      if (!command.begun) this.#end(command, -1, 'Timed out waiting for websockets to connect');
    }, patience).unref();
    const answer = {
      type: 'async',
      status: 'Operation created',
      status_code: 100,
      operation: `/1.0/operations/${id}`,
    };
    send(response, 202, { ...answer, error_code: 0, error: '', metadata: command.data });
  }

  protected connect(request: http.IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '', 'http://x');
    const command = this.commands.get(url.pathname.split('/')[3] ?? '');
    const secret = url.searchParams.get('secret');
    const name = Object.keys(command?.fds ?? {}).find((one) => command?.fds[one] === secret);
    if (!command || name === undefined || command.sockets[name] || command.data.status_code !== 103) {
      const body = JSON.stringify({ type: 'error', error: 'not found', error_code: 404, metadata: null });
      socket.end(`HTTP/1.1 404 Not Found\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      return;
    }
    this.upgrade.handleUpgrade(request, socket, head, (websocket) => {
      this.websockets.add(websocket);
      command.sockets[name] = websocket;
      websocket.on('error', () => undefined);
      if (name === 'control') {
        websocket.on('message', (data: Buffer) => {
          const { command: word, signal } = JSON.parse(data.toString()) as {
            command: string;
            signal?: number;
          };
          if (word === 'signal' && signal === 9) this.#kill(command);
        });
      }
      websocket.once('close', () => {
        this.websockets.delete(websocket);
        if (name === 'control') this.#kill(command); // as both servers do
      });
      const wanted = Object.keys(command.fds).filter((one) => one !== 'control');
      if (command.begun || !wanted.every((one) => command.sockets[one])) return;
      command.begun = true;
      void this.script(command);
    });
  }

  #kill(command: Command): void {
    if (command.data.status_code !== 103) return;
    this.killed.push(command.id);
    for (const name of ['1', '2'] as const) command.finish(name);
    this.#end(command, 137, '');
  }

  #end(command: Command, exitCode: number, err: string): void {
    if (command.data.status_code !== 103) return;
    const status = err
      ? { status: 'Failure', status_code: 400, err }
      : { status: 'Success', status_code: 200 };
    command.data = {
      ...command.data,
      ...status,
      metadata: { ...(command.data.metadata as object), return: exitCode },
    };
    command.sockets.control?.terminate();
    if (err) for (const socket of Object.values(command.sockets)) socket.terminate();
    for (const wake of this.#waiting.get(command.id) ?? []) wake();
    this.#waiting.delete(command.id);
  }
}

function sync(response: http.ServerResponse, metadata: unknown): void {
  const answer = {
    type: 'sync',
    status: 'Success',
    status_code: 200,
    operation: '',
    error_code: 0,
    error: '',
  };
  send(response, 200, { ...answer, metadata });
}

function send(response: http.ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
