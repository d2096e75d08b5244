import { createHash } from 'node:crypto';
import type { InstanceType } from '../instances/records.js';
import { readParts } from '../../http/form.js';

/** An upload: its bytes as they came, hashed on their way in and never copied. */
export interface Upload {
  data: Uint8Array[];
  /** Of an image in two files, the first. */
  metadata?: Uint8Array[] | undefined;
  /** Of an image in two files. */
  type?: InstanceType;
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
  return { data, ...read.result };
}

/** An image in two: what it is, and its root file system, in this order. */
export async function receiveForm(contentType: string, body: AsyncIterable<Uint8Array>): Promise<Upload> {
  const read = new Reading();
  const upload: Omit<Upload, 'fingerprint' | 'size'> = { data: [] };
  const { parts, isWhole, problem } = await readParts(contentType, body);
  if (problem !== undefined) upload.problem = problem;
  for (const part of parts) {
    for (const bytes of part.data) read.note(bytes);
    if (!upload.metadata && part.name === 'metadata') upload.metadata = part.data;
    else if (upload.metadata && /^rootfs(?:\.img)?$/.test(part.name)) {
      upload.data = part.data;
      upload.filename = part.filename;
      upload.type = part.name === 'rootfs.img' ? 'virtual-machine' : 'container';
    } else upload.problem ??= 'Invalid multipart image';
  }
  if (!isWhole || upload.filename === undefined) upload.problem ??= 'EOF';
  return { ...upload, ...read.result };
}

class Reading {
  readonly #hash = createHash('sha256');
  #size = 0;

  async all(bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of bytes) {
      this.note(chunk);
      chunks.push(chunk);
    }
    return chunks;
  }

  note(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#size += bytes.length;
  }

  get result(): { fingerprint: string; size: number } {
    return { fingerprint: this.#hash.digest('hex'), size: this.#size };
  }
}
