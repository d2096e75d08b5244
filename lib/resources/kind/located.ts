import { assertOptions, ConflictError, isLxdError, named, type OptionNames } from '../../errors/index.js';
import { callNames } from '../../operations/index.js';
import { isMissing, type CallOptions } from '../../orm/index.js';
import { assertName } from './given.js';
import { ResourceManager } from './manager.js';
import type { Resource } from './resource.js';

/** Which one of those that cluster members have under one key. */
export interface LocatedOptions extends CallOptions {
  /** The cluster member that has it. */
  target?: string | undefined;
}

const locatedNames: OptionNames<LocatedOptions> = { ...callNames, target: true };

/** Things of which each is on a cluster member: two members may have one of the same name. */
export class LocatedManager<M extends Resource, I extends object> extends ResourceManager<M, I> {
  /**
   * The fetched model; `target` says of which cluster member, where several have one of that name.
   * @throws NotFoundError; InvalidInputError; ConflictError that names the members where `target` does not say which
   */
  override async get(key: string, given: LocatedOptions = {}): Promise<M> {
    assertOptions(given, locatedNames, `get() of ${this.store.kind}s`);
    const { target, ...options } = given;
    if (target === undefined)
      return super.get(key, options).catch((error: unknown) => this.#explain(key, error));
    assertName(target, 'get.target');
    this.assertKey(key);
    const store = this.store.at({ target });
    return new this.Class(store, key, await store.read(key, options));
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

  async #explain(key: string, error: unknown): Promise<never> {
    if (!isLxdError(error) || !/more than one cluster member/i.test(error.message)) throw error;
    const listed = await this.store.keys().catch(() => []);
    const members = listed.flatMap((one) => (one.key === key && one.location ? [one.location] : []));
    const { status, method, path } = error;
    const target = members[0] ?? 'member';
    throw new ConflictError(
      `${error.message}: ${members.join(' and ')} have one; get('${key}', { target: '${target}' }) says which`,
      { cause: error, status, method, path },
    );
  }
}

named({ LocatedManager });
