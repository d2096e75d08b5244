import {
  assertOptions,
  InvalidInputError,
  NotFoundError,
  ProtocolError,
  UnsupportedError,
  type ConnectionAttempt,
  type OptionNames,
} from '../../errors/index.js';
import { run } from '../../operations/index.js';
import { describe, type JsonMap } from '../../orm/index.js';
import type { InstanceType } from '../../rest/endpoints/index.js';
import type { Session } from '../../rest/session.js';
import { peerOf, sessionOf, unreachable, unreached, type OtherClient } from '../transfer/peer.js';
import { serverFacts } from '../kind/server-facts.js';
import { toWire } from '../kind/wire.js';
import { createImage } from './create.js';
import { exportParts } from './export.js';
import { ImageFields } from './fields.js';
import type { Image } from './image.js';
import { imageNames, wantedImage, type ImageOptions } from './options.js';
import { createSecret, secretOf } from './secret.js';
import { assertFree, settle, type ImagePlace } from './settle.js';
import { imageStore } from './store.js';

/** Who opens the connection: the target (`pull`), the source (`push`), or neither, and the bytes go through us (`relay`). */
export type ImageCopyMode = 'pull' | 'push' | 'relay';

const modes: readonly string[] = ['pull', 'push', 'relay'] satisfies ImageCopyMode[];

/** How an image is copied to another server; it has its own properties and expiry there, and what is named here. */
export interface ImageCopyOptions extends Omit<ImageOptions, 'filename' | 'aliases'> {
  /** `pull` by default. */
  mode?: ImageCopyMode | undefined;
  /** Names for the copy; `true` for those of the original. */
  aliases?: true | ImageOptions['aliases'];
  /** Replace the copy when the original's first alias means a newer image: of a public image, in mode `pull`. */
  autoUpdate?: boolean | undefined;
}

const { filename: _, ...common } = imageNames;
const copyNames: OptionNames<ImageCopyOptions & { wait?: unknown }> = {
  ...common,
  mode: true,
  autoUpdate: true,
  wait: true,
};

/** An image and where it goes. */
interface Copy {
  from: Session;
  original: Image;
  /** Path of the original. */
  path: string;
  to: ImagePlace & { fresh: true };
  options: ImageOptions;
}

/** Copies an image to another server. Resolves with the one there. */
export async function copyImage(
  from: Session,
  path: string,
  original: Image,
  client: OtherClient,
  all: ImageCopyOptions,
): Promise<Image> {
  assertOptions(all, copyNames, 'copyTo()');
  if ((all as { wait?: unknown }).wait === false)
    throw new InvalidInputError('copyTo() takes several requests, and is always waited for');
  const { mode = 'pull', autoUpdate = false, aliases, ...given } = all;
  const { signal } = given;
  if (!modes.includes(mode))
    throw new InvalidInputError(`copyTo(): mode must be 'pull', 'push' or 'relay', not ${describe(mode)}`);
  if (autoUpdate && mode !== 'pull')
    throw new InvalidInputError(
      `copyTo(): only an image that was pulled can be updated, not in mode '${mode}'`,
    );
  const session = sessionOf(client, 'copyTo()').derive({ autoWait: from.autoWait });
  await original.fetch({ signal });
  const options = {
    ...given,
    properties: { ...original.properties, ...given.properties },
    ...(original.expiresAt ? { expiresAt: original.expiresAt } : {}),
    ...(given.expiresAt === undefined ? {} : { expiresAt: given.expiresAt }),
    aliases:
      aliases === true ? original.aliases.map(({ name, description }) => ({ name, description })) : aliases,
  };
  const { wanted } = wantedImage(options);
  const to = { session, Class: original.constructor as ImagePlace['Class'], fresh: true } as const;
  await assertFree(session, wanted, { signal });
  const { fingerprint } = original;
  const image = await find(to, fingerprint, signal);
  if (image) return settle(to, { fingerprint, isNew: false, image }, wanted);
  const copy = { from, original, path, to, options };
  if (mode === 'pull') return pull(copy, autoUpdate);
  if (mode === 'relay') return relay(copy);
  await push(copy);
  return settle(to, { fingerprint, isNew: true }, wanted);
}

async function find(
  { session, Class }: ImagePlace,
  fingerprint: string,
  signal?: AbortSignal,
): Promise<Image | undefined> {
  try {
    return await new Class(imageStore(session), fingerprint).fetch({ signal });
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/** The target fetches it: every address of the source is tried. */
async function pull({ from, original, path, to, options }: Copy, autoUpdate: boolean): Promise<Image> {
  const { signal } = options;
  const [alias] = original.aliases;
  if (autoUpdate && !(original.public && alias))
    throw new InvalidInputError(
      `copyTo(): ${original.toString()} ${alias ? 'is not public' : 'has no alias'}, so a copy of it could not be updated`,
    );
  const [peer, target] = await Promise.all([peerOf(from, { signal }), serverFacts(to.session, { signal })]);
  const { fingerprint } = original;
  return eachAddress(peer.addresses, [from, to.session], async (server) => {
    const made = await createImage(
      to,
      {
        server,
        // Each speaks with the other under its own name, and Incus follows no alias under that of LXD.
        protocol: target.product,
        ...(autoUpdate ? { alias: alias?.name, autoUpdate } : { fingerprint }),
        certificate: peer.certificate || undefined,
        // A new one for each, since it can be used but once.
        secret: original.public ? undefined : await createSecret(from, path, { signal }),
        type: original.type as InstanceType,
        project: await from.project(),
      },
      { ...options, fingerprint, filename: original.filename || undefined, wait: true },
    );
    return made;
  });
}

/** The source sends it: every address of the target is tried. */
async function push({ from, original, path, to, options }: Copy): Promise<void> {
  const { signal } = options;
  const { fingerprint, type } = original;
  const [peer, source, target, project] = await Promise.all([
    peerOf(to.session, { signal }),
    serverFacts(from, { signal }),
    serverFacts(to.session, { signal }),
    to.session.project(),
  ]);
  if (source.product !== target.product)
    throw new UnsupportedError(
      "copyTo(): LXD and Incus cannot push to each other; mode 'pull' or 'relay' can",
    );
  if (type === 'virtual-machine')
    throw new UnsupportedError(
      "copyTo(): a virtual machine's image that is pushed arrives as a container's; take mode 'pull' or 'relay'",
    );
  if (project !== 'default' && !source.extensions.has('images_target_project'))
    throw new UnsupportedError(
      'copyTo(): this server can push to the default project alone',
      'images_target_project',
    );
  const { properties, public: isPublic, expiresAt } = options;
  const fields = { properties, public: isPublic ?? false, ...(expiresAt ? { expiresAt } : {}) };
  const offer: JsonMap = {
    ...toWire(ImageFields, fields, 'image'),
    source: { type: 'image', mode: 'push', fingerprint },
  };
  await eachAddress(peer.addresses, [to.session, from], async (address) => {
    const asked = { method: 'POST', path: '/1.0/images', body: offer, signal };
    const { metadata, operation = '' } = await to.session.send(asked);
    try {
      const secret = secretOf(metadata, 'POST /1.0/images');
      const body = { target: address, certificate: peer.certificate, secret, project };
      await run(
        from,
        { method: 'POST', path: `${path}/export`, body },
        { ...options, wait: true },
        () => undefined,
      );
    } finally {
      // A secret that was used is gone already.
      await to.session.send({ method: 'DELETE', path: operation }).catch(() => undefined);
    }
  });
}

/** Its bytes go from one server through us to the other, and are never all here. */
async function relay({ from, original, path, to, options }: Copy): Promise<Image> {
  const { fingerprint, size, filename, type } = original;
  const parts = exportParts({ session: from, path, fingerprint, size }, { signal: options.signal });
  async function* second(): AsyncGenerator<Uint8Array, void, void> {
    const { value } = await parts.next();
    if (!value) throw new ProtocolError(`GET ${path}/export: the image came without a root file system`);
    yield* value.body as AsyncIterable<Uint8Array>;
    await parts.next();
  }
  try {
    const { value: first } = await parts.next();
    if (!first) throw new ProtocolError(`GET ${path}/export: the image came without a file`);
    const isWhole = first.name === 'image';
    const source = isWhole
      ? first.body
      : { metadata: first.body, rootfs: second(), type: type as InstanceType };
    const more = { fingerprint, filename: filename || undefined, length: isWhole ? size : undefined };
    return await createImage(to, source, { ...options, ...more, wait: true });
  } finally {
    await parts.return();
  }
}

/** Tries one address after the other, as long as they cannot be reached. */
async function eachAddress<T>(
  addresses: readonly string[],
  [at, by]: readonly [Session, Session],
  attempt: (address: string) => Promise<T>,
): Promise<T> {
  const attempts: ConnectionAttempt[] = [];
  for (const address of addresses) {
    try {
      return await attempt(address);
    } catch (error) {
      if (!unreachable(error as Error)) throw error;
      attempts.push({ address, reason: (error as Error).message });
    }
  }
  throw unreached(at, by, attempts);
}
