import { createHash } from 'node:crypto';
import {
  AbortedError,
  AlreadyExistsError,
  NotFoundError,
  PreconditionFailedError,
  ServerError,
  UnsentRequest,
  responseError,
} from '../../../lib/errors/index.js';
import type { Ended, OperationOptions, StartOptions } from '../../../lib/operations/index.js';
import type {
  CallOptions,
  DeleteOptions,
  Json,
  JsonMap,
  ListedKey,
  ListOptions,
  Reading,
  Store,
  StoreScope,
} from '../../../lib/orm/index.js';
import type { WriteRules } from '../../../lib/orm/plan.js';

/** JSON as a server has it: made and read with nothing of lib's, so that a fault there cannot hide here. */
export type Body = Record<string, unknown>;

/** A whole thing. */
export interface Data extends Body {
  description: string;
  config: Record<string, string>;
  devices: Record<string, Record<string, string>>;
  profiles: string[];
}

export const instanceRules: WriteRules = {
  partial: true,
  resend: ['description'],
  unset: { config: 'empty', devices: 'replace' },
  emptyIsUnset: ['config', 'devices'],
  unversioned: ['description'],
  serverOwned: /^volatile\./,
  busy: /busy running a/i,
};

/** No quirk at all: parts can be written, the version covers everything, every text is kept. */
export const plainRules: WriteRules = { partial: true };

/** The fields that a write can set, with what they are where a whole write leaves them out. */
const zeros: Body = {
  description: '',
  config: {},
  devices: {},
  profiles: [],
  rules: [],
  ephemeral: false,
  priority: 0,
  expires_at: '0001-01-01T00:00:00Z',
  // A field of a newer server, which the models do not know.
  brand_new: null,
};

export interface Written {
  key: string;
  mode: 'merge' | 'replace';
  body: Body;
  version: string | undefined;
}

type Hook = (() => unknown) | undefined;

/** A server in memory, with the quirks that its rules describe: what it answers went through JSON, as over a wire. */
export class MemoryStore implements Store {
  readonly kind: string = 'thing';
  /** Every read, list and write that arrived, refused ones too. */
  readonly reads: string[] = [];
  readonly lists: ListOptions[] = [];
  readonly attempts: Written[] = [];
  /** The writes that were carried out. */
  readonly writes: Written[] = [];
  /** How many of the next writes are refused because another is under way. */
  busy = 0;
  /** How old each reading seems to be, in ms. */
  age = 0;
  /** Run when a call arrives, and before its answer. */
  beforeRead: Hook;
  afterRead: Hook;
  beforeWrite: Hook;
  afterWrite: Hook;
  /** What it makes of a thing that it stores. */
  normalise: ((data: Body) => Body) | undefined;
  /** How many calls were in work at the same time, at most. */
  mostAtOnce = 0;
  #atOnce = 0;
  readonly #texts = new Map<string, string>();
  readonly #projects: Map<string, MemoryStore>;

  constructor(
    public rules: WriteRules = instanceRules,
    readonly project = 'default',
    projects = new Map<string, MemoryStore>(),
  ) {
    this.#projects = projects.set(project, this);
  }

  /** Puts a thing there, past everything; as JSON text where its keys are hostile. */
  seed(key: string, data: Body | string = {}): this {
    const given = (typeof data === 'string' ? JSON.parse(data) : data) as Body;
    this.#put(key, { name: key, project: this.project, ...zeros, ...given });
    return this;
  }

  /** What the server has, in an object of the caller's own. */
  peek(key: string): Data {
    const text = this.#texts.get(key);
    if (text === undefined) throw new NotFoundError(`${key}: not found (404)`, { status: 404 });
    return JSON.parse(text) as Data;
  }

  /** Somebody else's write. */
  elsewhere(key: string, edit: (data: Data) => void): void {
    const data = this.peek(key);
    edit(data);
    this.#put(key, data);
  }

  has(key: string): boolean {
    return this.#texts.has(key);
  }

  drop(key: string): void {
    this.#texts.delete(key);
  }

  async create(key: string, body: Body): Promise<void> {
    await Promise.resolve();
    if (this.has(key)) throw new AlreadyExistsError(`Thing ${key} already exists (409)`, { status: 409 });
    this.seed(key, JSON.stringify(body));
  }

  read(key: string, { signal }: CallOptions = {}): Promise<Reading> {
    return this.#call(signal, async () => {
      this.reads.push(key);
      await this.beforeRead?.();
      // One of now is as if it came with its save: a busy machine would be too late with it.
      const readAt = this.age === 0 ? Infinity : performance.now() - this.age;
      const reading = { data: this.peek(key) as JsonMap, version: this.#version(key), readAt };
      await this.afterRead?.();
      return reading;
    });
  }

  async keys(options: ListOptions = {}): Promise<ListedKey[]> {
    this.lists.push(options);
    return this.#listed(options).map(({ name, project }) => ({
      key: String(name),
      project: options.allProjects ? String(project) : undefined,
    }));
  }

  async list(_depth: 1 | 2, options: ListOptions = {}): Promise<Json[]> {
    this.lists.push(options);
    return this.#listed(options) as Json[];
  }

  write(
    key: string,
    mode: 'merge' | 'replace',
    body: JsonMap,
    version: string | undefined,
    { signal }: OperationOptions = {},
  ): Promise<void> {
    const sent = JSON.parse(JSON.stringify(body)) as Body;
    return this.#call(signal, async () => {
      const written = { key, mode, body: sent, version };
      this.attempts.push(written);
      await this.beforeWrite?.();
      if (this.busy-- > 0) {
        throw new ServerError('PATCH /1.0/things/x: Thing is busy running an "update" operation (500)', {
          status: 500,
        });
      }
      const data = this.peek(key);
      if (!this.rules.versionIgnored && version !== undefined && version !== this.#version(key)) {
        throw new PreconditionFailedError(`PATCH /1.0/things/${key}: ETag doesn't match (412)`, {
          status: 412,
        });
      }
      this.#put(key, mode === 'merge' ? this.#merged(data, sent) : this.#replaced(data, sent));
      this.writes.push(written);
      await this.afterWrite?.();
    });
  }

  async rename<T, W extends boolean>(
    key: string,
    newKey: string,
    _options: StartOptions<W>,
    finish: () => T,
  ): Promise<Ended<T, W>> {
    const data = this.peek(key);
    this.drop(key);
    this.#put(newKey, { ...data, name: newKey });
    return finish() as Ended<T, W>;
  }

  async remove<T, W extends boolean>(
    key: string,
    { ifExists }: DeleteOptions<W>,
    finish: () => T,
  ): Promise<Ended<T, W>> {
    if (!ifExists) this.peek(key);
    this.drop(key);
    return finish() as Ended<T, W>;
  }

  done<T, W extends boolean>(_key: string, _options: StartOptions<W>, finish: () => T): Ended<T, W> {
    return finish() as Ended<T, W>;
  }

  at({ project = 'default' }: StoreScope): MemoryStore {
    return this.#projects.get(project) ?? new MemoryStore(this.rules, project, this.#projects);
  }

  dry(): Store {
    const refused = async (method: string, key: string, body?: unknown): Promise<never> => {
      throw new UnsentRequest({ method, path: `/1.0/things/${key}`, body });
    };
    return {
      kind: this.kind,
      rules: this.rules,
      read: (...args) => this.read(...args),
      keys: (...args) => this.keys(...args),
      list: (...args) => this.list(...args),
      write: (key, mode, body) => refused(mode === 'merge' ? 'PATCH' : 'PUT', key, body),
      rename: (key, name) => refused('POST', key, { name }),
      remove: (key) => refused('DELETE', key),
      done: (...args) => this.done(...args),
      at: (scope) => this.at(scope).dry(),
      dry: () => this.dry(),
    };
  }

  #listed({ allProjects }: ListOptions): Data[] {
    const stores = allProjects ? [...this.#projects.values()] : [this];
    return stores.flatMap((store) => [...store.#texts.keys()].map((key) => store.peek(key)));
  }

  async #call<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    await Promise.resolve();
    if (signal?.aborted) throw new AbortedError('aborted before it was sent', { cause: signal.reason });
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#atOnce);
    try {
      return await work();
    } finally {
      this.#atOnce--;
    }
  }

  /** As an ETag: equal for equal states, blind to what the rules call unversioned and to what only the server sets. */
  #version(key: string): string {
    const data = this.peek(key);
    const covered = Object.keys(zeros).filter((field) => !this.rules.unversioned?.includes(field));
    const text = JSON.stringify(covered.map((field) => sorted(data[field])));
    return createHash('sha256').update(text).digest('hex');
  }

  #put(key: string, data: Body): void {
    this.#texts.set(key, JSON.stringify(this.normalise?.(data) ?? data));
  }

  /** PATCH: the top-level fields sent, maps key by key at their first level. */
  #merged(data: Data, body: Body): Body {
    if (!this.rules.partial) throw responseError(405, 'PATCH is not offered (405)');
    const result: Body = { ...data };
    for (const [field, value] of Object.entries(body)) {
      if (!Object.hasOwn(zeros, field) || this.rules.replaceOnly?.includes(field)) continue;
      result[field] = isObject(value) ? this.#mergedMap(field, asObject(data[field]), value) : value;
    }
    for (const field of this.rules.resend ?? [])
      if (!Object.hasOwn(body, field)) result[field] = zeros[field];
    return result;
  }

  #mergedMap(field: string, old: Body, part: Body): unknown {
    const entries = new Map(Object.entries(old));
    const unset = this.rules.unset?.[field] ?? 'replace';
    for (const [key, value] of Object.entries(part)) {
      if (value === null) {
        if (unset !== 'null')
          throw new ServerError(`Invalid ${field} ${key}: is null (500)`, { status: 500 });
        entries.delete(key);
      } else if (value === '' && unset === 'empty') entries.delete(key);
      else entries.set(key, this.#stored(field, value));
    }
    return this.#stored(field, Object.fromEntries(entries));
  }

  /** PUT: what is left out is reset, what only the server sets is ignored. */
  #replaced(data: Data, body: Body): Body {
    const result: Body = { ...data };
    for (const [field, zero] of Object.entries(zeros))
      result[field] = this.#stored(field, body[field] ?? zero);
    return result;
  }

  /** Empty texts are never stored where the rules say that they mean "no such key". */
  #stored(field: string, value: unknown): unknown {
    if (!isObject(value) || !this.rules.emptyIsUnset?.includes(field)) return value;
    const kept = Object.entries(value).filter(([, item]) => item !== '');
    return Object.fromEntries(kept.map(([key, item]) => [key, this.#stored(field, item)]));
  }
}

function isObject(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asObject(value: unknown): Body {
  return isObject(value) ? value : {};
}

/** The value with its keys in order; entries, so that no key is special. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => [key, sorted(item)]);
}
