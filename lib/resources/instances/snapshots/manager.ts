import { named } from '../../../errors/index.js';
import type { Ended, WaitOf, LikeOf } from '../../../operations/index.js';
import type { JsonMap, ModelClass } from '../../../orm/index.js';
import { ResourceManager, type CreateOptions } from '../../kind/manager.js';
import type { Place } from '../../kind/rest-store.js';
import type { Instance } from '../instance.js';
import { snapshots, type SnapshotInput } from './kind.js';
import { Snapshot } from './snapshot.js';

/** The snapshots of one instance: `instance.snapshots`. */
export class SnapshotManager<
  I extends Instance = Instance,
  S extends Snapshot = LikeOf<I, Snapshot<I>>,
> extends ResourceManager<S, SnapshotInput> {
  readonly #place: () => Place;

  /** @internal */
  constructor(place: () => Place, Class = Snapshot as ModelClass as ModelClass<S>) {
    super(snapshots, place, Class);
    this.#place = place;
  }

  /** Takes a snapshot (POST /1.0/instances/{name}/snapshots) and resolves with its fetched model. */
  override async create<W extends boolean = WaitOf<S>>(
    input: string | SnapshotInput = {},
    options: CreateOptions<W> = {},
  ): Promise<Ended<S, W>> {
    return super.create(input, options);
  }

  override as<T extends Snapshot>(Class: ModelClass<T>): SnapshotManager<I, LikeOf<S, T>> {
    return new SnapshotManager(this.#place, Class as ModelClass as ModelClass<LikeOf<S, T>>);
  }

  /** @internal A model of what a list of instances brought along. */
  listed(data: JsonMap): S {
    const key = this.keyOf(data) ?? '';
    return new this.Class(this.store, key, { data: { ...data, name: key } });
  }
}

named({ SnapshotManager });
