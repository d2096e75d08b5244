import { named } from '../../errors/index.js';
import type { AllOptions, ModelClass } from '../../orm/index.js';
import { ResourceManager } from '../kind/manager.js';
import type { Place } from '../kind/rest-store.js';
import { storageVolumes, type StorageVolume, type StorageVolumeInput } from './volume.js';

export interface VolumeListOptions extends AllOptions {
  /** Those of one type. */
  type?: StorageVolume['type'] | undefined;
}

/** `pool.volumes`: custom ones by name, others by `'container/web'`, `'virtual-machine/db'`, `'image/<fingerprint>'`. */
export class VolumeManager<V extends StorageVolume = StorageVolume> extends ResourceManager<
  V,
  StorageVolumeInput
> {
  readonly #place: () => Place;

  /** @internal */
  constructor(place: () => Place, Class?: ModelClass<V>) {
    super(storageVolumes, place, Class);
    this.#place = place;
  }

  /** All volumes, or those of one type, fetched in one request; without their snapshots. */
  override async all({ type, ...options }: VolumeListOptions = {}): Promise<V[]> {
    const all = await super.all(options);
    return type === undefined ? all : all.filter((volume) => typeOf(volume.key) === type);
  }

  override as<S extends V>(Class: ModelClass<S>): VolumeManager<S> {
    return new VolumeManager<S>(this.#place, Class);
  }
}

function typeOf(key: string): string {
  return key.includes('/') ? key.slice(0, key.indexOf('/')) : 'custom';
}

named({ VolumeManager });
