import { named } from '../../errors/index.js';
import { field, part, toValue, type CallOptions } from '../../orm/index.js';
import type { InputOf } from '../kind/input.js';
import { kind } from '../kind/kind.js';
import { Resource } from '../kind/resource.js';
import { assertExtension } from '../kind/server-facts.js';
import { listenAddress } from './address.js';
import { withAddress } from './forward.js';

/** A backend of a load balancer, which gets a share of its traffic. */
export interface NetworkLoadBalancerBackend {
  name: string;
  /** The address of an instance on the network. */
  targetAddress: string;
  /** Its ports: `'80'`, `'80,443'`; the listen ports by default. */
  targetPort?: string | undefined;
  description?: string | undefined;
}

/** Which ports of a load balancer go to which backends, by name; ports are strings: `'80'`, `'80,443'`, `'8000-8010'`. */
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

/** Which ports of a load balancer's backend answer. */
export class NetworkBackendHealth {
  @part() readonly address!: string;
  @part({ type: () => NetworkBackendPort }) readonly ports!: readonly NetworkBackendPort[];
}

/** The state of a load balancer: the health of its backends. */
export class NetworkLoadBalancerState {
  /** By the names of the backends; empty unless `healthcheck` in its config is on. */
  @part({ as: 'map', type: () => NetworkBackendHealth })
  readonly backendHealth!: Readonly<Record<string, NetworkBackendHealth>>;
}

/**
 * A network load balancer: shares the traffic for an address among several instances
 * (`/1.0/networks/{networkName}/load-balancers/{listenAddress}`); OVN networks only.
 */
export class NetworkLoadBalancer extends Resource {
  @field({ key: true }) readonly listenAddress!: string;
  @field({ writable: true, scalar: 'string' }) description!: string;
  @field({ writable: true, form: 'map' }) config!: Record<string, string>;
  /** Edited in place, and merged one by one, as `ports`. */
  @field({ writable: true, items: { fields: backend, normalise: withAddress } })
  backends!: NetworkLoadBalancerBackend[];
  @field({ writable: true, items: { fields: port } }) ports!: NetworkLoadBalancerPort[];
  /** Empty: OVN load balancers are on all cluster members. */
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
