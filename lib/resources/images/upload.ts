import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { InvalidInputError } from '../../errors/index.js';
import { describe } from '../../orm/index.js';

/** An image to upload: the path of a file, its bytes, or a stream of them. */
export type ImageUpload = string | Uint8Array | Readable | AsyncIterable<Uint8Array>;

export interface UploadBody {
  body: Uint8Array | Readable;
  /** Bytes, where they are known before. */
  length?: number;
  filename?: string;
}

/** Opens what is to be uploaded; a file that is not there is said before anything is sent. */
export async function openUpload(source: ImageUpload): Promise<UploadBody> {
  if (source instanceof Uint8Array) return { body: source, length: source.byteLength };
  if (typeof source === 'string') return openFile(source);
  if (source instanceof Readable) return { body: source };
  if (typeof source === 'object' && Symbol.asyncIterator in source) return { body: Readable.from(source) };
  throw new InvalidInputError(`images.create() takes a path, bytes or a stream, not ${describe(source)}`);
}

async function openFile(path: string): Promise<UploadBody> {
  try {
    const { size, isFile } = await stat(path).then((found) => ({ size: found.size, isFile: found.isFile() }));
    if (!isFile) throw new InvalidInputError(`${path} is not a file, so it cannot be uploaded as an image`);
    return { body: createReadStream(path), length: size, filename: basename(path) };
  } catch (error) {
    if (error instanceof InvalidInputError) throw error;
    throw new InvalidInputError(`${path} cannot be read for an upload: ${(error as Error).message}`, error);
  }
}
