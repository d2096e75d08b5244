import { kind } from '../../kind/kind.js';
import type { Place } from '../../kind/place.js';
import { subjectName } from './names.js';

// Of newer LXD only, which is not here: by its source.

interface PlacementGroup {
  name: string;
  description: string;
  config: Record<string, string>;
}

const values: Readonly<Record<string, readonly string[]>> = {
  policy: ['spread', 'compact'],
  rigor: ['strict', 'permissive'],
};

/** Placement groups; where instances are put, they do not say here. */
export const placementGroups = kind<PlacementGroup>({
  path: '/1.0/placement-groups/{name}',
  title: 'placement group',
  extension: 'instance_placement_groups',
  spansProjects: 'instance_placement_groups',
  badFilter: 'ignored',
  bodies: { create: 'PlacementGroupsPost', write: 'PlacementGroupPut', rename: 'PlacementGroupPost' },
  fields: {
    name: 'name',
    description: { type: 'string', patch: 'keeps' },
    config: { type: 'map', patch: 'merges' },
    project: (_, { project }) => project.name,
    used_by: 'users',
  },
  etag: ['description', 'config'],
  order: 'name',
  event: 'placement-group',
  texts: {
    missing: [404, 'Placement group not found'],
    exists: () => [409, 'Placement group already exists'],
  },
  named(name, { state }, action) {
    if (action === 'create' && !state.cluster) return [400, 'This server is not clustered'];
    const wrong = subjectName(name);
    return wrong === undefined ? undefined : [400, wrong];
  },
  check({ config }) {
    for (const [key, value] of Object.entries(config)) {
      if (key.startsWith('user.') || value === '') continue;
      if (!Object.hasOwn(values, key)) return `Invalid placement group key "${key}"`;
      if (!values[key]?.includes(value)) return `Invalid placement group key "${key}" value`;
    }
    const lost = Object.keys(values).find((key) => !config[key]);
    return lost === undefined ? undefined : [400, `Missing required config key: "${lost}"`];
  },
  settle(group, _, before, body, isPatch) {
    if (isPatch && before && !body.description) group.description = before.description;
  },
  forbid(action, name, place) {
    const isUsed = action !== 'create' && place.shelf.has(name) && usersOf(name, place).length > 0;
    return isUsed ? [400, `Placement group "${name}" is currently in use`] : undefined;
  },
  users: ({ name }, place) => usersOf(name, place),
});

function usersOf(name: string, { product, project }: Pick<Place, 'product' | 'project'>): string[] {
  return (
    [
      ['instances', project.instances],
      ['profiles', project.profiles],
    ] as const
  ).flatMap(([list, things]) =>
    [...things.values()]
      .filter(({ config }) => config['placement.group'] === name)
      .map((one) => product.url(project.name, [list, one.name])),
  );
}
