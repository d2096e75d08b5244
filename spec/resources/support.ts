import { jest } from '@jest/globals';
import { Client, type Model, type WatchChange } from 'tslxd';
import { FakeServer, type FakeServerOptions } from 'tslxd/testing';

/** Runs a block against the fake of each product; everything is closed after each test. */
export function describeFakes(title: string, block: (start: Start, product: 'lxd' | 'incus') => void): void {
  describe.each(['lxd', 'incus'] as const)(`${title} on the fake %s`, (product) => {
    const servers: FakeServer[] = [];
    afterEach(async () => {
      for (const server of servers.splice(0)) await server.close();
    });
    block(async (options = {}) => {
      const server = await FakeServer.start({ product, ...options });
      servers.push(server);
      return { server, client: server.client() };
    }, product);
  });
}

export type Start = (options?: FakeServerOptions) => Promise<{ server: FakeServer; client: Client }>;

/** `GET /1.0/instances/web`, as the server logged it. */
export function sent(server: FakeServer): string[] {
  return server.requests.map(({ method, path }) => `${method} ${path}`);
}

/** The error that a promise rejects with, which must be of this class, for looking at it from several sides. */
export async function rejection<E extends Error>(
  promise: Promise<unknown>,
  Class: abstract new (...args: never[]) => E,
): Promise<E> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Class) return error;
    throw error;
  }
  throw new Error('it did not reject');
}

/** Does what a program does in one go: on a busy machine a reading would else be too old for its save, which reads anew. */
export async function inOneGo<T>(work: () => Promise<T>): Promise<T> {
  const clock = jest.spyOn(performance, 'now').mockReturnValue(performance.now());
  try {
    return await work();
  } finally {
    clock.mockRestore();
  }
}

/** A server to tell stories about, real or not. */
export interface Subject {
  client(): Client;
  uniqueName(label?: string): string;
  /** What `work` sends: `GET /1.0/network-acls 200`. */
  requestsOf(work: () => Promise<unknown>): Promise<string[]>;
}

/** With these extensions of LXD 6.8 and newer writes are operations, and what is refused fails in them. */
export const newerLxd = ['storage_and_network_operations', 'storage_and_profile_operations'];

interface SubjectOptions {
  /** Extensions that each fake has besides its own. */
  more?: readonly string[];
  /** Those that make the dialect of newer versions of LXD. */
  newer?: readonly string[];
  /** What else the fakes are started with. */
  options?: Omit<FakeServerOptions, 'product' | 'extensions'>;
}

/** Tells stories about the fake of each product, and of LXD in the dialect of its newer versions. */
export function describeSubjects(
  title: string,
  tell: (subject: Subject, server: () => FakeServer) => void,
  { more = [], newer = newerLxd, options = {} }: SubjectOptions = {},
): void {
  describe.each([
    ['lxd', []],
    ['incus', []],
    ['lxd', newer],
  ] as const)(`${title} on the fake %s with %j`, (product, added) => {
    let server: FakeServer;
    let client: Client;
    const lines: string[] = [];
    let names = 0;

    beforeAll(async () => {
      const extensions = (own: readonly string[]) => [...own, ...added, ...more];
      server = await FakeServer.start({ ...options, product, extensions });
      const log = { debug: (line: string) => lines.push(line.replace(/ [\d.]+ ms$/, '')) };
      client = new Client({ socketPath: server.socketPath, log });
      await client.server.fetch();
    });
    afterAll(async () => {
      await client.close();
      await server.close();
    });

    tell(
      {
        client: () => client,
        uniqueName: (label = 'x') => `${label}-${String(++names)}`,
        requestsOf: async (work) => {
          const before = lines.length;
          await work();
          return lines.slice(before);
        },
      },
      () => server,
    );
  });
}

/** What a watch tells, line by line: `synced`, `added web`. A watch that fails is an error of who waits for a line. */
export function watching(manager: {
  watch(options: { signal: AbortSignal }): AsyncIterable<{ type: string; key?: string }>;
}): AsyncDisposable & { readonly lines: ReadonlySet<string>; seen(line: string): Promise<void> } {
  const lines = new Set<string>();
  const abort = new AbortController();
  const watched = (async () => {
    for await (const { type, key } of manager.watch({ signal: abort.signal }))
      lines.add(key === undefined ? type : `${type} ${key}`);
  })().catch((error: unknown) => {
    if (!abort.signal.aborted) throw error;
  });
  watched.catch(() => undefined); // it is told to who waits next
  return {
    lines,
    async seen(line) {
      for (let count = 0; !lines.has(line); count++) {
        if (count > 1000) throw new Error(`not told: ${line}, but ${[...lines].join(', ')}`);
        await Promise.race([new Promise((resolve) => setTimeout(resolve, 20)), watched]);
      }
    },
    async [Symbol.asyncDispose]() {
      abort.abort();
      await watched;
    },
  };
}

/**
 * What a watch tells of the things whose keys start so: each of its lines is answered by a write, which is awaited, until
 * one is removed. @returns the lines, `added web` without the start of the key: `added`, `renamed -b`
 */
export async function lifeOf<M extends Model>(
  manager: { watch(): AsyncIterable<WatchChange<M>> },
  start: string,
  answers: {
    synced: () => Promise<unknown>;
    added?: (model: M) => Promise<unknown>;
    changed?: (model: M) => Promise<unknown>;
    renamed?: (model: M) => Promise<unknown>;
  },
): Promise<string[]> {
  const lines: string[] = [];
  for await (const change of manager.watch()) {
    if (change.type === 'synced') await answers.synced();
    else if (change.key.startsWith(start)) {
      lines.push(`${change.type} ${change.key.slice(start.length)}`.trimEnd());
      if (change.type === 'removed') break;
      await answers[change.type]?.(change.model);
    }
  }
  return lines;
}
