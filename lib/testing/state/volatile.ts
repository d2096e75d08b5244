import { randomBytes, randomUUID } from 'node:crypto';
import type { Product } from '../products/product.js';
import { expandedDevices } from './expand.js';
import { dict, type StringMap } from './maps.js';
import type { InstanceRecord, ProjectRecord } from './records.js';

const range = { Hostid: 100000, Nsid: 0, Maprange: 10000001 };
const idmap = JSON.stringify([
  { Isuid: true, Isgid: false, ...range },
  { Isuid: false, Isgid: true, ...range },
]);

/** The keys that the server writes into the config of a new instance. */
export function volatileOfNew(
  product: Product,
  type: InstanceRecord['type'],
  template: string,
  baseImage?: string,
): StringMap {
  const uuid = randomUUID();
  return dict(
    { 'volatile.apply_template': template, 'volatile.cloud-init.instance-id': randomUUID() },
    baseImage === undefined ? undefined : { 'volatile.base_image': baseImage },
    type === 'container'
      ? { 'volatile.idmap.base': '0', 'volatile.idmap.next': idmap, 'volatile.last_state.idmap': '[]' }
      : undefined,
    { 'volatile.uuid': uuid },
    product.volatileOnCreate(uuid),
  );
}

/** Writes what a start changes in the config. */
export function noteStart(product: Product, project: ProjectRecord, instance: InstanceRecord): void {
  noteNics(product, project, instance);
  const { config } = instance;
  delete config['volatile.apply_template'];
  config['volatile.last_state.power'] = 'RUNNING';
  if (instance.type === 'container') {
    Object.assign(config, { 'volatile.idmap.current': idmap }, product.volatileOnStart(idmap));
  }
  for (const name of nicNames(project, instance)) {
    config[`volatile.${name}.host_name`] = `veth${randomBytes(4).toString('hex')}`;
  }
}

/** Gives each network device a hardware address of its own, as soon as it is there. */
export function noteNics(product: Product, project: ProjectRecord, instance: InstanceRecord): void {
  const { config } = instance;
  for (const name of nicNames(project, instance)) {
    config[`volatile.${name}.hwaddr`] ??=
      `${product.macPrefix}${randomBytes(3).toString('hex').replace(/../g, ':$&')}`;
  }
}

/** Writes what a stop changes in the config. */
export function noteStop(product: Product, project: ProjectRecord, instance: InstanceRecord): void {
  Object.assign(instance.config, { 'volatile.last_state.power': 'STOPPED' }, product.volatileOnStop);
  for (const name of nicNames(project, instance)) delete instance.config[`volatile.${name}.host_name`];
}

/** The names of the network devices of an instance. */
export function nicNames(project: ProjectRecord, instance: InstanceRecord): string[] {
  const devices = expandedDevices(project, instance);
  return Object.keys(devices).filter((name) => devices[name]!.type === 'nic');
}
