import { gzipSync } from 'node:zlib';
import { writeTar, type TarEntry } from '../../../archive/tar.js';
import { directory, type FileNode } from '../../../files/nodes.js';
import type { FileSystem } from '../../../files/file-system.js';
import type { ImageData, ImageMetadata, InstanceType } from '../../instances/records.js';

/** What an archive is made of. */
export interface Packed {
  type: InstanceType;
  metadata: ImageMetadata;
  templates?: ImageData['templates'];
  files?: FileSystem | undefined;
  /** When it was described, in milliseconds since 1970. */
  modified?: number;
}

const file = (data: Buffer, modified = 0): FileNode => ({
  ...{ type: 'file', mode: 0o644, uid: 0, gid: 0, modified, data },
});

/** An image in one archive, as real servers take it too; the same each time for the same content. */
export function packImage({ type, metadata, templates, files, modified }: Packed, compress = true): Buffer {
  // JSON is YAML.
  const about = file(Buffer.from(`${JSON.stringify(metadata)}\n`), modified);
  const tar = writeTar([
    { path: 'metadata.yaml', node: about },
    ...(type === 'container' ? rootOf(files) : [{ path: 'rootfs.img', node: file(Buffer.alloc(512)) }]),
    ...[...(templates ?? [])].map(([name, { data, modified }]): TarEntry => ({
      path: `templates/${name}`,
      node: file(data, modified),
    })),
  ]);
  return compress ? gzipSync(tar) : tar;
}

function rootOf(files: FileSystem | undefined): TarEntry[] {
  if (!files) return [{ path: 'rootfs/', node: directory() }];
  return [...files.all()].map(([path, node]) => ({
    path: `rootfs${node.type === 'directory' ? `${path}/`.replace('//', '/') : path}`,
    node,
  }));
}
