import { nicNames } from '../instances/state/volatile.js';
import { expandedDevices } from '../instances/state/expand.js';
import type { InstanceRecord } from '../instances/records.js';
import type { ProjectRecord } from '../projects/project.js';
import type { StringMap } from '../../state/maps.js';
import type { State } from '../../state/state.js';

/** A network as it is kept, or an interface of the host that is shown as one. */
export interface Network {
  name: string;
  type: string;
  description: string;
  config: StringMap;
  hwaddr: string;
}

/** A port of a forward. */
export interface ForwardPort {
  description: string;
  protocol: string;
  listen_port: string;
  target_port: string;
  target_address: string;
}

/** A forward as it is kept. */
export interface Forward {
  /** The address that it listens on. */
  name: string;
  description: string;
  config: StringMap;
  ports: ForwardPort[];
}

/** A load balancer as it is kept. */
export interface LoadBalancer {
  /** The address that it listens on. */
  name: string;
  description: string;
  config: StringMap;
  backends: { name: string; description: string; target_port: string; target_address: string }[];
  ports: {
    description: string;
    protocol: string;
    listen_port: string;
    target_backend: string[];
    target_pool?: string;
  }[];
}

/** A pool of instances that load balancers can have. */
export interface LoadBalancerPool {
  name: string;
  description: string;
  config: StringMap;
  instances: { name: string; target_port: string }[];
}

/** One half of a link between two networks. */
export interface Peer {
  name: string;
  description: string;
  config: StringMap;
  target_project: string;
  target_network: string;
  type: string;
  target_integration: string;
  /** Its other half was there, and is gone. */
  isBroken?: boolean;
}

/** The networks of a project, by their names. */
export function networksOf({ shelves }: ProjectRecord): Map<string, Network> {
  return shelves.at(['networks']);
}

/** The forwards of one of them. */
export function forwardsOf({ shelves }: ProjectRecord, network: string): Map<string, Forward> {
  return shelves.at(['networks', network, 'forwards']);
}

/** Its load balancers. */
export function balancersOf({ shelves }: ProjectRecord, network: string): Map<string, LoadBalancer> {
  return shelves.at(['networks', network, 'load-balancers']);
}

/** The pools that those can have. */
export function poolsOf({ shelves }: ProjectRecord, network: string): Map<string, LoadBalancerPool> {
  return shelves.at(['networks', network, 'load-balancer-pools']);
}

/** Its halves of links to other networks. */
export function peersOf({ shelves }: ProjectRecord, network: string): Map<string, Peer> {
  return shelves.at(['networks', network, 'peers']);
}

/** An instance's device on a network, once it runs. */
export interface Nic {
  project: ProjectRecord;
  instance: InstanceRecord;
  device: string;
  hwaddr: string;
  /** Its other end, on the host. */
  hostName: string;
  /** Its IPv4 address; none where the network has no subnet. */
  address: string | undefined;
  isStatic: boolean;
}

/** The devices of running instances that are on a network. */
export function nicsOn(state: State, network: Network): Nic[] {
  return [...state.projects.values()].flatMap((project) =>
    [...project.instances.values()].flatMap((instance) => {
      const devices = expandedDevices(project, instance);
      const names = instance.status === 'Stopped' ? [] : nicNames(project, instance);
      return names.flatMap((name): Nic[] => {
        const device = devices[name]!;
        if ((device.network ?? device.parent) !== network.name) return [];
        const { [`volatile.${name}.hwaddr`]: hwaddr = '', [`volatile.${name}.host_name`]: hostName = '' } =
          instance.config;
        const own = device['ipv4.address'];
        return [
          {
            ...{ project, instance, device: name, hwaddr, hostName, isStatic: Boolean(own) },
            address: own || leased(network.config['ipv4.address'], instance.pid),
          },
        ];
      });
    }),
  );
}

/** The address that a network with this gateway gives to a process. */
export function leased(gateway: string | undefined, pid: number): string | undefined {
  const [, first, bits] = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(gateway ?? '') ?? [];
  if (first === undefined || Number(bits) > 29) return undefined;
  const size = 2 ** (32 - Number(bits));
  const number = first.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const start = number - (number % size);
  const own = start + 2 + (pid % (size - 4));
  const given = own === number ? own + 1 : own;
  return [24, 16, 8, 0].map((shift) => Math.floor(given / 2 ** shift) % 256).join('.');
}
