import { poolsOf } from '../storage/shelves.js';
import type { Call } from '../../http/call.js';
import { started } from '../../http/reply.js';
import { unpackBackup } from './state/backups.js';
import { createInstance } from './state/create.js';
import { deviceMap, dict, type DeviceMap, type StringMap } from '../../state/maps.js';
import { devicesIn, poolOf } from '../storage/root-disks.js';
import { Refusal } from '../../state/refusal.js';
import { giveSnapshots } from './state/snapshots.js';
import { instanceResources } from './resources.js';

/** POST of the file of a backup: the instance that is in it, under a name of its own if it is given one. */
export async function importBackup(call: Call): Promise<Response> {
  const { state, product } = call;
  const project = call.project('Failed loading project: Project not found');
  const backup = unpackBackup(await call.bytes());
  const name = call.header('name') || backup.name;
  const pool = call.header('pool');
  if (pool && !poolsOf(state).has(pool)) {
    throw new Refusal(500, 'Storage pool not found: Storage pool not found');
  }
  const operation = state.operations.start({
    project: project.name,
    description: 'Restoring backup',
    resources: instanceResources(product, project.name, [name], backup.type),
    run() {
      if (project.instances.has(name)) {
        const reason = 'Cannot restore volume, already exists on target';
        throw new Refusal(500, `Create instance from backup: ${reason}`);
      }
      const { instance: from, snapshots } = backup;
      const config = dict<string>(from.config, configOf(call));
      const given = deviceMap({ ...from.devices, ...devicesOf(call) });
      const where = { ...from, devices: given };
      const isElsewhere = pool && poolOf(project, where) !== pool;
      const devices = isElsewhere ? devicesIn(project, where, pool) : given;
      const made = createInstance(state, project, {
        ...from,
        name,
        type: backup.type,
        config: dict(),
        devices,
      });
      made.config = config;
      made.files = from.files;
      made.imageData = from.imageData;
      made.createdAt = from.createdAt;
      giveSnapshots(state, project, made, snapshots);
    },
  });
  return started(operation);
}

/** Incus: `key=value key=value`; LXD has no such header. */
function configOf(call: Call): StringMap {
  const given = call.product.name === 'incus' ? (call.header('config') ?? '') : '';
  return pairs(Buffer.from(given, 'latin1').toString());
}

function pairs(text: string): StringMap {
  const map = dict<string>();
  for (const word of text.split(' ').filter(Boolean)) {
    const [key = '', ...value] = word.split('=');
    map[key] = value.join('=');
  }
  return map;
}

/** LXD: a query of queries; Incus: `device,key=value device,key=value`. */
function devicesOf(call: Call): DeviceMap {
  const devices = dict<Record<string, string>>();
  const given = call.header('devices') ?? '';
  if (call.product.name === 'lxd') {
    for (const [name, query] of new URLSearchParams(given)) {
      devices[name] = Object.fromEntries(new URLSearchParams(query));
    }
    return deviceMap(devices);
  }
  for (const [key, value] of Object.entries(pairs(given))) {
    const [name = '', property = ''] = key.split(',');
    devices[name] = { ...devices[name], [property]: value };
  }
  return deviceMap(devices);
}
