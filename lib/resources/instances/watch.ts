import { NotFoundError } from '../../errors/index.js';
import { Events } from '../../events/index.js';
import { isMap, type AllOptions, type JsonMap } from '../../orm/index.js';
import { narrowed } from '../kind/filter.js';
import type { RestStore } from '../kind/rest-store.js';
import { Watch, type Watched, type WatchChange } from '../watch/watch.js';
import type { Place } from '../watch/view.js';
import type { Instance } from './instance.js';
import { subjectOf } from './subject.js';

export interface WatchOptions {
  /** Ends the watch with an AbortedError. */
  signal?: AbortSignal | undefined;
}

/** Which instances to watch. */
export type WatchManyOptions = WatchOptions & Pick<AllOptions, 'filter' | 'allProjects'>;

/** A change of an instance. */
export type InstanceChange<I extends Instance = Instance> = WatchChange<I>;

/** What differs between watching many and one. */
interface Scope<I extends Instance> {
  store: RestStore;
  /** In the API's language, as `all()` has it. */
  filter: string | undefined;
  allProjects: boolean | undefined;
  signal: AbortSignal | undefined;
  model: (store: RestStore, key: string, data: JsonMap) => I;
  /** The only one to watch, by the name that it has now. */
  only?: string;
}

/** The changes of instances (`GET /1.0/instances` and `/1.0/events`). */
export function watchInstances<I extends Instance>(scope: Scope<I>): Watch<I> {
  const { store, filter, allProjects, signal } = scope;
  let { only } = scope;
  const storeOf = (project: string) => (allProjects ? store.at({ project }) : store);
  const watched: Watched<I> = {
    listen: () =>
      new Events(store.session).listen({
        types: ['lifecycle', 'reconnected', 'missed'],
        bufferSize: 10_000,
        allProjects,
        signal,
      }),
    async list(stop) {
      if (only !== undefined) {
        const data = await readOne(store, only, filter, stop);
        return data ? [{ place: placeOf(data), data }] : [];
      }
      const list = await store.list(1, { filter, allProjects, signal: stop });
      return list.filter((item) => isMap(item)).map((data) => ({ place: placeOf(data), data }));
    },
    read: async ({ key, project }, stop) => readOne(storeOf(project), key, filter, stop),
    subject(event) {
      const subject = subjectOf(event);
      if (!subject || only === undefined) return subject;
      if (subject.from === only) only = subject.key; // it is still the same instance
      return subject.key === only ? subject : undefined;
    },
    signal,
    model: ({ key, project }, data) => scope.model(storeOf(project), key, data),
  };
  return new Watch(watched);
}

async function readOne(
  store: RestStore,
  name: string,
  filter: string | undefined,
  signal: AbortSignal,
): Promise<JsonMap | undefined> {
  if (filter !== undefined) {
    const [data] = await store.list(1, { filter: narrowed(filter, `name eq ${name}`), signal });
    return isMap(data) ? data : undefined;
  }
  try {
    return (await store.read(name, { signal })).data;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

function placeOf(data: JsonMap): Place {
  const { name } = data;
  return {
    key: typeof name === 'string' ? name : '',
    project: typeof data.project === 'string' ? data.project : 'default',
  };
}
