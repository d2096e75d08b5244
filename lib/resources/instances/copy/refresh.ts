import { emptyMap, type CallOptions, type Json, type JsonMap } from '../../../orm/index.js';
import type { Instance } from '../instance.js';
import { mapOf, rootDisk } from './body.js';

/**
 * Gives a refreshed copy what the server leaves as it was: the original's configuration, devices, profiles, description
 * (`wanted`, as in the body of a copy). The copy keeps its own root disk, which cannot be in another pool.
 */
export async function alignCopy(made: Instance, wanted: JsonMap, options: CallOptions): Promise<void> {
  made.description = wanted.description as string;
  made.ephemeral = wanted.ephemeral as boolean;
  made.profiles = wanted.profiles as string[];
  replace(made.config, mapOf(wanted.config), (key) => key.startsWith('volatile.'));
  replace(made.devices, devicesOf(made, wanted), () => false);
  if (!made.isDirty) return;
  await made.save(options);
  await made.fetch(options); // what profiles add is the server's to say
}

function devicesOf(made: Instance, wanted: JsonMap): JsonMap {
  const devices: JsonMap = Object.assign(emptyMap(), wanted.devices);
  const theirs = rootDisk(devices);
  if (theirs) delete devices[theirs.name];
  const ours = rootDisk(made.devices);
  if (ours) devices[ours.name] = ours.device;
  return devices;
}

/** Makes one map the other, in place, but for keys that are to be kept. */
function replace(map: object, wanted: JsonMap, kept: (key: string) => boolean): void {
  const target = map as Record<string, Json>;
  for (const key of Object.keys(target)) if (!kept(key) && !Object.hasOwn(wanted, key)) delete target[key];
  for (const [key, value] of Object.entries(wanted)) if (!kept(key)) target[key] = value;
}
