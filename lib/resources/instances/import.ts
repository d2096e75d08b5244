import { InvalidInputError, UnsupportedError, type OptionNames } from '../../errors/index.js';
import {
  startNames,
  type Ended,
  type Finish,
  type OperationOptions,
  type StartOptions,
} from '../../operations/index.js';
import { assertNewName } from '../../orm/index.js';
import type { ServerFacts } from '../../rest/connection.js';
import type { InstanceConfig } from '../../rest/endpoints/index.js';
import type { Session } from '../../rest/session.js';
import { assertHeaders, importHeaders } from '../backups/import.js';
import { serverFacts } from '../kind/server-facts.js';
import { upload, type BackupFile } from '../transfer/upload.js';
import { assertName } from '../kind/given.js';
import { assertOverrides } from './copy/body.js';

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

/** Makes an instance of a backup's file (POST /1.0/instances). */
export async function importInstance<T, W extends boolean>(
  session: Session,
  file: BackupFile,
  { name, pool, devices, config, ...options }: ImportOptions & StartOptions<W>,
  Class: { prototype: object },
  finish: Finish<T>,
): Promise<Ended<T, W>> {
  if (name !== undefined) assertNewName(name, 'instance');
  if (session.scope.target !== undefined) {
    throw new UnsupportedError(
      `No server imports to a chosen cluster member (${session.scope.target}), but to the one that is asked: import without a target, then move() it`,
    );
  }
  assertName(pool, 'import.pool');
  assertHeaders({ name, pool });
  assertOverrides({ config, devices }, Class, 'import');
  const asked = async () => {
    const facts = await serverFacts(session, { signal: options.signal });
    return { path: '/1.0/instances', headers: headersFor(facts, { name, pool, devices, config }) };
  };
  return upload(session, file, asked, options, finish);
}

/** Either product has headers and a language of its own for them. */
function headersFor(
  facts: ServerFacts,
  { name, pool, devices, config }: Pick<ImportOptions, 'name' | 'pool' | 'devices' | 'config'>,
): Record<string, string> {
  const { product, extensions } = facts;
  const incus = product === 'incus';
  const said: Record<string, string | undefined> = { name, pool };
  if (devices !== undefined) {
    const extension = incus ? 'backup_override_config' : 'import_instance_devices';
    if (!extensions.has(extension)) throw unsupported('devices', product, extension);
    said.devices = incus ? spacedDevices(devices) : queryOfDevices(devices);
  }
  if (config !== undefined) {
    if (!extensions.has('backup_override_config')) {
      throw unsupported('config', product, 'backup_override_config');
    }
    said.config = spaced(Object.entries(config), 'config');
  }
  return importHeaders(facts, said);
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
  return words.join(' ');
}
