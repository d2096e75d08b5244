import { assertOptions, named } from '../../../errors/index.js';
import type { Ended, WaitOf, LikeOf } from '../../../operations/index.js';
import {
  allNames,
  isMap,
  type AllOptions,
  type JsonMap,
  type ListOptions,
  type ModelClass,
} from '../../../orm/index.js';
import type { Session } from '../../../rest/session.js';
import { ResourceManager, type CreateOptions } from '../../kind/manager.js';
import { afterSlash } from '../../kind/path.js';
import type { RestStore } from '../../kind/rest-store.js';
import type { Listed } from '../../watch/watch-of.js';
import type { Instance } from '../instance.js';
import { instanceStore } from '../store.js';
import { snapshots, type SnapshotInput } from './kind.js';
import { Snapshot } from './snapshot.js';

/** The snapshots of all instances, by `'instance/snapshot'`: `client.snapshots`. */
export class AllSnapshotsManager<S extends Snapshot = Snapshot> extends ResourceManager<S, SnapshotInput> {
  readonly #session: Session;
  readonly #parentClass: ModelClass<Instance>;

  /** @internal `parentClass` is of what copies of them become. */
  constructor(
    session: Session,
    parentClass: ModelClass<Instance>,
    Class = Snapshot as ModelClass as ModelClass<S>,
  ) {
    super(snapshots, () => ({ session, parentClass }), Class);
    this.#session = session;
    this.#parentClass = parentClass;
  }

  /** Takes a snapshot named `'instance/snapshot'`. */
  override async create<W extends boolean = WaitOf<S>>(
    key: string,
    { stateful, expiresAt, ...options }: CreateOptions<W> & Omit<SnapshotInput, 'name'> = {},
  ): Promise<Ended<S, W>> {
    this.assertKey(key);
    return this.createAt(key, { stateful, expiresAt }, options);
  }

  /** All snapshots of all instances, in one request; the server reads the state of each instance for it. */
  override async all(given: AllOptions = {}): Promise<S[]> {
    assertOptions(given, allNames, 'all() of snapshots');
    const { recursion = 1, filter, ...options } = given;
    const all = await this.watchList(this.store, { ...options, filter: this.filterText(filter) });
    return all.map(({ key, project, data }) => {
      const store = project === undefined ? this.store : this.store.at({ project });
      return new this.Class(store, key, recursion > 0 ? { data } : undefined);
    });
  }

  override async names(options: Omit<AllOptions, 'recursion'> = {}): Promise<string[]> {
    return (await this.all({ ...options, recursion: 0 })).map(({ key }) => key);
  }

  override as<T extends Snapshot>(Class: ModelClass<T>): AllSnapshotsManager<LikeOf<S, T>> {
    return new AllSnapshotsManager(
      this.#session,
      this.#parentClass,
      Class as ModelClass as ModelClass<LikeOf<S, T>>,
    );
  }

  protected override async watchList(store: RestStore, options: ListOptions): Promise<Listed[]> {
    // The server would take it for one of the instances.
    if (options.filter !== undefined) await store.assertFilters(options);
    const instances = await instanceStore(store.session).list(2, options);
    return instances.filter(isMap).flatMap(({ name: instance, project, snapshots: all }) =>
      ((all ?? []) as JsonMap[]).map((data) => {
        const name = afterSlash(data.name as string);
        const key = `${instance as string}/${name}`;
        return { key, project: typeof project === 'string' ? project : undefined, data: { ...data, name } };
      }),
    );
  }
}

named({ AllSnapshotsManager });
