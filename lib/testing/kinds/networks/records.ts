import type { Place } from '../../kind/place.js';
import type { ProjectRecord } from '../projects/project.js';
import type { StringMap } from '../../state/maps.js';

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
}

/** The networks of a project, by their names. */
export function networksOf({ shelves }: ProjectRecord): Map<string, Network> {
  return shelves.at(['networks']);
}

/** The URLs of those of which it holds. */
export function networksWith(
  { project, product }: Pick<Place, 'project' | 'product'>,
  holds: (network: Network) => boolean,
): string[] {
  const networks = [...networksOf(project).values()].filter(holds);
  return networks.map(({ name }) => product.url(project.name, ['networks', name]));
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

/** The addresses of a network itself: `[family, address, prefix length]`. */
export function gatewaysOf({ config }: Network): (readonly [4 | 6, string, string])[] {
  return ([4, 6] as const).flatMap((version) => {
    const [address = '', bits] = (config[`ipv${version}.address`] ?? '').split('/');
    return bits === undefined ? [] : [[version, address, bits] as const];
  });
}
