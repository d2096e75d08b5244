import { FileSystem, type FileTree } from '../../../files/file-system.js';
import { deviceMap, dict } from '../../../state/maps.js';
import { unpacked } from './files.js';
import type { Configured, ImageData, SnapshotRecord } from '../records.js';

/** What an instance and its snapshots have, as JSON. */
export type Saved = Omit<Configured, 'files' | 'imageData'> & {
  files?: FileTree | undefined;
  image?: SavedImage | undefined;
};

/** The same of a snapshot. */
export type SavedSnapshot = Saved & { name: string; expiresAt: string };

interface SavedImage extends Pick<ImageData, 'metadata'> {
  templates: [name: string, file: { data: string; modified: number }][];
}

export function saved(from: Configured): Saved {
  const { architecture, config, devices, ephemeral, profiles, description, createdAt, stateful } = from;
  const plain = { architecture, config, devices, ephemeral, profiles, description, createdAt, stateful };
  const files = from.files ?? unpacked(from);
  return { ...plain, files: files?.toTree(), image: from.imageData && savedImage(from.imageData) };
}

export function savedSnapshot(from: SnapshotRecord): SavedSnapshot {
  return { ...saved(from), name: from.name, expiresAt: from.expiresAt };
}

export function restored({ files, image, ...from }: Saved): Configured {
  return {
    ...from,
    config: dict<string>(from.config),
    devices: deviceMap(from.devices),
    files: files && FileSystem.fromTree(files),
    imageData: image && restoredImage(image),
  };
}

export function restoredSnapshot(from: SavedSnapshot): SnapshotRecord {
  return { ...restored(from), name: from.name, expiresAt: from.expiresAt };
}

function savedImage({ metadata, templates }: ImageData): SavedImage {
  const files = [...templates].map(([name, { data, modified }]): SavedImage['templates'][number] => [
    name,
    { data: data.toString('base64'), modified },
  ]);
  return { metadata, templates: files };
}

function restoredImage({ metadata, templates }: SavedImage): ImageData {
  const files = templates.map(
    ([name, { data, modified }]) => [name, { data: Buffer.from(data, 'base64'), modified }] as const,
  );
  return { metadata, templates: new Map(files) };
}
