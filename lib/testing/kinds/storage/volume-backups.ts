import type { Call } from '../../http/call.js';
import { answer } from '../../kind/answer.js';
import { done } from '../../http/reply.js';
import { kind, type Kind, type Says } from '../../kind/kind.js';
import type { Place } from '../../kind/place.js';
import { nameOf, placeOf } from '../../kind/writes.js';
import { nextName } from '../../state/names.js';
import { Refusal } from '../../state/refusal.js';
import { never, wholeSeconds } from '../../state/time.js';
import { fileHeaders } from '../files.js';
import { compressionProblem } from './compression.js';
import { isDirect, sentDirectly } from './direct.js';
import { customOnly, poolsOf, snapshotsOf, volumesOf, volumeTypes, type Volume } from './shelves.js';
import { packVolume } from './state/archive.js';

/** A backup of a volume as it is kept. */
interface VolumeBackup {
  name: string;
  created_at: string;
  expires_at: string;
  volume_only: boolean;
  optimized_storage: boolean;
  data: Buffer;
}

type Body = Partial<Omit<VolumeBackup, 'data'>> & { compression_algorithm?: string };

const quirks = {
  lxd: {
    type: 'StoragePoolVolumeBackupsPost',
    /** Both words are the server's own. */
    made: ({ param }: Place, name: string) => ({
      backups: [`/1.0/backups/${name}`],
      storage_volumes: [`/1.0/storage_volumes/${param('volumeName')}`],
    }),
    changed: ({ param }: Place): Record<string, string[]> => ({
      volume: [`/1.0/volume/${param('volumeName')}`],
    }),
  },
  incus: {
    type: 'StorageVolumeBackupsPost',
    made: ({ path, product, project, url }: Place, name: string) => ({
      backups: [url(name)],
      storage_volumes: [product.url(project.name, path().slice(0, -1))],
    }),
    changed: ({ path, param, product, project, url }: Place, name: string, isRename: boolean) => ({
      backups: [url(isRename ? `${param('volumeName')}/${name}` : name)],
      storage_volumes: [product.url(project.name, path().slice(0, -1))],
    }),
  },
};

const path = '/1.0/storage-pools/{poolName}/volumes/{type}/{volumeName}/backups/{backupName}';

const driverOf = ({ state, param }: Place): string => poolsOf(state).get(param('poolName'))?.driver ?? '';

function volumeIn({ project, param }: Place): Volume {
  const volume = volumesOf(project, param('poolName'), param('type')).get(param('volumeName'));
  if (!volume) throw new Refusal(404, 'Storage pool volume not found');
  return volume;
}

/** Packs the volume that a place is below. */
function pack(place: Place, volumeOnly: boolean, algorithm: string): Buffer {
  const { project, param } = place;
  const [pool, type, name] = [param('poolName'), param('type'), param('volumeName')];
  const snapshots = volumeOnly ? [] : [...snapshotsOf(project, pool, type, name).values()];
  const volume = volumeIn(place);
  const packed = { pool, driver: driverOf(place), volume, snapshots, project: project.name };
  return packVolume(packed, algorithm !== 'none');
}

/** Without fractions of a second. */
const now = ({ state }: Place): string => wholeSeconds(state.now());

async function create(call: Call, of: Kind): Promise<Response> {
  const place = placeOf(call, of, true);
  const { product } = place;
  // Read without a care for its faults: what is no object is a failure of the server.
  await call.patch({ type: '', fields: {} }).catch((error: unknown) => {
    throw error instanceof Refusal ? new Refusal(500, error.message) : error;
  });
  const body = await call.body<Body>({
    type: quirks[product.name].type,
    fields: {
      ...{ name: 'string', expires_at: 'time', volume_only: 'bool', optimized_storage: 'bool' },
      compression_algorithm: 'string',
    },
  });
  const { volume_only = false, optimized_storage = false, expires_at = never } = body;
  const { compression_algorithm: algorithm = '' } = body;
  if (isDirect(call)) return sentDirectly(pack(place, volume_only, algorithm));
  const name = body.name || nextName('backup%d', place.shelf.keys());
  const says = place.nameProblem(name, 'create') ?? compressionProblem(product.name, algorithm);
  if (says) throw new Refusal(...says);
  return answer(place, {
    ...{ action: 'create', method: 'POST', name },
    run() {
      const { volumeName } = place.params;
      if (place.shelf.has(name))
        throw new Refusal(500, `Create volume backup: Backup "${volumeName}/${name}" already exists`);
      if (volumeIn(place).content_type === 'iso')
        throw new Refusal(500, `${failed}: Volume of content type "iso" cannot be backed up`);
      const data = pack(place, volume_only, algorithm);
      const isOptimized = optimized_storage && driverOf(place) !== 'dir'; // which has no form of its own
      const terms = { expires_at, volume_only, optimized_storage: isOptimized };
      const made = { name, created_at: now(place), ...terms, data };
      place.shelf.set(name, made);
      place.tell('create', name);
    },
    done,
  });
}

/** POST to one: the folder of the backup gets another name. */
async function renameBackup(call: Call, of: Kind): Promise<Response> {
  const body = await call.body<{ name: string }>({
    type: of.bodies.rename ?? '',
    fields: { name: 'string' },
  });
  const { name = '' } = body;
  const place = placeOf(call, of);
  const oldName = nameOf(call, of);
  const says = place.nameProblem(name, 'rename');
  if (says) throw new Refusal(...says);
  place.find(oldName);
  return answer(place, {
    ...{ action: 'rename', method: 'POST', name, oldName },
    run() {
      const { product, project, param } = place;
      const folder = `/var/lib/${product.name}/backups/custom/${param('poolName')}/${project.name}_${param('volumeName')}`;
      if (name === '') throw new Refusal(500, `rename ${folder}/${oldName} ${folder}: file exists`);
      if (name === oldName) return;
      if (place.shelf.has(name)) throw new Refusal(500, taken);
      place.move(oldName, name);
      place.tell('rename', name, { old_name: `${param('volumeName')}/${oldName}` });
    },
    done,
  });
}

/** GET of its file. */
function exported(call: Call, of: Kind): Response {
  const place = placeOf(call, of);
  const { data, created_at } = place.find(nameOf(call, of)) as unknown as VolumeBackup;
  return new Response(new Uint8Array(data), { headers: fileHeaders('', data, Date.parse(created_at)) });
}

const failed = 'Create volume backup: Backup create';
const taken =
  'UNIQUE constraint failed: storage_volumes_backups.storage_volume_id, storage_volumes_backups.name';
const missing: Says = [404, 'Storage volume backup not found'];

/** Backups of custom volumes. */
export const volumeBackups = kind<VolumeBackup>({
  path,
  title: 'custom volume backup',
  scope: 'project',
  feature: customOnly,
  bodies: { create: 'StorageVolumeBackupsPost', rename: 'StorageVolumeBackupPost' },
  fields: {
    name: 'name',
    created_at: ({ created_at }) => created_at,
    expires_at: { type: 'time', patch: 'given' },
    volume_only: { type: 'bool', patch: 'given' },
    optimized_storage: { type: 'bool', patch: 'given' },
  },
  etag: [],
  event: 'storage-volume-backup',
  badFilter: 'ignored',
  hidesETag: true,
  texts: {
    missing,
    exists: (name) => [500, `Backup "${name}" already exists`],
  },
  named: (name) => (name.includes('/') ? [400, 'Backup names may not contain slashes'] : undefined),
  admit({ state, project, param }) {
    const [pool, type] = [param('poolName'), param('type')];
    if (!volumeTypes.includes(type)) throw new Refusal(400, 'Invalid storage volume type name');
    if (type !== 'custom') throw new Refusal(400, `Invalid storage volume type "${type}"`);
    if (!poolsOf(state).has(pool)) throw new Refusal(404, 'Storage pool not found');
    if (!volumesOf(project, pool).has(param('volumeName')))
      throw new Refusal(404, 'Storage pool volume not found');
  },
  settle(backup, place) {
    const at = place as unknown as Place;
    Object.assign(backup, { created_at: now(at), data: pack(at, backup.volume_only, '') });
  },
  context: (action, { param }) => (action === 'create' ? { type: param('type') } : undefined),
  resources(place, name, action) {
    const { made, changed } = quirks[place.product.name];
    const at = place as unknown as Place;
    return action === 'create' ? made(at, name) : changed(at, name, action === 'rename');
  },
  handlers: {
    list: { POST: create },
    one: { POST: renameBackup },
    more: { [`${path}/export`]: { GET: exported } },
  },
});
