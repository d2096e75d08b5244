import { assertOptions, type OptionNames } from '../../errors/index.js';
import {
  isMap,
  Manager,
  plural,
  type AllOptions,
  type JsonMap,
  type ListOptions,
  type Model,
} from '../../orm/index.js';
import type { Session } from '../../rest/session.js';
import { watchOf, type Listed, type WatchManyOptions } from '../watch/watch-of.js';
import type { Watch } from '../watch/watch.js';
import { filterText } from './filter.js';
import type { RestStore } from './rest-store.js';

const watchNames: OptionNames<WatchManyOptions> = { filter: true, allProjects: true, signal: true };

/** A manager behind the REST API. */
export abstract class Collection<M extends Model> extends Manager<M> {
  protected override get store(): RestStore {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- the getter's type is narrowed: what resources are constructed with is a RestStore
    return super.store as RestStore;
  }

  /**
   * The changes of these things, from a list of those that are there (`added`, then `synced`) on; it stays true when the
   * connection is lost and found again, and watches of the same things share one list and one event socket, so that what
   * was done right before a later one may be told after its `synced`. Iterating throws what ends it: ConnectionError if the server cannot be reached at first, ForbiddenError, AbortedError,
   * ClosedError. @throws InvalidInputError; UnsupportedError for a kind of which no server tells
   */
  watch(options: WatchManyOptions = {}): Watch<M> {
    assertOptions(options, watchNames, `watch() of ${plural(this.store.kind)}`);
    const { filter, allProjects, signal } = options;
    return watchOf<M>(
      {
        store: this.store,
        list: async (store, how) => this.watchList(store, how),
        model: (store, key, data) => new this.Class(store, key, { data }),
      },
      { filter: this.filterText(filter), allProjects, signal },
    );
  }

  /** What a watch lists. */
  protected async watchList(store: RestStore, options: ListOptions): Promise<Listed[]> {
    const list = await store.list(1, options);
    return list.filter(isMap).flatMap((data) => {
      const key = this.keyOf(data);
      if (key === undefined || !this.includes(data)) return [];
      return [{ key, project: typeof data.project === 'string' ? data.project : undefined, data }];
    });
  }

  protected get session(): Session {
    return this.store.session;
  }

  protected override keyOf(data: JsonMap): string | undefined {
    return this.store.keyOf(data);
  }

  protected override filterText(filter: AllOptions['filter']): string | undefined {
    return filterText(filter);
  }
}
