import { expandedDevices } from './expand.js';
import { dict, type StringMap } from '../../../state/maps.js';
import type { InstanceRecord } from '../records.js';
import type { ProjectRecord } from '../../projects/project.js';
import type { State } from '../../../state/state.js';

/** The keys that come with these, beside those of both. */
const quirks = {
  lxd: {
    macPrefix: '00:16:3e',
    onCreate: (_uuid: string) => ({}),
    onStart: (map: string) => ({ 'volatile.last_state.idmap': map }),
    onStop: {},
  },
  incus: {
    macPrefix: '10:66:6a',
    onCreate: (uuid: string) => ({ 'volatile.uuid.generation': uuid }),
    onStart: (_map: string) => ({}),
    onStop: { 'volatile.last_state.ready': 'false' },
  },
};

const range = { Hostid: 100000, Nsid: 0, Maprange: 10000001 };
const idmap = JSON.stringify([
  { Isuid: true, Isgid: false, ...range },
  { Isuid: false, Isgid: true, ...range },
]);

/** The keys that the server writes into the config of a new instance. */
export function volatileOfNew(
  { product, chance }: State,
  type: InstanceRecord['type'],
  template: string,
  baseImage?: string,
): StringMap {
  const uuid = chance.uuid();
  return dict(
    { 'volatile.apply_template': template, 'volatile.cloud-init.instance-id': chance.uuid() },
    baseImage === undefined ? undefined : { 'volatile.base_image': baseImage },
    type === 'container'
      ? { 'volatile.idmap.base': '0', 'volatile.idmap.next': idmap, 'volatile.last_state.idmap': '[]' }
      : undefined,
    { 'volatile.uuid': uuid },
    quirks[product.name].onCreate(uuid),
  );
}

/** Writes what a start changes in the config. */
export function noteStart(state: State, project: ProjectRecord, instance: InstanceRecord): void {
  const { product, chance } = state;
  noteNics(state, project, instance);
  const { config } = instance;
  delete config['volatile.apply_template'];
  config['volatile.last_state.power'] = 'RUNNING';
  if (instance.type === 'container') {
    Object.assign(config, { 'volatile.idmap.current': idmap }, quirks[product.name].onStart(idmap));
  }
  for (const name of nicNames(project, instance)) {
    config[`volatile.${name}.host_name`] = `veth${chance.hex(4)}`;
  }
}

/** Gives each network device a hardware address of its own, as soon as it is there. */
export function noteNics({ product, chance }: State, project: ProjectRecord, instance: InstanceRecord): void {
  const { config } = instance;
  for (const name of nicNames(project, instance)) {
    config[`volatile.${name}.hwaddr`] ??=
      `${quirks[product.name].macPrefix}${chance.hex(3).replace(/../g, ':$&')}`;
  }
}

/** Writes what a stop changes in the config. */
export function noteStop({ product }: State, project: ProjectRecord, instance: InstanceRecord): void {
  Object.assign(instance.config, { 'volatile.last_state.power': 'STOPPED' }, quirks[product.name].onStop);
  for (const name of nicNames(project, instance)) delete instance.config[`volatile.${name}.host_name`];
}

/** The names of the network devices of an instance. */
export function nicNames(project: ProjectRecord, instance: InstanceRecord): string[] {
  const devices = expandedDevices(project, instance);
  return Object.keys(devices).filter((name) => devices[name]!.type === 'nic');
}
