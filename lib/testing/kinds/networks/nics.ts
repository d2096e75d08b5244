import { expandedDevices } from '../instances/state/expand.js';
import type { InstanceRecord } from '../instances/records.js';
import { nicNames } from '../instances/state/volatile.js';
import type { ProjectRecord } from '../projects/project.js';
import type { State } from '../../state/state.js';
import { printedAddress } from '../../validation/values.js';
import { gatewaysOf, networksOf, type Network } from './records.js';

/** An instance's device on a network. */
export interface Nic {
  project: ProjectRecord;
  instance: InstanceRecord;
  device: string;
  hwaddr: string;
  /** Its other end, on the host; empty while the instance is stopped. */
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

/** The devices that are on a network. */
export function nicsOn(state: State, network: Network): Nic[] {
  return [...state.projects.values()].flatMap((project) => {
    if (networksOf(project.having('networks')).get(network.name) !== network) return [];
    return [...project.instances.values()].flatMap((instance) => {
      return nicNames(project, instance)
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

/**
 * What a device has: the addresses of its network that it names, one for its hardware address, and one that is leased while
 * the instance runs; or one of no network in particular.
 */
export function nicAddresses(project: ProjectRecord, instance: InstanceRecord, device: string): NicAddress[] {
  const { config, pid, status } = instance;
  const network = networkOf(project, instance, device);
  if (!network) {
    const address = `10.0.${(pid >> 8) & 255}.${pid & 255 || 1}`;
    return [{ family: 'inet', address, netmask: '16', isStatic: false }];
  }
  const own = expandedDevices(project, instance)[device] ?? {};
  const hwaddr = config[`volatile.${device}.hwaddr`] ?? '';
  return gatewaysOf(network).flatMap(([version, gateway, netmask]): NicAddress[] => {
    const family = version === 4 ? 'inet' : 'inet6';
    const fixed = own[`ipv${version}.address`];
    if (fixed) return [{ family, address: fixed, netmask, isStatic: true }];
    if (version === 6) return [{ family, address: derived(gateway, hwaddr), netmask, isStatic: false }];
    return status === 'Stopped'
      ? []
      : [{ family, address: leased(gateway, Number(netmask), pid), netmask, isStatic: false }];
  });
}

/** One of a subnet of 8 addresses or more, but the gateway's. */
function leased(gateway: string, bits: number, pid: number): string {
  const size = 2 ** (32 - Math.min(bits, 29));
  const number = gateway.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const chosen = number - (number % size) + 2 + (pid % (size - 4));
  const given = chosen === number ? chosen + 1 : chosen;
  return [24, 16, 8, 0].map((shift) => Math.floor(given / 2 ** shift) % 256).join('.');
}

/** The address that an interface gives itself, by its hardware address (EUI-64). */
function derived(gateway: string, hwaddr: string): string {
  const [before = ''] = gateway.split('::');
  const prefix = [...before.split(':'), '0', '0', '0'].slice(0, 4).join(':');
  const [first = '0', ...rest] = hwaddr.split(':');
  const flipped = (Number.parseInt(first, 16) ^ 2).toString(16);
  const [b = '', c = '', d = '', e = '', f = ''] = rest;
  const address = `${prefix}:${flipped}${b}:${c}ff:fe${d}:${e}${f}`;
  return printedAddress(address) ?? address;
}
