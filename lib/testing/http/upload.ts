import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { readForm } from '../../rest/multipart.js';
import type { InstanceType } from '../state/records.js';

/** An upload: its bytes as they came, hashed on their way in and never copied. */
export interface Upload {
  data: Uint8Array[];
  /** Of an image in two files, the first. */
  metadata?: Uint8Array[] | undefined;
  type: InstanceType;
  filename?: string;
  fingerprint: string;
  size: number;
  /** What only the operation says. */
  problem?: string;
}

/** An image in one file. */
export async function receive(body: AsyncIterable<Uint8Array>): Promise<Upload> {
  const read = new Reading();
  const data = await read.all(body);
  return { data, type: 'container', ...read.result };
}

/** An image in two: what it is, and its root file system, in this order. */
export async function receiveForm(contentType: string, body: Readable): Promise<Upload> {
  const read = new Reading();
  const upload: Omit<Upload, 'fingerprint' | 'size'> = { data: [], type: 'container' };
  try {
    for await (const part of readForm(contentType, body)) {
      const bytes = await read.all(part.body as AsyncIterable<Uint8Array>);
      if (!upload.metadata && part.name === 'metadata') upload.metadata = bytes;
      else if (upload.metadata && /^rootfs(?:\.img)?$/.test(part.name)) {
        upload.data = bytes;
        upload.filename = part.filename;
        if (part.name === 'rootfs.img') upload.type = 'virtual-machine';
      } else upload.problem ??= 'Invalid multipart image';
    }
    if (upload.filename === undefined) upload.problem ??= 'EOF';
  } catch {
    upload.problem ??= 'EOF';
  }
  return { ...upload, ...read.result };
}

class Reading {
  readonly #hash = createHash('sha256');
  #size = 0;

  async all(bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of bytes) {
      this.#hash.update(chunk);
      this.#size += chunk.length;
      chunks.push(chunk);
    }
    return chunks;
  }

  get result(): { fingerprint: string; size: number } {
    return { fingerprint: this.#hash.digest('hex'), size: this.#size };
  }
}
