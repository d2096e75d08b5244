import { Dropped, Refusal } from '../state/refusal.js';
import type { Call } from './call.js';
import { matches, parseFilter } from './filter.js';
import { isOn } from '../state/maps.js';

/** One thing of a list: where it is, and how it looks at a recursion. */
export interface Item {
  url: string;
  json(recursion: number): object;
}

/** The `recursion` of a request; what is no number counts as none. */
export function recursionOf(call: Call): number {
  const text = call.target.query.get('recursion') ?? '';
  return /^-?\d+$/.test(text) ? Number(text) : 0;
}

/** A flag of the query as Go reads one. */
export function flag(call: Call, name: string): boolean {
  return isOn(call.target.query.get(name));
}

/**
 * The items as a list answers them: filtered if this list filters, as URLs or as objects. `badFilter` is
 * the status of a filter that cannot be parsed; without it the parameter is ignored, as the servers do.
 */
export function listed(call: Call, items: Item[], badFilter?: number): unknown[] {
  const recursion = recursionOf(call);
  const kept = badFilter === undefined ? items : filtered(call, items, recursion, badFilter);
  return recursion === 0 ? kept.map((item) => item.url) : kept.map((item) => item.json(recursion));
}

function filtered(call: Call, items: Item[], recursion: number, badFilter: number): Item[] {
  const text = call.target.query.get('filter');
  if (!text) return items;
  const clauses = attempt(badFilter, 'Invalid filter: ', () => parseFilter(text));
  return attempt(500, '', () =>
    items.filter((item) => matches(item.json(recursion), clauses, call.product.typedFilter)),
  );
}

function attempt<T>(status: number, prefix: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Dropped || !(error instanceof Error)) throw error;
    throw new Refusal(status, prefix + error.message);
  }
}

/** All projects that who asks may look into; `isShared` for a list of what `default` can have for all. */
export function allProjects({ state, caller, product }: Call, isShared = false): string[] {
  const names = [...state.projects.keys()];
  const { projects } = caller;
  if (!projects) return names;
  const seesDefault = isShared && product.name === 'incus';
  return names.filter((name) => projects.includes(name) || (seesDefault && name === 'default'));
}

/** The projects that a list looks into. */
export function projectNames(call: Call, isShared = false): string[] {
  if (!flag(call, 'all-projects')) return [call.projectName];
  if (call.target.query.has('project')) {
    throw new Refusal(400, 'Cannot specify a project when requesting all projects');
  }
  return allProjects(call, isShared);
}

/** In the order of their names, which is how lists come. */
export function byName<T extends { name: string }>(records: Iterable<T>): T[] {
  return [...records].sort((a, b) => (a.name < b.name ? -1 : 1));
}
