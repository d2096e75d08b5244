import { isLxdError, NotFoundError, ProtocolError, UnsupportedError } from '../../errors/index.js';
import {
  run,
  start,
  succeeded,
  type Ended,
  type Finish,
  type OperationOptions,
  type StartOptions,
  waits,
} from '../../operations/index.js';
import {
  assertNewName,
  isMap,
  isMissing,
  plural,
  withArticle,
  type CallOptions,
  type DeleteOptions,
  type Json,
  type JsonMap,
  type ListedKey,
  type ListOptions,
  type ModelClass,
  type Reading,
  type Store,
  type StoreScope,
  type WriteRules,
} from '../../orm/index.js';
import type { Answer } from '../../rest/envelope.js';
import type { Query } from '../../rest/endpoints/index.js';
import { assertProject } from '../../rest/project-check.js';
import type { Session } from '../../rest/session.js';
import type { KindEvents } from '../watch/kind-events.js';
import { uncrossed } from './crossed.js';
import { inTurn } from './in-turn.js';
import type { StoreKind } from './kind.js';
import { assertExtension, productName, serverFacts } from './server-facts.js';

/** Where a store is: whose requests it sends, and what its things belong to. Asked for anew at each request. */
export interface Place {
  session: Session;
  /** The path of what they belong to, as it is named now; empty for what stands by itself. */
  parent?: string;
  /** The class of that, of which the things' own methods make more: a copy of a `WebServer`'s snapshot is one. */
  parentClass?: ModelClass | undefined;
  /** What the server's "not found" means, if it is said of what they belong to. */
  explain?(error: unknown, options: CallOptions): Promise<unknown>;
}

/** Things of one kind behind the REST API. */
export class RestStore implements Store {
  readonly #kind: StoreKind;
  readonly #place: () => Place;
  /** Those of other projects and members, by what makes them so. */
  readonly #scoped = new Map<string, RestStore>();

  constructor(kind: StoreKind, place: () => Place) {
    this.#kind = kind;
    this.#place = place;
  }

  get kind(): string {
    return this.#kind.name;
  }

  get session(): Session {
    return this.#place().session;
  }

  get parentClass(): ModelClass | undefined {
    return this.#place().parentClass;
  }

  get rules(): WriteRules {
    const { writes } = this.#kind;
    return typeof writes === 'function' ? writes(this.session.connection.facts) : writes;
  }

  /** The path of one. @throws InvalidInputError for a key of another shape */
  path(key: string): string {
    return this.#kind.at.of(this.#parent, key);
  }

  /** What of its path a key fills, by the names of the parameters. @throws InvalidInputError */
  valuesOf(key: string): Map<string, string> {
    return this.#kind.at.valuesOf(this.#parent, key);
  }

  /** What fills a parameter of its path, by the key or by what it belongs to. */
  valueOf(key: string, param: string): string {
    return this.valuesOf(key).get(param) ?? this.#kind.at.valueIn(this.path(key), param);
  }

  /** The key of a thing by the server's description; undefined if it is not of this kind. */
  keyOf(data: Readonly<JsonMap>, asked?: string): string | undefined {
    return this.#kind.at.keyOf(this.#parent, data, asked);
  }

  /** The key in a URL of the API; undefined if it is of something else. */
  keyOfUrl(path: string): string | undefined {
    return this.#kind.at.keyOfUrl(this.#parent, path);
  }

  /** What holds the last part of its key, in bodies and filters. */
  get keyField(): string {
    return this.#kind.key?.field ?? 'name';
  }

  /** The path of the list. */
  get collection(): string {
    return this.#kind.at.list(this.#parent);
  }

  /** Which events tell of it. */
  get events(): KindEvents | undefined {
    return this.#kind.events;
  }

  /** Refuses a name that the server would refuse for a new one. @throws InvalidInputError */
  assertNewName(name: unknown): asserts name is string {
    const { slashes = false } = this.#kind.key ?? {};
    assertNewName(slashes && typeof name === 'string' ? name.replaceAll('/', '-') : name, this.kind);
  }

  async read(key: string, options: CallOptions = {}): Promise<Reading> {
    await this.assertOffered(options);
    const request = { method: 'GET', path: this.path(key), ...options };
    const answer = await uncrossed(() => this.#fitting(this.session.send(request), options), options.signal);
    return this.reading(key, answer);
  }

  /** What an answer tells of the thing that was asked for. @throws ProtocolError if it tells of another */
  reading(key: string, { metadata, etag, requestedAt = performance.now() }: AnswerAt): Reading {
    const data = metadata as Json;
    if (!isMap(data)) throw new ProtocolError(`${this.#title(key)}: the answer does not describe it`);
    const named = this.keyOf(data, key);
    if (this.#kind.path.includes('{') && !this.#isSame(key, named) && !this.#isAlso(key, data)) {
      const other = named === undefined ? 'names nothing' : `is about ${JSON.stringify(named)}`;
      throw new ProtocolError(`${this.#title(key)} was asked for, and the answer ${other}`);
    }
    return { data, version: etag, readAt: requestedAt };
  }

  async keys(options: ListOptions = {}): Promise<ListedKey[]> {
    const { plain } = this.#kind.key ?? {};
    if (plain === true || (plain && !options.allProjects)) return this.#plainKeys(options);
    // A name may hold what URLs have a meaning for, and each server and endpoint encodes those in its own way.
    const list = (await this.list(1, options)) as JsonMap[];
    return list.map((item) => ({ key: this.keyOf(item) ?? '', ...placeOf(item) }));
  }

  async list(depth: 1 | 2, options: ListOptions = {}): Promise<Json[]> {
    const list = await this.#list(depth, options);
    const parent = this.#parent; // once for all: a list can be long
    const isOurs = (item: Json) => isMap(item) && this.#kind.at.keyOf(parent, item) !== undefined;
    return list.every(isOurs) ? list : list.filter(isOurs); // a second array of ten thousand wakes the garbage collector
  }

  /** Sends a creation; the key says where to. */
  async create<T, W extends boolean>(
    key: string,
    body: JsonMap,
    options: StartOptions<W>,
    finish: Finish<T>,
  ): Promise<Ended<T, W>> {
    await this.assertOffered({ signal: options.signal });
    const path = this.#kind.at.home(this.#parent, key);
    return this.#fitting(run(this.session, { method: 'POST', path, body }, options, finish), options);
  }

  /**
   * One write to a thing after the other; where the answer is an operation, the write is not done before its end.
   */
  async write(
    key: string,
    mode: 'merge' | 'replace',
    body: JsonMap,
    version: string | undefined,
    options: OperationOptions = {},
  ): Promise<void> {
    await this.assertOffered({ signal: options.signal });
    const method = mode === 'merge' ? 'PATCH' : 'PUT';
    const { session } = this;
    const request = { method, path: this.path(key), body, ifMatch: version, signal: options.signal };
    const writing = inTurn<void>(session, request, options, async (done) => {
      const begin = () => start(session, request, () => undefined, { waited: true });
      const operation = await uncrossed(begin, options.signal);
      done(operation.wait(options));
      await operation.wait().catch(() => undefined); // also when the caller no longer waits
    });
    await this.#fitting(writing, options, key);
  }

  async rename<T, W extends boolean>(
    key: string,
    newKey: string,
    options: StartOptions<W>,
    finish: () => T,
  ): Promise<Ended<T, W>> {
    this.#assertCan('rename', 'renamed');
    await this.assertOffered({ signal: options.signal });
    const request = { method: 'POST', path: this.path(key), body: { name: newKey } };
    const work = () => this.#fitting(run(this.session, request, options, finish), options, key);
    return uncrossed(work, options.signal);
  }

  async remove<T, W extends boolean>(
    key: string,
    { ifExists = false, ...options }: DeleteOptions<W>,
    finish: () => T,
  ): Promise<Ended<T, W>> {
    this.#assertCan('delete', 'deleted');
    await this.assertOffered({ signal: options.signal });
    const request = { method: 'DELETE', path: this.path(key) } as const;
    try {
      const work = () => this.#fitting(run(this.session, request, options, finish), options, key);
      return await uncrossed(work, options.signal);
    } catch (error) {
      if (!ifExists || !isMissing(error, this.kind)) throw error;
      return this.done(key, options, finish);
    }
  }

  done<T, W extends boolean>(key: string, options: StartOptions<W>, finish: () => T): Ended<T, W> {
    const { session } = this;
    const request = { method: 'DELETE', path: this.path(key) };
    return (waits(session, options) ? finish() : succeeded(session, request, finish)) as Ended<T, W>;
  }

  at({ project, target }: StoreScope): RestStore {
    const scope = { ...(project !== undefined && { project }), ...(target !== undefined && { target }) };
    const id = JSON.stringify([project, target]);
    let store = this.#scoped.get(id);
    if (!store) {
      store = new RestStore(this.#kind, () => {
        const place = this.#place();
        return { ...place, session: place.session.derive(scope) };
      });
      this.#scoped.set(id, store);
    }
    return store;
  }

  dry(): RestStore {
    return new RestStore(this.#kind, () => dryPlace(this.#place()));
  }

  /** @throws UnsupportedError where the server has no such things; costs a request where nothing is known of it yet */
  async assertOffered(options: CallOptions = {}): Promise<void> {
    const { needs, name } = this.#kind;
    if (!needs) return;
    const { product } = await serverFacts(this.session, options);
    if (needs.product && product !== needs.product)
      throw new UnsupportedError(`${productName(product)} has no ${plural(name)}`);
    if (needs.extension) await assertExtension(this.session, needs.extension, plural(name), options);
  }

  /** What a refusal means: of what can only be read, servers say that it is not there. Costs a request then. */
  async explain(key: string, error: unknown, { signal }: CallOptions = {}): Promise<unknown> {
    const { onlyRead } = this.#kind;
    if (!onlyRead || !(error instanceof NotFoundError) || !onlyRead.says.test(error.message)) return error;
    const reading = await this.read(key, { signal }).catch(() => undefined);
    if (!reading || !onlyRead.is(reading.data)) return error;
    return new UnsupportedError(`${this.#title(key)} ${onlyRead.why}`, undefined, error);
  }

  /**
   * `key` is of what is written to. @throws UnsupportedError where that can only be read, or where what they belong to
   * can have none, such as a network of another type
   */
  async #fitting<T>(work: Promise<T>, { signal }: CallOptions, key?: string): Promise<T> {
    try {
      return await work;
    } catch (error) {
      const { unfit } = this.#kind;
      if (isLxdError(error) && unfit?.test(error.message))
        throw new UnsupportedError(error.message, undefined, error);
      const said =
        error instanceof NotFoundError ? await this.#place().explain?.(error, { signal }) : undefined;
      throw said ?? (key === undefined ? error : await this.explain(key, error, { signal }));
    }
  }

  get #parent(): string {
    return this.#place().parent ?? '';
  }

  async #plainKeys(options: ListOptions): Promise<ListedKey[]> {
    const urls = await this.#list(0, options);
    return urls.flatMap((url) => {
      if (typeof url !== 'string')
        throw new ProtocolError(`GET ${this.collection}: the answer is not a list of URLs`);
      const [path = '', query] = url.split('?', 2);
      const key = this.keyOfUrl(path);
      if (key === undefined) return [];
      const { project, target } = Object.fromEntries(new URLSearchParams(query));
      // One without a project is of the default one, whatever the client's own is.
      return { key, project: options.allProjects ? (project ?? 'default') : project, location: target };
    });
  }

  async #list(recursion: number, { filter, allProjects, fields, ...options }: ListOptions): Promise<Json[]> {
    await this.assertOffered(options);
    if (filter !== undefined) await this.assertFilters(options);
    if (allProjects) await this.assertListsAll(options);
    const query: Query = {
      ...(recursion > 0 ? { recursion: fields ? `${recursion};fields=${fields.join(',')}` : recursion } : {}),
      ...(filter === undefined ? {} : { filter }),
      ...(allProjects ? { 'all-projects': true } : {}),
    };
    const path = this.collection;
    const request = { method: 'GET', path, query, ...options };
    const begun = performance.now();
    const { session } = this;
    const { metadata } = await uncrossed(() => this.#fitting(session.send(request), options), options.signal);
    const list = metadata ?? [];
    if (!Array.isArray(list)) throw new ProtocolError(`GET ${path}: the answer is not a list`);
    const isOfProject = !allProjects && this.#kind.allProjects !== 'always';
    if (list.length === 0 && isOfProject) await assertProject(session, options, begun);
    return list as Json[];
  }

  /** @throws UnsupportedError where the server would ignore a filter in silence */
  async assertFilters(options: CallOptions): Promise<void> {
    const { filter, name } = this.#kind;
    if (filter === 'both') return;
    const { product } = await serverFacts(this.session, options);
    if (product === filter) return;
    throw new UnsupportedError(
      `${productName(product)} ignores a filter on ${plural(name)} and would list all; list them with all() and use Array.filter()`,
    );
  }

  /** @throws UnsupportedError where the server would list those of one project in silence */
  async assertListsAll(options: CallOptions): Promise<void> {
    const { allProjects: rule = 'never', name } = this.#kind;
    if (rule === 'always') return;
    const { product, extensions } = await serverFacts(this.session, options);
    if (rule !== 'never' && extensions.has(rule)) return;
    const lack = rule === 'never' ? '' : ` (API extension ${rule})`;
    throw new UnsupportedError(
      `${productName(product)} would list the ${plural(name)} of one project only${lack}; list them with useProject() for each`,
      rule === 'never' ? undefined : rule,
    );
  }

  #assertCan(what: 'rename' | 'delete', done: string): void {
    const { cannot, name } = this.#kind;
    if (cannot?.includes(what)) throw new UnsupportedError(`No server lets ${withArticle(name)} be ${done}`);
  }

  /** Whether the answer is about what was asked for. */
  #isSame(asked: string, named: string | undefined): boolean {
    if (named === undefined) return false;
    if (this.#kind.key?.abbreviated) return named.toLowerCase().startsWith(asked.toLowerCase());
    if (named === asked) return true;
    try {
      return this.path(named) === this.path(asked);
    } catch {
      return false; // what the server names cannot even be a key
    }
  }

  /** Whether it was asked for by what names it as well. */
  #isAlso(asked: string, data: JsonMap): boolean {
    const { at, key: { also } = {} } = this.#kind;
    return also !== undefined && this.#isSame(asked, at.keyOf(this.#parent, data, asked, also));
  }

  #title(key: string): string {
    return `${this.kind.charAt(0).toUpperCase()}${this.kind.slice(1)} '${key}'`;
  }
}

/** The same place, where nothing is changed. */
export function dryPlace(place: Place): Place {
  return { ...place, session: place.session.dry() };
}

/** An answer, and when it was asked for. */
type AnswerAt = Pick<Answer, 'metadata' | 'etag'> & { requestedAt?: number };

/** Which project and member a listed thing is in. */
function placeOf({ project, location }: JsonMap): Omit<ListedKey, 'key'> {
  return {
    project: typeof project === 'string' ? project : undefined,
    location: typeof location === 'string' ? location : undefined,
  };
}
