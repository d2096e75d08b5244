import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { IntegrityError, InvalidInputError, onAbort, ProtocolError } from '../../errors/index.js';
import type { Progress } from '../../operations/index.js';
import { describe } from '../../orm/index.js';
import type { InstanceType } from '../../rest/endpoints/index.js';
import { isForm, readForm, type FormPart } from '../../rest/multipart.js';
import type { Session } from '../../rest/session.js';
import { FileInTheMaking, lengthOf } from '../transfer/download.js';
import { Meter } from '../transfer/meter.js';

export interface ImageExportOptions {
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Of `createSecret()`, for an image that is not public, where the server does not trust us. */
  secret?: string | undefined;
}

/** A file of an image as it streams in. */
export interface ImagePart {
  /** `image` where it is in one file; else `metadata`, and then `rootfs` or, of a virtual machine, `rootfs.img`. */
  name: 'image' | 'metadata' | 'rootfs' | 'rootfs.img';
  /** The server's name for the file. */
  filename: string;
  body: Readable;
}

/** The files of an image in two, as `images.create()` takes them. */
export interface ImageFiles {
  metadata: string;
  rootfs: string;
  type: InstanceType;
}

/** An image to download. */
export interface ImageDownload {
  session: Session;
  /** Path of it. */
  path: string;
  /** Or the beginning of it. */
  fingerprint: string;
  /** Bytes, where they are known. */
  size: number | undefined;
}

/**
 * Downloads an image (GET /1.0/images/{fingerprint}/export): its one or two files, each of which must be read to its end
 * before the next is asked for. Ends without an error only if the SHA-256 of all is the fingerprint.
 */
export async function* exportParts(
  { session, path, fingerprint, size }: ImageDownload,
  { signal, onProgress, secret }: ImageExportOptions,
): AsyncGenerator<ImagePart, void, void> {
  const query = secret === undefined ? {} : { secret };
  const { headers, body } = await session.stream({ method: 'GET', path: `${path}/export`, query, signal });
  body.on('error', () => undefined); // it may come while nobody reads; who reads then gets it
  const hash = createHash('sha256');
  const meter = new Meter('download', lengthOf(headers) ?? size, onProgress);
  async function* watched(part: Readable): AsyncGenerator<Buffer, void, void> {
    for await (const piece of part as AsyncIterable<Buffer>) {
      hash.update(piece);
      meter.add(piece.length);
      yield piece;
    }
  }
  try {
    const type = headers['content-type'] ?? '';
    if (!isForm(type)) {
      const filename = fileName(dispositionName(headers['content-disposition']), fingerprint);
      yield { name: 'image', filename, body: bytesOf(watched(body)) };
    } else {
      let before: ImagePart['name'] | undefined;
      for await (const { name, filename, body: part } of readForm(type, body)) {
        before = nextName(before, name);
        yield {
          name: before,
          filename: fileName(filename, `${before}-${fingerprint}`),
          body: bytesOf(watched(part)),
        };
      }
      if (!before?.startsWith('rootfs'))
        throw new ProtocolError(`GET ${path}/export: the image came without a root file system`);
    }
    meter.end();
    const sha256 = hash.digest('hex');
    // The fingerprint of an OCI image, which Incus converts, is that of its manifest.
    if (headers['x-incus-type'] === 'oci' || sha256.startsWith(fingerprint.toLowerCase())) return;
    const message = `GET ${path}/export: what came has the SHA-256 ${sha256}, which is not the image's fingerprint`;
    throw new IntegrityError(message, fingerprint, sha256);
  } finally {
    body.destroy();
  }
}

function bytesOf(pieces: AsyncIterable<Buffer>): Readable {
  // It may fail, as when the client is closed, while nobody reads; who reads then gets the error.
  return Readable.from(pieces, { objectMode: false, highWaterMark: 1 << 16 }).on('error', () => undefined);
}

/** Metadata, then the root file system: any other form is none of an image. */
function nextName(before: ImagePart['name'] | undefined, name: FormPart['name']): ImagePart['name'] {
  if (before === undefined && name === 'metadata') return name;
  if (before === 'metadata' && (name === 'rootfs' || name === 'rootfs.img')) return name;
  throw new ProtocolError(
    `The image's export has a part ${describe(name)} ${before === undefined ? 'at its beginning' : `after ${before}`}`,
  );
}

function dispositionName(header: string | undefined): string {
  return /filename="?([^";]*)"?/i.exec(header ?? '')?.[1] ?? '';
}

/** A server's name for a file, which must not lead anywhere. */
function fileName(given: string, otherwise: string): string {
  const name = basename(given.replaceAll('\\', '/'));
  return name === '' || name === '.' || name === '..' || name.includes('\0') ? otherwise : name;
}

/** The bytes of an image in one file. */
export function exportStream(image: ImageDownload, options: ImageExportOptions): Readable {
  const controller = new AbortController();
  const { signal } = controller;
  // Not AbortSignal.any: on a signal that lives long, Node 20 keeps what it made.
  const abort = () => controller.abort(options.signal?.reason);
  const forget = onAbort(options.signal, abort);
  if (options.signal?.aborted) abort();
  async function* bytes(): AsyncGenerator<Buffer, void, void> {
    for await (const { name, body } of exportParts(image, { ...options, signal })) {
      if (name !== 'image')
        throw new InvalidInputError(
          `Image '${image.fingerprint}' is in two files: use exportTo(), or exportParts() for two streams`,
        );
      yield* body as AsyncIterable<Buffer>;
    }
  }
  const stream = bytesOf(bytes());
  stream.on('error', () => undefined); // it may come while nobody reads; who reads then gets it
  stream.once('close', () => {
    forget();
    controller.abort(); // of one that is not read to its end
  });
  return stream;
}

/** Downloads an image to a file or a directory: whole and checked, or nothing is left. */
export async function exportTo(
  image: ImageDownload,
  target: string,
  options: ImageExportOptions,
): Promise<string | ImageFiles> {
  const place = await placeOf(target);
  const files: FileInTheMaking[] = [];
  let last: ImagePart['name'] = 'image';
  try {
    for await (const part of exportParts(image, options)) {
      last = part.name;
      const path = place(part);
      const taken = files.some((file) => file.path === resolve(path)); // a server may name both the same
      const file = await FileInTheMaking.begin(taken ? `${path}.root` : path);
      files.push(file);
      await file.write({ body: part.body }, { signal: options.signal });
    }
    for (const file of files) await file.commit();
  } finally {
    for (const file of files) await file.discard();
  }
  const [first, second] = files.map(({ path }) => path);
  if (first === undefined) throw new ProtocolError(`${image.path}/export: the image has no file`);
  if (second === undefined) return first;
  return { metadata: first, rootfs: second, type: last === 'rootfs.img' ? 'virtual-machine' : 'container' };
}

/** Where each part goes: into a directory under the server's name, or to this file and, as lxc has it, one with `.root`. */
async function placeOf(target: string): Promise<(part: ImagePart) => string> {
  if (typeof target !== 'string' || target === '')
    throw new InvalidInputError(`exportTo(): the directory or file must be a text, not ${describe(target)}`);
  const found = await stat(target).catch(() => undefined);
  if (found?.isDirectory()) return ({ filename }) => join(target, filename);
  const parent = await stat(dirname(target)).catch(() => undefined);
  if (/[/\\]$/.test(target) || !parent?.isDirectory())
    throw new InvalidInputError(`exportTo(): there is no directory for ${target}`);
  return ({ name }) => (name.startsWith('rootfs') ? `${target}.root` : target);
}
