import type { FileSystem } from '../../files/file-system.js';
import type { Call } from '../../http/call.js';
import type { Route } from '../../http/router.js';
import { fileRoutes, type FileHost } from '../files.js';
import type { ProjectRecord } from '../projects/project.js';
import { Refusal } from '../../state/refusal.js';
import type { State } from '../../state/state.js';
import { poolsOf, snapshotsOf, volumesOf } from './shelves.js';
import { contentOf } from './state/content.js';

/** The files of a custom volume, or of `volume/snapshot`. @throws Refusal also where the server has no such files */
export function volumeFiles(
  state: State,
  project: ProjectRecord,
  pool: string,
  name: string,
  extension: 'file_storage_volume' | 'custom_volume_sftp',
): FileSystem {
  if (!state.product.extensions.includes(extension)) throw new Refusal(404, 'not found');
  if (!poolsOf(state).has(pool)) throw new Refusal(404, 'Storage pool not found');
  const [volume = '', snapshot] = name.split('/');
  const found =
    snapshot === undefined
      ? volumesOf(project, pool).get(volume)
      : snapshotsOf(project, pool, 'custom', volume).get(snapshot);
  if (!found) throw new Refusal(404, 'Storage pool volume not found');
  return contentOf(found);
}

const path = '/1.0/storage-pools/{poolName}/volumes/{type}/{volumeName}';

function find(call: Call): FileHost {
  const [pool, type, name] = [call.param('poolName'), call.param('type'), call.param('volumeName')];
  if (type !== 'custom') throw new Refusal(400, `Invalid storage volume type "${type}"`);
  const project = call.project().having('storage.volumes');
  const extension = call.target.path.endsWith('/sftp') ? 'custom_volume_sftp' : 'file_storage_volume';
  return {
    files: volumeFiles(call.state, project, pool, name, extension),
    kind: 'storage-volume',
    project: project.name,
    path: ['storage-pools', pool, 'volumes', type, name],
  };
}

/** The files of custom volumes, which newer servers have. */
export const volumeFileRoutes: Route[] = fileRoutes(path, find, find);
