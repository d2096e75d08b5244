import * as zlib from 'node:zlib';

type Unpack = (bytes: Buffer) => Buffer;

/** A form of archives that the servers know. */
export interface ArchiveForm {
  /** How the names of its files end. */
  extension: string;
  /** Where, and what, its bytes are by which it is known. */
  at: number;
  magic: string;
  /** Gives as much as there is: the archive in it says whether that is all. Undefined for what Node cannot unpack. */
  unpack?: Unpack | undefined;
}

type Unzip = (bytes: Buffer, options: { finishFlush: number }) => Buffer;

const unpacking =
  (unzip: Unzip, finishFlush: number): Unpack =>
  (bytes) => {
    try {
      return unzip(bytes, { finishFlush });
    } catch {
      return Buffer.alloc(0);
    }
  };

// Older Nodes do not have it.
const { zstdDecompressSync: unzstd } = zlib as { zstdDecompressSync?: Unzip };

const forms: readonly ArchiveForm[] = [
  { extension: '.tar.bz2', at: 0, magic: 'BZ' },
  {
    extension: '.tar.gz',
    at: 0,
    magic: '\x1f\x8b',
    unpack: unpacking(zlib.gunzipSync, zlib.constants.Z_SYNC_FLUSH),
  },
  { extension: '.tar.xz', at: 0, magic: '\xfd7zXZ' },
  { extension: '.tar.lzma', at: 1, magic: '7zXZ' },
  { extension: '.tar.lzma', at: 0, magic: '\x5d\0\0' },
  { extension: '.tar', at: 257, magic: 'ustar', unpack: (bytes) => bytes },
  { extension: '.squashfs', at: 0, magic: 'hsqs' },
  { extension: '.qcow2', at: 0, magic: 'QFI' },
  { extension: '.tar.zst', at: 0, magic: '\x28\xb5\x2f\xfd', unpack: unzstd && unpacking(unzstd, 0) },
];

/** The form of an archive, by its first bytes; `undefined` for what the servers do not know. */
export function formOf(start: Uint8Array): ArchiveForm | undefined {
  const text = Buffer.from(start.subarray(0, 512)).toString('latin1');
  return forms.find(({ at, magic }) => text.startsWith(magic, at));
}
