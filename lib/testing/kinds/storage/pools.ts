import type { Call } from '../../http/call.js';
import { kind, type Kind } from '../../kind/kind.js';
import type { Place } from '../../kind/place.js';
import { read } from '../../kind/routes.js';
import type { ProjectRecord } from '../projects/project.js';
import { Refusal } from '../../state/refusal.js';
import { optionProblem, type Options } from '../../validation/options.js';
import { deviceUsers } from '../users.js';
import { poolOf } from './root-disks.js';
import { bucketsOf, poolsOf, snapshotsOf, volumesOf, type Pool } from './shelves.js';

/** What `used_by` is where nobody uses it, whether snapshots count, and whether the GET of one looks for the project. */
const quirks = {
  lxd: { nobody: null, countsSnapshots: true, needsProject: false },
  incus: { nobody: [], countsSnapshots: false, needsProject: true },
};

/** The drivers that the fake takes; what its options are, it knows of `dir` alone. */
const drivers = ['btrfs', 'ceph', 'dir', 'lvm', 'zfs'];
const options: Options = {
  source: 'any',
  'rsync.bwlimit': 'size',
  'rsync.compression': 'boolean',
  'volume.size': 'size',
  'volume.snapshots.expiry': 'expiry',
  'volume.snapshots.schedule': 'schedule',
  'volume.snapshots.pattern': 'any',
  'volume.security.shifted': 'boolean',
  'volume.security.unmapped': 'boolean',
};

/** Who uses a pool in one project: instances, profiles, and volumes of its own. */
function usersIn(project: ProjectRecord, pool: string, { product }: Place<Pool>): string[] {
  const { countsSnapshots } = quirks[product.name];
  const instances = [...project.instances.values()].filter((instance) => poolOf(project, instance) === pool);
  const volumes = [...volumesOf(project, pool).keys()].flatMap((volume) => {
    const path = ['storage-pools', pool, 'volumes', 'custom', volume];
    const snapshots = countsSnapshots ? [...snapshotsOf(project, pool, 'custom', volume).keys()] : [];
    return [path, ...snapshots.map((snapshot) => [...path, 'snapshots', snapshot])];
  });
  return [
    ...instances.flatMap(({ name, snapshots }) => {
      const own = countsSnapshots ? [...snapshots.keys()] : [];
      return [['instances', name], ...own.map((snapshot) => ['instances', name, 'snapshots', snapshot])];
    }),
    ...volumes,
    ...[...bucketsOf(project, pool).keys()].map((bucket) => ['storage-pools', pool, 'buckets', bucket]),
  ]
    .map((path) => product.url(project.name, path))
    .concat(
      deviceUsers(project, (device) => device.type === 'disk' && device.pool === pool).filter(isProfile),
    );
}

const isProfile = (url: string): boolean => url.startsWith('/1.0/profiles/');

/** GET of one. Its list, and all else that is done to it, does not mind the project. */
function readPool(call: Call, kind: Kind): Response {
  if (quirks[call.product.name].needsProject)
    call.state.project(call.projectName, 'Failed getting project: Project not found');
  return read(call, kind);
}

/** Storage pools. */
export const storagePools = kind<Pool>({
  path: '/1.0/storage-pools/{poolName}',
  title: 'storage pool',
  scope: 'server',
  bodies: { create: 'StoragePoolsPost', write: 'StoragePoolPut' },
  fields: {
    config: { type: 'map', patch: 'merges' },
    description: { type: 'string', patch: 'blanks' },
    name: 'name',
    driver: { type: 'string', patch: 'given' },
    used_by: 'users',
    status: () => 'Created',
    locations: () => ['none'],
  },
  etag: ['name', 'driver', 'description', 'config'],
  order: 'name',
  event: 'storage-pool',
  quirks: { lxd: { hidesETag: true }, incus: { noneFits: null } },
  texts: {
    missing: [404, 'Storage pool not found'],
    exists: () => [409, 'The storage pool already exists: The record already exists'],
    used: () => [400, 'The storage pool is currently in use'],
  },
  invalid: { update: 400 },
  named(name) {
    if (!name) return [400, 'No name provided'];
    return name.includes('/') ? [400, 'Storage pool names may not contain slashes'] : undefined;
  },
  precheck: ({ driver }) => (driver ? undefined : [400, 'No driver provided']),
  settle(pool, { product }, before) {
    if (before) return;
    pool.driver ||= 'dir';
    pool.config.source ||= `/var/lib/${product.name}/storage-pools/${pool.name}`;
  },
  check({ name, driver, config }, _, before) {
    if (!drivers.includes(driver)) return 'Unknown driver';
    if (/\s/.test(name)) return 'Storage name cannot contain white space';
    const says = (key: string, why?: string) =>
      why === undefined ? `Invalid option "${key}"` : `Invalid value for option "${key}": ${why}`;
    const wrong = driver === 'dir' ? optionProblem(config, options, says) : undefined;
    if (wrong) return wrong;
    const isMoved = before && config.source !== before.config.source;
    return isMoved ? [500, 'Pool source cannot be changed when not in pending state'] : undefined;
  },
  users({ name }, place) {
    const { state, product } = place;
    const { nobody } = quirks[product.name];
    const all = [...state.projects.values()].flatMap((project) => usersIn(project, name, place));
    return all.length > 0 ? all.sort() : nobody;
  },
  handlers: { one: { GET: readPool } },
  reads: {
    resources({ state }, name) {
      if (!poolsOf(state).has(name)) throw new Refusal(500, 'Storage pool not found');
      return {
        space: { used: 1_073_741_824, total: 10_737_418_240 },
        inodes: { used: 10_000, total: 655_360 },
      };
    },
  },
});
