import { AlreadyExistsError, IntegrityError, InvalidInputError, ProtocolError } from '../../errors/index.js';
import {
  run,
  seeThrough,
  start,
  succeeded,
  type Ended,
  type OperationData,
  type StartOptions,
} from '../../operations/index.js';
import { describe, type JsonMap } from '../../orm/index.js';
import type { ApiRequest } from '../../rest/session.js';
import { countdown } from '../transfer/countdown.js';
import { Meter } from '../transfer/meter.js';
import { serverFacts } from '../kind/server-facts.js';
import { toWire } from '../kind/wire.js';
import { ImageFields } from './fields.js';
import type { Image } from './image.js';
import { assertFingerprint, wantedImage, type ImageCreateOptions, type WantedImage } from './options.js';
import { assertFree, settle, type ImagePlace } from './settle.js';
import { originOf, type ImageOrigin, type ImageSourceInput } from './source.js';
import { imageStore } from './store.js';
import { discardUpload, Upload } from './upload.js';

/** Makes an image of any source. Resolves with its model when it is there with all that it was to get. */
export async function createImage<W extends boolean>(
  place: ImagePlace,
  source: ImageSourceInput,
  options: ImageCreateOptions & StartOptions<W>,
): Promise<Ended<Image, W>> {
  const origin = originOf(source);
  try {
    const { wanted, rest } = wantedImage(options);
    const { fingerprint, length, autoUpdate, ...waiting } = rest;
    if (fingerprint !== undefined) assertFingerprint(fingerprint);
    const expected = fingerprint?.toLowerCase();
    const all = { ...wanted, fields: { ...wanted.fields, autoUpdate: updated(origin, autoUpdate) } };
    const upload =
      origin.kind === 'upload'
        ? await Upload.prepare(origin, { filename: wanted.filename, length })
        : undefined;
    await assertFree(place.session, wanted, waiting);
    const made = upload
      ? await send(place, upload, all, expected, waiting)
      : await ask(place, origin as Exclude<ImageOrigin, { kind: 'upload' }>, all, expected, waiting);
    const hasMore =
      wanted.aliases.length > 0 || Object.values(all.fields).some((value) => value !== undefined);
    return upload !== undefined || hasMore ? seeThrough<Image, W>(made) : made;
  } catch (error) {
    if (origin.kind === 'upload') discardUpload(origin);
    throw error;
  }
}

/** Whether the server is to replace it by newer ones. @throws InvalidInputError where it would ignore that */
export function updated(origin: ImageOrigin, asked: boolean | undefined): boolean | undefined {
  if (asked !== undefined && typeof asked !== 'boolean')
    throw new InvalidInputError(`images.create(): autoUpdate must be a boolean, not ${describe(asked)}`);
  const autoUpdate = asked ?? (origin.kind === 'remote' ? origin.autoUpdate : undefined);
  if (autoUpdate !== true || (origin.kind === 'remote' && origin.follows)) return autoUpdate;
  throw new InvalidInputError(
    'images.create(): autoUpdate is for an image that the server fetched from another by an alias, which may mean a ' +
      'newer one later. Of all others, also from a URL, no server keeps where they came from, and it would ignore that',
  );
}

async function send<W extends boolean>(
  place: ImagePlace,
  upload: Upload,
  wanted: WantedImage,
  expected: string | undefined,
  { wait = place.session.autoWait as W, ...waiting }: StartOptions<W>,
): Promise<Ended<Image, W>> {
  const { session, reuse = false } = place;
  const { signal, onProgress } = waiting;
  const left = countdown(waiting.timeout);
  const { product } = await serverFacts(session, { signal });
  const prefix = product === 'incus' ? 'x-incus-' : 'x-lxd-';
  const meter = new Meter('upload', upload.size, onProgress);
  const { contentType, length, body } = upload.start(meter, expected);
  const headers: Record<string, string> = { 'content-type': contentType };
  if (length !== undefined) headers['content-length'] = String(length);
  // The servers take the bytes of it as they are, and Node sends a header as Latin 1.
  if (upload.filename !== undefined)
    headers[`${prefix}filename`] = Buffer.from(upload.filename).toString('latin1');
  if (wanted.fields.public) headers[`${prefix}public`] = '1';
  if (expected !== undefined) headers[`${prefix}fingerprint`] = expected;
  // The server stores the upload before it answers, so no time is too long unless the caller says so.
  const sent = { method: 'POST', path: '/1.0/images', body, headers, signal, patient: true };
  const request = { ...sent, timeout: left() };
  const stored = async (data: OperationData) => {
    const fingerprint = fingerprintOf(data, request);
    if (fingerprint === upload.sha256) return settle(place, { fingerprint, isNew: true }, wanted);
    await imageStore(session).remove(fingerprint, { wait: true }, () => undefined);
    const message = `POST /1.0/images: the server stored SHA-256 ${fingerprint}, and ${upload.sha256} was sent; it was deleted again`;
    throw new IntegrityError(message, upload.sha256, fingerprint);
  };
  const failed = async (error: unknown) => {
    if (!(error instanceof AlreadyExistsError) || !/image.* already exists/i.test(error.message)) throw error;
    const fingerprint = upload.sha256;
    if (reuse) return settle(place, { fingerprint, isNew: false }, wanted);
    throw alreadyThere(fingerprint, error);
  };
  const operation = await start(session, request, stored, { waited: wait, failed }).catch(
    async (error: unknown) => {
      const image = await failed(error);
      return succeeded(session, request, () => image);
    },
  );
  return (wait ? await operation.wait({ ...waiting, timeout: left() }) : operation) as Ended<Image, W>;
}

function alreadyThere(fingerprint: string, cause: AlreadyExistsError): AlreadyExistsError {
  const { status, operation, method, path } = cause;
  return new AlreadyExistsError(
    `images.create(): the server has image ${fingerprint} already: images.get() reads it, and images.ensure(alias, …) ` +
      'takes it for the image of that alias',
    { cause, status, operation, method, path },
  );
}

/** Has the server fetch it, or make it of what it has. */
async function ask<W extends boolean>(
  place: ImagePlace,
  { kind, body, fingerprint }: Exclude<ImageOrigin, { kind: 'upload' }>,
  wanted: WantedImage,
  expected: string | undefined,
  options: StartOptions<W>,
): Promise<Ended<Image, W>> {
  const { expiresAt, autoUpdate: _, ...fields } = wanted.fields;
  const known = { ...fields, ...(expiresAt ? { expiresAt } : {}) };
  const full: JsonMap = {
    ...body,
    // With any of these both servers empty the file name of an image that they fetched.
    ...(kind === 'publish' ? toWire(ImageFields, known, 'image') : {}),
    ...(wanted.filename === undefined ? {} : { filename: wanted.filename }),
  };
  const request = { method: 'POST', path: '/1.0/images', body: full };
  return run(place.session, request, options, async (data) => {
    const stored = fingerprintOf(data, request);
    const named = expected ?? fingerprint?.toLowerCase();
    if (named !== undefined && !stored.startsWith(named)) {
      const message = `POST /1.0/images: the server fetched image ${stored}, and not ${named}; it is there now`;
      throw new IntegrityError(message, named, stored);
    }
    // What it had fetched before is there already, and stays if anything below fails.
    const isNew = kind === 'publish' || place.fresh === true;
    return settle(place, { fingerprint: stored, isNew }, wanted);
  });
}

function fingerprintOf({ metadata }: OperationData, { method, path }: ApiRequest): string {
  const fingerprint = metadata?.fingerprint;
  if (typeof fingerprint === 'string' && fingerprint !== '') return fingerprint;
  throw new ProtocolError(`${method} ${path}: the operation ended without telling the image's fingerprint`, {
    method,
    path,
  });
}
