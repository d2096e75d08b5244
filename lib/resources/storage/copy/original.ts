import { NotFoundError, UnsupportedError } from '../../../errors/index.js';
import { emptyMap, isMap, type CallOptions, type JsonMap } from '../../../orm/index.js';
import { asObject } from '../../../rest/answers.js';
import { fillPath, type StorageVolumeConfig } from '../../../rest/endpoints/index.js';
import type { Session } from '../../../rest/session.js';

/** A custom volume where it is. */
export interface VolumeAt {
  /** In its project. */
  session: Session;
  pool: string;
  name: string;
}

/** What is to be copied. */
export interface VolumeOriginal extends VolumeAt {
  snapshot?: string | undefined;
}

/** What is set on the copy; all else is the original's. */
export interface VolumeOverrides {
  /** Keys in place of the original's; an empty string removes one. */
  config?: StorageVolumeConfig | undefined;
  description?: string | undefined;
}

export function volumePath({ pool, name }: Pick<VolumeAt, 'pool' | 'name'>): string {
  const path = '/1.0/storage-pools/{poolName}/volumes/{type}/{volumeName}';
  return fillPath(path, { poolName: pool, type: 'custom', volumeName: name });
}

/** Where the volumes of a pool are made. */
export function volumesPath(pool: string): string {
  return fillPath('/1.0/storage-pools/{poolName}/volumes/{type}', { poolName: pool, type: 'custom' });
}

/**
 * The original as the server describes it now: what a model has may be old, or of a list. Of a snapshot, which does not
 * tell all of it, the volume with what was the snapshot's.
 */
export async function readVolume(original: VolumeOriginal, options: CallOptions): Promise<JsonMap> {
  const { session, snapshot } = original;
  const read = async (path: string) => {
    const request = { method: 'GET', path, ...options };
    return asObject<JsonMap>(await session.send(request), request);
  };
  const path = volumePath(original);
  const volume = await read(path);
  if (snapshot === undefined) return volume;
  const { config, description } = await read(`${path}/snapshots/${encodeURIComponent(snapshot)}`).catch(
    (error: unknown) => {
      if (!(error instanceof NotFoundError)) throw error;
      const { status, method, path } = error; // LXD says that the volume is not there
      const message = `The storage volume '${original.name}' has no snapshot '${snapshot}'`;
      throw new NotFoundError(message, { cause: error, status, method, path });
    },
  );
  return { ...volume, config, description };
}

/** What a copy says of itself, all of it: what is left out, the servers fill in here and blank there. */
export function copyBody(original: JsonMap, name: string, { config, description }: VolumeOverrides): JsonMap {
  return {
    name,
    type: 'custom',
    description: description ?? original.description ?? '',
    content_type: original.content_type ?? 'filesystem',
    config: copiedConfig(original, config),
  };
}

/** `volatile.idmap.*` says who the files are of on the disk, which is copied as it is; an id is of one volume. */
function copiedConfig({ config }: JsonMap, over: StorageVolumeConfig = {}): JsonMap {
  const copied = Object.assign(emptyMap(), isMap(config) ? config : {});
  for (const key of Object.keys(copied)) {
    if (key.startsWith('volatile.') && !key.startsWith('volatile.idmap.')) delete copied[key];
  }
  for (const [key, value] of Object.entries(over)) if (value !== undefined) copied[key] = value;
  return copied;
}

/** @throws UnsupportedError for a volume of an instance or image */
export function assertCustom(type: string, title: string, method: string): void {
  if (type === 'custom') return;
  const remedy = type === 'image' ? 'the image' : 'the instance';
  throw new UnsupportedError(
    `${method}: ${title} goes with what it is of: ${remedy} can be copied and moved`,
  );
}
