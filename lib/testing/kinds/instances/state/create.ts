import { isDeviceType } from '../../../devices/check.js';
import { rootDisk } from '../../../devices/root-disk.js';
import { configProblem } from '../../../validation/config.js';
import { idMapProblem } from '../../../validation/run.js';
import { assertAddable, assertAllDevices, assertOwnDevices } from './devices.js';
import { expandedConfig, expandedDevices } from './expand.js';
import { poolOf, poolProblem } from '../../storage/root-disks.js';
import { dict, withoutBlanks, withoutEmpty, type DeviceMap, type StringMap } from '../../../state/maps.js';
import type { InstanceRecord } from '../records.js';
import type { ProjectRecord } from '../../projects/project.js';
import { prefixed, Refusal } from '../../../state/refusal.js';
import type { State } from '../../../state/state.js';
import { epoch, never } from '../../../state/time.js';
import { noteNics, volatileOfNew } from './volatile.js';

const quirks = {
  lxd: {
    /** What the event of a new instance says beside what both say. */
    context: {},
    badDevice: (type: string) => `Invalid device type ${type}`,
    exists: 'This "instances" entry already exists',
    initializing: 'initialising',
  },
  incus: {
    context: { location: 'none' },
    badDevice: (type: string) => `Invalid device type "${type}"`,
    exists:
      'Failed to create "instances" entry: UNIQUE constraint failed: instances.project_id, instances.name',
    initializing: 'initializing',
  },
};

/** What a new instance is to be. */
export interface NewInstance {
  name: string;
  type: InstanceRecord['type'];
  architecture: string;
  config: StringMap;
  devices: DeviceMap;
  profiles: string[];
  description: string;
  ephemeral: boolean;
  /** `create`, or `copy`: what the server would run the templates of the image for. */
  template?: string;
  baseImage?: string;
}

function refuse(problem: string, status = 500): never {
  throw new Refusal(status, `Failed creating instance record: ${problem}`);
}

/** Makes the instance, or says what the server would say at the end of the operation. */
export function createInstance(state: State, project: ProjectRecord, given: NewInstance): InstanceRecord {
  const wanted = { ...given, devices: withoutBlanks(given.devices) };
  check(state, project, wanted);
  const { name, type, architecture, profiles, description, ephemeral } = wanted;
  const volatile = volatileOfNew(state, type, wanted.template ?? 'create', wanted.baseImage);
  const instance: InstanceRecord = {
    name,
    type,
    architecture,
    profiles,
    description,
    ephemeral,
    config: dict(withoutEmpty(wanted.config), volatile),
    devices: wanted.devices,
    createdAt: state.now(),
    lastUsedAt: epoch,
    startedAt: never,
    stateful: false,
    status: 'Stopped',
    pid: 0,
    snapshots: new Map(),
  };
  noteNics(state, project, instance);
  addNew(state, project, instance);
  return instance;
}

/** Puts a new instance into a project, and tells of it. */
export function addNew(state: State, project: ProjectRecord, instance: InstanceRecord): void {
  const { name, type } = instance;
  project.instances.set(name, instance);
  state.lifecycle(project.name, 'instance-created', ['instances', name], {
    ...quirks[state.product.name].context,
    'storage-pool': poolOf(project, instance),
    type,
  });
}

function check(state: State, project: ProjectRecord, wanted: NewInstance): void {
  const { product } = state;
  const { badDevice, exists, initializing } = quirks[product.name];
  const problem = configProblem(product.name, wanted.type, wanted.config);
  if (problem) refuse(problem);
  for (const { type = '' } of Object.values(wanted.devices)) {
    if (!isDeviceType(type)) refuse(badDevice(type));
  }
  if (project.instances.has(wanted.name)) {
    refuse(`Add instance info to the database: ${exists}`);
  }
  const start = `Failed creating instance record: Failed ${initializing} instance: `;
  const expanded = expandedDevices(project, wanted);
  prefixed(`${start}Invalid devices: `, () => {
    assertOwnDevices(state, project, wanted, expanded);
    if (Object.keys(expanded).length === 0) return;
    if (!rootDisk(expanded)) throw new Refusal(500, `Failed detecting root disk device: ${noRoot}`);
    assertAllDevices(state, project, wanted);
  });
  prefixed(start, () => {
    if (!rootDisk(expanded)) throw new Refusal(500, `Failed getting root disk: ${noRoot}`);
    const badPool = poolProblem(state, project, wanted);
    if (badPool) throw badPool;
    const badMap = wanted.type === 'container' && idMapProblem(product.name, expandedConfig(project, wanted));
    if (badMap) throw new Refusal(500, badMap);
    assertAddable(state, project, wanted);
  });
}

const noRoot = 'No root device could be found';
