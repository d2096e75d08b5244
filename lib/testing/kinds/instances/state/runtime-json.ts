import { statusCodes, type InstanceRecord } from '../records.js';
import type { ProjectRecord } from '../../projects/project.js';
import type { State } from '../../../state/state.js';
import { never } from '../../../state/time.js';
import { nicAddresses } from '../../networks/nics.js';
import { nicNames } from './volatile.js';

const counters = {
  bytes_received: 0,
  bytes_sent: 0,
  packets_received: 0,
  packets_sent: 0,
  errors_received: 0,
  errors_sent: 0,
  packets_dropped_outbound: 0,
  packets_dropped_inbound: 0,
};

const loopback = {
  addresses: [
    { family: 'inet', address: '127.0.0.1', netmask: '8', scope: 'local' },
    { family: 'inet6', address: '::1', netmask: '128', scope: 'local' },
  ],
  counters,
  hwaddr: '',
  host_name: '',
  mtu: 65536,
  state: 'up',
  type: 'loopback',
};

function interfaceJson(
  project: ProjectRecord,
  instance: InstanceRecord,
  name: string,
): Record<string, unknown> {
  const { config } = instance;
  const addresses = nicAddresses(project, instance, name);
  return {
    addresses: addresses.map(({ family, address, netmask }) => ({
      family,
      address,
      netmask,
      scope: 'global',
    })),
    counters,
    hwaddr: config[`volatile.${name}.hwaddr`] ?? '',
    host_name: config[`volatile.${name}.host_name`] ?? '',
    mtu: 1500,
    state: 'up',
    type: 'broadcast',
  };
}

/** `/1.0/instances/{name}/state`. */
export function runtimeJson(
  state: State,
  project: ProjectRecord,
  instance: InstanceRecord,
): Record<string, unknown> {
  const isUp = instance.status !== 'Stopped';
  // Since when it runs, and what it may use.
  const isRich = state.product.name === 'incus';
  const network: Record<string, unknown> = { lo: loopback };
  for (const name of nicNames(project, instance)) network[name] = interfaceJson(project, instance, name);
  return {
    status: instance.status,
    status_code: statusCodes[instance.status],
    disk: {},
    memory: {
      usage: isUp ? 1048576 : 0,
      usage_peak: isUp ? 2097152 : 0,
      ...(isRich && { total: isUp ? 1073741824 : 0 }),
      swap_usage: 0,
      swap_usage_peak: 0,
    },
    network: isUp ? network : null,
    pid: isUp ? instance.pid : 0,
    processes: isUp ? 2 : 0,
    cpu: { usage: isUp ? 10000000 : 0, ...(isRich && { allocated_time: isUp ? 1000000000 : 0 }) },
    ...(isRich && { started_at: isUp ? instance.startedAt : never, os_info: null }),
  };
}
