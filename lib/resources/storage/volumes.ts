import { assertOptions, InvalidInputError, named } from '../../errors/index.js';
import type { Ended, WaitOf, LikeOf, PlainOf } from '../../operations/index.js';
import { describe, type AllOptions, type ModelClass } from '../../orm/index.js';
import { LocatedManager } from '../kind/located.js';
import type { CreateOptions } from '../kind/manager.js';
import { afterSlash, decoded } from '../kind/path.js';
import { dryPlace, type Place } from '../kind/rest-store.js';
import type { BackupFile } from '../transfer/upload.js';
import { createFromSource, hasSource } from './copy/source.js';
import { importVolume, volumeImportNames, type VolumeImportOptions } from './import.js';
import { storageVolumes, volumeTypes, type StorageVolume, type StorageVolumeInput } from './volume.js';

/** Which volumes are listed. */
export interface VolumeListOptions extends AllOptions {
  /** Those of one type. */
  type?: StorageVolume['type'] | undefined;
}

/** `pool.volumes`: custom ones by name, others by `'container/web'`, `'virtual-machine/db'`, `'image/<fingerprint>'`. */
export class VolumeManager<V extends StorageVolume = StorageVolume> extends LocatedManager<
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
    assertType(type);
    const all = await super.all(options);
    return type === undefined ? all : all.filter((volume) => typeOf(volume.key) === type);
  }

  /**
   * Makes a custom volume of a file, its bytes or a stream of them (POST …/volumes/custom), and resolves with its fetched
   * model: of a backup (`volume.exportTo()`), with config, description and snapshots; of an ISO image; or of a tar archive
   * of files. The upload is reported to `onProgress` as stage `upload`. What fails leaves no volume; a
   * compressed archive that was cut gets no answer from LXD 5.0 and Incus 6.0: a `timeout` ends that.
   * @throws InvalidInputError for a file that cannot be read; UnsupportedError for `iso` without the extension
   * `custom_volume_iso`, and for `tarball` without `import_custom_volume_tar` (newer LXD); AlreadyExistsError for a name in
   * use; ServerError or OperationError for what is not of the format
   */
  async import<W extends boolean = WaitOf<V>>(
    file: BackupFile,
    options: VolumeImportOptions<W> = {},
  ): Promise<Ended<V, W>> {
    assertOptions(options, volumeImportNames, 'volumes.import()');
    const { target } = options;
    const store = target === undefined ? this.store : this.store.at({ target });
    const get = async (key: string) => this.made(await store.read(key), key);
    return importVolume({ session: store.session, path: `${store.collection}/custom`, get }, file, options);
  }

  override as<S extends PlainOf<V> & StorageVolume>(Class: ModelClass<S>): VolumeManager<LikeOf<V, S>> {
    return new VolumeManager(this.#place, Class as ModelClass as ModelClass<LikeOf<V, S>>);
  }

  protected override dry(): VolumeManager<V> {
    return new VolumeManager<V>(() => dryPlace(this.#place()), this.Class);
  }

  /** With a `source` it is a copy. */
  protected override async createAt<W extends boolean = WaitOf<V>>(
    key: string,
    input: StorageVolumeInput | string,
    options: CreateOptions<W>,
  ): Promise<Ended<V, W>> {
    if (!hasSource(input)) return super.createAt(key, input, options);
    const { target, ...call } = options;
    const store = target === undefined ? this.store : this.store.at({ target });
    const { session, collection } = store;
    const pool = decoded(collection.split('/')[3] ?? '');
    const name = key === '' ? (input as StorageVolumeInput).name : afterSlash(key);
    return createFromSource<V, W>({ session, pool, name }, input, call, this.Class, async (made, how) =>
      this.made(await store.read(made.name, how), made.name),
    );
  }
}

/** @throws InvalidInputError for a type that no volume has: the list would be empty */
export function assertType(type: unknown): void {
  if (type === undefined || volumeTypes.some((one) => one === type)) return;
  throw new InvalidInputError(`all(): type must be one of ${volumeTypes.join(', ')}, not ${describe(type)}`);
}

function typeOf(key: string): string {
  return key.includes('/') ? key.slice(0, key.indexOf('/')) : 'custom';
}

named({ VolumeManager });
