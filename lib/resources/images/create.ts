import { AlreadyExistsError, IntegrityError, NotFoundError, ProtocolError } from '../../errors/index.js';
import { run, type Ended, type OperationData, type StartOptions } from '../../operations/index.js';
import { applyInput, type JsonMap, type ModelClass } from '../../orm/index.js';
import { fillPath } from '../../rest/endpoints/index.js';
import type { ApiRequest, Session } from '../../rest/session.js';
import { Meter } from '../transfer/meter.js';
import { serverFacts } from '../kind/server-facts.js';
import { toWire } from '../kind/wire.js';
import type { ImageAlias } from './alias.js';
import { ImageAliasManager } from './aliases.js';
import { Image } from './image.js';
import {
  assertFingerprint,
  wantedImage,
  type ImageCreateOptions,
  type ImageOptions,
  type WantedImage,
} from './options.js';
import { originOf, type ImageOrigin, type ImageSourceInput } from './source.js';
import { imageStore } from './store.js';
import { discardUpload, Upload } from './upload.js';

/** Where images are made. */
export interface ImagePlace {
  session: Session;
  /** Of the models. */
  Class: ModelClass<Image>;
  /** Whether one that is there already is as good as a new one. */
  reuse?: boolean;
  /** Whether it is known that it is not there yet. */
  fresh?: boolean;
}

/** Makes an image of any source. Resolves with its model when it is there with all that it was to get. */
export async function createImage<W extends boolean = true>(
  place: ImagePlace,
  source: ImageSourceInput,
  options: ImageCreateOptions & StartOptions<W>,
): Promise<Ended<Image, W>> {
  const origin = originOf(source);
  try {
    const { wanted, rest } = wantedImage(options);
    const { fingerprint, length, ...start } = rest;
    if (fingerprint !== undefined) assertFingerprint(fingerprint);
    const expected = fingerprint?.toLowerCase();
    const upload =
      origin.kind === 'upload'
        ? await Upload.prepare(origin, { filename: wanted.filename, length })
        : undefined;
    await assertFree(place.session, wanted, start);
    if (upload) return await send(place, upload, wanted, expected, start);
    return await ask(place, origin as Exclude<ImageOrigin, { kind: 'upload' }>, wanted, expected, start);
  } catch (error) {
    if (origin.kind === 'upload') discardUpload(origin);
    throw error;
  }
}

async function send<W extends boolean>(
  place: ImagePlace,
  upload: Upload,
  wanted: WantedImage,
  expected: string | undefined,
  options: StartOptions<W>,
): Promise<Ended<Image, W>> {
  const { session, reuse = false } = place;
  const { product } = await serverFacts(session, { signal: options.signal });
  const prefix = product === 'incus' ? 'x-incus-' : 'x-lxd-';
  const meter = new Meter('upload', upload.size, options.onProgress);
  const { contentType, length, body } = upload.start(meter, expected);
  const headers: Record<string, string> = { 'content-type': contentType };
  if (length !== undefined) headers['content-length'] = String(length);
  // The servers take the bytes of it as they are, and Node sends a header as Latin 1.
  if (upload.filename !== undefined)
    headers[`${prefix}filename`] = Buffer.from(upload.filename).toString('latin1');
  if (wanted.fields.public) headers[`${prefix}public`] = '1';
  if (expected !== undefined) headers[`${prefix}fingerprint`] = expected;
  // The server stores the upload before it answers, so no time is too long.
  const request = { method: 'POST', path: '/1.0/images', body, headers, patient: true };
  const stored = async (data: OperationData) => {
    const fingerprint = fingerprintOf(data, request);
    if (fingerprint === upload.sha256) return settle(place, { fingerprint, isNew: true }, wanted);
    await imageStore(session).remove(fingerprint, {}, () => undefined);
    const message = `POST /1.0/images: the server stored SHA-256 ${fingerprint}, and ${upload.sha256} was sent; it was deleted again`;
    throw new IntegrityError(message, upload.sha256, fingerprint);
  };
  try {
    return await run(session, request, options, stored);
  } catch (error) {
    const isThere = error instanceof AlreadyExistsError && /image.* already exists/i.test(error.message);
    if (!isThere || !reuse) throw error;
    return (await settle(place, { fingerprint: upload.sha256, isNew: false }, wanted)) as Ended<Image, W>;
  }
}

/** Has the server fetch it, or make it of what it has. */
async function ask<W extends boolean>(
  place: ImagePlace,
  { kind, body, fingerprint, autoUpdate }: Exclude<ImageOrigin, { kind: 'upload' }>,
  wanted: WantedImage,
  expected: string | undefined,
  options: StartOptions<W>,
): Promise<Ended<Image, W>> {
  const { expiresAt, ...fields } = wanted.fields;
  const known = { ...fields, ...(expiresAt ? { expiresAt } : {}) };
  const full: JsonMap = {
    ...body,
    // With any of these both servers empty the file name of an image that they fetched.
    ...(kind === 'publish' ? toWire(Image, known, 'image') : {}),
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
    const all = { ...wanted, fields: { ...wanted.fields, autoUpdate } };
    return settle(place, { fingerprint: stored, isNew }, all);
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

/** An image that the server has, and whether it is there because of us. */
interface Arrived {
  fingerprint: string;
  isNew: boolean;
}

/**
 * Gives an image what it is to get. Not with the upload: LXD 5.0.2 takes no profiles there, no server an expiry, and
 * properties for an image without any end the daemons of both. If it cannot be, a new image goes again.
 */
export async function settle(
  { session, Class }: ImagePlace,
  { fingerprint, isNew }: Arrived,
  wanted: WantedImage,
): Promise<Image> {
  const store = imageStore(session);
  const moved: { alias: ImageAlias; before: string }[] = [];
  try {
    const image = new Class(store, fingerprint, await store.read(fingerprint));
    applyInput(image, wanted.fields);
    await image.save({ onConflict: 'mine' });
    if (wanted.aliases.length === 0) return image;
    const aliases = new ImageAliasManager(() => ({ session }));
    const present = await existing(aliases, wanted);
    for (const { name, description } of wanted.aliases) {
      if (!present.has(name)) await aliases.create({ name, description, target: fingerprint });
    }
    // Last, since it touches what others use.
    for (const { name, description } of wanted.aliases) {
      const alias = present.get(name);
      if (!alias) continue;
      moved.push({ alias, before: alias.target });
      await aliases.update(name, { target: fingerprint, description });
    }
    return await image.fetch();
  } catch (error) {
    for (const { alias, before } of moved) await restore(session, alias, before);
    if (isNew) await store.remove(fingerprint, {}, () => undefined).catch(() => undefined);
    throw error;
  }
}

async function restore(session: Session, { name }: ImageAlias, target: string): Promise<void> {
  await new ImageAliasManager(() => ({ session })).update(name, { target }).catch(() => undefined);
}

/** Said before anything is sent, since afterwards it would cost an upload. */
export async function assertFree(
  session: Session,
  wanted: WantedImage,
  { signal }: Pick<ImageOptions, 'signal'>,
): Promise<void> {
  if (wanted.moveAliases || wanted.aliases.length === 0) return;
  const present = await existing(new ImageAliasManager(() => ({ session })), wanted, signal);
  const [taken] = [...present.values()];
  if (!taken) return;
  const path = fillPath('/1.0/images/aliases/{name}', { name: taken.name });
  throw new AlreadyExistsError(
    `The alias '${taken.name}' is that of image ${taken.target.slice(0, 12)}: give moveAliases: true to move it to the new one`,
    { path, status: 409 },
  );
}

async function existing(
  aliases: ImageAliasManager,
  wanted: WantedImage,
  signal?: AbortSignal,
): Promise<Map<string, ImageAlias>> {
  const found = new Map<string, ImageAlias>();
  for (const { name } of wanted.aliases) {
    try {
      found.set(name, await aliases.get(name, { signal }));
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
  }
  return found;
}
