import { open, type FileHandle } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { LocalFileError } from '../../errors/index.js';

/** Of one write to the file, in bytes. */
const pieceSize = 1 << 20;

/**
 * Writes a file from two pieces of memory in turn: one is filled while the other is written. What comes from a server
 * comes in small pieces, of which a write for each, and keeping them until then, cost more than copying them together.
 */
export class FileWriter extends Writable {
  #file: FileHandle | undefined;
  #filling = Buffer.allocUnsafeSlow(pieceSize);
  #filled = 0;
  #spare = Buffer.allocUnsafeSlow(pieceSize);
  #writing: Promise<void> | undefined;

  readonly #path: string;
  readonly #name: string;

  /** `name` is what errors call the file. */
  constructor(path: string, name = path) {
    super({ highWaterMark: 1 << 16 });
    this.#path = path;
    this.#name = name;
  }

  override _construct(done: (error?: Error) => void): void {
    open(this.#path, 'w').then((file) => {
      this.#file = file;
      done();
    }, this.#failing(done));
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    if (this.#filled + chunk.length >= pieceSize) {
      this.#take(chunk).then(() => done(), this.#failing(done));
      return;
    }
    this.#filled += chunk.copy(this.#filling, this.#filled);
    done();
  }

  override _final(done: (error?: Error) => void): void {
    this.#flush()
      .then(() => this.#writing)
      .then(() => done(), this.#failing(done));
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const close = async () => {
      await this.#writing?.catch(() => undefined);
      await this.#file?.close();
    };
    close().then(
      () => done(error),
      (closing: unknown) => done(error ?? new LocalFileError(this.#name, closing)),
    );
  }

  #failing(done: (error: Error) => void): (error: unknown) => void {
    return (error) => done(new LocalFileError(this.#name, error));
  }

  async #take(chunk: Buffer): Promise<void> {
    for (let start = 0; start < chunk.length;) {
      const copied = chunk.copy(this.#filling, this.#filled, start);
      start += copied;
      this.#filled += copied;
      if (this.#filled === pieceSize) await this.#flush();
    }
  }

  /** Resolves when the write is under way: the other piece can be filled then. */
  async #flush(): Promise<void> {
    await this.#writing;
    const piece = this.#filling.subarray(0, this.#filled);
    [this.#filling, this.#spare] = [this.#spare, this.#filling];
    this.#filled = 0;
    this.#writing = this.#put(piece);
    this.#writing.catch(() => undefined); // it is awaited later
  }

  async #put(piece: Buffer): Promise<void> {
    for (let start = 0; start < piece.length;) {
      const { bytesWritten } = (await this.#file?.write(piece, start)) ?? { bytesWritten: piece.length };
      start += bytesWritten;
    }
  }
}
