import { dict, type DeviceMap, type StringMap } from '../../../state/maps.js';
import type { Configured } from '../records.js';
import type { ProjectRecord } from '../../projects/project.js';

type Local = Pick<Configured, 'config' | 'devices' | 'profiles'>;

/** The config that holds: that of the profiles, in their order, and its own. */
export function expandedConfig(project: ProjectRecord, { config, profiles }: Local): StringMap {
  return dict(...profiles.map((name) => project.profiles.get(name)?.config), config);
}

/** The devices that it has: those of the profiles, in their order, and its own; a later one replaces all of an earlier. */
export function expandedDevices(project: ProjectRecord, { devices, profiles }: Local): DeviceMap {
  return dict(...profiles.map((name) => project.profiles.get(name)?.devices), devices);
}
