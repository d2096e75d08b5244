import { inspect } from 'node:util';
import { assertOptions, type OptionNames } from '../errors/index.js';
import { callNames, type OperationOptions, type LikeOf, type PlainOf } from '../operations/index.js';
import { emptyMap, isMap, type Json, type JsonMap } from './json.js';
import type { Model, ModelClass } from './model.js';
import { ensure } from './ensure.js';
import { isMissing } from './missing.js';
import { saveAll, type SaveAllOptions, type SaveAllResult } from './save-all.js';
import type { CallOptions, Depth, ListOptions, Reading, Store } from './store.js';
import { assertKey } from './validate.js';
import { plural } from './words.js';

export interface AllOptions extends CallOptions {
  /**
   * Which things, in the API's filter language (`status eq Running and config.user.role eq web`) or as an object of
   * fields that must equal (`{ status: 'Running', 'config.user.role': 'web' }`). `UnsupportedError` where the server
   * would ignore it.
   */
  filter?: string | Readonly<Record<string, string>> | undefined;
  /** The things of every project; each model stays in its own. */
  allProjects?: boolean | undefined;
  /** 0: models that are not fetched; 1 (default): fetched; 2: with state and snapshots, where the server has that. */
  recursion?: Depth | undefined;
}

/** For `assertOptions()`. */
export const allNames: OptionNames<AllOptions> = {
  ...callNames,
  filter: true,
  allProjects: true,
  recursion: true,
};
const { recursion: _, ...namesNames } = allNames;

/** The things of one kind on a server: finds, lists and makes models. */
export abstract class Manager<M extends Model> implements AsyncIterable<M> {
  readonly #store: Store;
  readonly #Class: ModelClass<M>;

  constructor(store: Store, Class: ModelClass<M>) {
    this.#store = store;
    this.#Class = Class;
  }

  /** A model of the thing with this key, without a request: nothing is known of it until `fetch()`. */
  ref(key: string): M {
    this.assertKey(key);
    return new this.Class(this.store, key);
  }

  /** The fetched model. @throws NotFoundError, InvalidInputError */
  async get(key: string, options: CallOptions = {}): Promise<M> {
    assertOptions(options, callNames, `get() of ${plural(this.store.kind)}`);
    this.assertKey(key);
    return this.made(await this.store.read(key, options), key);
  }

  /** As `get()`, but undefined if there is none. @throws NotFoundError for a project that is not there */
  async find(key: string, options: CallOptions = {}): Promise<M | undefined> {
    try {
      return await this.get(key, options);
    } catch (error) {
      if (isMissing(error, this.store.kind)) return undefined;
      throw error;
    }
  }

  /** All things, fetched in one request. */
  async all(options: AllOptions = {}): Promise<M[]> {
    assertOptions(options, allNames, `all() of ${plural(this.store.kind)}`);
    const { recursion = 1, filter, ...rest } = options;
    return this.modelsOf(recursion, { ...rest, filter: this.filterText(filter) });
  }

  /** The models of a list. */
  protected async modelsOf(recursion: Depth, options: ListOptions): Promise<M[]> {
    if (recursion === 0) {
      const keys = await this.store.keys(options);
      return keys.map((listed) => new this.Class(this.storeOf(listed, options), listed.key));
    }
    const list = await this.store.list(recursion, options);
    const models: M[] = [];
    const reading: Reading = { data: emptyMap() }; // one for all: a model takes out what it needs
    for (const item of list) {
      if (!isMap(item) || !this.includes(item)) continue;
      reading.data = item;
      models.push(new this.Class(this.storeOf(item, options), this.keyOf(item) ?? '', reading));
    }
    return models;
  }

  /** The keys of all things, in one request. */
  async names(options: Omit<AllOptions, 'recursion'> = {}): Promise<string[]> {
    assertOptions(options, namesNames, `names() of ${plural(this.store.kind)}`);
    const { filter, ...rest } = options;
    const keys = await this.store.keys({ ...rest, filter: this.filterText(filter) });
    return keys.map(({ key }) => key);
  }

  /** Whether there is one with this key. */
  async exists(key: string, options: CallOptions = {}): Promise<boolean> {
    return (await this.find(key, options)) !== undefined;
  }

  /** Saves many models: each is tried, and what failed is said at the end. Always waited for. */
  saveAll(models: Iterable<M>, options?: SaveAllOptions<M>): Promise<SaveAllResult<M>> {
    return saveAll(models, options);
  }

  /** Managers of the same things whose models are of a subclass, with its own methods and getters. */
  abstract as<S extends PlainOf<M> & Model>(Class: ModelClass<S>): Manager<LikeOf<M, S>>;

  async *[Symbol.asyncIterator](): AsyncGenerator<M, void, undefined> {
    yield* await this.all();
  }

  /** What `console.log` shows too: which kind of things it is for, and nothing of the client. */
  toJSON(): string {
    return `${this.constructor.name}(${this.store.kind})`;
  }

  [inspect.custom](): string {
    return this.toJSON();
  }

  /** Where the things are kept. */
  protected get store(): Store {
    return this.#store;
  }

  /** What they become. */
  protected get Class(): ModelClass<M> {
    return this.#Class;
  }

  /** `ensure()` of managers that can create; a dry run is that of a manager whose session is dry. */
  protected ensureFrom<I extends object>(
    key: string,
    input: I,
    create: (input: I, options: OperationOptions) => Promise<M>,
    options: OperationOptions,
  ): Promise<M> {
    this.assertKey(key);
    const { signal, timeout, onProgress } = options;
    return ensure(
      {
        find: () => this.find(key, { signal, timeout }),
        create: (wanted: I) => create(wanted, options),
        save: (model) => model.save({ signal, timeout, onProgress, onConflict: 'mine' }),
        filledIn: this.store.rules.filledIn,
      },
      input,
    );
  }

  /** Managers narrowed to some things refuse the others here. */
  protected includes(_data: JsonMap): boolean {
    return true;
  }

  /** The filter in the API's language. */
  protected abstract filterText(filter: AllOptions['filter']): string | undefined;

  protected assertKey(key: unknown): asserts key is string {
    assertKey(key, this.store.kind);
  }

  /** The key that the server's description names. */
  protected keyOf(data: JsonMap): string | undefined {
    return typeof data.name === 'string' ? data.name : undefined;
  }

  /** A fetched model. */
  protected made(reading: Reading, key: string): M {
    return new this.Class(this.store, this.keyOf(reading.data) ?? key, reading);
  }

  /** Where a listed thing is: of all projects, in its own. */
  protected storeOf({ project }: { project?: Json }, { allProjects }: ListOptions = {}): Store {
    return allProjects && typeof project === 'string' ? this.store.at({ project }) : this.store;
  }
}
