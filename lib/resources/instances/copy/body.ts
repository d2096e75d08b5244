import type { OptionNames } from '../../../errors/index.js';
import { emptyMap, isMap, type Json, type JsonMap } from '../../../orm/index.js';
import type { InstanceConfig } from '../../../rest/endpoints/index.js';
import { assertFields, assertName } from '../../kind/given.js';

/** What a copy has of its own; all else is the original's. */
export interface CopyOverrides {
  /** In place of the original's. */
  profiles?: string[] | undefined;
  /** Keys over the original's; an empty text takes one away. */
  config?: InstanceConfig | undefined;
  /** Devices over the original's of the same names; `{ type: 'none' }` takes one of a profile away. */
  devices?: Record<string, Record<string, string>> | undefined;
  description?: string | undefined;
  /** Whether it is deleted when it stops. */
  ephemeral?: boolean | undefined;
  /** The storage pool of its root disk. */
  pool?: string | undefined;
}

/** For `assertOptions()`. */
export const overrideNames: OptionNames<CopyOverrides> = {
  profiles: true,
  config: true,
  devices: true,
  description: true,
  ephemeral: true,
  pool: true,
};

/**
 * The body of `POST /1.0/instances` for a copy, without its source. The server fills in nothing but `config` and `devices`,
 * and not even those between servers, so all else is always sent. The limits are, too: in a project with limits the
 * server adds up what the request says, before it looks at the original. `original` is the server's description of an instance
 * or a snapshot; `whole` sends its config and devices too.
 */
export function copyBody(
  original: JsonMap,
  name: string | undefined,
  overrides: CopyOverrides,
  { whole = false }: { whole?: boolean } = {},
): JsonMap {
  const { profiles, description, ephemeral } = overrides;
  return {
    ...(name === undefined ? {} : { name }),
    // A snapshot does not tell its type, and the server takes the original's.
    ...(typeof original.type === 'string' ? { type: original.type } : {}),
    architecture: original.architecture,
    description: description ?? original.description ?? '',
    ephemeral: ephemeral ?? original.ephemeral ?? false,
    profiles: profiles ?? original.profiles ?? [],
    config: merged(whole ? copiedConfig(original) : limitsOf(original), overrides.config),
    devices: devicesFor(original, overrides, whole),
  };
}

/** What every copy's source says, whichever way it goes. */
export function copySource(
  original: JsonMap,
  how: {
    instanceOnly?: boolean | undefined;
    refresh?: boolean | undefined;
    allowInconsistent?: boolean | undefined;
  },
): JsonMap {
  const { instanceOnly = false, refresh = false, allowInconsistent = false } = how;
  const image = mapOf(original.config)['volatile.base_image'];
  return {
    ...(image === undefined ? {} : { 'base-image': image }),
    instance_only: instanceOnly,
    ...(refresh ? { refresh } : {}),
    ...(allowInconsistent ? { allow_inconsistent: true } : {}),
  };
}

/** Refuses what the server would misread. */
export function assertOverrides(
  overrides: CopyOverrides,
  fields: { prototype: object },
  where: string,
): void {
  assertFields(overrides, fields, where);
  assertName(overrides.pool, `${where}.pool`);
}

/** The configuration that a copy takes over: what the server keeps for itself is not. */
export function copiedConfig({ config }: JsonMap): JsonMap {
  const copied = emptyMap();
  for (const [key, value] of Object.entries(mapOf(config))) {
    if (key === 'volatile.base_image' || !key.startsWith('volatile.')) copied[key] = value;
  }
  return copied;
}

/** Name and settings of the disk that holds the root. */
export function rootDisk(devices: Json): { name: string; device: JsonMap } | undefined {
  for (const [name, device] of Object.entries(mapOf(devices))) {
    if (isMap(device) && device.type === 'disk' && device.path === '/' && !device.source) {
      return { name, device };
    }
  }
  return undefined;
}

/** A map of the server's, empty where it sends null. */
export function mapOf(value: Json): JsonMap {
  return isMap(value) ? value : emptyMap();
}

function limitsOf({ config }: JsonMap): JsonMap {
  const limits = emptyMap();
  for (const [key, value] of Object.entries(mapOf(config)))
    if (key.startsWith('limits.')) limits[key] = value;
  return limits;
}

/** Its own root disk where that has a size, which is what a project's limit of disk space counts. */
function sizedRoot({ devices }: JsonMap): JsonMap {
  const root = rootDisk(devices);
  return root?.device.size === undefined ? {} : { [root.name]: root.device };
}

function devicesFor(original: JsonMap, { devices, pool }: CopyOverrides, whole: boolean): JsonMap {
  const result = merged(whole ? mapOf(original.devices) : sizedRoot(original), devices);
  if (pool === undefined) return result;
  const root = rootDisk(original.expanded_devices) ?? { name: 'root', device: { type: 'disk', path: '/' } };
  result[root.name] = { ...root.device, ...mapOf(result[root.name]), pool };
  return result;
}

function merged(...maps: (JsonMap | object | undefined)[]): JsonMap {
  const result = emptyMap();
  for (const map of maps) {
    for (const [key, value] of Object.entries(map ?? {}))
      if (value !== undefined) result[key] = value as Json;
  }
  return result;
}
