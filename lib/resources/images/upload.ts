import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { IntegrityError, InvalidInputError } from '../../errors/index.js';
import { describe } from '../../orm/index.js';
import { writeForm } from '../../rest/multipart.js';
import type { Meter } from '../transfer/meter.js';
import { readableFile } from '../transfer/readable-file.js';
import { slices } from '../transfer/slices.js';
import type { ImageOrigin, ImageUpload } from './source.js';

/** Of the pieces that files and buffers are sent in, in bytes. */
const pieceSize = 1 << 20;

/** Of what is hashed without a look at the connection, in bytes: 70 µs of work. */
const sliceSize = 1 << 17;

type UploadOrigin = Extract<ImageOrigin, { kind: 'upload' }>;

/** An image, or a half of one, before a byte of it is read. */
interface Half {
  read: () => AsyncIterable<Uint8Array>;
  /** Bytes, where they are known. */
  length: number | undefined;
  filename: string | undefined;
  /** Frees what it is read from, wherever that is. */
  close?: () => void;
}

/** An image's bytes on their way to a server, hashed as they go. */
export class Upload {
  readonly filename: string | undefined;
  /** Bytes of the image, where they are known. */
  readonly size: number | undefined;
  readonly #halves: readonly [rootfs: Half] | readonly [metadata: Half, rootfs: Half];
  readonly #type: UploadOrigin['type'];
  readonly #hash = createHash('sha256');
  #digest: string | undefined;

  private constructor(
    halves: readonly [rootfs: Half] | readonly [metadata: Half, rootfs: Half],
    type: UploadOrigin['type'],
    filename: string | undefined,
  ) {
    this.#halves = halves;
    this.#type = type;
    this.filename = filename ?? halves.at(-1)?.filename;
    const lengths = halves.map(({ length }) => length);
    this.size = lengths.includes(undefined) ? undefined : lengths.reduce<number>((a, b) => a + (b ?? 0), 0);
  }

  /** Looks at what is to be uploaded. @throws InvalidInputError for a file that is not there, or empty */
  static async prepare(
    { parts, type }: UploadOrigin,
    { filename, length }: { filename?: string | undefined; length?: number | undefined },
  ): Promise<Upload> {
    if (parts.metadata === undefined) return new Upload([await halfOf(parts.rootfs, length)], type, filename);
    if (length !== undefined)
      throw new InvalidInputError('images.create(): length is for an image in one piece, and this has two');
    return new Upload([await halfOf(parts.metadata), await halfOf(parts.rootfs)], type, filename);
  }

  /** SHA-256 of what was read so far; to be asked at the end. */
  get sha256(): string {
    return (this.#digest ??= this.#hash.digest('hex'));
  }

  /** The body of the request, read once. One whose hash is not the expected one breaks off before its end. */
  start(
    meter: Meter,
    expected?: string,
  ): { contentType: string; length: number | undefined; body: AsyncIterable<Uint8Array> } {
    const [first, second] = this.#halves;
    if (!second) {
      const body = this.#pieces(first, meter, expected);
      return { contentType: 'application/octet-stream', length: first.length, body };
    }
    // In this order, which the servers demand.
    return writeForm([
      {
        name: 'metadata',
        filename: first.filename ?? 'metadata',
        length: first.length,
        body: this.#pieces(first, meter),
      },
      {
        name: this.#type === 'virtual-machine' ? 'rootfs.img' : 'rootfs',
        filename: this.filename ?? 'rootfs',
        length: second.length,
        body: this.#pieces(second, meter, expected),
      },
    ]);
  }

  /** Each piece is read and hashed while the one before is on its way. */
  async *#pieces({ read, length, close }: Half, meter: Meter, expected?: string): AsyncGenerator<Uint8Array> {
    const iterator = read()[Symbol.asyncIterator]();
    let bytes = 0;
    const pull = async (): Promise<Uint8Array | undefined> => {
      const next = await iterator.next();
      if (next.done) {
        if (length !== undefined && bytes !== length) throw wrongLength(bytes, length);
        if (length === undefined) this.#assert(expected);
        return undefined;
      }
      const piece = next.value;
      if (!((piece as unknown) instanceof Uint8Array))
        throw new InvalidInputError(`images.create(): the stream must be of bytes, not ${describe(piece)}`);
      bytes += piece.length;
      if (length !== undefined && bytes > length) throw wrongLength(bytes, length);
      await this.#take(piece);
      meter.add(piece.length);
      // The server takes an image of known length for complete when it has its last piece: it must not get it.
      if (bytes === length) this.#assert(expected);
      return piece;
    };
    let coming = pull();
    try {
      for (let piece = await coming; piece; piece = await coming) {
        coming = pull();
        coming.catch(() => undefined); // it is awaited later, or never
        yield piece;
      }
      meter.end(); // of unknown length, this is how it is known
    } finally {
      close?.();
      Promise.resolve(iterator.return?.()).catch(() => undefined);
    }
  }

  /** Hashes it in slices, since to hash all at once would keep the piece before waiting for the connection. */
  async #take(piece: Uint8Array): Promise<void> {
    for (let start = 0; start < piece.length; start += sliceSize) {
      if (start > 0) await setImmediate();
      this.#hash.update(piece.subarray(start, start + sliceSize));
    }
  }

  #assert(expected: string | undefined): void {
    if (expected === undefined || this.sha256 === expected) return;
    const message = `images.create(): the image's SHA-256 is ${this.sha256}, and not ${expected}: nothing was stored`;
    throw new IntegrityError(message, expected, this.sha256);
  }
}

function wrongLength(bytes: number, length: number): InvalidInputError {
  const got = bytes > length ? `more than ${length}` : `${bytes} of ${length}`;
  return new InvalidInputError(`images.create(): the stream or file had ${got} bytes: nothing was stored`);
}

/** Frees what was given but is not read any more. */
export function discardUpload({ parts }: UploadOrigin): void {
  for (const part of Object.values(parts)) if (part instanceof Readable) part.destroy();
}

async function halfOf(source: ImageUpload, length?: number): Promise<Half> {
  if (length !== undefined && !(Number.isSafeInteger(length) && length > 0))
    throw new InvalidInputError(`images.create(): length must be bytes from 1 on, not ${describe(length)}`);
  if (typeof source === 'string') return fileHalf(source);
  if (source instanceof Uint8Array) {
    if (source.length === 0) throw new InvalidInputError('images.create(): there are no bytes to upload');
    return {
      read: () => Readable.from(slices(source, pieceSize)),
      length: source.length,
      filename: undefined,
    };
  }
  const half = { read: () => source, length, filename: undefined };
  if (!(source instanceof Readable)) return half;
  if (!source.readable)
    throw new InvalidInputError('images.create(): the stream was read or destroyed before; pass a new one');
  return { ...half, close: () => source.destroy() };
}

async function fileHalf(path: string): Promise<Half> {
  const length = await readableFile(path, 'an upload');
  if (length === 0) throw new InvalidInputError(`${path} is empty, so it is no image`);
  return { read: () => filePieces(path), length, filename: basename(path) };
}

/** Two pieces of memory in turn: one is filled while the other is on its way. */
async function* filePieces(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path);
  try {
    const memory = [Buffer.allocUnsafeSlow(pieceSize), Buffer.allocUnsafeSlow(pieceSize)];
    for (let turn = 0; ; turn = 1 - turn) {
      const { bytesRead, buffer } = await file.read(memory[turn]!, 0, pieceSize, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
