import { expandedDevices } from '../instances/state/expand.js';
import type { InstanceRecord } from '../instances/records.js';
import { nicNames } from '../instances/state/volatile.js';
import type { ProjectRecord } from '../projects/project.js';
import type { DeviceMap } from '../../state/maps.js';
import type { State } from '../../state/state.js';
import { networksOf, type Network } from './records.js';

/** An instance's device on a network, once it runs. */
export interface Nic {
  project: ProjectRecord;
  instance: InstanceRecord;
  device: string;
  hwaddr: string;
  /** Its other end, on the host. */
  hostName: string;
  addresses: NicAddress[];
}

/** An address of such a device. */
export interface NicAddress {
  family: 'inet' | 'inet6';
  address: string;
  netmask: string;
  /** Is it what the device itself says? */
  isStatic: boolean;
}

/** The devices of running instances that are on a network. */
export function nicsOn(state: State, network: Network): Nic[] {
  return [...state.projects.values()].flatMap((project) => {
    if (networksOf(project.having('networks')).get(network.name) !== network) return [];
    return [...project.instances.values()].flatMap((instance) => {
      const names = instance.status === 'Stopped' ? [] : nicNames(project, instance);
      return names
        .filter((name) => networkOf(project, instance, name) === network)
        .map((device): Nic => {
          const {
            [`volatile.${device}.hwaddr`]: hwaddr = '',
            [`volatile.${device}.host_name`]: hostName = '',
          } = instance.config;
          return {
            project,
            instance,
            device,
            hwaddr,
            hostName,
            addresses: nicAddresses(project, instance, device),
          };
        });
    });
  });
}

/** The network that a device is on, if it is a managed one. */
function networkOf(project: ProjectRecord, instance: InstanceRecord, device: string): Network | undefined {
  const { network, parent = '' } = expandedDevices(project, instance)[device] ?? {};
  return networksOf(project.having('networks')).get(network ?? parent);
}

/** What a device of a running instance has: addresses of its network, or of none in particular. */
export function nicAddresses(project: ProjectRecord, instance: InstanceRecord, device: string): NicAddress[] {
  const { pid } = instance;
  const network = networkOf(project, instance, device);
  if (!network) {
    const address = `10.0.${(pid >> 8) & 255}.${pid & 255 || 1}`;
    return [{ family: 'inet', address, netmask: '16', isStatic: false }];
  }
  const own = expandedDevices(project, instance)[device] ?? {};
  return (['inet', 'inet6'] as const).flatMap((family) => {
    const key = family === 'inet' ? 'ipv4.address' : 'ipv6.address';
    const [gateway = '', netmask] = (network.config[key] ?? '').split('/');
    if (netmask === undefined) return [];
    const leased = family === 'inet' ? leased4(gateway, Number(netmask), pid) : leased6(gateway, pid);
    const address = own[key] || leased;
    return [{ family, address, netmask, isStatic: Boolean(own[key]) }];
  });
}

/** One of a subnet of 8 addresses or more, but the gateway's. */
function leased4(gateway: string, bits: number, pid: number): string {
  const size = 2 ** (32 - Math.min(bits, 29));
  const number = gateway.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const chosen = number - (number % size) + 2 + (pid % (size - 4));
  const given = chosen === number ? chosen + 1 : chosen;
  return [24, 16, 8, 0].map((shift) => Math.floor(given / 2 ** shift) % 256).join('.');
}

function leased6(gateway: string, pid: number): string {
  return gateway.replace(/::[\da-f]*$/, `::${(pid + 2).toString(16)}`);
}

/** What the servers say of the first of these devices that is on a network which is not there. */
export function nicsProblem(project: ProjectRecord, devices: DeviceMap): string | undefined {
  const owner = project.having('networks');
  for (const [name, { type, network }] of Object.entries(devices)) {
    if (type !== 'nic' || !network || networksOf(owner).has(network)) continue;
    const why = `Failed to load network "${network}" for project "${owner.name}": Network not found`;
    return `Device validation failed for "${name}": Failed loading device "${name}": ${why}`;
  }
  return undefined;
}
