import { UnsupportedError } from '../../errors/index.js';
import {
  run,
  succeeded,
  type Ended,
  type OperationOptions,
  type StartOptions,
} from '../../operations/index.js';
import {
  isMissing,
  type CallOptions,
  type DeleteOptions,
  type Json,
  type JsonMap,
  type ListedKey,
  type ListOptions,
  type Reading,
  type Store,
  type StoreScope,
  type WriteRules,
} from '../../orm/index.js';
import type { ServerFacts } from '../../rest/connection.js';
import type { Query } from '../../rest/endpoints/index.js';
import type { Session } from '../../rest/session.js';
import type { KeyIn, KindEvents } from '../watch/kind-events.js';
import { serverFacts } from './server-facts.js';

/** Where things of one kind are in the API, and what can be done with them there. */
export interface StoreSpec {
  /** In messages: `instance`. */
  kind: string;
  /** Path of the list. */
  collection(): string;
  /** Path of one. */
  path(key: string): string;
  /** How it takes writes, for what is known of the server. */
  rules(facts: ServerFacts | undefined): WriteRules;
  /** Which products understand `filter=` here; the others would ignore it in silence. */
  filter: 'both' | 'incus' | 'none';
  /** The key in a URL of the list; by default its last segment. */
  keyFromUrl?(url: string): string;
  /** Which events tell of it; absent where none do, and there is no `watch()`. */
  events?: KindEvents;
  /** The key in the path that an event names; by default what comes after the path of the list. */
  keyInUrl?: KeyIn;
  /** What holds its key, in the filter language; `name` by default. */
  keyField?: string;
  /** What a rename sends; absent where there is none. */
  renameBody?(newKey: string): JsonMap;
  /** False where it cannot be deleted. */
  deletable?: boolean;
}

/** Things of one kind behind the REST API. */
export class RestStore implements Store {
  /** Those of other projects and members, by what makes them so. */
  readonly #scoped = new Map<string, RestStore>();

  constructor(
    readonly session: Session,
    readonly spec: StoreSpec,
  ) {}

  get kind(): string {
    return this.spec.kind;
  }

  get rules(): WriteRules {
    return this.spec.rules(this.session.connection.facts);
  }

  async read(key: string, options: CallOptions = {}): Promise<Reading> {
    const answer = await this.session.send({ method: 'GET', path: this.spec.path(key), ...options });
    return { data: answer.metadata as JsonMap, version: answer.etag, readAt: performance.now() };
  }

  async keys(options: ListOptions = {}): Promise<ListedKey[]> {
    const urls = (await this.#list(0, options)) as string[];
    return urls.map((url) => {
      const [path = '', query] = url.replace(/#.*$/s, '').split('?', 2);
      const key = this.spec.keyFromUrl?.(path) ?? lastSegment(path);
      return { key, project: new URLSearchParams(query).get('project') ?? undefined };
    });
  }

  async list(depth: 1 | 2, options: ListOptions = {}): Promise<Json[]> {
    return this.#list(depth, options);
  }

  async write(
    key: string,
    mode: 'merge' | 'replace',
    body: JsonMap,
    version: string | undefined,
    options: OperationOptions = {},
  ): Promise<void> {
    const method = mode === 'merge' ? 'PATCH' : 'PUT';
    const request = { method, path: this.spec.path(key), body, ifMatch: version };
    const { connection, scope } = this.session;
    const place = `${scope.project ?? ''} ${request.path}`;
    await connection.oneByOne(place, async () => run(this.session, request, options, () => undefined));
  }

  async rename<T, W extends boolean>(
    key: string,
    newKey: string,
    options: StartOptions<W>,
    finish: () => T,
  ): Promise<Ended<T, W>> {
    if (!this.spec.renameBody) throw new UnsupportedError(`No server can rename ${this.kind}s`);
    const body = this.spec.renameBody(newKey);
    return run(this.session, { method: 'POST', path: this.spec.path(key), body }, options, finish);
  }

  async remove<T, W extends boolean>(
    key: string,
    { ifExists = false, ...options }: DeleteOptions<W>,
    finish: () => T,
  ): Promise<Ended<T, W>> {
    if (this.spec.deletable === false) throw new UnsupportedError(`A ${this.kind} cannot be deleted`);
    const request = { method: 'DELETE', path: this.spec.path(key) } as const;
    try {
      return await run(this.session, request, options, finish);
    } catch (error) {
      if (!ifExists || !isMissing(error, this.kind)) throw error;
      const done = options.wait === false ? succeeded(this.session, request, finish) : finish();
      return done as Ended<T, W>;
    }
  }

  at({ project, target }: StoreScope): RestStore {
    const place = JSON.stringify([project, target]);
    let store = this.#scoped.get(place);
    if (!store) {
      const scope = { ...(project !== undefined && { project }), ...(target !== undefined && { target }) };
      store = new RestStore(this.session.derive(scope), this.spec);
      this.#scoped.set(place, store);
    }
    return store;
  }

  async #list(recursion: number, { filter, allProjects, ...options }: ListOptions): Promise<Json[]> {
    if (filter !== undefined) await this.#assertFilters(options);
    const query: Query = {
      ...(recursion > 0 ? { recursion } : {}),
      ...(filter === undefined ? {} : { filter }),
      ...(allProjects ? { 'all-projects': true } : {}),
    };
    const answer = await this.session.send({
      method: 'GET',
      path: this.spec.collection(),
      query,
      ...options,
    });
    return (answer.metadata ?? []) as Json[];
  }

  async #assertFilters(options: CallOptions): Promise<void> {
    if (this.spec.filter === 'both') return;
    const { product } = await serverFacts(this.session, options);
    if (product === this.spec.filter) return;
    const name = product === 'lxd' ? 'LXD' : 'Incus';
    throw new UnsupportedError(
      `${name} ignores a filter on ${this.kind}s and would list all; list them with all() and use Array.filter()`,
    );
  }
}

function lastSegment(path: string): string {
  return decodeURIComponent(path.slice(path.lastIndexOf('/') + 1));
}
