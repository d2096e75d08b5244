import { gzipSync } from 'node:zlib';
import { tar, type TarEntry } from '../../examples/support/tar.js';

/** What a small image says of itself. */
export interface About {
  architecture?: unknown;
  creation_date?: unknown;
  expiry_date?: unknown;
  properties?: unknown;
  templates?: object;
}

/** A `metadata.yaml`; JSON is some. */
export const describing = (about: About = {}): TarEntry => ({
  path: 'metadata.yaml',
  content: JSON.stringify({ architecture: 'x86_64', creation_date: 1_700_000_000, ...about }),
});

/** An image of a few bytes, which no server could run; another note, another image. */
export function smallImage(note = '', about: About = {}): Buffer {
  return tar([describing(about), { path: 'rootfs/etc/note', content: note }]);
}

/** The same in two files. */
export function smallParts(note = '', about: About = {}): { metadata: Buffer; rootfs: Buffer } {
  return {
    metadata: gzipSync(tar([describing(about)])),
    rootfs: gzipSync(tar([{ path: 'etc/note', content: note }])),
  };
}
