import { assertOptions, InvalidInputError, named, type OptionNames } from '../errors/index.js';
import { callNames, idFrom, isOperationData, Operation, type OperationData } from '../operations/index.js';
import { assertKey, isMissing, type CallOptions } from '../orm/index.js';
import { asList, asObject, unexpected } from '../rest/answers.js';
import { buildQuery, fillPath } from '../rest/endpoints/index.js';
import { assertProject } from '../rest/project-check.js';
import type { Session } from '../rest/session.js';
import { storeKind } from './kind/kind.js';
import { RestStore } from './kind/rest-store.js';

export interface OperationListOptions extends CallOptions {
  /** Those of every project; extension `operations_get_query_all_projects`. */
  allProjects?: boolean | undefined;
}

/** How an operation is found. */
export interface OperationRefOptions {
  /** Of an operation that gave one, for who is not trusted: it is enough to wait for it. */
  secret?: string | undefined;
}

const listNames: OptionNames<OperationListOptions> = { ...callNames, allProjects: true };
const refNames: OptionNames<OperationRefOptions> = { secret: true };

const operations = storeKind({
  name: 'operation',
  path: '/1.0/operations/{id}',
  key: { field: 'id' },
  writes: { partial: false }, // nothing of it can be written
  filter: 'none',
  cannot: ['rename'],
  allProjects: 'operations_get_query_all_projects',
});

/** The server's background work, and what of it ended less than 5 s ago: `client.operations`. */
export class OperationManager implements AsyncIterable<Operation> {
  readonly #session: Session;
  readonly #store: RestStore;

  /** @internal */
  constructor(session: Session) {
    this.#session = session;
    this.#store = new RestStore(operations, () => ({ session }));
  }

  /** An operation by its id or by its URL as an answer gave it, without a request. @throws InvalidInputError */
  ref(id: string, options: OperationRefOptions = {}): Operation {
    assertOptions(options, refNames, 'operations.ref()');
    if (id === '')
      throw new InvalidInputError(
        "'' is no operation ID: what the server did at once, without an operation, has this one (its state is 'succeeded')",
      );
    assertKey(id, 'operation');
    const isUrl = idFrom(id) !== undefined;
    if (!isUrl && id.includes('/'))
      throw new InvalidInputError(
        // Without its query, which may hold a secret.
        `${JSON.stringify(id.replace(/\?.*$/s, ''))} is not an operation ID; pass the UUID alone, or /1.0/operations/<UUID>`,
      );
    const url = isUrl ? id : this.#store.path(id);
    const { secret } = options;
    if (secret === undefined) return this.#made({ url });
    if (typeof secret !== 'string' || secret === '')
      throw new InvalidInputError('The secret of an operation must be a non-empty string');
    return this.#made({ url: `${url}${url.includes('?') ? '&' : '?'}${buildQuery({ secret })}` });
  }

  /** Resumes an operation by its id, in this process or another. @throws NotFoundError 5 s after its end */
  async get(id: string, options: CallOptions = {}): Promise<Operation> {
    assertOptions(options, callNames, 'operations.get()');
    return (await this.ref(id).fetch(options)).attach();
  }

  /** As `get()`, but undefined if the server knows of none. */
  async find(id: string, options: CallOptions = {}): Promise<Operation | undefined> {
    try {
      return await this.get(id, options);
    } catch (error) {
      if (isMissing(error, 'operation')) return undefined;
      throw error;
    }
  }

  /** All operations, in one request. @throws UnsupportedError for `allProjects` where the server would list one */
  async all(options: OperationListOptions = {}): Promise<Operation[]> {
    assertOptions(options, listNames, 'operations.all()');
    const { allProjects, ...call } = options;
    if (allProjects) await this.#store.assertListsAll(call);
    const query = { recursion: 1, ...(allProjects ? { 'all-projects': true } : {}) };
    const request = { method: 'GET', path: this.#store.collection, query, ...call };
    const begun = performance.now();
    // By status: `{ running: [...], success: [...] }`, whatever the documentation says.
    const lists = Object.values(asObject(await this.#session.send(request), request));
    const all = lists.flatMap((metadata) => asList({ metadata }, request));
    if (all.length === 0 && !allProjects) await assertProject(this.#session, call, begun);
    return all.map((data) => {
      if (!isOperationData(data)) throw unexpected(request, 'an operation', data);
      return this.#made({ url: fillPath('/1.0/operations/{id}', { id: data.id }), data });
    });
  }

  /** The ids of all operations. */
  async names(options: OperationListOptions = {}): Promise<string[]> {
    return (await this.all(options)).map(({ id }) => id);
  }

  async exists(id: string, options: CallOptions = {}): Promise<boolean> {
    assertOptions(options, callNames, 'operations.exists()');
    try {
      await this.ref(id).fetch(options);
      return true;
    } catch (error) {
      if (isMissing(error, 'operation')) return false;
      throw error;
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Operation, void, undefined> {
    yield* await this.all();
  }

  #made(source: { url: string; data?: OperationData }): Operation {
    return new Operation(this.#session, source, () => undefined);
  }
}

named({ OperationManager });
