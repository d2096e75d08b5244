import { rootDisk } from '../../devices/root-disk.js';
import { expandedDevices } from '../instances/state/expand.js';
import { deviceMap, dict, type DeviceMap } from '../../state/maps.js';
import type { Configured } from '../instances/records.js';
import type { ProjectRecord } from '../projects/project.js';
import { Refusal } from '../../state/refusal.js';
import type { State } from '../../state/state.js';
import { poolsOf } from './shelves.js';

type Rooted = Pick<Configured, 'config' | 'devices' | 'profiles'>;

/** The pool of the root disk; empty without one. */
export function poolOf(project: ProjectRecord, of: Rooted): string {
  return rootDisk(expandedDevices(project, of))?.pool ?? '';
}

/** How the servers refuse the pool of this root disk; `undefined` if it is there. */
export function poolProblem(state: State, project: ProjectRecord, wanted: Rooted): Refusal | undefined {
  const devices = expandedDevices(project, wanted);
  const name = rootName(devices);
  if (name === undefined) return undefined;
  const pool = devices[name]?.pool;
  if (!pool || poolsOf(state).has(pool)) return undefined;
  return new Refusal(404, 'Failed loading storage pool: Storage pool not found');
}

/** The devices with the root disk in another pool, as one of its own. */
export function devicesIn(project: ProjectRecord, of: Rooted, pool: string): DeviceMap {
  const all = expandedDevices(project, of);
  const name = rootName(all) ?? 'root';
  return deviceMap({ ...of.devices, [name]: { ...(all[name] ?? newRoot), pool } });
}

/** A snapshot's devices in this pool: it gets a root disk of its own if it would be in another. */
export function snapshotDevicesIn(project: ProjectRecord, of: Rooted, pool: string): DeviceMap {
  if (poolOf(project, of) === pool) return deviceMap(of.devices);
  const own = rootName(of.devices);
  const devices = deviceMap(of.devices);
  devices[own ?? 'root'] = dict<string>(own === undefined ? newRoot : devices[own], { pool });
  return devices;
}

/**
 * The pool that an instance from another server goes to, and its devices with a root disk there: the one that it names,
 * else that of its profiles, else the only one.
 */
export function poolForNew(
  state: State,
  project: ProjectRecord,
  { devices, profiles }: Rooted,
): { pool: string; devices: DeviceMap } {
  const pools = poolsOf(state);
  const own = rootName(devices);
  const named = own === undefined ? '' : (devices[own]?.pool ?? '');
  const inherited = poolOf(project, { config: {}, devices: {}, profiles });
  const [only = ''] = pools.size === 1 ? pools.keys() : [];
  const pool = (pools.has(named) ? named : '') || inherited || only;
  if (own === undefined && inherited) return { pool, devices };
  const name = own ?? 'root';
  return { pool, devices: deviceMap({ ...devices, [name]: { ...(devices[name] ?? newRoot), pool } }) };
}

const newRoot = { path: '/', type: 'disk' };

function rootName(devices: DeviceMap): string | undefined {
  return Object.keys(devices).find((name) => rootDisk(dict({ [name]: devices[name]! })) !== undefined);
}
