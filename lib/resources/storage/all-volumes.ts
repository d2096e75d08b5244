import { assertOptions, named, NotFoundError } from '../../errors/index.js';
import type { Ended, WaitOf, LikeOf, PlainOf } from '../../operations/index.js';
import {
  allNames,
  isMap,
  type AllOptions,
  type JsonMap,
  type ListOptions,
  type ModelClass,
} from '../../orm/index.js';
import { asObjects } from '../../rest/answers.js';
import { fillPath } from '../../rest/endpoints/index.js';
import { assertProject } from '../../rest/project-check.js';
import { LocatedManager } from '../kind/located.js';
import type { CreateOptions } from '../kind/manager.js';
import { dryPlace, RestStore, type Place } from '../kind/rest-store.js';
import { serverFacts } from '../kind/server-facts.js';
import type { Listed } from '../watch/watch-of.js';
import { createFromSource, hasSource } from './copy/source.js';
import { allVolumes, storageVolumes, type StorageVolume, type StorageVolumeInput } from './volume.js';
import { assertType, type VolumeListOptions } from './volumes.js';

/** Lets a server list the volumes of all its pools. */
const atOnce = 'storage_volumes_all';

/** The volumes of all pools, by `'pool/type/name'`: `client.storagePools.volumes`. */
export class AllVolumesManager<V extends StorageVolume = StorageVolume> extends LocatedManager<
  V,
  StorageVolumeInput
> {
  readonly #place: () => Place;

  /** @internal */
  constructor(place: () => Place, Class?: ModelClass<V>) {
    super(allVolumes, place, Class);
    this.#place = place;
  }

  /** Creates the custom volume of a key `'pool/custom/name'` (POST /1.0/storage-pools/{poolName}/volumes/custom). */
  override async create<W extends boolean = WaitOf<V>>(
    key: string,
    { target, wait, signal, timeout, onProgress, cancelOnAbort, ...input }: NewVolume<W> = {},
  ): Promise<Ended<V, W>> {
    this.assertKey(key);
    const options = { target, wait, signal, timeout, onProgress, cancelOnAbort };
    return this.createAt<W>(key, input as StorageVolumeInput, options);
  }

  /** All volumes, or those of one type: one request where the server can (API extension storage_volumes_all), else one more for each pool. */
  override async all(given: VolumeListOptions = {}): Promise<V[]> {
    const { type, ...options } = given;
    assertOptions(options, allNames, 'all() of storage volumes');
    assertType(type);
    const { recursion = 1, filter, ...how } = options;
    const listed = await this.watchList(this.store, { ...how, filter: this.filterText(filter) });
    return listed
      .filter(({ data }) => type === undefined || data.type === type)
      .map(
        ({ key, data }) => new this.Class(this.storeOf(data, how), key, recursion > 0 ? { data } : undefined),
      );
  }

  override async names(options: Omit<AllOptions, 'recursion'> = {}): Promise<string[]> {
    return (await this.all({ ...options, recursion: 0 })).map(({ key }) => key);
  }

  override as<S extends PlainOf<V> & StorageVolume>(Class: ModelClass<S>): AllVolumesManager<LikeOf<V, S>> {
    return new AllVolumesManager(this.#place, Class as ModelClass as ModelClass<LikeOf<V, S>>);
  }

  protected override dry(): AllVolumesManager<V> {
    return new AllVolumesManager<V>(() => dryPlace(this.#place()), this.Class);
  }

  protected override async createAt<W extends boolean = WaitOf<V>>(
    key: string,
    input: StorageVolumeInput,
    options: CreateOptions<W>,
  ): Promise<Ended<V, W>> {
    if (!hasSource(input)) return super.createAt(key, input, options);
    const { target, ...call } = options;
    const store = target === undefined ? this.store : this.store.at({ target });
    const [pool = '', , name = ''] = key.split('/');
    const { session } = store;
    return createFromSource<V, W>({ session, pool, name }, input, call, this.Class, async (_, how) =>
      this.made(await store.read(key, how), key),
    );
  }

  protected override async watchList(store: RestStore, options: ListOptions): Promise<Listed[]> {
    const { signal, timeout } = options;
    const { extensions } = await serverFacts(store.session, { signal, timeout });
    const lists = extensions.has(atOnce)
      ? [await this.#atOnce(store, options)]
      : await this.#ofPools(store, options);
    return lists.flat().flatMap((data) => {
      const key = store.keyOf(data);
      if (key === undefined || !this.includes(data)) return [];
      return [{ key, project: typeof data.project === 'string' ? data.project : undefined, data }];
    });
  }

  async #atOnce(
    { session }: RestStore,
    { filter, allProjects, signal, timeout }: ListOptions,
  ): Promise<JsonMap[]> {
    const query = { recursion: 1, filter, ...(allProjects ? { 'all-projects': true } : {}) };
    const request = { method: 'GET', path: '/1.0/storage-volumes', query, signal, timeout };
    const begun = performance.now();
    const list = asObjects<JsonMap>(await session.send(request), request);
    if (list.length === 0 && !allProjects) await assertProject(session, { signal, timeout }, begun);
    return list;
  }

  async #ofPools({ session }: RestStore, options: ListOptions): Promise<JsonMap[][]> {
    const { signal, timeout } = options;
    const request = { method: 'GET', path: '/1.0/storage-pools', query: { recursion: 1 }, signal, timeout };
    const { metadata } = await session.send(request);
    const pools = metadata === null ? [] : asObjects<{ name: string }>({ metadata }, request);
    return Promise.all(
      pools.map(async ({ name: pool }) => {
        const parent = fillPath('/1.0/storage-pools/{poolName}', { poolName: pool });
        const one = new RestStore(storageVolumes, () => ({ session, parent }));
        try {
          return (await one.list(1, options)).filter(isMap).map((data) => ({ ...data, pool }));
        } catch (error) {
          if (error instanceof NotFoundError && /pool not found/i.test(error.message)) return []; // it has just gone
          throw error;
        }
      }),
    );
  }
}

/** A new volume but for its name, which is in the key, and how it is created. */
export type NewVolume<W extends boolean = boolean> = CreateOptions<W> & Omit<StorageVolumeInput, 'name'>;

named({ AllVolumesManager });
