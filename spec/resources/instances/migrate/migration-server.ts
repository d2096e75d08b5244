import { randomUUID } from 'node:crypto';
import type http from 'node:http';
import type { Duplex } from 'node:stream';
import { json } from 'node:stream/consumers';
import { Client } from 'tslxd';
import type { WebSocket } from 'ws';
import { ScriptedDaemon } from '../../../support/scripted-daemon.js';

/** What specs look into of what was sent. */
export interface Body {
  name: string;
  live: boolean;
  config: object;
  migration?: boolean;
  source?: { mode: string; operation: string; live: boolean };
  target?: { operation: string };
}

/** One side of a migration, as its server sees it. */
export interface Part {
  id: string;
  /** What it was asked for. */
  url: string;
  body: Body;
  secrets: Record<string, string>;
  /** Those that were connected to, in that order. */
  sockets: Record<string, WebSocket>;
  /** Ends the operation; a text is that of a failed one. */
  end(err?: string): void;
  /** Whether it is still at work. */
  isRunning(): boolean;
}

/** What a server does; by default every part goes well once its websockets are there. */
export interface Script {
  addresses?: string[];
  /** Once an operation is there, and for one with websockets when all are. */
  run?: (part: Part) => unknown;
  /** An error in place of an answer. */
  refuse?: (line: string, body: Body) => { code: number; error: string } | undefined;
  /** Whether `DELETE` of an operation ends it. */
  cancels?: boolean;
}

export const day = '2026-11-21T01:02:03Z';

/** A server that gives and takes instances as LXD does, on a unix socket, without having any. */
export class MigrationServer extends ScriptedDaemon implements AsyncDisposable {
  readonly instances = new Map<string, Record<string, unknown>>();
  readonly parts: Part[] = [];
  /** `METHOD path` of every request and websocket. */
  readonly lines: string[] = [];
  client!: Client;
  readonly #data = new Map<string, Record<string, unknown>>();
  readonly #waiting = new Map<string, (() => void)[]>();

  private constructor(readonly script: Script) {
    super();
  }

  static async start(script: Script = {}): Promise<MigrationServer> {
    const server = new MigrationServer(script);
    await server.listen();
    server.client = new Client({ socketPath: server.socketPath });
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
    await this.stop();
  }

  /** A stopped instance that can be given. */
  add(name: string, more: object = {}): void {
    this.instances.set(name, {
      name,
      type: 'container',
      architecture: 'x86_64',
      status: 'Stopped',
      status_code: 102,
      created_at: day,
      description: 'The web',
      ephemeral: true,
      profiles: ['one', 'two'],
      config: { 'user.role': 'web', 'volatile.eth0.hwaddr': '00:16', 'volatile.base_image': 'beef' },
      devices: { proc: { type: 'none' } },
      expanded_config: {},
      expanded_devices: {},
      ...more,
    });
  }

  protected async answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const body = (await json(request).catch(() => undefined)) as Body;
    const line = `${method} ${url.replace(/\?.*/, '')}`;
    this.lines.push(line);
    const refusal = this.script.refuse?.(line, body);
    const [, kind = '', key = '', rest = ''] = /^\/1\.0(?:\/(\w+)(?:\/([^/?]+)([^?]*))?)?/.exec(url) ?? [];
    const instance = this.instances.get(key);
    if (refusal) fail(response, refusal.code, refusal.error);
    else if (kind === '') sync(response, serverOf(this.script.addresses));
    else if (kind === 'operations' && this.#data.has(key)) await this.#operate(response, method, key, rest);
    else if (kind === 'instances' && method === 'POST') this.#begin(response, url, body);
    else if (!instance) fail(response, 404, 'Instance not found');
    else if (rest === '/backups') sync(response, []);
    else if (rest === '/state') sync(response, { status: instance.status });
    else {
      if (method === 'DELETE') this.instances.delete(key);
      sync(response, instance);
    }
  }

  async #operate(response: http.ServerResponse, method: string, id: string, rest: string): Promise<void> {
    if (method === 'DELETE' && !this.script.cancels) {
      fail(response, 400, "This operation can't be cancelled");
      return;
    }
    if (method === 'DELETE') this.#end(id, 'Cancelled');
    if (rest === '/wait' && this.#isRunning(id)) {
      await new Promise<void>((resolve) => {
        this.#waiting.set(id, [...(this.#waiting.get(id) ?? []), resolve]);
      });
    }
    sync(response, this.#data.get(id));
  }

  #begin(response: http.ServerResponse, url: string, body: Body): void {
    const id = randomUUID();
    const isTask = body.source?.mode === 'pull' || body.target !== undefined || body.migration === undefined;
    const isWebsocket = !isTask || body.source?.mode === 'push';
    const secrets: Record<string, string> = isWebsocket ? { control: randomUUID(), fs: randomUUID() } : {};
    if (body.source) this.add(body.name, { ...body, created_at: day });
    const part: Part = {
      id,
      url,
      body,
      secrets,
      sockets: {},
      end: (err) => this.#end(id, err),
      isRunning: () => this.#isRunning(id),
    };
    this.parts.push(part);
    this.#data.set(id, {
      id,
      class: isWebsocket ? 'websocket' : 'task',
      description: body.source ? 'Creating instance' : 'Migrating instance',
      created_at: day,
      updated_at: day,
      status: 'Running',
      status_code: 103,
      resources: {},
      metadata: secrets,
      may_cancel: this.script.cancels === true,
      err: '',
      location: 'none',
    });
    const metadata = this.#data.get(id);
    const envelope = { type: 'async', status_code: 100, operation: `/1.0/operations/${id}` };
    send(response, 202, { ...envelope, status: 'Operation created', error_code: 0, error: '', metadata });
    if (!isWebsocket) this.#run(part);
  }

  #run(part: Part): void {
    if (this.script.run) this.script.run(part);
    else part.end();
  }

  protected connect(request: http.IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '', 'http://x');
    const part = this.parts.find(({ id }) => url.pathname === `/1.0/operations/${id}/websocket`);
    const secret = url.searchParams.get('secret');
    const name = Object.keys(part?.secrets ?? {}).find((one) => part?.secrets[one] === secret) ?? '';
    const line = `WEBSOCKET ${name}`;
    if (part) this.lines.push(line);
    const refusal = part && this.script.refuse?.(line, {} as Body);
    if (!part || !name || part.sockets[name] || refusal) {
      const answer = {
        type: 'error',
        error: refusal?.error ?? 'not found',
        error_code: refusal?.code ?? 404,
      };
      const text = JSON.stringify(answer);
      socket.end(`HTTP/1.1 404 Not Found\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
      return;
    }
    this.upgrade.handleUpgrade(request, socket, head, (websocket) => {
      this.websockets.add(websocket);
      part.sockets[name] = websocket;
      websocket.on('error', () => undefined);
      websocket.once('close', () => {
        this.websockets.delete(websocket);
        // As both servers do, once everything is connected.
        if (part.isRunning()) part.end(`Error reading migration ${name}: websocket: close`);
      });
      if (Object.keys(part.sockets).length === Object.keys(part.secrets).length) this.#run(part);
    });
  }

  #isRunning(id: string): boolean {
    return this.#data.get(id)?.status_code === 103;
  }

  /** A target that failed is gone then. */
  #end(id: string, err = ''): void {
    const data = this.#data.get(id);
    if (data?.status_code !== 103) return;
    const failed = { status: 'Failure', status_code: 400, err };
    const end = { status: 'Success', status_code: 200 };
    this.#data.set(id, { ...data, ...(err === '' ? end : failed) });
    const part = this.parts.find((one) => one.id === id)!;
    if (err && part.body.source) this.instances.delete(part.body.name);
    for (const socket of Object.values(part.sockets)) socket.terminate();
    for (const wake of this.#waiting.get(id) ?? []) wake();
  }
}

function serverOf(addresses: string[] = ['10.0.0.1:8443']) {
  const environment = { addresses, certificate: 'PEM' };
  return { api_extensions: ['instance_create_start'], auth: 'trusted', environment };
}

function sync(response: http.ServerResponse, metadata: unknown): void {
  const answer = { type: 'sync', status: 'Success', status_code: 200, error_code: 0, error: '' };
  send(response, 200, { ...answer, operation: '', metadata });
}

function fail(response: http.ServerResponse, code: number, error: string): void {
  send(response, code, { type: 'error', error, error_code: code, metadata: null });
}

function send(response: http.ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
