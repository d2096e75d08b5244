import { constants, gunzipSync, gzipSync } from 'node:zlib';
import { FileSystem } from '../../../files/file-system.js';
import { readTar, writeTar, type TarEntry } from '../../../archive/tar.js';
import { dict } from '../../../state/maps.js';
import { Refusal } from '../../../state/refusal.js';
import { never } from '../../../state/time.js';
import type { Volume, VolumeSnapshot } from '../shelves.js';
import { contentOf, diskPath } from './content.js';

/** What the archive of a backup says of itself, in YAML: JSON is some. */
interface Index {
  name: string;
  config?: { volume?: Partial<Volume>; volume_snapshots?: Partial<VolumeSnapshot>[] };
}

/** What is written of a volume besides. */
export interface Packed {
  pool: string;
  driver: string;
  project: string;
  volume: Volume;
  snapshots: readonly VolumeSnapshot[];
}

const indexPath = 'backup/index.yaml';

/** The file of a backup: a tar archive that real servers take as well. */
export function packVolume({ pool, driver, project, volume, snapshots }: Packed, compress: boolean): Buffer {
  const { name, description, config, content_type, created_at } = volume;
  const described = { config, description, name, content_type, created_at };
  const index = {
    ...{ name, backend: driver, pool, snapshots: snapshots.map((one) => one.name) },
    ...{ optimized: false, optimized_header: false, type: 'custom' },
    config: {
      volume: { ...described, type: 'custom', used_by: [], location: 'none', project },
      volume_snapshots: snapshots.map(({ files: _, ...snapshot }) => snapshot),
    },
  };
  const file = (data: Buffer) => ({ type: 'file', mode: 0o644, uid: 0, gid: 0, modified: 0, data }) as const;
  const tar = writeTar([
    { path: indexPath, node: file(Buffer.from(`${JSON.stringify(index, null, 2)}\n`)) },
    ...snapshots.flatMap((one) => contentAt(`backup/volume-snapshots/${one.name}`, one)),
    ...contentAt('backup/volume', volume),
  ]);
  return compress ? gzipSync(tar) : tar;
}

/** What the file of a backup holds. @throws Refusal for what is none */
export function unpackVolume(
  bytes: Buffer,
  lacking: string,
): { name: string; volume: Volume; snapshots: VolumeSnapshot[]; problem: string | undefined } {
  const { entries, problem } = readArchive(bytes);
  const index = indexOf(
    entries.find(({ path }) => path === indexPath),
    lacking,
  );
  const { volume = {}, volume_snapshots: snapshots = [] } = index.config ?? {};
  const name = volume.name ?? index.name;
  return {
    ...{ name, problem },
    volume: { ...blank(volume), name, files: contentIn('backup/volume', volume, entries) },
    snapshots: snapshots.map((one) => ({
      ...blank({ content_type: volume.content_type ?? '', ...one }),
      expires_at: one.expires_at ?? never,
      files: contentIn(`backup/volume-snapshots/${one.name ?? ''}`, volume, entries),
    })),
  };
}

/** An archive of files, as a file system. @throws Refusal for what is none */
export function unpackFiles(bytes: Buffer): { files: FileSystem; problem: string | undefined } {
  const { entries, problem } = readArchive(bytes);
  const files = new FileSystem();
  for (const { path, node } of entries) files.put(path, node);
  return { files, problem };
}

/** What there is of an archive, and what the operation says of one that breaks off. */
function readArchive(bytes: Buffer): { entries: TarEntry[]; problem: string | undefined } {
  if (bytes.length === 0) throw new Refusal(500, 'EOF');
  const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipped(bytes) : bytes;
  if (plain.toString('latin1', 257, 262) !== 'ustar') throw new Refusal(500, 'Unsupported compression');
  const entries: TarEntry[] = [];
  try {
    for (const entry of readTar(plain)) entries.push(entry);
    return { entries, problem: undefined };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { entries, problem: error.message };
  }
}

/** As much as there is: the archive says whether that is all. */
const gunzipped = (bytes: Buffer): Buffer => {
  try {
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return Buffer.alloc(0);
  }
};

function indexOf(entry: TarEntry | undefined, lacking: string): Index {
  if (entry?.node.type !== 'file') throw new Refusal(400, lacking);
  try {
    return JSON.parse(entry.node.data.toString()) as Index;
  } catch {
    throw new Refusal(501, 'tslxd/testing reads the backups of fakes only');
  }
}

function blank({ name = '', description = '', config, content_type, created_at }: Partial<Volume>): Volume {
  return {
    ...{ name, description, config: dict<string>(config) },
    content_type: content_type || 'filesystem',
    created_at: created_at || never,
  };
}

/** What is in a volume, where the servers put it in an archive. */
function contentAt(path: string, volume: Volume): TarEntry[] {
  const files = contentOf(volume);
  if (volume.content_type !== 'filesystem') return [{ path: `${path}.img`, node: files.lstat(diskPath) }];
  return [...files.all()].map(([at, node]) => ({ path: at === '/' ? path : path + at, node }));
}

function contentIn(path: string, { content_type: type }: Partial<Volume>, entries: TarEntry[]): FileSystem {
  const files = new FileSystem();
  const disk = type !== undefined && type !== 'filesystem' ? diskPath : undefined;
  for (const entry of entries) {
    if (disk) {
      if (entry.path === `${path}.img`) files.put(disk, entry.node);
    } else if (entry.path === path || entry.path.startsWith(`${path}/`)) {
      files.put(entry.path.slice(path.length) || '/', entry.node);
    }
  }
  return files;
}
