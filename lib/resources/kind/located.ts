import { assertOptions, ConflictError, isLxdError, named, type OptionNames } from '../../errors/index.js';
import { callNames, type LikeOf, type PlainOf } from '../../operations/index.js';
import { isMap, isMissing, plural, type CallOptions, type Json, type ModelClass } from '../../orm/index.js';
import { assertName } from './given.js';
import type { Kind } from './kind.js';
import { ResourceManager } from './manager.js';
import { Resource } from './resource.js';
import { dryPlace, type Place } from './rest-store.js';

/** Which cluster member's is meant, where several have one of the same name. */
export interface LocatedOptions extends CallOptions {
  /** The cluster member that has it. */
  target?: string | undefined;
}

const locatedNames: OptionNames<LocatedOptions> = { ...callNames, target: true };

/** The things of a kind of which each is on one cluster member: two members may have one of the same name. */
export class LocatedManager<M extends Resource, I extends object> extends ResourceManager<M, I> {
  readonly #kind: Kind<Resource, I>;
  readonly #place: () => Place;

  /** @internal Managers come from what their things belong to. */
  constructor(kind: Kind<Resource, I>, place: () => Place, Class?: ModelClass<M>) {
    super(kind, place, Class);
    this.#kind = kind;
    this.#place = place;
  }

  /**
   * The fetched model; `target` says of which cluster member, where several have one of that name.
   * @throws NotFoundError; InvalidInputError; ConflictError that names the members where `target` does not say which
   */
  override async get(key: string, given: LocatedOptions = {}): Promise<M> {
    assertOptions(given, locatedNames, `get() of ${plural(this.store.kind)}`);
    const { target, ...options } = given;
    if (target === undefined)
      return super.get(key, options).catch((error: unknown) => this.#explain(key, error));
    assertName(target, 'get.target');
    this.assertKey(key);
    const store = this.store.at({ target });
    const reading = await store.read(key, options);
    return new this.Class(store, store.keyOf(reading.data, key) ?? key, reading);
  }

  /** As `get()`, but undefined if there is none. */
  override async find(key: string, options: LocatedOptions = {}): Promise<M | undefined> {
    try {
      return await this.get(key, options);
    } catch (error) {
      if (isMissing(error, this.store.kind)) return undefined;
      throw error;
    }
  }

  /** Whether there is one with this key. */
  override async exists(key: string, options: LocatedOptions = {}): Promise<boolean> {
    return (await this.find(key, options)) !== undefined;
  }

  override as<S extends PlainOf<M> & Resource>(Class: ModelClass<S>): LocatedManager<LikeOf<M, S>, I> {
    return new LocatedManager(this.#kind, this.#place, Class as ModelClass as ModelClass<LikeOf<M, S>>);
  }

  protected override dry(): LocatedManager<M, I> {
    return new LocatedManager<M, I>(this.#kind, () => dryPlace(this.#place()), this.Class);
  }

  async #explain(key: string, error: unknown): Promise<never> {
    if (!isLxdError(error) || !/more than one cluster member/i.test(error.message)) throw error;
    const spelt = this.#kind.at.spelt(key);
    const listed: Json[] = await this.store.list(1).catch(() => []); // its URLs tell no members
    const members = listed.filter(isMap).flatMap((data) => {
      const { location } = data;
      return typeof location === 'string' && this.store.keyOf(data) === spelt ? [location] : [];
    });
    const { status, method, path } = error;
    const [target = 'member'] = members;
    const whose = members.length > 0 ? `${members.join(' and ')} have one; ` : '';
    throw new ConflictError(`${error.message}: ${whose}get('${key}', { target: '${target}' }) says which`, {
      cause: error,
      status,
      method,
      path,
    });
  }
}

/** As `within()`, for things of which each is on a cluster member. */
export function locatedWithin<P extends Resource, M extends Resource, I extends object>(
  parent: P,
  kind: Kind<M, I>,
): LocatedManager<LikeOf<P, M>, I> {
  return new LocatedManager<LikeOf<P, M>, I>(kind, Resource.placeUnder(parent));
}

named({ LocatedManager });
