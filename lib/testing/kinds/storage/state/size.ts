import type { StringMap } from '../../../state/maps.js';

/** What the disks of volumes are made of, in bytes. */
const block = 8192;

/** The config of a disk that comes from another pool or server: its size is written in bytes of whole blocks. */
export function inBlocks(config: StringMap, content: string): StringMap {
  const [, digits, prefix = '', binary] =
    /^(\d+)(?: bytes|([kKMGTPE]?)(i?)B)?$/.exec(config.size ?? '') ?? [];
  if (digits === undefined || content === 'filesystem') return config;
  const bytes = Number(digits) * (binary ? 1024 : 1000) ** ' KMGTPE'.indexOf(prefix.toUpperCase() || ' ');
  return { ...config, size: String(Math.ceil(bytes / block) * block) };
}
