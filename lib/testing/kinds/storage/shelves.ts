import type { Feature, ProjectRecord } from '../projects/project.js';
import type { FileSystem } from '../../files/file-system.js';
import type { StringMap } from '../../state/maps.js';
import type { State } from '../../state/state.js';

/** The types of volumes; those that are not custom are of instances and images. */
export const volumeTypes = ['container', 'custom', 'image', 'virtual-machine'];

/** A storage pool as it is kept. */
export interface Pool {
  name: string;
  driver: string;
  description: string;
  config: StringMap;
}

/** A volume as it is kept. */
export interface Volume {
  name: string;
  description: string;
  config: StringMap;
  content_type: string;
  created_at: string;
  /** What is in it, where anything was: `contentOf()` gives it, and a copy of a volume needs one of its own. */
  files?: FileSystem | undefined;
}

/** A snapshot of a volume as it is kept. */
export interface VolumeSnapshot extends Volume {
  expires_at: string;
}

/** Volumes of instances and images are where these are. */
export const customOnly = ({ type }: Readonly<Record<string, string>>): Feature | undefined =>
  type === 'custom' ? 'storage.volumes' : undefined;

/** The pools of a server, by their names. */
export function poolsOf(state: State): Map<string, Pool> {
  return state.shelves.at(['storage-pools']);
}

/** The volumes of one type that a project has in a pool. */
export function volumesOf(project: ProjectRecord, pool: string, type = 'custom'): Map<string, Volume> {
  return project.shelves.at(['storage-pools', pool, 'volumes', type]);
}

/** The snapshots of one of them. */
export function snapshotsOf(
  project: ProjectRecord,
  pool: string,
  type: string,
  volume: string,
): Map<string, VolumeSnapshot> {
  return project.shelves.at(['storage-pools', pool, 'volumes', type, volume, 'snapshots']);
}

/** A bucket as it is kept. */
export interface Bucket {
  name: string;
  description: string;
  config: StringMap;
}

/** A key of a bucket as it is kept, by the server's names. */
export interface BucketKey {
  name: string;
  description: string;
  role: string;
  'access-key': string;
  'secret-key': string;
}

/** The buckets that a project has in a pool. */
export function bucketsOf(project: ProjectRecord, pool: string): Map<string, Bucket> {
  return project.shelves.at(['storage-pools', pool, 'buckets']);
}

/** The keys of one of them. */
export function bucketKeysOf(project: ProjectRecord, pool: string, bucket: string): Map<string, BucketKey> {
  return project.shelves.at(['storage-pools', pool, 'buckets', bucket, 'keys']);
}

/** What the pool's own config sets for its new volumes. */
export function defaultsIn(state: State, pool: string): StringMap {
  const config = Object.entries(poolsOf(state).get(pool)?.config ?? {});
  const defaults = config.flatMap(([key, value]) =>
    key.startsWith('volume.') ? [[key.slice(7), value]] : [],
  );
  return Object.fromEntries(defaults) as StringMap;
}

/** What the servers say of a volume, or `volume/snapshot`, that an operation does not find. */
export function lost(project: ProjectRecord, pool: string, type: string, name: string): string {
  return `Storage volume "${name}" in project "${project.name}" of type "${type}" does not exist on pool "${pool}": Storage volume not found`;
}
