import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { IntegrityError, InvalidInputError } from '../../errors/index.js';
import { describe } from '../../orm/index.js';
import { writeForm } from '../../rest/multipart.js';
import type { Meter } from '../meter.js';
import type { ImageOrigin, ImageUpload } from './source.js';

/** Of the pieces that files and buffers are sent in, in bytes. */
const pieceSize = 1 << 20;

/** What is sent of an image. */
export interface PreparedUpload {
  contentType: string;
  /** Bytes of the body, where they are known. */
  length: number | undefined;
  /** Bytes of the image, where they are known. */
  size: number | undefined;
  /** The name of the file, where there is one. */
  filename: string | undefined;
  /** To be read once; `sha256()` is that of what was read. */
  body(checks: UploadChecks): Readable;
  sha256(): string;
}

interface UploadChecks {
  meter: Meter;
  /** What the bytes must hash to. */
  expected?: string | undefined;
}

/** A half of an image, or all of it. */
interface Opened {
  bytes: () => AsyncIterable<Uint8Array>;
  length: number | undefined;
  filename: string | undefined;
}

/** Looks at what is to be uploaded. @throws InvalidInputError for a file that is not there, or empty */
export async function prepareUpload(
  { parts, type }: Extract<ImageOrigin, { kind: 'upload' }>,
  given: { filename?: string | undefined; length?: number | undefined },
): Promise<PreparedUpload> {
  const rootfs = await open(parts.rootfs, parts.metadata === undefined ? given.length : undefined);
  const filename = given.filename ?? rootfs.filename;
  const hash = createHash('sha256');
  const sha256 = lazily(() => hash.digest('hex'));
  if (parts.metadata === undefined) {
    const { length } = rootfs;
    return {
      contentType: 'application/octet-stream',
      length,
      size: length,
      filename,
      body: (checks) => Readable.from(checked([rootfs], hash, sha256, checks)[0]),
      sha256,
    };
  }
  if (given.length !== undefined)
    throw new InvalidInputError('images.create(): length is of an image in one file, and this has two');
  const metadata = await open(parts.metadata);
  const form = ([first, second]: AsyncIterable<Uint8Array>[]) =>
    writeForm([
      { ...metadata, name: 'metadata', filename: metadata.filename ?? 'metadata', body: first ?? none() },
      {
        ...rootfs,
        name: type === 'virtual-machine' ? 'rootfs.img' : 'rootfs',
        filename: filename ?? 'rootfs',
        body: second ?? none(),
      },
    ]);
  let fill: AsyncIterable<Uint8Array>[] = [];
  const later = (index: number): AsyncIterable<Uint8Array> => ({
    [Symbol.asyncIterator]: () => (fill[index] ?? none())[Symbol.asyncIterator](),
  });
  const { contentType, length, body } = form([later(0), later(1)]);
  const known = metadata.length !== undefined && rootfs.length !== undefined;
  return {
    contentType,
    length,
    size: known ? metadata.length + rootfs.length : undefined,
    filename,
    body: (checks) => {
      fill = checked([metadata, rootfs], hash, sha256, checks);
      return Readable.from(body);
    },
    sha256,
  };
}
