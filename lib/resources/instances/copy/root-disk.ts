import type { CallOptions, JsonMap } from '../../../orm/index.js';
import { asObjects } from '../../../rest/answers.js';
import type { Session } from '../../../rest/session.js';
import { rootDisk, type CopyOverrides } from './body.js';

/**
 * The root disk often comes from a profile, and elsewhere the profiles of those names may have none: then the copy gets
 * the original's as a device of its own, as the servers do it when they move an instance to another project.
 */
export async function withRootDisk<O extends CopyOverrides>(
  there: Session,
  original: JsonMap,
  overrides: O,
  options: CallOptions,
): Promise<O> {
  const root = rootDisk(original.expanded_devices);
  const given = overrides.pool !== undefined || rootDisk(overrides.devices) !== undefined;
  if (!root || given || rootDisk(original.devices)) return overrides;
  const names = overrides.profiles ?? (original.profiles as string[] | null) ?? [];
  const request = { method: 'GET', path: '/1.0/profiles', query: { recursion: 1 }, ...options };
  const all = asObjects<JsonMap>(await there.send(request), request);
  const profiles = all.filter(({ name }) => names.includes(name as string));
  if (profiles.some(({ devices }) => rootDisk(devices))) return overrides;
  const devices = { ...overrides.devices, [root.name]: root.device as Record<string, string> };
  return { ...overrides, devices };
}
