import { kind, type Says } from '../../kind/kind.js';
import type { Product } from '../../products/product.js';
import { withoutBlanks, type DeviceMap } from '../../state/maps.js';
import { Refusal } from '../../state/refusal.js';
import { sourceUrl } from '../../state/source-url.js';
import { configProblem } from '../../validation/config.js';
import { assertDevices } from '../../devices/check.js';
import { rootDisk } from '../../devices/root-disk.js';
import type { Place } from '../../kind/place.js';
import type { InstanceRecord } from '../instances/records.js';
import type { ProjectRecord } from '../projects/project.js';
import type { ProfileRecord } from './records.js';

/** What is said of the names in a renaming, and whether that of the new name comes first. */
const quirks = {
  lxd: {
    takenFirst: true,
    taken: (name: string) => `Name "${name}" already in use`,
    missing: (_: string) => 'Query affected 0 rows instead of 1',
  },
  incus: {
    takenFirst: false,
    taken: (name: string) => `Profile "${name}" already exists`,
    missing: (name: string) => `Profile "${name}" doesn't exist`,
  },
};

/** What is said of a profile that is not there, but when it is renamed. */
const missing: Readonly<Record<string, (name: string) => string>> = {
  GET: () => 'Fetch profile: Profile not found',
  PUT: (name) => `Failed to retrieve profile "${name}": Profile not found`,
  PATCH: (name) => `Failed to retrieve profile="${name}": Profile not found`,
};

/** The instances that have a profile, with their projects. */
function users({ state, project }: Place<ProfileRecord>, profile: string): [ProjectRecord, InstanceRecord][] {
  const projects = state.projects.sharing(project, 'profiles');
  const all = projects.flatMap((one) =>
    [...one.instances.values()].map((instance): [ProjectRecord, InstanceRecord] => [one, instance]),
  );
  return all.filter(([, instance]) => instance.profiles.includes(profile));
}

/** What is said of the first wrong device. */
function devicesProblem(local: DeviceMap, { name }: Product, project: ProjectRecord): Says | undefined {
  try {
    assertDevices({ product: name, project, type: 'any', local, expanded: {} });
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return [error.status, error.message];
    throw error;
  }
}

/** Profiles: every project has one from its beginning. */
export const profiles = kind<ProfileRecord>({
  path: '/1.0/profiles/{name}',
  title: 'profile',
  scope: 'project',
  feature: 'profiles',
  bodies: { create: 'ProfilesPost', write: 'ProfilePut', rename: 'ProfilePost' },
  fields: {
    config: { type: 'map', patch: 'merges' },
    description: { type: 'string', patch: 'keeps' },
    devices: { type: 'devices', patch: 'merges' },
    name: 'name',
    used_by: 'users',
    project: (_, { product, project }) => (product.namesProject ? project.name : undefined),
  },
  etag: ['config', 'description', 'devices'],
  order: 'name',
  event: 'profile',
  readsAnyPatch: true,
  spansProjects: 'profiles_all_projects',
  showsBeside: 'all', // it is asked whether one may see those of `default`, which everybody may
  texts: {
    missing: (name, method) => [404, missing[method]?.(name) ?? 'Profile not found'],
    exists: (name) => [500, `Error inserting "${name}" into database: The profile already exists`],
    taken: (name, _, { product }) => [500, quirks[product.name].taken(name)],
    lost: (name, { product }) => [500, quirks[product.name].missing(name)],
    used: (action) => (action === 'delete' ? [500, 'Profile is currently in use'] : undefined),
    project: (name) => `Failed loading project "${name}": Project not found`,
  },
  invalid: { create: 400 },
  named(name, { shelf, product }, action) {
    if (!name) return [400, 'No name provided'];
    if (name.includes('/')) return [400, 'Profile names may not contain slashes'];
    if (name === '.' || name === '..') return [400, `Invalid profile name "${name}"`];
    const { takenFirst, taken } = quirks[product.name];
    return action === 'rename' && takenFirst && shelf.has(name) ? [500, taken(name)] : undefined;
  },
  forbid: (action, name) =>
    name === 'default' ? [403, `The "default" profile cannot be ${action}d`] : undefined,
  precheck({ config, devices }, { product, project }) {
    const problem =
      configProblem(product.name, 'any', config) ?? devicesProblem(devices, product, project)?.[1];
    return problem === undefined ? undefined : [400, problem];
  },
  check({ name, config, devices }, place, before) {
    const { product, project } = place;
    // Incus has dropped what holds nothing by then.
    const looked = before && product.name === 'incus' ? withoutBlanks(devices) : devices;
    const problem = configProblem(product.name, 'any', config) ?? devicesProblem(looked, product, project);
    const pool = before && rootDisk(before.devices)?.pool;
    if (problem !== undefined || !pool || pool === rootDisk(devices)?.pool) return problem;
    const leans = users(place, name).some(([, instance]) => !rootDisk(instance.devices)?.pool);
    return leans ? "At least one instance relies on this profile's root disk device" : undefined;
  },
  users: ({ name }, place) =>
    users(place, name).map(([project, instance]) => sourceUrl(project.name, ['instances', instance.name])),
  renamed(before, { name }, place) {
    for (const [, instance] of users(place, before)) {
      instance.profiles = instance.profiles.map((used) => (used === before ? name : used));
    }
  },
  shelf: ({ project }) => project.profiles,
});
