import { InvalidInputError } from '../../errors/index.js';
import { describe, emptyMap, isMap, type Json, type JsonMap } from '../../orm/index.js';
import type { InstanceType } from '../../rest/endpoints/index.js';
import type { BackupFile } from '../transfer/upload.js';
import { Image } from '../images/image.js';
import type { ImageProtocol } from '../images/source.js';
import { SimpleStreamsImage, type SimpleStreamsSource } from '../simplestreams/image.js';

/** An image of this server, or with `server` one that it fetches from another. */
export type ImageSource = (
  | { alias: string; fingerprint?: undefined; properties?: undefined }
  /** SHA-256, or the beginning of one. */
  | { fingerprint: string; alias?: undefined; properties?: undefined }
  /** The newest image with all of these. */
  | { properties: Record<string, string>; alias?: undefined; fingerprint?: undefined }
) & {
  type?: 'image' | undefined;
  /** Its URL, `https://…`. */
  server?: string | undefined;
  /** How to talk with `server`; the product's own way by default. */
  protocol?: ImageProtocol | undefined;
  mode?: 'pull' | undefined;
  /** PEM, where no public authority has signed the server's. */
  certificate?: string | undefined;
  /** For a private image. */
  secret?: string | undefined;
};

/** A copy of another instance, or of its snapshot `'instance/snapshot'`; as `instance.copy()`. */
export interface CopySource {
  type: 'copy';
  /** A name. */
  source: string;
  /** The project that it is in; the client's by default. */
  project?: string | undefined;
  instanceOnly?: boolean | undefined;
  refresh?: boolean | undefined;
  allowInconsistent?: boolean | undefined;
}

/** What another server sends (`instance.copyTo()` does all of it). */
export interface MigrationSource {
  type: 'migration';
  /** `push` needs `wait: false`: the operation's metadata has the secrets with which to connect. */
  mode: 'pull' | 'push';
  /** URL of the source's operation, for `pull`. */
  operation?: string | undefined;
  /** Secrets of its sockets, for `pull`. */
  secrets?: Record<string, string> | undefined;
  /** PEM, of the source's server. */
  certificate?: string | undefined;
  baseImage?: string | undefined;
  live?: boolean | undefined;
  instanceOnly?: boolean | undefined;
  refresh?: boolean | undefined;
}

/** The file of a backup; as `instances.import()`. */
export interface BackupSource {
  type: 'backup';
  file: BackupFile;
  /** The storage pool to put it in. */
  pool?: string | undefined;
}

/** No image: an empty root disk. */
export interface EmptySource {
  type: 'none';
}

/** Where a new instance comes from. */
export type InstanceSourceInput = RebuildSource | CopySource | MigrationSource | BackupSource;

/** What an instance can be made of again: an image, by alias or as a model or described, or nothing. */
export type RebuildSource =
  string | Image | SimpleStreamsImage | ImageSource | SimpleStreamsSource | EmptySource;

/** A source that has been checked. */
export type CheckedSource =
  /** `type` is that of the instance, where the source tells. */
  | { kind: 'request'; source: JsonMap; type?: InstanceType }
  | { kind: 'copy'; copy: CopySource }
  | { kind: 'backup'; backup: BackupSource };

const protocols: readonly string[] = ['lxd', 'incus', 'simplestreams', 'oci'] satisfies ImageProtocol[];

const kinds: Record<string, (source: JsonMap) => CheckedSource> = {
  image: (source) => ({ kind: 'request', source: imageSource(source) }),
  none: (source) => ({ kind: 'request', source }),
  copy: (source) => ({ kind: 'copy', copy: copySource(source) }),
  migration: (source) => ({ kind: 'request', source: migrationSource(source) }),
  backup: (source) => ({ kind: 'backup', backup: backupSource(source) }),
};

/** Checks a source before anything is sent. `where` begins the messages. @throws InvalidInputError */
export function checkSource(source: InstanceSourceInput, where = 'instance.source'): CheckedSource {
  if (source instanceof Image) {
    return { kind: 'request', source: { type: 'image', fingerprint: source.fingerprint } };
  }
  if (typeof source === 'string' && source !== '') {
    return { kind: 'request', source: { type: 'image', alias: source } };
  }
  if (source instanceof SimpleStreamsImage) {
    return { kind: 'request', source: source.source(), type: source.type };
  }
  if (isMap(source)) return checkObject(source, where);
  const given = source === '' ? 'an empty text' : source === undefined ? 'nothing' : describe(source);
  throw new InvalidInputError(
    `${where} must be an image's alias, an image or an object such as { type: 'none' }, not ${given}`,
  );
}

function checkObject(source: JsonMap, where: string): CheckedSource {
  const type = source.type ?? (references.some((key) => source[key] !== undefined) ? 'image' : undefined);
  const check = typeof type === 'string' && Object.hasOwn(kinds, type) ? kinds[type] : undefined;
  if (check) return check({ ...source, type });
  const given = type === undefined ? 'has none' : `is ${describe(type)}`;
  throw new InvalidInputError(
    `${where} needs a type, which ${given}: there are ${Object.keys(kinds).join(', ')}; with an alias, a fingerprint or properties it is an image`,
  );
}

const references = ['alias', 'fingerprint', 'properties'] as const;

function imageSource(source: JsonMap): JsonMap {
  const given = references.filter((key) => source[key] !== undefined);
  if (given.length === 0)
    throw new InvalidInputError('instance.source of type image needs an alias, a fingerprint or properties');
  if (given.length > 1) {
    throw new InvalidInputError(
      `instance.source has ${given.join(' and ')}, of which one alone can say which image`,
    );
  }
  assertTexts(source, 'alias', 'fingerprint', 'server', 'certificate', 'secret');
  const { fingerprint, properties, server, protocol } = source;
  if (fingerprint !== undefined && !/^[0-9a-f]{1,64}$/i.test(fingerprint as string)) {
    throw new InvalidInputError(
      `instance.source.fingerprint is ${describe(fingerprint)}; it must be up to 64 hexadecimal digits`,
    );
  }
  if (properties !== undefined && !(isMap(properties) && Object.values(properties).every(isText))) {
    throw new InvalidInputError('instance.source.properties must be an object of texts that are not empty');
  }
  if (protocol !== undefined && !protocols.includes(protocol as string)) {
    throw new InvalidInputError(
      `instance.source.protocol is ${describe(protocol)}; there are ${protocols.join(', ')}`,
    );
  }
  if (server === undefined && (protocol !== undefined || source.secret !== undefined)) {
    throw new InvalidInputError('instance.source needs a server for its protocol or secret');
  }
  const secure = protocol === undefined || protocol === 'lxd' || protocol === 'incus';
  if (server !== undefined && !(secure ? /^https:\/\/[^/]/i : /^https?:\/\/[^/]/i).test(server as string)) {
    throw new InvalidInputError(
      `instance.source.server is ${describe(server)}; it must be a URL that begins with https://`,
    );
  }
  return { ...wire(source), ...(server === undefined ? {} : { mode: 'pull' }) };
}

function copySource(source: JsonMap): CopySource {
  assertTexts(source, 'source', 'project');
  const [instance = '', snapshot, ...more] = ((source.source ?? '') as string).split('/');
  if (instance === '' || snapshot === '' || more.length > 0) {
    throw new InvalidInputError(
      `instance.source of type copy needs as its source the name of an instance, or 'instance/snapshot', not ${describe(source.source)}`,
    );
  }
  // The API's own spelling is understood too.
  const { instance_only: instanceOnly, allow_inconsistent: allowInconsistent, ...rest } = source;
  return { instanceOnly, allowInconsistent, ...rest } as unknown as CopySource;
}

function migrationSource(source: JsonMap): JsonMap {
  const { mode, operation, secrets } = source;
  if (mode !== 'pull' && mode !== 'push') {
    throw new InvalidInputError(
      `instance.source of type migration needs the mode 'pull' or 'push', not ${describe(mode)}`,
    );
  }
  assertTexts(source, 'operation', 'certificate', 'baseImage');
  if (mode === 'pull' && (operation === undefined || !isMap(secrets))) {
    throw new InvalidInputError(
      'instance.source: a migration that pulls needs the URL of an operation and its secrets',
    );
  }
  return wire(source);
}

function backupSource(source: JsonMap): BackupSource {
  assertTexts(source, 'pool');
  if (source.file === undefined || source.file === null)
    throw new InvalidInputError('instance.source of type backup needs a file');
  return source as unknown as BackupSource;
}

function assertTexts(source: JsonMap, ...keys: string[]): void {
  for (const key of keys) {
    const value = source[key];
    if (value === undefined || isText(value)) continue;
    const given = (value as unknown) === '' ? 'empty' : `no text but ${describe(value)}`;
    throw new InvalidInputError(`instance.source.${key} is ${given}`);
  }
}

function isText(value: Json): value is string {
  return typeof value === 'string' && value !== '';
}

/** By the API's names, one of which is not spelled like the others. */
function wire(source: JsonMap): JsonMap {
  const result = emptyMap();
  for (const [key, value] of Object.entries(source)) {
    if (value === undefined) continue;
    const name = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    result[name === 'base_image' ? 'base-image' : name] = value;
  }
  return result;
}
