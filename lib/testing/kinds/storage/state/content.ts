import { FileSystem } from '../../../files/file-system.js';
import { dict } from '../../../state/maps.js';
import type { Volume } from '../shelves.js';

/** Where the one file of a volume is that is no file system, as the servers show it. */
export const diskPath = '/root.img';

/** What is in a custom volume, or was when its snapshot was taken; made when it is first looked at. */
export function contentOf(volume: Volume): FileSystem {
  volume.files ??= emptyContent(volume.content_type);
  return volume.files;
}

/** A copy of a volume, or a snapshot of one, that shares nothing that changes. */
export function copyOf<V extends Volume>(volume: V): V {
  return { ...volume, config: dict(volume.config), files: volume.files?.copy() };
}

/** Puts what a snapshot holds back into its volume. */
export function restoreContent(volume: Volume, snapshot: Volume): void {
  volume.files = snapshot.files?.copy();
}

function emptyContent(type: string): FileSystem {
  const files = new FileSystem();
  if (type !== 'filesystem') files.write(diskPath, Buffer.alloc(0), { mode: 0o600 });
  return files;
}
