import { setTimeout as delay } from 'node:timers/promises';
import { InvalidInputError, named } from '../../errors/index.js';
import type {
  Ended,
  Finish,
  LikeOf,
  OperationOptions,
  PlainOf,
  StartOptions,
} from '../../operations/index.js';
import { assertField, describe, fieldsOf, isMap, type JsonMap, type ModelClass } from '../../orm/index.js';
import type { Kind } from '../kind/kind.js';
import { LocatedManager } from '../kind/located.js';
import type { Sending } from '../kind/manager.js';
import type { Resource } from '../kind/resource.js';
import { dryPlace, type Place } from '../kind/rest-store.js';
import { createParted } from './create.js';
import { isOnMembers, type Parts } from './parts.js';
import { assertFinished, isUnfinished } from './unfinished.js';

/** How often `ensure()` looks again at what somebody else may be about to finish. */
const looks = 5;

/** Things of which each cluster member has a part: networks and storage pools. */
export class PartedManager<M extends Resource, I extends object> extends LocatedManager<M, I> {
  readonly #kind: Kind<Resource, I>;
  readonly #parts: Parts;
  readonly #place: () => Place;

  /** @internal */
  constructor(kind: Kind<Resource, I>, parts: Parts, place: () => Place, Class?: ModelClass<M>) {
    super(kind, place, Class);
    this.#kind = kind;
    this.#parts = parts;
    this.#place = place;
  }

  override as<S extends PlainOf<M> & Resource>(Class: ModelClass<S>): PartedManager<LikeOf<M, S>, I> {
    return new PartedManager(
      this.#kind,
      this.#parts,
      this.#place,
      Class as ModelClass as ModelClass<LikeOf<M, S>>,
    );
  }

  protected override dry(): PartedManager<M, I> {
    return new PartedManager<M, I>(this.#kind, this.#parts, () => dryPlace(this.#place()), this.Class);
  }

  /** On a cluster it is defined on each member first. */
  protected override async send<T, W extends boolean>(
    { store, key, body }: Sending,
    options: StartOptions<W>,
    finish: Finish<T>,
  ): Promise<Ended<T, W>> {
    const { session, kind, collection } = store;
    this.#assertMembers(body.members);
    const path = store.path(key);
    return createParted({ session, kind, name: key, collection, path, body }, this.#parts, options, finish);
  }

  /** Waits a moment for one that is half made: somebody else may be at it. */
  protected override async ensureFrom<T extends object>(
    key: string,
    input: T,
    create: (input: T, options: OperationOptions) => Promise<M>,
    options: OperationOptions,
  ): Promise<M> {
    for (let look = 1; ; look++) {
      try {
        return await super.ensureFrom(key, input, create, options);
      } catch (error) {
        if (!isUnfinished(error) || look >= looks) throw error;
        await delay(50 * 2 ** look);
      }
    }
  }

  /** What its members have of their own is said at its creation, and changed of each by itself. */
  protected override bring(model: M, input: object): void {
    const described = model.toJSON() as JsonMap;
    assertFinished(described, this.store.kind, model.key);
    const { config } = input as { config?: unknown };
    if (!isMap(config) || !isOnMembers(described)) {
      super.bring(model, input);
      return;
    }
    const keys = this.#parts.keys(described, this.session.connection.facts?.product);
    const common = Object.entries(config).filter(([key]) => !keys.test(key));
    super.bring(model, { ...input, config: Object.fromEntries(common) });
  }

  #assertMembers(members: unknown): void {
    const where = `${this.store.kind}.members`;
    if (members === undefined) return;
    if (!isMap(members))
      throw new InvalidInputError(`${where} must be an object of objects, not ${describe(members)}`);
    const config = fieldsOf(this.Class.prototype as object).find(({ property }) => property === 'config');
    for (const [member, own] of Object.entries(members))
      if (own !== undefined && config) assertField({ ...config, property: member }, own, where);
  }
}

named({ PartedManager });
