import { FakeServer } from '../../lib/testing/index.js';
import { describeReal, type RealServer } from '../real/harness.js';
import { call, type Answer, type Ended, type OverHttps } from './support.js';

/** What may differ from one server to the other: the first is the real one's, the second the fake's. */
type Either<T> = T | readonly T[];

/** A real server and a fake that are asked the same, and must answer the same. */
export class Pair {
  readonly #sockets: readonly [string | OverHttps, string | OverHttps];

  constructor(real: string | OverHttps, fake: string | OverHttps) {
    this.#sockets = [real, fake];
  }

  /** Both are asked this, and what they say is compared; operations are waited for. */
  async same(
    method: string,
    path: Either<string>,
    body?: Either<object | string>,
    headers?: Record<string, string>,
  ): Promise<void> {
    await this.made(method, path, body, headers);
  }

  /** The same, with the fingerprints of the image that the operations made. */
  async made(
    method: string,
    path: Either<string>,
    body?: Either<object | string>,
    headers?: Record<string, string>,
  ): Promise<string[]> {
    const made: string[] = [];
    const seen: unknown[] = [];
    for (const [index, socket] of this.#sockets.entries()) {
      const answer = await call(socket, method, pick(path, index), pick(body, index), headers);
      const wait = answer.body.operation && (await call(socket, 'GET', `${answer.body.operation}/wait`));
      const end = answer.body.operation && (await call(socket, 'GET', answer.body.operation));
      const ended = (end ? end.body.metadata : undefined) as Ended | undefined;
      made.push(String(ended?.metadata?.fingerprint));
      seen.push({
        ...shape(answer),
        ...(wait && { wait: shape(wait) }),
        ...(ended && { ended: outcome(ended) }),
      });
    }
    const asked = `${method} ${pick(path, 1)} ${JSON.stringify(pick(body, 1)) ?? ''}`;
    expect({ asked, answered: seen[1] }).toEqual({ asked, answered: seen[0] });
    return made;
  }

  /** Each takes a write that bears its own ETag. */
  async sameETag(method: string, path: string): Promise<void> {
    for (const socket of this.#sockets) {
      const { headers } = await call(socket, 'GET', path);
      const answer = await call(socket, method, path, {}, { 'If-Match': headers.etag ?? 'none' });
      expect([method, path, answer.status]).not.toContain(412);
      if (answer.body.operation) await call(socket, 'GET', `${answer.body.operation}/wait`);
    }
  }

  /** Both are asked, whatever they say. */
  async quietly(method: string, path: string): Promise<void> {
    for (const socket of this.#sockets) {
      const { body } = await call(socket, method, path);
      if (body.operation) await call(socket, 'GET', `${body.operation}/wait`);
    }
  }
}

function pick<T>(value: Either<T>, index: number): T {
  return Array.isArray(value) ? (value[index] as T) : (value as T);
}

/** What the answers of two servers can have in common. */
export function shape({ status, headers, body, text }: Answer): object {
  return {
    status,
    contentType: headers['content-type'],
    hasETag: 'etag' in headers,
    location: plain(headers.location),
    told: told(headers),
    ...(!body.type && { length: headers['content-length'] }),
    ...(body.type ? { type: body.type, code: body.error_code, error: plain(body.error) } : { text }),
    metadata: fields(body.metadata),
  };
}

/** What the headers say of a file. */
function told(headers: Answer['headers']): object {
  const isTold = /^(?:x-(?:lxd|incus)-(?!modified)|accept-ranges$|content-disposition$)/;
  const entries = Object.entries(headers).filter(([name]) => isTold.test(name));
  return Object.fromEntries(entries.map(([name, value]) => [name, plain(String(value))]));
}

export function outcome({ status_code: code, err, resources, metadata }: Ended): object {
  // Progress comes and goes with the speed of the machine.
  const keys = Object.keys(metadata ?? {}).filter((key) => !key.endsWith('progress'));
  return {
    code,
    err: plain(err),
    resources: JSON.parse(plain(JSON.stringify(resources)) ?? 'null'),
    keys,
  };
}

/** The names of the fields of an object, and the keys of the maps in it, but no values. */
function fields(value: unknown): unknown {
  if (Array.isArray(value) || typeof value !== 'object' || value === null) return typeof value;
  const map = value as Record<string, object>;
  const inner = ['config', 'devices', 'properties'].filter((key) => key in map);
  return [Object.keys(map), ...inner.map((key) => Object.keys(map[key] ?? {}).sort())];
}

/** Incus says it before the error of a move if it hears of it from the other end first. */
const fromOtherEnd = 'Instance move to destination failed: ';

/** A text without what is there by chance: ids, fingerprints and hashes. */
export function plain(text: string | undefined): string | undefined {
  return text
    ?.replace(fromOtherEnd, '')
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{34,64}\b/g, '…');
}

/** Both servers of a product; the fake is there from `beforeAll` on. */
export interface Servers {
  real: RealServer;
  readonly fake: FakeServer;
  readonly pair: Pair;
}

/** A describe block for each product, with a fake beside its real server. */
export function describePair(block: (servers: Servers) => void): void {
  describeReal('the fake and the real server answer alike', (real) => {
    let fake: FakeServer;
    let pair: Pair;
    beforeAll(async () => {
      fake = await FakeServer.start({ product: real.product, operationTime: 1 });
      pair = new Pair(real.socketPath, fake.socketPath);
    });
    block({
      real,
      get fake() {
        return fake;
      },
      get pair() {
        return pair;
      },
    });
    afterAll(() => fake.close());
  });
}
