import type { Query } from '../rest/endpoints/index.js';
import type { ServerEvent } from './event.js';

/** Which events are wanted of a server. */
export interface Demand {
  /** Undefined = all that the caller may see. */
  types: readonly string[] | undefined;
  /** Undefined = all projects. */
  project: string | undefined;
}

/** Whether who gets `have` gets all of `want`. */
export function covers(have: Demand, want: Demand): boolean {
  if (have.project !== undefined && have.project !== want.project) return false;
  if (have.types === undefined) return true;
  const { types } = have;
  return want.types?.every((type) => types.includes(type)) ?? false;
}

/** The smallest demand that covers both. */
export function union(a: Demand, b: Demand): Demand {
  return {
    types: a.types && b.types ? [...new Set([...a.types, ...b.types])].sort() : undefined,
    project: a.project === b.project ? a.project : undefined,
  };
}

/** Events without a project belong to the server, and so to everybody. */
export function matches({ types, project }: Demand, event: ServerEvent): boolean {
  if (types !== undefined && !types.includes(event.type)) return false;
  return project === undefined || event.project === undefined || event.project === project;
}

/** As the servers ask for it; no project would mean the default one, not all. */
export function queryOf({ types, project }: Demand): Query {
  return {
    ...(types ? { type: types.join(',') } : {}),
    ...(project === undefined ? { 'all-projects': true } : { project }),
  };
}
