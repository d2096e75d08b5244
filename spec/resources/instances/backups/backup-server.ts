import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { Client, type ClientOptions } from '../../../../lib/index.js';
import { afterwards, fail, serveRaw, started, sync, type TestServer } from '../../../rest/test-server.js';

type Handler = (request: IncomingMessage, response: ServerResponse, body: Buffer) => unknown;

/** A request as it came, without its query. */
export interface Came {
  line: string;
  query: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

/** What the answer of a server brings with which everything goes well. */
export const content = Buffer.alloc(300_000, 'backup of web, ');

/** A server with an instance `web`, of which backups can be made; it lies where it is told to. */
export class BackupServer {
  readonly came: Came[] = [];
  /** The names of the backups that there are. */
  readonly backups = new Set<string>();
  /** Takes over requests, by `POST /1.0/instances`; names of backups in it are `*`. */
  readonly lies: Record<string, Handler | undefined> = {};
  /** How the operation of a backup stands when it is asked for. */
  end: () => Record<string, unknown> = () => ({ status_code: 200, status: 'Success' });
  #test!: TestServer;

  private constructor(private readonly extensions: string[]) {}

  static async start(product: 'lxd' | 'incus', ...extensions: string[]): Promise<BackupServer> {
    const own = product === 'incus' ? ['dev_incus_events'] : [];
    const server = new BackupServer([...own, ...extensions]);
    server.#test = await serveRaw((request, response) => server.#answer(request, response));
    return server;
  }

  /** `GET /1.0/…`, in order; the server's own facts left out. */
  get lines(): string[] {
    return this.came.map(({ line }) => line).filter((line) => line !== 'GET /1.0');
  }

  get last(): Came {
    const last = this.came.findLast(({ line }) => line.startsWith('POST'));
    if (!last) throw new Error('nothing was posted');
    return last;
  }

  client(options: ClientOptions = {}): Client {
    const client = new Client({ ...this.#test.options, ...options });
    afterwards(() => client.close());
    return client;
  }

  stop(): Promise<void> {
    return this.#test.stop();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    const [path = '', query = ''] = url.split('?');
    const line = `${method} ${path.replace(/(\/backups\/)[^/]+/, '$1*')}`;
    const early = this.lies[`${line} early`]; // before the body is read
    if (early) {
      early(request, response, Buffer.alloc(0));
      return;
    }
    const body = await buffer(request).catch(() => undefined);
    if (!body) return; // the client went away
    this.came.push({ line, query, headers, body });
    const lie = this.lies[line];
    if (lie) lie(request, response, body);
    else this.#tell(line, path, body, response);
  }

  #tell(line: string, path: string, body: Buffer, response: ServerResponse): void {
    const backup = path.split('/')[5] ?? '';
    switch (line) {
      case 'GET /1.0':
        sync(response, { api_extensions: this.extensions });
        break;
      case 'POST /1.0/instances':
      case 'POST /1.0/instances/web':
        started(response, '/1.0/operations/made', operation('made', { status_code: 200 }));
        break;
      case 'POST /1.0/instances/web/backups':
        this.backups.add((JSON.parse(body.toString()) as { name: string }).name);
        started(response, '/1.0/operations/backup', operation('backup', {}));
        break;
      case 'GET /1.0/operations/backup':
      case 'GET /1.0/operations/backup/wait':
        sync(response, operation('backup', this.end()));
        break;
      case 'GET /1.0/instances/web/backups':
        sync(
          response,
          [...this.backups].map((name) => `/1.0/instances/web/backups/${name}`),
        );
        break;
      case 'GET /1.0/instances/web/backups/*':
        sync(response, { name: backup });
        break;
      case 'GET /1.0/instances/web/backups/*/export':
        response.setHeader('content-length', content.length).end(content);
        break;
      case 'DELETE /1.0/instances/web/backups/*':
        if (this.backups.delete(backup)) sync(response);
        else fail(response, 404, 'Instance backup not found');
        break;
      case 'GET /1.0/profiles':
        sync(response, [{ name: 'default', devices: {} }]);
        break;
      case 'GET /1.0/instances/web':
        sync(response, instance);
        break;
      case 'GET /1.0/instances/new':
        sync(response, { ...instance, name: 'new', status: 'Running' });
        break;
      case 'GET /1.0/instances/web/snapshots/then':
        sync(response, { ...instance, name: 'then', type: undefined, ephemeral: false });
        break;
      default:
        fail(response, 404, `Not found: ${line}`);
    }
  }
}

const instance = {
  name: 'web',
  type: 'container',
  architecture: 'x86_64',
  status: 'Stopped',
  description: 'the original',
  ephemeral: true,
  profiles: ['default', 'web'],
  config: {
    'user.a': '1',
    'volatile.base_image': 'ab'.repeat(32),
    'volatile.eth0.hwaddr': '00:16:3e:00:00:01',
  },
  devices: { data: { type: 'disk', source: '/srv', path: '/srv' } },
  expanded_devices: {
    data: { type: 'disk', source: '/srv', path: '/srv' },
    system: { type: 'disk', path: '/', pool: 'default', size: '1GiB' },
  },
};

function operation(id: string, more: Record<string, unknown>): Record<string, unknown> {
  return {
    id,
    class: 'task',
    description: 'Backing up instance',
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    status: 'Running',
    status_code: 103,
    resources: {},
    metadata: null,
    may_cancel: false,
    err: '',
    location: 'none',
    ...more,
  };
}
