import type { Call } from '../../http/call.js';
import { started } from '../../http/reply.js';
import type { Kind } from '../../kind/kind.js';
import { Place } from '../../kind/place.js';
import { FileSystem } from '../../files/file-system.js';
import { dict } from '../../state/maps.js';
import { Refusal } from '../../state/refusal.js';
import { poolsOf, snapshotsOf, volumesOf, type Volume, type VolumeSnapshot } from './shelves.js';
import { unpackFiles, unpackVolume } from './state/archive.js';
import { diskPath } from './state/content.js';

const uniqueColumns = ['storage_pool_id', 'node_id', 'project_id', 'name', 'type']
  .map((column) => `storage_volumes.${column}`)
  .join(', ');

const quirks = {
  lxd: {
    lacking: 'Backup is missing index.yaml',
    exists: (name: string, pool: string, project: string) =>
      notInserted(name, pool, project, `UNIQUE constraint failed: ${uniqueColumns}`),
    resources: (_: Place, name: string) => ({ storage_volumes: [`/1.0/storage_volumes/${name}`] }),
  },
  incus: {
    lacking: 'Backup is missing at "backup/index.yaml"',
    exists: (name: string, pool: string) => `Volume "${name}" already exists in pool "${pool}"`,
    resources: ({ url }: Place, name: string) => ({ storage_volumes: [url(name)] }),
  },
};

function notInserted(name: string, pool: string, project: string, why: string): string {
  return `Error inserting volume "${name}" for project "${project}" in pool "${pool}" of type "custom" into database "${why}"`;
}

/** What becomes a volume. */
interface Coming {
  name: string;
  volume: Omit<Volume, 'name'>;
  snapshots: VolumeSnapshot[];
  /** What the operation says of it. */
  problem?: string | undefined;
  /** What it fails at. */
  doing: string;
}

/** POST of a file: a volume is made of the backup, the image or the files that are in it. */
export async function importVolume(call: Call, kind: Kind): Promise<Response> {
  const params = { ...call.params, type: 'custom' }; // whatever the path says
  const place = Place.of(call.state, kind, params, call.projectName, true);
  const { state, project, product, param } = place;
  const { name, volume, snapshots, problem, doing } = await read(call);
  const pool = param('poolName');
  if (!poolsOf(state).has(pool)) throw new Refusal(500, 'Storage pool not found: Storage pool not found');
  const says = quirks[product.name];
  const operation = state.operations.start({
    project: project.name,
    description: 'Restoring custom volume backup',
    resources: says.resources(place, name),
    run() {
      const fail = (why: string) => {
        throw new Refusal(500, `${doing}: ${why}`);
      };
      const volumes = volumesOf(project, pool);
      if (volumes.has(name) && volume.content_type === 'iso')
        fail('Cannot create volume, already exists on target storage');
      if (volumes.has(name)) fail(says.exists(name, pool, project.name));
      if (name.includes('/'))
        fail(notInserted(name, pool, project.name, 'Volume name may not be a snapshot'));
      if (problem !== undefined) fail(problem);
      volumes.set(name, { ...volume, name });
      for (const one of snapshots) snapshotsOf(project, pool, 'custom', name).set(one.name, one);
      place.tell('create', name);
    },
  });
  return started(operation);
}

async function read(call: Call): Promise<Coming> {
  const { product, state } = call;
  const name = Buffer.from(call.header('name') ?? '', 'latin1').toString();
  const type = call.header('type');
  const bytes = await call.bytes();
  const isNew = (content_type: string, files: FileSystem, size?: number) => ({
    ...{ description: '', content_type, created_at: state.now(), files },
    config: dict(size === undefined ? {} : { size: String(size) }),
  });
  if (type === 'iso' && product.extensions.includes('custom_volume_iso')) {
    if (!name) throw new Refusal(400, 'Missing volume name');
    const files = new FileSystem();
    files.write(diskPath, bytes, { mode: 0o600 });
    const doing = 'Failed creating custom volume from ISO';
    const problem = bytes.length === 0 ? 'Failed creating volume: Size cannot be zero' : undefined;
    return { name, volume: isNew('iso', files, bytes.length), snapshots: [], problem, doing };
  }
  if (type === 'tar' && product.extensions.includes('import_custom_volume_tar')) {
    if (!name) throw new Refusal(400, 'Missing volume name');
    const { files, problem } = unpackFiles(bytes);
    const doing = 'Failed creating custom volume from tarball';
    return { name, volume: isNew('filesystem', files), snapshots: [], problem, doing };
  }
  const backup = unpackVolume(bytes, quirks[product.name].lacking);
  return { ...backup, name: name || backup.name, doing: 'Create custom volume from backup' };
}
