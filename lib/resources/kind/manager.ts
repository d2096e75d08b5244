import { assertOptions, InvalidInputError, named, unsent, type OptionNames } from '../../errors/index.js';
import {
  createdHere,
  operationNames,
  seeThrough,
  startNames,
  type Ended,
  type OperationData,
  type OperationOptions,
  type StartOptions,
  type WaitOf,
  type LikeOf,
  type PlainOf,
} from '../../operations/index.js';
import {
  applyInput,
  describe,
  fieldsOf,
  isMap,
  type Json,
  type JsonMap,
  type ListOptions,
  type ModelClass,
  type CallOptions,
  type Ran,
  type Reading,
  withArticle,
} from '../../orm/index.js';
import { Collection } from './collection.js';
import { createdKey, textsOf } from './created.js';
import type { KeyName } from './input.js';
import type { Kind } from './kind.js';
import { Resource } from './resource.js';
import { dryPlace, RestStore, type Place } from './rest-store.js';
import { namingTaken } from './taken.js';
import { assertKnown, toWire } from './wire.js';

/** How a thing is created. */
export interface CreateOptions<W extends boolean = boolean> extends StartOptions<W> {
  /** The cluster member on which it is to be. */
  target?: string | undefined;
}

/** How a thing is brought to a state. */
export interface EnsureOptions<D extends boolean = boolean> extends OperationOptions {
  /** `true` only reads, and resolves with the request that would be sent, undefined if all is as wanted. */
  dryRun?: D | undefined;
}

const createNames: OptionNames<CreateOptions> = { ...startNames, target: true };
export const ensureNames: OptionNames<EnsureOptions> = { ...operationNames, dryRun: true };

interface Listed {
  project?: Json;
  location?: Json;
}

/** Does more around the end of a creation. */
export type Around = <T extends Resource>(finish: () => Promise<T>) => Promise<T>;

/** A new thing by its name alone, where nothing else is needed. */
export type Named<I> = Record<KeyName & keyof I, string> extends I ? string : never;

/** The things of a declared kind: `client.profiles`, `networks.acls`, `pool.volumes`, `volume.snapshots`. */
export class ResourceManager<M extends Resource, I extends object> extends Collection<M> {
  readonly #kind: Kind<Resource, I>;
  readonly #place: () => Place;

  /** @internal Managers come from what their things belong to. */
  constructor(kind: Kind<Resource, I>, place: () => Place, Class?: ModelClass<M>) {
    super(new RestStore(kind, place), Class ?? (kind.model as ModelClass<M>));
    this.#kind = kind;
    this.#place = place;
  }

  override ref(key: string): M {
    return super.ref(this.#spelt(key));
  }

  override async get(key: string, options: CallOptions = {}): Promise<M> {
    return super.get(this.#spelt(key), options);
  }

  /**
   * Creates one and resolves with its fetched model; by its name alone, where nothing else is needed.
   * @throws InvalidInputError; AlreadyExistsError for a name in use; UnsupportedError where the server has no such things
   */
  async create<W extends boolean = WaitOf<M>>(
    input: I | Named<I>,
    options: CreateOptions<W> = {},
  ): Promise<Ended<M, W>> {
    return this.createAt('', input, options);
  }

  /**
   * Creates it, or brings the existing one to this state; keys of maps that are not named here stay. Always waited for.
   */
  async ensure<D extends boolean = false>(
    key: string,
    input?: Omit<I, KeyName>,
    options: EnsureOptions<D> = {},
  ): Promise<Ran<M, D>> {
    assertOptions(options, ensureNames, `ensure() of ${withArticle(this.store.kind)}`);
    this.#assertInput(input ?? {});
    const { dryRun, ...call } = options;
    if (dryRun === true) return (await unsent(() => this.dry().ensure(key, input, call))) as Ran<M, D>;
    const at = this.#spelt(key);
    const create = (wanted: object, how: OperationOptions) =>
      this.createAt(at, wanted as I, { ...how, wait: true });
    return (await this.ensureFrom(at, input ?? {}, create, call)) as Ran<M, D>;
  }

  override as<S extends PlainOf<M> & Resource>(Class: ModelClass<S>): ResourceManager<LikeOf<M, S>, I> {
    return new ResourceManager(this.#kind, this.#place, Class as ModelClass as ModelClass<LikeOf<M, S>>);
  }

  /** The same manager, which only reads. */
  protected dry(): ResourceManager<M, I> {
    return new ResourceManager<M, I>(this.#kind, () => dryPlace(this.#place()), this.Class);
  }

  /** Creates the thing of a key; an empty one has what the input names. */
  protected async createAt<W extends boolean = WaitOf<M>>(
    key: string,
    input: I | Named<I>,
    options: CreateOptions<W>,
  ): Promise<Ended<M, W>> {
    const { target, ...call } = options;
    const title = this.store.kind;
    assertOptions(options, createNames, `create() of ${withArticle(title)}`);
    const keyName = this.#keyName;
    const given = typeof input === 'string' ? { [keyName]: input } : input;
    if (!isMap(given)) {
      throw new InvalidInputError(`The new ${title} must be described by an object, not ${describe(given)}`);
    }
    this.#assertInput(given);
    const { chosen } = this.#kind;
    const asked = key === '' ? given[keyName] : [...this.store.valuesOf(key).values()].at(-1);
    if (asked !== undefined || !chosen || chosen.asked) this.assertNewName(asked);
    const name = asked === undefined ? undefined : this.#spelt(asked);
    const wire = toWire(this.Class, name === undefined ? given : { ...given, [keyName]: name }, title);
    const body = this.#kind.body?.(wire, given as unknown as I) ?? wire;
    const store = target === undefined ? this.store : this.store.at({ target });
    const isChosen = name === undefined || chosen?.asked?.test(name) === true;
    const before = !isChosen || chosen?.always ? [] : await this.names({ signal: call.signal });
    const at = key === '' ? this.#keyFor(body, name) : key;
    const around = await this.opening(at, given as unknown as I, call);
    const finish = async (data: OperationData) => {
      const where = this.#kind.saysWhere ? this.#keyTold(data) : undefined;
      const made = where ?? (isChosen ? await this.#chosenKey(data, before) : at);
      const model = this.made(await store.read(made), made);
      this.#kind.told?.(model, (data.metadata ?? {}) as JsonMap);
      return this.#completed(model, given);
    };
    const creation = store.create(at, body, call, async (data) => {
      return around ? around(async () => finish(data)) : finish(data);
    });
    const begun = await namingTaken(creation, title, name);
    return around ? seeThrough(begun) : begun;
  }

  /**
   * What a kind has to read before it makes one of good input; what it resolves with goes around the end of the creation,
   * which reads the model.
   */
  protected async opening(_key: string, _input: I, _options: CallOptions): Promise<Around | undefined> {
    return Promise.resolve(undefined);
  }

  #assertInput(input: object): void {
    const fields = fieldsOf(this.Class.prototype as object).map(({ property }) => property);
    assertKnown(input, [...fields, ...(this.#kind.inputs ?? [])], this.store.kind);
  }

  /** With what the server has ignored in its creation. */
  async #completed(model: M, given: object): Promise<M> {
    const ignored = Object.entries(given).filter(([property]) => this.#kind.ignored?.includes(property));
    applyInput(model, Object.fromEntries(ignored));
    return model.save({ onConflict: 'mine' });
  }

  /** The key of what this body makes. */
  #keyFor(body: JsonMap, name: string | undefined): string {
    return this.store.keyOf({ ...body, [this.store.keyField]: name ?? 'new' }) ?? '';
  }

  /** The property that has the last part of the key. */
  get #keyName(): string {
    return fieldsOf(this.Class.prototype as object).find(({ key }) => key)?.property ?? 'name';
  }

  /** A key as the server spells it; what is no text is refused elsewhere. */
  #spelt(key: string): string {
    return typeof key === 'string' ? this.#kind.at.spelt(key) : key;
  }

  protected override assertKey(key: unknown): asserts key is string {
    super.assertKey(key);
    this.store.valuesOf(key);
  }

  protected assertNewName(name: unknown): asserts name is string {
    const store: RestStore = this.store;
    store.assertNewName(name);
  }

  protected override storeOf({ project, location }: Listed, { allProjects }: ListOptions = {}): RestStore {
    const isElsewhere = allProjects === true && typeof project === 'string';
    // Servers that are no cluster's say `none`, and things that are on no member in particular nothing.
    const isMember = typeof location === 'string' && location !== '' && location !== 'none';
    const target = this.#kind.located && isMember ? location : undefined;
    if (!isElsewhere && target === undefined) return this.store;
    return this.store.at({ ...(isElsewhere && { project }), target });
  }

  protected override made(reading: Reading, key: string): M {
    return new this.Class(this.storeOf(reading.data), this.store.keyOf(reading.data, key) ?? key, reading);
  }

  /** The key in the URL that the answer to a creation names. */
  #keyTold({ resources }: OperationData): string | undefined {
    const [url] = textsOf(resources?.[createdHere]);
    return url === undefined ? undefined : this.store.keyOfUrl(url.replace(/[?#].*$/s, ''));
  }

  /** The name that the server chose, which its answer does not tell everywhere. */
  async #chosenKey(data: OperationData, before: readonly string[]): Promise<string> {
    const { told = [], asked } = this.#kind.chosen ?? {};
    const named = asked ? undefined : createdKey(data, ...told); // what was asked for may be told, not what came of it
    if (named !== undefined) return named;
    const now = await this.names();
    return now.find((key) => !before.includes(key)) ?? now.at(-1) ?? '';
  }
}

/** The things of a kind in a place, for the manager of `O`s, which has them beside these. */
export function beside<O, M extends Resource, I extends object>(
  kind: Kind<M, I>,
  place: () => Place,
): ResourceManager<LikeOf<O, M>, I> {
  return new ResourceManager<LikeOf<O, M>, I>(kind, place);
}

/** The things of a kind that belong to another: they follow its renames and moves. */
export function within<P extends Resource, M extends Resource, I extends object>(
  parent: P,
  kind: Kind<M, I>,
): ResourceManager<LikeOf<P, M>, I> {
  return new ResourceManager<LikeOf<P, M>, I>(kind, Resource.placeUnder(parent));
}

named({ ResourceManager });
