import { configProblem } from '../../../validation/config.js';
import { nicsProblem } from '../../networks/nics.js';
import { devicesProblem, rootDisk } from '../../../validation/devices.js';
import { expandedDevices } from './expand.js';
import { withoutEmpty, type DeviceMap, type StringMap } from '../../../state/maps.js';
import { poolOf } from '../../storage/root-disks.js';
import type { InstanceRecord } from '../records.js';
import type { ProjectRecord } from '../../projects/project.js';
import { Refusal } from '../../../state/refusal.js';
import type { State } from '../../../state/state.js';

/** Of an instance without any device. */
const noDevices = { lxd: undefined, incus: 'Invalid root disk device: No root device could be found' };

/** All of an instance that can be written. */
export interface InstanceUpdate {
  architecture: string;
  config: StringMap;
  devices: DeviceMap;
  profiles: string[];
  description: string;
  ephemeral: boolean;
}

const idmapKeys = ['base', 'current', 'next'].map((end) => `volatile.idmap.${end}`);
const protectedKeys = [...idmapKeys, 'volatile.last_state.idmap'];

/** Replaces what can be written of an instance, or says what the server would say. */
export function updateInstance(
  state: State,
  project: ProjectRecord,
  instance: InstanceRecord,
  update: InstanceUpdate,
): void {
  const problem = updateProblem(state, project, instance, update);
  if (problem) throw new Refusal(500, problem);
  Object.assign(instance, update, { config: withoutEmpty(update.config) });
  state.lifecycle(project.name, 'instance-updated', ['instances', instance.name]);
}

function updateProblem(
  { product }: State,
  project: ProjectRecord,
  instance: InstanceRecord,
  { config, devices, profiles }: InstanceUpdate,
): string | undefined {
  const badConfig = configProblem(product.name, instance.type, config);
  if (badConfig) return `Invalid config: ${badConfig}`;
  const badDevices = devicesProblem(devices);
  if (badDevices) return `Invalid devices: ${badDevices}`;
  const badNic = nicsProblem(project, devices);
  if (badNic !== undefined) throw new Refusal(404, `Invalid devices: ${badNic}`);
  if (new Set(profiles).size < profiles.length) return 'Duplicate profile found in request';
  if (protectedKeys.some((key) => key in instance.config && !(key in config))) {
    return "Volatile idmap keys can't be deleted by the user";
  }
  // Written as an empty text it passes that check, and is then read as a JSON list.
  if (config['volatile.idmap.next'] === '') return 'Initialize LXC: unexpected end of JSON input';
  const expanded = expandedDevices(project, { config, devices, profiles });
  const root = rootDisk(expanded);
  if (root) {
    const pool = poolOf(project, instance);
    const isElsewhere = root.pool !== undefined && pool !== '' && root.pool !== pool;
    return isElsewhere
      ? `Cannot update root disk device pool name to ${JSON.stringify(root.pool)}`
      : undefined;
  }
  if (Object.keys(expanded).length === 0) return noDevices[product.name];
  return 'Invalid expanded devices: Failed detecting root disk device: No root device could be found';
}
