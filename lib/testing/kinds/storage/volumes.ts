import { kind, type Says } from '../../kind/kind.js';
import { Place } from '../../kind/place.js';
import { Refusal } from '../../state/refusal.js';
import { sorted, withoutEmpty, type StringMap } from '../../state/maps.js';
import { never } from '../../state/time.js';
import { optionProblem, type Options } from '../../validation/options.js';
import { assertWithin } from '../projects/limits.js';
import { usersOf } from '../users.js';
import { followVolume, isDiskOf } from './disks.js';
import { poolOf } from './root-disks.js';
import { customOnly, defaultsIn, lost, poolsOf, volumeTypes, type Volume } from './shelves.js';
import {
  createOrCopy,
  createTyped,
  listAll,
  listPools,
  listTyped,
  readAny,
  renameOrMove,
  updateOrRestore,
} from './volume-handlers.js';
import { volumeSnapshots } from './volume-snapshots.js';

/** What of a disk can be in it, and what is said of the state of one that is a directory. */
const quirks = {
  lxd: { contents: ['filesystem', 'block'], block: {}, state: undefined },
  incus: {
    contents: ['filesystem', 'block', 'iso'],
    block: { 'security.shared': 'boolean' },
    state: { usage: null },
  },
} as const;

const options: Options = {
  size: 'size',
  'snapshots.expiry': 'expiry',
  'snapshots.schedule': 'schedule',
  'snapshots.pattern': 'any',
  'security.shifted': 'boolean',
  'security.unmapped': 'boolean',
  'volatile.idmap.last': 'any',
  'volatile.idmap.next': 'any',
};

const sameConfig = (one: StringMap, other: StringMap) =>
  JSON.stringify(sorted(withoutEmpty(one))) === JSON.stringify(sorted(other));

/** What is said of a volume that is not there; of a snapshot's name, which is none of a volume, some methods say more. */
function missingVolume(name: string, method: string): Says {
  if (name.includes('/') && method === 'DELETE') return [400, `Invalid storage volume "${name}"`];
  if (name.includes('/') && method !== 'GET' && method !== 'PUT') return [400, 'Invalid volume name'];
  return [404, 'Storage pool volume not found'];
}

/** The volumes of the instances of this type that are in the pool; what was written to one, stays. */
function ofInstances(
  { state, project, param }: Place<Volume>,
  kept: Map<string, Volume>,
): Map<string, Volume> {
  const [pool, type] = [param('poolName'), param('type')];
  const { size: _, ...config } = defaultsIn(state, pool);
  const content_type = type === 'container' ? 'filesystem' : 'block';
  const volumes = [...project.instances.values()].flatMap((instance): [string, Volume][] => {
    if (instance.type !== type || poolOf(project, instance) !== pool) return [];
    const { name, createdAt } = instance;
    const fresh = { name, description: '', config, content_type, created_at: createdAt };
    return [[name, kept.get(name) ?? fresh]];
  });
  kept.clear();
  for (const [name, volume] of volumes) kept.set(name, volume);
  return kept;
}

/** Storage volumes: those that are custom can be made, the others are there as long as their instances are. */
export const storageVolumes = kind<Volume>({
  path: '/1.0/storage-pools/{poolName}/volumes/{type}/{volumeName}',
  title: 'storage volume',
  scope: 'project',
  feature: customOnly,
  bodies: { create: 'StorageVolumesPost', write: 'StorageVolumePut', rename: 'StorageVolumePost' },
  fields: {
    config: { type: 'map', patch: 'merges' },
    description: { type: 'string', patch: 'blanks' },
    name: 'name',
    type: (_, { param }) => param('type'),
    used_by: 'users',
    location: () => 'none',
    content_type: { type: 'string', patch: 'given' },
    project: (_, { project }) => project.name,
    created_at: ({ created_at }, { product }) =>
      product.extensions.includes('storage_volumes_created_at') ? created_at : never,
  },
  etag: ['name', 'type', 'config'],
  order: 'name',
  event: 'storage-volume',
  badFilter: 500,
  hidesLocation: true,
  texts: {
    missing: missingVolume,
    exists: () => [409, 'Volume by that name already exists'],
    used: (action) => (action === 'delete' ? [400, 'The storage volume is still in use'] : undefined),
    project: (_, isList) => (isList ? 'Project not found' : undefined),
  },
  named(name) {
    if (!name) return [400, 'No name provided'];
    return name.includes('/') ? [400, 'Storage volume names may not contain slashes'] : undefined;
  },
  admit({ state, param }, method, isList) {
    const type = param('type');
    if (type !== 'custom' && !(method === 'POST' && isList)) {
      if (method === 'POST')
        throw new Refusal(400, `Renaming storage volumes of type "${type}" is not allowed`);
      if (!volumeTypes.includes(type)) throw new Refusal(400, 'Invalid storage volume type name');
      if (method === 'PATCH') throw new Refusal(400, `Invalid storage volume type "${type}"`);
    }
    if (!poolsOf(state).has(param('poolName'))) throw new Refusal(404, 'Storage pool not found');
  },
  precheck(volume, { product, project, param, shelf }) {
    const { name, content_type } = volume;
    const type = param('type');
    if (type !== 'custom') return [400, `Currently not allowed to create storage volumes of type "${type}"`];
    const isContent = !content_type || quirks[product.name].contents.some((one) => one === content_type);
    if (!isContent) return [400, 'Invalid volume content type name'];
    if (shelf.has(name)) return [409, 'Volume by that name already exists'];
    assertWithin(project, 'volume creation', { volume: { ...volume, config: volume.config ?? {} } });
    return undefined;
  },
  forbid(action, _, { param }) {
    const says = `Storage volumes of type "${param('type')}" cannot be deleted with the storage API`;
    return action === 'delete' && param('type') !== 'custom' ? [400, says] : undefined;
  },
  settle(volume, { state, param }, before) {
    if (before) return;
    volume.content_type ||= 'filesystem';
    volume.created_at = state.now();
    for (const [key, value] of Object.entries(defaultsIn(state, param('poolName'))))
      volume.config[key] ||= value;
  },
  check({ name, config, content_type }, { product, project }, before) {
    if (before && content_type === 'iso' && !sameConfig(config, before.config))
      return 'Custom ISO volume config cannot be changed';
    const block = content_type === 'block' ? quirks[product.name].block : {};
    const label = before || product.name === 'lxd' ? `${project.name}_${name}` : name;
    return optionProblem(config, { ...options, ...block }, (key, why) =>
      why === undefined
        ? `Invalid option for volume "${label}" option "${key}"`
        : `Invalid value for volume "${label}" option "${key}": ${why}`,
    );
  },
  shelf: (place, kept) => (place.param('type') === 'custom' ? kept : ofInstances(place, kept)),
  users({ name }, { state, project, product, param }) {
    if (param('type') === 'custom')
      return usersOf(state, project, 'storage.volumes', isDiskOf(param('poolName'), name));
    const [instance = '', snapshot] = name.split('/');
    if (snapshot === undefined) return [product.url(project.name, ['instances', instance])];
    const path = ['instances', instance, 'snapshots', snapshot];
    return product.name === 'lxd' ? [product.url(project.name, path)] : [];
  },
  renamed: (before, { name }, place) => followVolume(place, before, { source: name }),
  removing(name, { state, project, params }) {
    const snapshots = new Place(state, volumeSnapshots, project, { ...params, volumeName: name });
    for (const snapshot of snapshots.shelf.keys()) snapshots.tell('delete', snapshot);
  },
  eventPath: ({ project, path }, name) => [...path(), `${project.name}_${name}`],
  context: (action, { param }) => (action === 'create' ? { type: param('type') } : undefined),
  reads: {
    state({ project, product, param, shelf }, name) {
      if (!shelf.has(name)) throw new Refusal(404, lost(project, param('poolName'), param('type'), name));
      const { state } = quirks[product.name];
      if (!state) throw new Refusal(500, 'Not supported');
      return state;
    },
  },
  handlers: {
    list: { GET: listTyped, POST: createOrCopy },
    one: { GET: readAny, PUT: updateOrRestore, POST: renameOrMove },
    more: {
      '/1.0/storage-pools/{poolName}/volumes': { GET: listAll, POST: createTyped },
      '/1.0/storage-volumes': { GET: listPools },
      '/1.0/storage-volumes/{type}': { GET: listPools },
    },
  },
});
