import { kind } from '../../kind/kind.js';
import { Refusal } from '../../state/refusal.js';
import { sorted } from '../../state/maps.js';
import { nextName } from '../../state/names.js';
import { expiry, never } from '../../state/time.js';
import type { Place } from '../../kind/place.js';
import { contentOf } from './state/content.js';
import { customOnly, lost, poolsOf, volumesOf, type VolumeSnapshot } from './shelves.js';

const types = ['container', 'custom', 'virtual-machine'];

const volumeOf = ({ project, param }: Place<VolumeSnapshot>) =>
  volumesOf(project, param('poolName'), param('type')).get(param('volumeName'));

/** Those of an instance's volume are those of the instance. */
function ofInstance(
  { project, param }: Place<VolumeSnapshot>,
  kept: Map<string, VolumeSnapshot>,
): Map<string, VolumeSnapshot> {
  const instance = project.instances.get(param('volumeName'));
  const { config = {}, content_type = '' } =
    volumesOf(project, param('poolName'), param('type')).get(param('volumeName')) ?? {};
  const snapshots = [...(instance?.snapshots.values() ?? [])].map(({ name, createdAt }) => {
    const fresh = { name, description: '', config, content_type, created_at: createdAt, expires_at: never };
    return kept.get(name) ?? fresh;
  });
  kept.clear();
  for (const snapshot of snapshots) kept.set(snapshot.name, snapshot);
  return kept;
}

const quirks = {
  // Both words are the server's own.
  lxd: {
    resources: ({ param }: Place<VolumeSnapshot>, _: string, isNew: boolean) => ({
      [isNew ? 'storage_volumes' : 'storage_volume_snapshots']: [
        `/1.0/${isNew ? 'storage_volumes' : 'storage_volume_snapshots'}/${param('volumeName')}`,
      ],
    }),
  },
  incus: {
    resources: ({ path, product, project, url }: Place<VolumeSnapshot>, name: string, isNew: boolean) => ({
      storage_volume_snapshots: [url(name)],
      ...(isNew && { storage_volumes: [product.url(project.name, path().slice(0, -1))] }),
    }),
  },
};

/** Snapshots of storage volumes. */
export const volumeSnapshots = kind<VolumeSnapshot>({
  path: '/1.0/storage-pools/{poolName}/volumes/{type}/{volumeName}/snapshots/{snapshotName}',
  title: 'storage volume snapshot',
  scope: 'project',
  feature: customOnly,
  bodies: {
    create: 'StorageVolumeSnapshotsPost',
    write: 'StorageVolumeSnapshotPut',
    rename: 'StorageVolumeSnapshotPost',
  },
  fields: {
    description: { type: 'string', patch: 'keeps' },
    expires_at: { type: 'time', patch: 'keeps', null: 'blanks' },
    name: 'name',
    config: ({ config }) => sorted(config),
    content_type: ({ content_type }) => content_type,
    created_at: ({ created_at }, { product }) =>
      product.extensions.includes('storage_volumes_created_at') ? created_at : never,
  },
  etag: ['description', 'expires_at'],
  event: 'storage-volume-snapshot',
  badFilter: 'ignored',
  listsPlainly: true,
  texts: {
    missing: [404, 'Storage pool volume not found'],
    exists: (name) => [409, `Snapshot "${name}" already in use`],
    taken(name, oldName, { product, project, param }) {
      const folder = `/var/lib/${product.name}/storage-pools/${param('poolName')}/custom-snapshots`;
      const [from, to] = [oldName, name].map(
        (one) => `${folder}/${project.name}_${param('volumeName')}/${one}`,
      );
      return [500, `Failed to rename "${from}" to "${to}": rename ${from} ${to}: file exists`];
    },
    lost: (name, { project, param }) => [
      404,
      lost(project, param('poolName'), param('type'), `${param('volumeName')}/${name}`),
    ],
  },
  named(name, _, action) {
    if (!name) return [400, 'No name provided'];
    const isRename = action === 'rename';
    if (name.includes('/'))
      return [
        400,
        isRename ? 'Storage volume names may not contain slashes' : 'Storage name cannot contain "/"',
      ];
    return /\s/.test(name) && !isRename ? [400, 'Storage name cannot contain white space'] : undefined;
  },
  admit(place, method, isList) {
    const { state, product, param } = place;
    const type = param('type');
    if (!types.includes(type)) throw new Refusal(400, 'Invalid storage volume type name');
    if (type !== 'custom' && (method === 'POST' || method === 'DELETE'))
      throw new Refusal(400, `Invalid storage volume type "${type}"`);
    if (!poolsOf(state).has(param('poolName'))) throw new Refusal(404, 'Storage pool not found');
    // LXD lists what a volume has that it has not.
    if (isList && method === 'GET' && product.name === 'lxd') return;
    if (!volumeOf(place)) throw new Refusal(404, 'Storage pool volume not found');
  },
  precheck: ({ name }, { shelf }) =>
    shelf.has(name) ? [409, `Snapshot "${name}" already in use`] : undefined,
  settle(snapshot, place, before, { expires_at }) {
    const volume = volumeOf(place);
    if (before || !volume) return;
    const { clock } = place.state;
    const term = volume.config['snapshots.expiry'];
    // Whatever its maker says of it.
    snapshot.description = volume.description;
    snapshot.expires_at = expires_at ?? ((term && expiry(clock, term)) || never);
    snapshot.config = { ...volume.config };
    snapshot.content_type = volume.content_type;
    snapshot.files = contentOf(volume).copy();
    snapshot.created_at = place.state.now();
  },
  check: ({ content_type }, _, before) =>
    content_type === 'iso' && !before ? 'Volume of content type "iso" does not support snapshots' : undefined,
  nameless: ({ shelf }) => nextName('snap%d', shelf.keys()),
  shelf: (place, kept) => (place.param('type') === 'custom' ? kept : ofInstance(place, kept)),
  inList: (json, { param }) => ({
    ...json,
    expires_at: json.expires_at === never ? null : json.expires_at,
    name: `${param('volumeName')}/${json.name}`,
    content_type: '',
  }),
  eventPath({ project, path }, name, action) {
    const parts = path(name);
    if (action !== 'update') parts[4] = `${project.name}_${parts[4] ?? ''}`;
    return parts;
  },
  context: (action, { param }) => (action === 'create' ? { type: param('type') } : undefined),
  resources: (place, name, action) => quirks[place.product.name].resources(place, name, action === 'create'),
});
