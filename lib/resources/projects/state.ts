import { isMap, type JsonMap } from '../../orm/index.js';

/** The resources of a project: `memory` and `disk` are in bytes, the others are counts. */
export type ProjectResource =
  'containers' | 'cpu' | 'disk' | 'instances' | 'memory' | 'networks' | 'processes' | 'virtual-machines';

/** Usage and limit of one resource of a project. */
export interface ProjectUsage {
  /** The sum of the limits and sizes of its instances and volumes, whether they use it or not. */
  readonly usage: number;
  /** Null for no limit. */
  readonly limit: number | null;
}

/** Usage and limits of a project, by the server's names of the resources. */
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
