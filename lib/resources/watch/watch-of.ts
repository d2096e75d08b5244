import {
  ClusterMemberError,
  DeletedError,
  NotFoundError,
  TimeoutError,
  UnsupportedError,
  type OptionNames,
} from '../../errors/index.js';
import { Events, MemberNews } from '../../events/index.js';
import {
  isMap,
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
import { serverFacts } from '../kind/server-facts.js';
import { isMember } from '../place/location.js';
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
  /** Where only one is watched, all of its store. */
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
      model: ({ key, project, target }, data) => {
        const isElsewhere = allProjects === true || target !== undefined;
        const where = isElsewhere ? store.at({ ...(allProjects && { project }), target }) : store;
        return things.model(where, key, data);
      },
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
  let isOnMembers = false;
  let isSpread = false;
  const read = async ({ key, project }: Place, signal: AbortSignal) => {
    const where = allProjects ? store.at({ project }) : store;
    if (filter !== undefined) return readFiltered(things, where, filter, key, signal);
    try {
      return await present(async () => (await where.read(key, { signal })).data);
    } catch (error) {
      const isAway = error instanceof ClusterMemberError || (isOnMembers && error instanceof TimeoutError);
      const listed = isAway ? await readListed(things, where, key, signal) : undefined;
      if (listed) return listed; // all that the other members can tell of it
      throw error;
    }
  };
  return {
    async listen() {
      own = await store.session.project();
      if (store.isLocated) isSpread = (await serverFacts(store.session)).clustered === true;
      const { shared, everywhere } = store.events ?? {};
      const streams = [streamOf(store, { allProjects: allProjects === true || everywhere })];
      if (shared && !allProjects && own !== 'default') streams.push(streamOf(store, { project: 'default' }));
      return streams;
    },
    async list(signal) {
      if (only !== undefined) {
        const place: Place = { key: only, project: own };
        const data = await read(place, signal);
        return data ? [{ place, data }] : [];
      }
      const list = await listOf(things, { filter, allProjects, signal });
      return list.map(({ key, project = 'default', data }): Thing => {
        const target = store.memberOf(data);
        return { place: { key, project: allProjects ? project : own, target }, data };
      });
    },
    read,
    subject(event) {
      const { events } = store;
      const keyIn = events?.keyIn ?? ((path: string) => store.keyOfUrl(path));
      const subject = events && subjectOf(event, events, keyIn);
      // An event does not tell which member's it is, where two have one of that name.
      if (subject && only === undefined && isSpread) return 'any';
      if (!subject || only === undefined) return subject;
      if (subject === 'any') return { key: only };
      if (subject.from === only) {
        only = subject.key; // it is still the same thing
        forget();
      }
      return subject.key === only ? subject : undefined;
    },
    place: (key, { project = 'default' }) => ({ key, project: allProjects ? project : own }),
    dependsOnMembers: (data) => (isOnMembers ||= store.events?.members === true || isMember(data?.location)),
    members: (listener) => MemberNews.of(store.session).listen(listener),
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

/** One as the list has it, which tells something of what is on a member that does not answer. */
async function readListed<M extends Model>(
  things: Watchable<M>,
  store: RestStore,
  key: string,
  signal: AbortSignal,
): Promise<JsonMap | undefined> {
  const list = await listOf({ ...things, store }, { signal });
  return list.find((one) => one.key === key)?.data;
}

async function listOf<M extends Model>(
  { store, list }: Watchable<M>,
  options: ListOptions,
): Promise<Listed[]> {
  if (list) return list(store, options);
  const all = await store.list(1, options);
  return all.filter(isMap).map((data) => ({ key: store.keyOf(data) ?? '', data }));
}

async function present<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof DeletedError) return undefined;
    throw error;
  }
}
