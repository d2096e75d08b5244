import { DeletedError, NotFoundError, UnsupportedError, type OptionNames } from '../../errors/index.js';
import { Events } from '../../events/index.js';
import {
  plural,
  withArticle,
  type AllOptions,
  type JsonMap,
  type ListOptions,
  type Model,
} from '../../orm/index.js';
import type { Connection } from '../../rest/connection.js';
import { filterText, narrowed } from '../kind/filter.js';
import type { RestStore } from '../kind/rest-store.js';
import { subjectOf } from './kind-events.js';
import type { Place, Thing } from './known.js';
import { WatchSource, type Watched, type WatchStream } from './source.js';
import { Watch } from './watch.js';

export interface WatchOptions {
  /** Ends the watch with an AbortedError. */
  signal?: AbortSignal | undefined;
}

export const watchOneNames: OptionNames<WatchOptions> = { signal: true };

/** Which things to watch. */
export type WatchManyOptions = WatchOptions & Pick<AllOptions, 'filter' | 'allProjects'>;

/** What is listed, with its key and, where it says so, its project. */
export interface Listed {
  key: string;
  project?: string | undefined;
  data: JsonMap;
}

/** The things of which some are watched. */
export interface Watchable<M extends Model> {
  store: RestStore;
  /** Not needed where only one is watched. */
  list?: (store: RestStore, options: ListOptions) => Promise<Listed[]>;
  model: (store: RestStore, key: string, data: JsonMap) => M;
}

/** Which of them. */
interface Scope extends WatchOptions {
  /** In the API's language, as `all()` has it. */
  filter?: string | undefined;
  allProjects?: boolean | undefined;
  /** The only one to watch, by the name that it has now; it is followed through renames. */
  only?: string | undefined;
}

const sources = new WeakMap<Connection, Map<string, WatchSource>>();

/**
 * The changes of some things of a kind (its list, and `/1.0/events`). All watches of the same things over a connection
 * share what they are made of. @throws UnsupportedError where no server tells of that kind
 */
export function watchOf<M extends Model>(things: Watchable<M>, scope: Scope): Watch<M> {
  const { store } = things;
  const { kind, events } = store;
  if (!events)
    throw new UnsupportedError(
      `No server tells what happens to ${withArticle(kind)}; look at it now and then`,
    );
  const { connection, scope: place } = store.session;
  const shared = sources.get(connection) ?? new Map<string, WatchSource>();
  sources.set(connection, shared);
  const { filter, only, signal } = scope;
  const allProjects = scope.allProjects && !events.everywhere; // those are not told apart by projects
  const id = JSON.stringify([kind, store.collection, place, filter, allProjects ?? false, only]);
  const open = () => {
    const forget = () => {
      if (shared.get(id) === source) shared.delete(id);
    };
    const source =
      shared.get(id) ?? new WatchSource(watchedOf(things, { ...scope, allProjects }, forget), forget);
    shared.set(id, source);
    return source;
  };
  return new Watch<M>(
    {
      title: only === undefined ? `watch() of ${plural(kind)}` : `watch() of the ${kind} '${only}'`,
      model: ({ key, project }, data) => things.model(allProjects ? store.at({ project }) : store, key, data),
      signal,
    },
    open,
  );
}

/** `forget` is called when it is no longer what its scope says: who comes later must not share it. */
function watchedOf<M extends Model>(things: Watchable<M>, scope: Scope, forget: () => void): Watched {
  const { store } = things;
  const { filter, allProjects } = scope;
  let { only } = scope;
  let own = 'default';
  const read = async ({ key, project }: Place, signal: AbortSignal) => {
    const where = allProjects ? store.at({ project }) : store;
    if (filter !== undefined) return readFiltered(things, where, filter, key, signal);
    return present(async () => (await where.read(key, { signal })).data);
  };
  return {
    async listen() {
      own = await store.session.project();
      const { shared, everywhere } = store.events ?? {};
      const streams = [streamOf(store, { allProjects: allProjects === true || everywhere })];
      if (shared && !allProjects && own !== 'default') streams.push(streamOf(store, { project: 'default' }));
      return streams;
    },
    async list(signal) {
      if (only !== undefined) {
        const place = { key: only, project: own };
        const data = await read(place, signal);
        return data ? [{ place, data }] : [];
      }
      const list = await listOf(things, { filter, allProjects, signal });
      return list.map(({ key, project = 'default', data }): Thing => {
        return { place: { key, project: allProjects ? project : own }, data };
      });
    },
    read,
    subject(event) {
      const { events } = store;
      const keyIn = events?.keyIn ?? ((path: string) => store.keyOfUrl(path));
      const subject = events && subjectOf(event, events, keyIn);
      if (!subject || only === undefined) return subject;
      if (subject === 'any') return { key: only };
      if (subject.from === only) {
        only = subject.key; // it is still the same thing
        forget();
      }
      return subject.key === only ? subject : undefined;
    },
    place: (key, { project = 'default' }) => ({ key, project: allProjects ? project : own }),
  };
}

function streamOf(
  store: RestStore,
  whose: { allProjects?: boolean | undefined; project?: string },
): WatchStream {
  const types = ['lifecycle', 'reconnected', 'missed'] as const;
  return new Events(store.session).listen({ types, bufferSize: 10_000, ...whose });
}

/** One of those that a filter lets through, if it is. */
async function readFiltered<M extends Model>(
  things: Watchable<M>,
  store: RestStore,
  filter: string,
  key: string,
  signal: AbortSignal,
): Promise<JsonMap | undefined> {
  const clause = /^[\w-]+$/.test(key) ? filterText({ [store.keyField]: key }) : undefined; // others are not asked for safely
  const narrow = clause === undefined ? filter : narrowed(filter, clause);
  const list = await listOf(things, { filter: narrow, signal });
  return list.find((one) => one.key === key)?.data;
}

async function listOf<M extends Model>(
  { store, list }: Watchable<M>,
  options: ListOptions,
): Promise<Listed[]> {
  return (await list?.(store, options)) ?? [];
}

async function present<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof DeletedError) return undefined;
    throw error;
  }
}
