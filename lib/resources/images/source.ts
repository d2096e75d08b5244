import { Readable } from 'node:stream';
import { InvalidInputError } from '../../errors/index.js';
import { describe, isMap, Model, type JsonMap } from '../../orm/index.js';
import type { InstanceType } from '../../rest/endpoints/index.js';
import type { SimpleStreamsSource } from '../simplestreams/image.js';

/** An image to upload, or a half of one: the path of a file, its bytes, or a stream of them. */
export type ImageUpload = string | Uint8Array | Readable | AsyncIterable<Uint8Array>;

/** An image in two files: what it is, and its root file system. */
export interface SplitImage {
  metadata: ImageUpload;
  rootfs: ImageUpload;
  /** `container` by default. */
  type?: InstanceType | undefined;
}

/** How an image server is spoken to. */
export type ImageProtocol = 'lxd' | 'incus' | 'simplestreams' | 'oci';

/** An image on another server, which the server itself fetches. */
export interface RemoteImage {
  /** The server's URL. */
  server: string;
  /** The server's own by default: `lxd` or `incus`. */
  protocol?: ImageProtocol | undefined;
  /** Which image: either its alias or its fingerprint. */
  alias?: string | undefined;
  fingerprint?: string | undefined;
  /** The other server's certificate (PEM), where no authority vouches for it. */
  certificate?: string | undefined;
  /** Of `image.createSecret()` at the other server, for an image that is not public. */
  secret?: string | undefined;
  /** Which of the images that share an alias. */
  type?: InstanceType | undefined;
  /** The project at the other server. */
  project?: string | undefined;
  /** Whether it is replaced when the alias means a newer one; an option of `images.create()`, too. */
  autoUpdate?: boolean | undefined;
}

/** An image at a URL, whose server sends the headers `LXD-Image-Hash` and `LXD-Image-URL` (`Incus-…`). */
export interface ImageAtUrl {
  url: string;
}

/** An instance to make an image of; it must be stopped. */
export interface ImageOfInstance {
  /** Its name or model. */
  instance: string | { readonly key: string };
  /** `none`, `gzip`, `zstd`, … as the server has it. */
  compressionAlgorithm?: string | undefined;
}

/** A snapshot to make an image of. */
export interface ImageOfSnapshot {
  /** `'instance/snapshot'`, or its model. */
  snapshot: string | { readonly instance: string; readonly key: string };
  compressionAlgorithm?: string | undefined;
}

/** What says itself how a server is to fetch it: an image of `SimpleStreams`. */
export interface ImageWithSource {
  source(): object;
}

/** Where a new image comes from. */
export type ImageSourceInput =
  | ImageUpload
  | SplitImage
  | RemoteImage
  | ImageAtUrl
  | ImageOfInstance
  | ImageOfSnapshot
  | ImageWithSource
  | SimpleStreamsSource;

/** What is to be done: send bytes, or describe where the server finds them. */
export type ImageOrigin =
  | { kind: 'upload'; parts: { metadata?: ImageUpload; rootfs: ImageUpload }; type: InstanceType | undefined }
  | {
      kind: 'remote' | 'publish';
      body: JsonMap;
      fingerprint?: string | undefined;
      autoUpdate?: boolean | undefined;
      /** Whether there may be a newer one where it comes from. */
      follows?: boolean;
    };

/** Sorts a source. @throws InvalidInputError for what no server could make an image of */
export function originOf(source: ImageSourceInput): ImageOrigin {
  if (isUpload(source)) return { kind: 'upload', parts: { rootfs: source }, type: undefined };
  if (source instanceof Model)
    throw notSource(source.toString(), ': make it { instance }, { snapshot } or use image.copyTo()');
  if (isMap(source)) {
    // First, since an image of SimpleStreams has a server and a fingerprint, too.
    if (typeof (source as Partial<ImageWithSource>).source === 'function')
      return described((source as unknown as ImageWithSource).source() as JsonMap);
    if ('metadata' in source || 'rootfs' in source) return split(source as unknown as Partial<SplitImage>);
    if ('instance' in source) return published('instance', source.instance, source);
    if ('snapshot' in source) return published('snapshot', source.snapshot, source);
    if ('url' in source) return atUrl(source.url);
    if (source.type === 'image' && source.mode === 'pull') return described(source);
    if ('server' in source || 'alias' in source || 'fingerprint' in source)
      return remote(source as unknown as Partial<RemoteImage>);
  }
  throw notSource(describe(source));
}

function notSource(what: string, remedy = ''): InvalidInputError {
  return new InvalidInputError(
    'images.create() takes a path, bytes, a stream, { metadata, rootfs }, { server, alias }, { url }, { instance } ' +
      `or { snapshot }, not ${what}${remedy}`,
  );
}

/** Whether it is bytes or leads to them. */
export function isUpload(source: unknown): source is ImageUpload {
  if (typeof source === 'string' || source instanceof Uint8Array || source instanceof Readable) return true;
  return typeof source === 'object' && source !== null && Symbol.asyncIterator in source;
}

function split({ metadata, rootfs, type = 'container' }: Partial<SplitImage>): ImageOrigin {
  assertPart(metadata, 'metadata');
  assertPart(rootfs, 'rootfs');
  assertType(type);
  return {
    kind: 'upload',
    parts: { metadata, rootfs },
    type,
  };
}

function assertPart(part: unknown, name: string): asserts part is ImageUpload {
  if (isUpload(part)) return;
  throw new InvalidInputError(
    `images.create(): ${name} of a split image must be a path, bytes or a stream, not ${describe(part)}`,
  );
}

const protocols: readonly string[] = [
  'lxd',
  'incus',
  'simplestreams',
  'oci',
] satisfies readonly ImageProtocol[];

function remote(source: Partial<RemoteImage>): ImageOrigin {
  const { server, protocol, alias, fingerprint, certificate, secret, type, project, autoUpdate } = source;
  // Without a server Incus 6.0.4 crashes.
  assertUrl(server, 'server');
  if (protocol !== undefined && !protocols.includes(protocol)) {
    throw new InvalidInputError(
      `images.create(): unknown protocol ${describe(protocol)}; there are ${protocols.join(', ')}`,
    );
  }
  const named = { alias, fingerprint, certificate, secret, project };
  for (const [name, value] of Object.entries(named)) {
    if (value === undefined || (typeof value === 'string' && value !== '')) continue;
    const fault = value === '' ? 'is empty' : `must be a string, not ${describe(value)}`;
    throw new InvalidInputError(`images.create(): ${name} of a remote image ${fault}`);
  }
  if (autoUpdate !== undefined && typeof autoUpdate !== 'boolean')
    throw new InvalidInputError(`images.create(): autoUpdate must be a boolean, not ${describe(autoUpdate)}`);
  if ((alias === undefined) === (fingerprint === undefined)) {
    const fault = alias === undefined ? 'neither of them was given' : 'both were given';
    throw new InvalidInputError(
      `images.create(): a remote image is named by its alias or its fingerprint; ${fault}`,
    );
  }
  if (type !== undefined) assertType(type);
  const given: JsonMap = { ...named, server, protocol, image_type: type };
  const wanted = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return {
    kind: 'remote',
    body: { source: { type: 'image', mode: 'pull', ...wanted } },
    fingerprint,
    autoUpdate,
    follows: alias !== undefined,
  };
}

/** A source in the API's own words. */
function described(source: JsonMap): ImageOrigin {
  const { server, alias, fingerprint } = source;
  assertUrl(server, 'server');
  if (alias === undefined && fingerprint === undefined)
    throw new InvalidInputError('images.create(): the source has neither an alias nor a fingerprint');
  const body = { source: { type: 'image', mode: 'pull', ...source } };
  return {
    kind: 'remote',
    body,
    fingerprint: typeof fingerprint === 'string' ? fingerprint : undefined,
    follows: alias !== undefined,
  };
}

function atUrl(url: unknown): ImageOrigin {
  assertUrl(url, 'url');
  return { kind: 'remote', body: { source: { type: 'url', mode: 'pull', url } } };
}

function published(type: 'instance' | 'snapshot', given: unknown, source: object): ImageOrigin {
  const { key, instance } = (isMap(given) ? given : {}) as { key?: string; instance?: string };
  // A snapshot of client.snapshots has its instance in its key, one of instance.snapshots has not.
  const name = type === 'instance' ? key : instance && key && `${instance}/${key.replace(/^.*\//s, '')}`;
  const named = typeof given === 'string' ? given : name;
  const isName = type === 'instance' ? /^[^/]+$/ : /^[^/]+\/[^/]+$/;
  if (typeof named !== 'string' || !isName.test(named)) {
    const wanted = type === 'instance' ? "an instance's name" : "'instance/snapshot'";
    throw new InvalidInputError(
      `images.create(): ${type} must be ${wanted} or a model, not ${describe(given)}`,
    );
  }
  const body: JsonMap = { source: { type, name: named } };
  const { compressionAlgorithm } = source as ImageOfInstance;
  if (compressionAlgorithm !== undefined) body.compression_algorithm = compressionAlgorithm;
  return { kind: 'publish', body };
}

function assertType(type: unknown): asserts type is InstanceType {
  if (type === 'container' || type === 'virtual-machine') return;
  throw new InvalidInputError(
    `images.create(): type must be 'container' or 'virtual-machine', not ${describe(type)}`,
  );
}

function assertUrl(url: unknown, name: string): asserts url is string {
  if (typeof url === 'string' && /^https?:\/\/[^/]/.test(url)) return;
  throw new InvalidInputError(`images.create(): ${name} must be a URL (https://…), not ${describe(url)}`);
}
