import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { InvalidInputError } from '../../errors/index.js';
import { start, type Ended, type Finish, type StartOptions } from '../../operations/index.js';
import { describe } from '../../orm/index.js';
import type { Session } from '../../rest/session.js';
import { countdown } from './countdown.js';
import { Meter } from './meter.js';
import { readableFile } from './readable-file.js';

/** The file of a backup: its path, its bytes, or a stream of them. */
export type BackupFile = string | Uint8Array | Readable | AsyncIterable<Uint8Array>;

/** Where a file goes, and what is said of it. */
export interface UploadRequest {
  path: string;
  headers: Record<string, string>;
}

/** How a file is sent, in pieces of so many bytes. */
const pieceSize = 1 << 20;

/**
 * Sends a file from which the server makes something (POST), and waits for that unless told otherwise. How much is sent is
 * reported as stage `upload`. A stream is destroyed in every case, also where `asked`, which says where it goes, rejects.
 * @throws InvalidInputError for a file that cannot be read, before anything is sent
 */
export async function upload<T, W extends boolean>(
  session: Session,
  file: BackupFile,
  asked: () => UploadRequest | Promise<UploadRequest>,
  options: StartOptions<W>,
  finish: Finish<T>,
): Promise<Ended<T, W>> {
  const left = countdown(options.timeout); // refuses what is no time before there is a file to close
  const { body, length } = await openFile(file);
  try {
    const { path, headers } = await asked();
    const meter = new Meter('upload', length, options.onProgress);
    const { wait = session.autoWait, signal, ...waiting } = options;
    const request = {
      method: 'POST',
      path,
      body,
      headers: { ...headers, ...(length === undefined ? {} : { 'content-length': String(length) }) },
      onUpload: meter.reach,
      patient: true, // the server unpacks some of the upload before it answers
      signal,
      timeout: left(),
    };
    const operation = await start(session, request, finish, { waited: wait });
    meter.reach(length ?? meter.bytes); // of what went at once, no progress is told
    meter.end();
    const ended = wait ? await operation.wait({ signal, ...waiting, timeout: left() }) : operation;
    return ended as Ended<T, W>;
  } finally {
    if (body instanceof Readable) body.destroy(); // a request that never began has not read it
  }
}

/** Opens what is to be sent; a file that is not there is said before anything is. */
async function openFile(file: BackupFile): Promise<{ body: Uint8Array | Readable; length?: number }> {
  if (file instanceof Uint8Array) return { body: file, length: file.byteLength };
  if (file instanceof Readable) return { body: heldBack(file) };
  if (typeof file === 'object' && (file as unknown) !== null && Symbol.asyncIterator in file)
    return { body: heldBack(Readable.from(file)) };
  if (typeof file !== 'string' || file === '')
    throw new InvalidInputError(`import() takes a path, bytes or a stream, not ${describe(file)}`);
  const length = await readableFile(file, 'an import');
  return { body: heldBack(createReadStream(file, { highWaterMark: pieceSize })), length };
}

/** It may fail while the server is asked what it can do, which must not end the process: who sends it finds out. */
function heldBack(stream: Readable): Readable {
  return stream.on('error', () => undefined);
}
