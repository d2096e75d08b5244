import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { InvalidInputError, UnsupportedError, type OptionNames } from '../../../errors/index.js';
import {
  start,
  startNames,
  type Finish,
  type Operation,
  type OperationOptions,
  type StartOptions,
} from '../../../operations/index.js';
import { assertNewName, describe } from '../../../orm/index.js';
import type { ServerFacts } from '../../../rest/connection.js';
import type { InstanceConfig } from '../../../rest/endpoints/index.js';
import type { Session } from '../../../rest/session.js';
import { assertName, assertOverrides } from '../copy/body.js';
import { countdown } from '../../transfer/countdown.js';
import { Meter } from '../../transfer/meter.js';
import { readableFile } from '../../transfer/readable-file.js';
import { serverFacts } from '../../kind/server-facts.js';

/** The file of a backup: its path, its bytes, or a stream of them. */
export type BackupFile = string | Uint8Array | Readable | AsyncIterable<Uint8Array>;

/** What an imported instance gets. */
export interface ImportOptions extends OperationOptions {
  /** The one that it had by default. */
  name?: string | undefined;
  /** The storage pool; the one that it was in by default. */
  pool?: string | undefined;
  /** Devices over the backup's; extension `import_instance_devices` (LXD) or `backup_override_config` (Incus). */
  devices?: Record<string, Record<string, string>> | undefined;
  /** Keys over the backup's; extension `backup_override_config` (Incus). */
  config?: InstanceConfig | undefined;
}

/** For `assertOptions()`. */
export const importNames: OptionNames<ImportOptions & StartOptions> = {
  ...startNames,
  name: true,
  pool: true,
  devices: true,
  config: true,
};

/** How the file of a backup is sent, in pieces of so many bytes. */
const pieceSize = 1 << 20;

/** Makes an instance of a backup's file (POST /1.0/instances). */
export async function importInstance<T>(
  session: Session,
  file: BackupFile,
  { name, pool, devices, config, ...options }: ImportOptions & StartOptions,
  Class: { prototype: object },
  finish: Finish<T>,
): Promise<T | Operation<T>> {
  if (name !== undefined) assertNewName(name, 'instance');
  if (session.scope.target !== undefined) {
    throw new UnsupportedError(
      `No server imports to a chosen cluster member (${session.scope.target}), but to the one that is asked: import without a target, then move() it`,
    );
  }
  assertName(pool, 'import.pool');
  assertOverrides({ config, devices }, Class, 'import');
  const facts = await serverFacts(session, { signal: options.signal });
  const headers = headersFor(facts, { name, pool, devices, config });
  const { body, length } = await openFile(file);
  const meter = new Meter('upload', length, options.onProgress);
  const left = countdown(options.timeout);
  const request = {
    method: 'POST',
    path: '/1.0/instances',
    body,
    headers: { ...headers, ...(length === undefined ? {} : { 'content-length': String(length) }) },
    onUpload: meter.reach,
    patient: true, // the server unpacks some of the upload before it answers
  };
  try {
    const { wait = true, signal, ...waiting } = options;
    const sent = { ...request, signal, timeout: left() };
    const operation = await start(session, sent, finish, { waited: wait });
    meter.reach(length ?? meter.bytes); // of what went at once, no progress is told
    meter.end();
    return wait ? await operation.wait({ signal, ...waiting, timeout: left() }) : operation;
  } finally {
    if (body instanceof Readable) body.destroy(); // a request that never began has not read it
  }
}

/** Either product has headers and a language of its own for them. */
function headersFor(
  { product, extensions }: ServerFacts,
  { name, pool, devices, config }: Pick<ImportOptions, 'name' | 'pool' | 'devices' | 'config'>,
): Record<string, string> {
  const incus = product === 'incus';
  const prefix = incus ? 'x-incus-' : 'x-lxd-';
  const headers: Record<string, string> = {};
  if (name !== undefined) headers[`${prefix}name`] = name;
  if (pool !== undefined) headers[`${prefix}pool`] = pool;
  if (devices !== undefined) {
    const extension = incus ? 'backup_override_config' : 'import_instance_devices';
    if (!extensions.has(extension)) throw unsupported('devices', product, extension);
    headers[`${prefix}devices`] = incus ? spacedDevices(devices) : queryOfDevices(devices);
  }
  if (config !== undefined) {
    if (!extensions.has('backup_override_config')) {
      throw unsupported('config', product, 'backup_override_config');
    }
    headers[`${prefix}config`] = spaced(Object.entries(config), 'config');
  }
  return headers;
}

function unsupported(what: string, product: string | undefined, extension: string): UnsupportedError {
  const server = product === 'lxd' ? 'This LXD' : 'This Incus';
  return new UnsupportedError(
    `${server} cannot change the ${what} of what it imports (API extension ${extension}); change them afterwards`,
    extension,
  );
}

/** LXD: a query string of devices, each a query string of its own. */
function queryOfDevices(devices: Record<string, Record<string, string>>): string {
  const inner = Object.entries(devices).map(([name, device]): [string, string] => [
    name,
    new URLSearchParams(device).toString(),
  ]);
  return new URLSearchParams(inner).toString();
}

/** Incus: `name,key=value name,key=value`. */
function spacedDevices(devices: Record<string, Record<string, string>>): string {
  const all = Object.entries(devices).flatMap(([name, device]) => {
    if (name.includes(','))
      throw new InvalidInputError(`import(): Incus takes no comma in a device's name: ${name}`);
    return Object.entries(device).map(([key, value]): [string, string] => [`${name},${key}`, value]);
  });
  return spaced(all, 'devices');
}

/** There is no way to quote a space, at which the server would cut a value in silence or refuse the rest. */
function spaced(entries: [string, string | undefined][], where: string): string {
  const words = entries.flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]));
  for (const word of words) {
    if (!/[\s\0]/.test(word)) continue;
    const [key] = word.split('=');
    throw new InvalidInputError(
      `import(): ${where} '${String(key)}' has white space, which Incus cannot take here; set it afterwards`,
    );
  }
  // Headers are sent as Latin 1: this makes it the UTF-8 that the server reads.
  return Buffer.from(words.join(' ')).toString('latin1');
}

/** Opens what is to be sent; a file that is not there is said before anything is. */
async function openFile(file: BackupFile): Promise<{ body: Uint8Array | Readable; length?: number }> {
  if (file instanceof Uint8Array) return { body: file, length: file.byteLength };
  if (file instanceof Readable) return { body: file };
  if (typeof file === 'object' && Symbol.asyncIterator in file) return { body: Readable.from(file) };
  if (typeof file !== 'string' || file === '')
    throw new InvalidInputError(`import() takes a path, bytes or a stream, not ${describe(file)}`);
  const length = await readableFile(file, 'an import');
  return { body: createReadStream(file, { highWaterMark: pieceSize }), length };
}
