import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { Client } from '../../../lib/index.js';
import { afterwards, fail, serveRaw, started, sync, type TestServer } from '../../rest/test-server.js';

export const sha256 = (...parts: (Buffer | string)[]) =>
  createHash('sha256')
    .update(parts.map((part) => part.toString('latin1' as never)).join(''), 'latin1')
    .digest('hex');

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A server with images and aliases that does what it is told, and lies where it is told to. */
export class ImageServer {
  readonly lines: string[] = [];
  readonly images = new Map<string, { data: Buffer; public: boolean }>();
  readonly aliases = new Map<string, { name: string; target: string; description: string }>();
  /** How many were given. */
  secrets = 0;
  /** Of itself on the network. */
  addresses: string[] = [];
  /** Takes over requests, by `POST /1.0/images`. */
  readonly lies = new Map<string, Handler>();
  /** How the operation of an upload ends. */
  end: (fingerprint: string) => Record<string, unknown> = (fingerprint) => ({
    status_code: 200,
    metadata: { fingerprint, size: '1' },
  });
  #operations = new Map<string, Record<string, unknown>>();
  #test!: TestServer;

  static async start(): Promise<ImageServer> {
    const server = new ImageServer();
    server.#test = await serveRaw((request, response) => server.#answer(request, response));
    return server;
  }

  client(): Client {
    const client = new Client(this.#test.options);
    afterwards(() => client.close());
    return client;
  }

  get sockets(): number {
    return this.#test.sockets.size;
  }

  /** An operation as the server tells of it. */
  operation(more: Record<string, unknown>): Record<string, unknown> {
    const id = `00000000-0000-0000-0000-${String(this.#operations.size).padStart(12, '0')}`;
    const operation = {
      id,
      class: 'task',
      description: 'Downloading image',
      created_at: '2026-01-01T00:00:00Z',
      updated_at: '2026-01-01T00:00:00Z',
      status: 'Running',
      status_code: 103,
      resources: null,
      metadata: null,
      may_cancel: false,
      err: '',
      location: 'none',
    };
    this.#operations.set(id, { ...operation, ...more });
    return operation;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = ''] = request.url!.split('?');
    const line = `${request.method!} ${decodeURIComponent(path)}`;
    this.lines.push(line);
    const lie = this.lies.get(line);
    if (lie) {
      await lie(request, response);
      return;
    }
    const [, , , kind = '', ...rest] = path.split('/');
    const body = await buffer(request).catch(() => undefined);
    if (!body) return; // the client went away
    if (path === '/1.0') {
      sync(response, { api_extensions: [], environment: { addresses: this.addresses } });
      return;
    }
    if (path.startsWith('/1.0/operations/')) {
      this.#wait(response, kind);
      return;
    }
    if (rest[0] === 'secret') {
      this.#secret(response);
      return;
    }
    if (path === '/1.0/images') {
      this.#upload(response, body);
      return;
    }
    if (kind === 'aliases') {
      this.#alias(request.method!, response, rest[0], body);
      return;
    }
    this.#image(request.method!, response, kind);
  }

  #wait(response: ServerResponse, id: string): void {
    const operation = this.#operations.get(id);
    if (operation) sync(response, operation);
    else fail(response, 404, 'Operation not found');
  }

  #secret(response: ServerResponse): void {
    this.secrets += 1;
    const operation = this.operation({});
    const metadata = { secret: `secret-${String(this.secrets)}` };
    started(response, `/1.0/operations/${String(operation.id)}`, { ...operation, metadata });
  }

  #upload(response: ServerResponse, data: Buffer): void {
    const fingerprint = sha256(data);
    const end = this.end(fingerprint);
    const told = (end.metadata as { fingerprint?: string } | undefined)?.fingerprint;
    if (end.status_code === 200 && told) this.images.set(told, { data, public: false });
    const operation = this.operation(end);
    started(response, `/1.0/operations/${String(operation.id)}`, operation);
  }

  #alias(method: string, response: ServerResponse, key: string | undefined, body: Buffer): void {
    const given = body.length > 0 ? JSON.parse(body.toString()) : {};
    const name = key === undefined ? given.name : decodeURIComponent(key);
    const alias = this.aliases.get(name);
    if (method === 'POST') {
      if (alias) return fail(response, 409, 'Alias already exists');
      this.aliases.set(name, given);
      return sync(response);
    }
    if (!alias) return fail(response, 404, 'Image alias not found');
    if (method === 'PUT') Object.assign(alias, given);
    if (method === 'DELETE') this.aliases.delete(name);
    return sync(response, method === 'GET' ? alias : null);
  }

  #image(method: string, response: ServerResponse, fingerprint: string): void {
    const image = this.images.get(fingerprint);
    if (!image) return fail(response, 404, 'Image not found');
    if (method === 'DELETE') {
      this.images.delete(fingerprint);
      for (const [name, { target }] of this.aliases) if (target === fingerprint) this.aliases.delete(name);
      const operation = this.operation({ status_code: 200 });
      return started(response, `/1.0/operations/${String(operation.id)}`, operation);
    }
    const { data, public: isPublic } = image;
    const aliases = [...this.aliases.values()].filter(({ target }) => target === fingerprint);
    sync(response, {
      fingerprint,
      size: data.length,
      public: isPublic,
      aliases,
      properties: {},
      profiles: [],
    });
  }
}
