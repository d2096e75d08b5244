import { existsSync } from 'node:fs';
import { assertDevices, assertInherited } from '../../../devices/check.js';
import { isHostPath } from '../../../devices/rules.js';
import { dict, isOn, type DeviceMap, type StringMap } from '../../../state/maps.js';
import { prefixed, Refusal } from '../../../state/refusal.js';
import type { State } from '../../../state/state.js';
import type { ProjectRecord } from '../../projects/project.js';
import { poolsOf, volumesOf } from '../../storage/shelves.js';
import type { Configured, InstanceRecord } from '../records.js';
import { expandedDevices } from './expand.js';

type Having = Pick<InstanceRecord, 'type'> & Pick<Configured, 'config' | 'devices' | 'profiles'>;

const none = dict<StringMap>();

/** Looks at the devices of an instance as they are written, and no further. @throws Refusal */
export function assertOwnDevices(
  { product }: State,
  project: ProjectRecord,
  { type, devices }: Having,
  expanded: DeviceMap = none,
): void {
  assertDevices({ product: product.name, project, type, local: devices, expanded });
}

/** Looks at all that an instance has, and at those of its profiles. @throws Refusal */
export function assertAllDevices(state: State, project: ProjectRecord, instance: Having): void {
  const { type, devices: local } = instance;
  const expanded = expandedDevices(project, instance);
  assertOwnDevices(state, project, instance, expanded);
  assertInherited({ product: state.product.name, project, type, local, expanded });
}

const start = (name: string): string => `Failed add validation for device "${name}": `;

// Incus gives such a device an address by itself, of a length that it then refuses.
const isUnusable = ({ type, nictype, hwaddr }: StringMap): boolean =>
  type === 'infiniband' && nictype === 'sriov' && !hwaddr;
const noHwaddr =
  'Invalid value for device option "hwaddr": Invalid value, must be either 8 or 20 bytes of hex separated by colons';

/** Refuses what only a new instance's devices can say. @throws Refusal */
export function assertNotInitial({ product }: State, { devices }: Having, before: DeviceMap): void {
  const isInitial = ([name, device]: [string, StringMap]) =>
    Object.keys(device).some((key) => key.startsWith('initial.')) && !isSame(device, before[name]);
  if (product.name === 'incus' && Object.entries(devices).some(isInitial)) {
    const why = 'cannot be added once the instance is created';
    throw new Refusal(500, `New device with initial configuration ${why}`);
  }
}

/** Looks whether what these devices name is there, of those that are not as they were. @throws Refusal */
export function assertAddable(
  state: State,
  project: ProjectRecord,
  instance: Having,
  before: DeviceMap = none,
): void {
  const { product } = state;
  for (const [name, device] of Object.entries(expandedDevices(project, instance))) {
    if (isSame(device, before[name])) continue;
    if (product.name === 'incus' && isUnusable(device)) throw new Refusal(500, `${start(name)}${noHwaddr}`);
    if (device.type !== 'disk') continue;
    prefixed(start(name), () => {
      assertSource(state, name, device);
      if (device.pool) assertVolume(state, project, device, instance.type);
    });
  }
}

function isSame(device: StringMap, before: StringMap = dict()): boolean {
  const keys = Object.keys({ ...device, ...before });
  return keys.every((key) => (device[key] ?? '') === (before[key] ?? ''));
}

function assertSource({ product }: State, name: string, device: StringMap): void {
  const { source = '', required = 'true', optional = 'false' } = device;
  const isNeeded = isOn(required) && !isOn(optional);
  if (!isNeeded || !isHostPath(device, { product: product.name }) || existsSync(source)) return;
  throw new Refusal(500, `Missing source path "${source}" for disk "${name}"`);
}

function assertVolume(
  state: State,
  project: ProjectRecord,
  { pool = '', source, path }: StringMap,
  type: InstanceRecord['type'],
): void {
  if (!poolsOf(state).has(pool)) {
    throw new Refusal(404, `Failed to get storage pool "${pool}": Storage pool not found`);
  }
  if (!source || path === '/') return;
  const [name = '', snapshot] = state.product.name === 'incus' ? source.split('/') : [source];
  const volume = volumesOf(project.having('storage.volumes'), pool).get(name);
  if (!volume) throw new Refusal(404, 'Failed loading custom volume: Storage volume not found');
  const { content_type: content } = volume;
  if (content === 'filesystem') {
    if (!path) throw new Refusal(500, 'Custom filesystem volumes require a path to be defined');
    return;
  }
  const what = content === 'iso' ? 'ISO' : 'block';
  if (type === 'container') throw new Refusal(500, `Custom ${what} volumes cannot be used on containers`);
  if (path) throw new Refusal(500, `Custom ${what} volumes cannot have a path defined`);
  if (snapshot !== undefined && what === 'block')
    throw new Refusal(500, 'Custom block volume snapshots cannot be used directly');
}
