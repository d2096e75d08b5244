import { createHash, randomBytes } from 'node:crypto';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { basename, dirname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  AbortedError,
  IntegrityError,
  InvalidInputError,
  isLxdError,
  LocalFileError,
  ProtocolError,
} from '../../errors/index.js';
import type { Progress } from '../../operations/index.js';
import { describe } from '../../orm/index.js';
import { FileWriter } from './file-writer.js';
import { Meter } from './meter.js';

export interface DownloadOptions {
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
  /** What the progress is called; `download` by default. */
  stage?: string | undefined;
}

/** What is to be downloaded. */
export interface DownloadSource {
  body: Readable;
  /** Bytes that must come, where that is known. */
  length?: number | undefined;
  /** What they must hash to, 64 hexadecimal digits, where that is known. */
  sha256?: string | undefined;
}

export interface Downloaded {
  /** The file's absolute path. */
  path: string;
  bytes: number;
  /** Only where it was to be checked. */
  sha256: string | undefined;
}

/**
 * A file that is there as a whole at the end, or not at all: written under another name beside its own, and renamed by
 * `commit()`, which replaces a file of that name. `discard()` leaves nothing; it is harmless after `commit()`.
 */
export class FileInTheMaking {
  readonly #temporary: string;
  #committed = false;

  private constructor(
    /** Absolute, as it will be. */
    readonly path: string,
    temporary: string,
  ) {
    this.#temporary = temporary;
  }

  /** Makes sure that the file can be written, before anything is asked of a server. @throws InvalidInputError */
  static async begin(path: string): Promise<FileInTheMaking> {
    if (typeof path !== 'string' || path === '')
      throw new InvalidInputError(`The path of the file to write must be a text, not ${describe(path)}`);
    const found = await stat(path).catch(() => undefined);
    if (found && !found.isFile()) throw new InvalidInputError(`${path} is there already, and is no file`);
    try {
      const full = found ? await realpath(path) : resolve(path); // a link stays one
      const temporary = join(dirname(full), `.${basename(full)}.${randomBytes(6).toString('hex')}.part`);
      await (await open(temporary, 'wx')).close();
      return new FileInTheMaking(full, temporary);
    } catch (error) {
      throw new InvalidInputError(`${path} cannot be written: ${(error as Error).message}`, error);
    }
  }

  /** Writes all that comes, once. @throws IntegrityError, ProtocolError if it is not what was to come; LocalFileError; AbortedError; ConnectionError */
  async write(
    { body, length, sha256 }: DownloadSource,
    { signal, onProgress, stage = 'download' }: DownloadOptions = {},
  ): Promise<Downloaded> {
    const meter = new Meter(stage, length, onProgress);
    const hash = sha256 === undefined ? undefined : createHash('sha256');
    body.on('data', (chunk: Buffer) => {
      meter.add(chunk.length);
      hash?.update(chunk);
    });
    try {
      await pipeline(body, new FileWriter(this.#temporary, this.path), signal ? { signal } : {});
    } catch (error) {
      if (isLxdError(error)) throw error;
      if (signal?.aborted)
        throw new AbortedError(`The download to ${this.path} was aborted`, { cause: signal.reason });
      throw new ProtocolError(`${this.path}: what was to come broke off: ${(error as Error).message}`, {
        cause: error,
      });
    }
    if (length !== undefined && meter.bytes !== length) {
      throw new ProtocolError(`${this.path}: got ${String(meter.bytes)} of ${String(length)} bytes`);
    }
    const got = hash?.digest('hex');
    if (got !== sha256?.toLowerCase()) {
      const message = `${this.path}: what came has the SHA-256 ${String(got)}, and not ${String(sha256)}`;
      throw new IntegrityError(message, String(sha256), String(got));
    }
    meter.end();
    return { path: this.path, bytes: meter.bytes, sha256: got };
  }

  /** @throws LocalFileError */
  async commit(): Promise<void> {
    try {
      await rename(this.#temporary, this.path);
    } catch (error) {
      throw new LocalFileError(this.path, error);
    }
    this.#committed = true;
  }

  async discard(): Promise<void> {
    // What made it useless is the error to tell, not that it cannot be taken away.
    if (!this.#committed) await rm(this.#temporary, { force: true }).catch(() => undefined);
  }
}

/**
 * Downloads to a file: whole, checked and under its name, or nothing is left. `source` is asked when the file is known to
 * be writable. @throws InvalidInputError if it is not; ProtocolError if what comes is too short or has the wrong hash;
 * LocalFileError, e.g. for a disk that is full
 */
export async function download(
  path: string,
  source: () => Promise<DownloadSource>,
  options: DownloadOptions = {},
): Promise<Downloaded> {
  const file = await FileInTheMaking.begin(path);
  try {
    const downloaded = await file.write(await source(), options);
    await file.commit();
    return downloaded;
  } finally {
    await file.discard();
  }
}

/** How many bytes an answer brings, where its headers say. */
export function lengthOf(headers: IncomingHttpHeaders): number | undefined {
  const length = headers['content-length'];
  return length === undefined ? undefined : Number(length);
}
