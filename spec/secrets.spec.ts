import { inspect } from 'node:util';
import { Client, type ClientOptions } from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { afterwards, serveHttps } from './rest/test-server.js';
import { makeCertificate } from './support/certificates.js';

/** What must be seen nowhere. */
const header = 'Bearer s3cret-header';

/** Everything that can be reached from a value by any property, also hidden ones and those of prototypes. */
function reachable(from: unknown, seen = new Set<object>()): Set<object> {
  if ((typeof from !== 'object' && typeof from !== 'function') || from === null || seen.has(from))
    return seen;
  if (from === globalThis || from === process) return seen;
  seen.add(from);
  for (
    let holder: object | null = from;
    holder && holder !== Object.prototype;
    holder = Object.getPrototypeOf(holder)
  ) {
    if (holder === Function.prototype) break;
    for (const key of Reflect.ownKeys(holder)) {
      const { value, get } = Object.getOwnPropertyDescriptor(holder, key)!;
      if (get && holder !== from) {
        try {
          reachable(Reflect.get(holder, key, from), seen);
        } catch {
          // not fetched yet
        }
      } else reachable(value, seen);
    }
  }
  return seen;
}

/** All texts in which something of these could be shown, and those that hang on anything that can be reached from them. */
function shown(things: readonly unknown[]): string {
  const printed = things.flatMap((thing) => [
    JSON.stringify(thing) ?? '',
    inspect(thing, { showHidden: true, depth: Infinity }),
    thing instanceof Error ? String(thing.stack) : '',
  ]);
  const seen = new Set<object>();
  for (const thing of things) reachable(thing, seen);
  const held = [...seen].flatMap((thing) => Object.values(Object.getOwnPropertyDescriptors(thing)));
  return [...printed, ...held.map(({ value }) => (typeof value === 'string' ? value : ''))].join('\n');
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('no secret of a client', () => {
  it('would stay hidden from this spec', () => {
    class Careless {
      private readonly headers = { authorization: header };
      get store(): unknown {
        return { session: this.headers };
      }
    }
    expect(shown([new Careless()])).toContain('s3cret');
    expect(shown([Object.defineProperty({}, 'hidden', { value: [header] })])).toContain('s3cret');
    expect(shown([new Error('no', { cause: new Error(header) })])).toContain('s3cret');
  });

  const lines: string[] = [];
  const log = Object.fromEntries(
    ['error', 'warn', 'info', 'debug'].map((level) => [level, (line: string) => lines.push(line)]),
  );

  async function make(options: ClientOptions): Promise<{ client: Client; secrets: string[] }> {
    const { cert, key } = await makeCertificate({ commonName: 'me' });
    const headers = { authorization: header };
    const tls = options.socketPath === undefined ? { clientCert: cert, clientKey: key } : {};
    const client = new Client({ ...options, ...tls, headers, log });
    afterwards(() => client.close());
    return { client, secrets: ['s3cret', key.split('\n')[1]!] };
  }

  /** All that a client gives, and the errors of what fails. */
  async function used(client: Client): Promise<unknown[]> {
    const { instances, profiles, images, operations, events, certificates } = client;
    const { signal } = { signal: AbortSignal.timeout(1000) };
    const web = instances.ref('web');
    const secret = operations.ref('x', { secret: 's3cret-operation' });
    const [stream, watch] = [events.listen(), instances.watch()];
    const made = [client, client.useProject('p'), web, web.snapshots, web.backups, web.files, web.logs];
    const more = [
      instances,
      profiles,
      images,
      operations,
      events,
      images.aliases,
      certificates,
      certificates.ref('abc'),
      client.server,
      secret,
      stream,
      watch,
    ];
    const failing = [
      web.fetch(),
      instances.all(),
      instances.get('none'),
      secret.fetch(),
      secret.wait({ signal }),
      web.fetch({ signal: AbortSignal.abort() }),
      web.fetch({ timeout: 1 }),
      images.get('abc', { secret: 's3cret-image' }),
      client.request('GET', '/1.0/x', { query: { secret: 's3cret-query' } }),
      client.request('POST', '/1.0/certificates', { body: { trust_token: 's3cret-token' } }),
      client.certificates.create({ certificate: 's3cret-certificate' }),
      client.certificates.createToken({ name: 'me', projects: ['s3cret-project'] }),
    ];
    const errors = await Promise.all(failing.map(failure));
    await Promise.all([watch.return(), stream.return()]);
    const things = [...made, ...more, profiles.ref('default'), client.snapshots.ref('web/a'), ...errors];
    return things;
  }

  it('is in anything that can be reached, printed or turned to JSON, or in an error or a log line', async () => {
    const server = await FakeServer.start();
    afterwards(() => server.close());
    server.addInstance({ name: 'web' });
    const refusing = await serveHttps((response) => {
      response.writeHead(403, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ type: 'error', error: 'not authorized', error_code: 403 }));
    });
    const { endpoint, ca } = refusing.options;
    const places: ClientOptions[] = [
      { socketPath: server.socketPath },
      { socketPath: '/nowhere/unix.socket' },
      { endpoint: 'https://127.0.0.1:1' },
      { endpoint, ca, timeout: 2000 },
    ];
    for (const place of places) {
      const { client, secrets } = await make(place);
      const things = await used(client);
      const text = shown(things) + lines.join('\n');
      for (const secret of secrets) {
        const at = text.indexOf(secret);
        expect(at < 0 ? '' : text.slice(Math.max(0, at - 400), at + 20)).toBe('');
      }
    }
  }, 60_000);
});
