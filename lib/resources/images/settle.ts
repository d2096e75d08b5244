import { AlreadyExistsError, NotFoundError } from '../../errors/index.js';
import { applyInput, type CallOptions, type JsonMap, type ModelClass } from '../../orm/index.js';
import { fillPath } from '../../rest/endpoints/index.js';
import type { Session } from '../../rest/session.js';
import { RestStore } from '../kind/rest-store.js';
import { imageAliases, ImageAlias } from './alias.js';
import type { Image } from './image.js';
import type { ImageOptions, WantedImage } from './options.js';
import { imageStore } from './store.js';

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

/** An image that the server has, whether it is there because of us, and what is known of it. */
export interface Arrived {
  fingerprint: string;
  isNew: boolean;
  /** Read just now. */
  image?: Image | undefined;
  /** One of its names, read just now. */
  alias?: ImageAlias | undefined;
}

/** Undoes a step. */
type Undo = () => Promise<unknown>;

/**
 * Gives an image what it is to get. Not with the upload: LXD 5.0.2 takes no profiles there, no server an expiry, and
 * properties for an image without any end the daemons of both. If it cannot be, all is undone, and a new image goes again.
 */
export async function settle(
  { session, Class }: ImagePlace,
  { fingerprint, isNew, image, alias }: Arrived,
  wanted: WantedImage,
): Promise<Image> {
  const store = imageStore(session);
  const undo: Undo[] = [];
  try {
    if (Object.values(wanted.fields).some((value) => value !== undefined)) {
      image ??= new Class(store, fingerprint, await store.read(fingerprint));
      applyInput(image, wanted.fields);
      await image.save({ onConflict: 'mine' });
    }
    const named = await nameImage(session, { fingerprint, alias }, wanted, undo);
    if (!image) return new Class(store, fingerprint, await store.read(fingerprint));
    return named ? await image.fetch() : image;
  } catch (error) {
    for (const step of undo.reverse()) await step().catch(() => undefined);
    if (isNew) await store.remove(fingerprint, { wait: true }, () => undefined).catch(() => undefined);
    throw error;
  }
}

/** Gives it the names that it is to have; false if it has them all already. */
async function nameImage(
  session: Session,
  { fingerprint, alias: known }: Pick<Arrived, 'fingerprint' | 'alias'>,
  wanted: WantedImage,
  undo: Undo[],
): Promise<boolean> {
  const store = aliasStore(session);
  // Where none is to be moved, all were free before anything was sent.
  const present = wanted.moveAliases
    ? await existing(session, wanted, { known })
    : new Map<string, ImageAlias>();
  const missing = wanted.aliases.filter(({ name }) => !present.has(name));
  for (const { name, description = '' } of missing) {
    await giveAlias(session, { name, description, target: fingerprint });
    undo.push(() => store.remove(name, { wait: true }, () => undefined));
  }
  let changed = missing.length > 0;
  // Last, since it touches what others use.
  for (const { name, description } of wanted.aliases) {
    const alias = present.get(name);
    if (!alias) continue;
    const before = alias.target;
    alias.target = fingerprint;
    if (description !== undefined) alias.description = description;
    if (!alias.isDirty) continue;
    changed = true;
    undo.push(async () => {
      alias.target = before;
      await alias.save({ onConflict: 'mine' });
    });
    await alias.save({ onConflict: 'mine' });
  }
  return changed;
}

/** Names an image (POST /1.0/images/aliases). @throws AlreadyExistsError for a name in use */
export async function giveAlias(
  session: Session,
  alias: { name: string; description: string; target: string },
  { signal }: CallOptions = {},
): Promise<void> {
  await aliasStore(session).create(
    alias.name,
    alias satisfies JsonMap,
    { wait: true, signal },
    () => undefined,
  );
}

/** Takes a name away from an image (DELETE /1.0/images/aliases/{name}). @throws NotFoundError for that of another image */
export async function takeAlias(
  session: Session,
  name: string,
  fingerprint: string,
  { signal }: CallOptions,
): Promise<void> {
  const store = aliasStore(session);
  const { data } = await store.read(name, { signal });
  if (typeof data.target !== 'string' || !data.target.startsWith(fingerprint.toLowerCase()))
    throw new NotFoundError(`Image '${fingerprint}' has no alias '${name}': that is of another image`);
  await store.remove(name, { wait: true, signal }, () => undefined);
}

/** Said before anything is sent, since afterwards it would cost an upload. */
export async function assertFree(
  session: Session,
  wanted: WantedImage,
  { signal }: Pick<ImageOptions, 'signal'>,
): Promise<void> {
  if (wanted.moveAliases || wanted.aliases.length === 0) return;
  const present = await existing(session, wanted, { signal });
  const [taken] = [...present.values()];
  if (!taken) return;
  const path = fillPath('/1.0/images/aliases/{name}', { name: taken.name });
  throw new AlreadyExistsError(
    `The alias '${taken.name}' is that of image ${taken.target.slice(0, 12)}: give moveAliases: true to move it to the new one`,
    { path, status: 409 },
  );
}

async function existing(
  session: Session,
  wanted: WantedImage,
  { known, signal }: { known?: ImageAlias | undefined; signal?: AbortSignal | undefined },
): Promise<Map<string, ImageAlias>> {
  const found = new Map<string, ImageAlias>();
  for (const { name } of wanted.aliases) {
    const alias = name === known?.key ? known : await readAlias(session, name, { signal });
    if (alias) found.set(name, alias);
  }
  return found;
}

/** The alias of a name, or undefined. */
export async function readAlias(
  session: Session,
  name: string,
  call: CallOptions,
): Promise<ImageAlias | undefined> {
  const store = aliasStore(session);
  try {
    return new ImageAlias(store, name, await store.read(name, call));
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

function aliasStore(session: Session): RestStore {
  return new RestStore(imageAliases, () => ({ session }));
}
