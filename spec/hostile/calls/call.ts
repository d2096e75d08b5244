import type { Client } from 'tslxd';
import type { FakeServer } from 'tslxd/testing';

/** Where a call is walked. */
export interface World {
  /** Where the server listens, as options of a client; of an image server its origin. */
  place: { socketPath: string } | { origin: string };
  /** What `before` has made. */
  made: unknown;
}

/** What a call is given by who walks it. */
export interface Given {
  /** Options of a method that takes a time limit. */
  readonly timed: { timeout: number };
  /** Options of a method that only takes a signal, which fires at that limit. */
  readonly signalled: { signal: AbortSignal };
  /** A client of another server, which is the same here. */
  readonly other: Client;
  /** A path in a folder of its own, at which nothing is. */
  readonly file: string;
}

/** A public method, called as users do. */
export interface Call {
  /** What it is called on; what it asks the server is answered well. */
  on: (client: Client, world: World) => unknown;
  call: (subject: never, given: Given) => unknown;
  /** What the fake needs to have. */
  before?: ((fake: FakeServer) => unknown) | undefined;
  /** What the fake does not have: metadata by method and path. */
  canned?: Readonly<Record<string, unknown>> | undefined;
  /** Why nothing that its server says makes it fail. */
  lenient?: string | undefined;
  /** Whether it resolves with the metadata as they come. */
  isVerbatim?: boolean | undefined;
  /** Why it may take a minute to fail: what it does at the server before. */
  slow?: string | undefined;
  /** Whether only its signal ends it, where all is well. */
  isEndless?: boolean | undefined;
  /** The server that is recorded; LXD without it. */
  server?: 'lxd' | 'incus' | 'images' | undefined;
}

/** How each public method of a class is called, by its name; several ways where it has several. */
export type Calls = Record<string, Call | Call[] | Quiet>;

/** Methods that ask no server, so that no answer can be odd. */
export interface Quiet {
  quiet: string;
}

export const quiet = (why: string): Quiet => ({ quiet: why });

/** Makes the calls of one class, all on the same kind of thing. */
export function callsOn<S>(on: (client: Client, world: World) => S, common: Partial<Call> = {}) {
  return (call: (subject: Awaited<S>, given: Given) => unknown, more: Partial<Call> = {}): Call => ({
    on,
    call: call,
    ...common,
    ...more,
  });
}

/** Of what goes to another server: each end may be away for 30 s, one after the other. */
export const undone = { slow: 'what both servers have begun is undone first' } as const;

const local = quiet('asks no server');
const hook = quiet('is for subclasses and for the SDK itself');

/** What every model has that asks no server. */
export const modelQuiet: Record<string, Quiet> = {
  changes: local,
  revert: local,
  toJSON: local,
  toString: local,
  inspect: local,
  saveReport: hook,
  inspectDetails: hook,
  assertUsable: hook,
  raw: hook,
  renamed: hook,
  moved: hook,
  gone: hook,
  assertNewName: hook,
  nameIn: hook,
  nameOfSnapshot: hook,
  readObject: hook,
  readObjects: hook,
  readText: hook,
  readField: hook,
  writeField: hook,
};

/** What every manager has that asks no server. */
export const managerQuiet: Record<string, Quiet> = {
  ref: local,
  as: local,
  filterText: hook,
  ensureFrom: hook,
  includes: hook,
  assertKey: hook,
  keyOf: hook,
  made: hook,
  storeOf: hook,
  watchList: hook,
  modelsOf: hook,
  dry: hook,
  createAt: hook,
  opening: hook,
  exportOwner: hook,
  told: hook,
  keyFor: hook,
  assertNewName: hook,
};

/** All that comes of an iterable, at most so many. */
export async function taken<T>(items: AsyncIterable<T>, most = Infinity): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) if (list.push(item) >= most) break;
  return list;
}
