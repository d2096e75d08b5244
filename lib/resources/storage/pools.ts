import { named } from '../../errors/index.js';
import type { LikeOf, PlainOf } from '../../operations/index.js';
import type { ModelClass } from '../../orm/index.js';
import { ResourceManager } from '../kind/manager.js';
import type { Place } from '../kind/rest-store.js';
import { AllVolumesManager } from './all-volumes.js';
import type { StorageVolume } from './volume.js';
import { storagePools, type StoragePool, type StoragePoolInput } from './pool.js';

/** `client.storagePools`: the pools, and the volumes of all of them. */
export class StoragePoolManager<P extends StoragePool = StoragePool> extends ResourceManager<
  P,
  StoragePoolInput
> {
  /** The volumes of all pools, by `'pool/type/name'`. */
  readonly volumes: AllVolumesManager<LikeOf<P, StorageVolume>>;
  readonly #place: () => Place;

  /** @internal */
  constructor(place: () => Place, Class?: ModelClass<P>) {
    super(storagePools, place, Class);
    this.#place = place;
    this.volumes = new AllVolumesManager<LikeOf<P, StorageVolume>>(place);
  }

  override as<S extends PlainOf<P> & StoragePool>(Class: ModelClass<S>): StoragePoolManager<LikeOf<P, S>> {
    return new StoragePoolManager(this.#place, Class as ModelClass as ModelClass<LikeOf<P, S>>);
  }
}

named({ StoragePoolManager });
