import { named } from '../../errors/index.js';
import { field, part, toValue, type CallOptions } from '../../orm/index.js';
import type { InputOf } from '../kind/input.js';
import { kind } from '../kind/kind.js';
import { Resource } from '../kind/resource.js';
import { assertExtension } from '../kind/server-facts.js';
import { listenAddress } from './address.js';
import { withAddress } from './forward.js';

/** One that takes a part of what comes to a load balancer. */
export interface NetworkLoadBalancerBackend {
  name: string;
  /** An address on the network. */
  targetAddress: string;
  /** The ports to which it goes there: `'80'`, `'80,443'`; those that it came to without it. */
  targetPort?: string | undefined;
  description?: string | undefined;
}

/** Which backends, by their names, get what comes to some ports: `'80'`, `'80,443'`, `'8000-8010'`. */
export interface NetworkLoadBalancerPort {
  protocol: 'tcp' | 'udp' | (string & {});
  listenPort: string;
  targetBackend?: string[] | undefined;
  /** A pool of instances instead of backends (API extension network_load_balancer_pool, LXD). */
  targetPool?: string | undefined;
  description?: string | undefined;
}

const backend = {
  name: 'string',
  targetAddress: 'string',
  targetPort: 'commas',
  description: 'string',
} as const;
const port = {
  protocol: 'string',
  listenPort: 'commas',
  targetBackend: 'strings',
  targetPool: 'string',
  description: 'string',
} as const;

/** Whether a port of a backend answers. */
export class NetworkBackendPort {
  @part() readonly protocol!: string;
  @part() readonly port!: number;
  /** `online`, `offline` or `error`. */
  @part() readonly status!: string;
}

/** How a backend of a load balancer is. */
export class NetworkBackendHealth {
  @part() readonly address!: string;
  @part({ type: () => NetworkBackendPort }) readonly ports!: readonly NetworkBackendPort[];
}

/** How a load balancer is. */
export class NetworkLoadBalancerState {
  /** By the names of the backends; empty where the server does not look (`healthcheck` in its config). */
  @part({ as: 'map', type: () => NetworkBackendHealth })
  readonly backendHealth!: Readonly<Record<string, NetworkBackendHealth>>;
}

/**
 * What comes to an address and is shared by several (`/1.0/networks/{networkName}/load-balancers/{listenAddress}`); of OVN
 * networks only.
 */
export class NetworkLoadBalancer extends Resource {
  @field({ key: true }) readonly listenAddress!: string;
  @field({ writable: true, scalar: 'string' }) description!: string;
  @field({ writable: true, form: 'map' }) config!: Record<string, string>;
  /** Edited in place, and merged one by one, as `ports`. */
  @field({ writable: true, items: { fields: backend, normalise: withAddress } })
  backends!: NetworkLoadBalancerBackend[];
  @field({ writable: true, items: { fields: port } }) ports!: NetworkLoadBalancerPort[];
  /** The cluster member that has it; empty, since OVN is on all. */
  @field({ scalar: 'string' }) readonly location!: string;

  /** Whether its backends answer (GET …/state; Incus, API extension network_load_balancer_state). @throws UnsupportedError */
  async state(options: CallOptions = {}): Promise<NetworkLoadBalancerState> {
    const what = 'state of load balancers';
    await assertExtension(this.session, 'network_load_balancer_state', what, options);
    return toValue(NetworkLoadBalancerState, await this.readObject('state', options));
  }
}

/** A new load balancer. */
export type NetworkLoadBalancerInput = InputOf<
  NetworkLoadBalancer,
  'description' | 'config' | 'backends' | 'ports',
  'listenAddress'
>;

/** @internal */
export const networkLoadBalancers = kind<NetworkLoadBalancer, NetworkLoadBalancerInput>({
  name: 'network load balancer',
  path: '/1.0/networks/{networkName}/load-balancers/{listenAddress}',
  key: { field: 'listen_address', spelt: listenAddress },
  model: NetworkLoadBalancer,
  // As of forwards; and a PATCH of backends alone is refused while a port names one that goes.
  writes: { partial: false, versionIgnored: true, emptyIsUnset: ['config'], checkedLoosely: true },
  filter: 'incus',
  cannot: ['rename'],
  needs: { extension: 'network_load_balancer' },
  unfit: /does not support load balancers/,
  chosen: { told: [], asked: /^(0\.0\.0\.0|::)$/ }, // of newer LXD
  located: true,
  events: { of: 'network-load-balancer', others: /^network-(deleted|renamed)$/, shared: true },
});

named({ NetworkLoadBalancer, NetworkLoadBalancerState, NetworkBackendHealth, NetworkBackendPort });
