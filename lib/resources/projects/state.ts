import { isMap, type JsonMap } from '../../orm/index.js';

/** What a project can be limited in: `memory` and `disk` are in bytes, the others are numbers of things. */
export type ProjectResource =
  'containers' | 'cpu' | 'disk' | 'instances' | 'memory' | 'networks' | 'processes' | 'virtual-machines';

/** How much of something a project has. */
export interface ProjectUsage {
  /** What is promised to its instances and volumes, by their limits and sizes, whether they use it or not. */
  readonly usage: number;
  /** Null where there is none. */
  readonly limit: number | null;
}

/** What a project has of each resource, and may have, by the server's names. */
export type ProjectState = Readonly<Record<ProjectResource, ProjectUsage>> &
  Readonly<Record<string, ProjectUsage | undefined>>;

/** As the server tells it, where no limit is -1. */
export function stateFrom({ resources }: JsonMap): ProjectState {
  const given = isMap(resources) ? resources : {};
  const entries = Object.entries(given).map(([name, one]) => {
    const { Usage, Limit } = isMap(one) ? one : {};
    const usage = typeof Usage === 'number' ? Usage : 0;
    return [name, { usage, limit: typeof Limit === 'number' && Limit >= 0 ? Limit : null }] as const;
  });
  return Object.assign(Object.create(null) as object, Object.fromEntries(entries)) as ProjectState;
}
