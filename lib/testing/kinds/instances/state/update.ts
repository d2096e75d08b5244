import { configProblem } from '../../../validation/config.js';
import { runProblem } from '../../../validation/run.js';
import { rootDisk } from '../../../devices/root-disk.js';
import { assertAddable, assertAllDevices, assertNotInitial, assertOwnDevices } from './devices.js';
import { expandedConfig, expandedDevices } from './expand.js';
import { withoutBlanks, withoutEmpty, type DeviceMap, type StringMap } from '../../../state/maps.js';
import { poolOf } from '../../storage/root-disks.js';
import type { InstanceRecord } from '../records.js';
import type { ProjectRecord } from '../../projects/project.js';
import { prefixed, Refusal } from '../../../state/refusal.js';
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
  given: InstanceUpdate,
): void {
  // Incus drops what holds nothing before it looks at the rest.
  const blanks = state.product.name === 'incus' ? withoutBlanks(given.devices) : given.devices;
  const update = { ...given, devices: blanks };
  const problem = updateProblem(state, project, instance, update);
  if (problem) throw new Refusal(500, problem);
  const { devices: own, profiles } = update;
  if (Object.keys(expandedDevices(project, update)).length > 0) {
    prefixed('Invalid expanded devices: ', () =>
      assertAllDevices(state, project, { ...instance, devices: own, profiles }),
    );
  }
  assertNotInitial(state, { ...instance, devices: own }, instance.devices);
  assertAddable(state, project, { ...instance, devices: own, profiles }, expandedDevices(project, instance));
  const { config, devices } = update;
  const whole = expandedConfig(project, { config, devices, profiles });
  const cannotRun = instance.type === 'container' ? runProblem(state.product.name, whole) : undefined;
  if (cannotRun !== undefined) throw new Refusal(500, cannotRun);
  Object.assign(instance, update, { config: withoutEmpty(config), devices: withoutBlanks(devices) });
  state.lifecycle(project.name, 'instance-updated', ['instances', instance.name]);
}

function updateProblem(
  state: State,
  project: ProjectRecord,
  instance: InstanceRecord,
  { config, devices, profiles }: InstanceUpdate,
): string | undefined {
  const { product } = state;
  const badConfig = configProblem(product.name, instance.type, config);
  if (badConfig) return `Invalid config: ${badConfig}`;
  prefixed('Invalid devices: ', () => assertOwnDevices(state, project, { ...instance, devices }));
  if (new Set(profiles).size < profiles.length) return 'Duplicate profile found in request';
  if (protectedKeys.some((key) => key in instance.config && !(key in config))) {
    return "Volatile idmap keys can't be deleted by the user";
  }
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
