import { named } from '../../errors/index.js';
import { field, part, toValue, type CallOptions } from '../../orm/index.js';
import type { InputOf } from '../kind/input.js';
import { kind } from '../kind/kind.js';
import { Resource } from '../kind/resource.js';

/** An instance of a load balancer pool. */
export interface NetworkLoadBalancerPoolInstance {
  name: string;
  /** The port of the instance; the listen port by default. */
  targetPort?: string | undefined;
}

/** Whether an instance of a load balancer pool answers, for one port of one load balancer. */
export class NetworkLoadBalancerTarget {
  @part() readonly listenAddress!: string;
  @part() readonly listenPort!: string;
  /** The instance, and its device on the network. */
  @part() readonly name!: string;
  @part() readonly device!: string;
  @part() readonly address!: string;
  @part() readonly port!: string;
  @part() readonly status!: string;
}

/**
 * A load balancer pool: instances that share the traffic of load balancers
 * (`/1.0/networks/{networkName}/load-balancer-pools/{poolName}`); newer LXD, OVN networks only.
 */
export class NetworkLoadBalancerPool extends Resource {
  @field({ key: true }) readonly name!: string;
  @field({ writable: true, scalar: 'string' }) description!: string;
  /** `protocol` is `tcp` by default. */
  @field({ writable: true, form: 'map' }) config!: Record<string, string>;
  /** Edited in place, and merged one by one. */
  @field({ writable: true, items: { fields: { name: 'string', targetPort: 'string' } } })
  instances!: NetworkLoadBalancerPoolInstance[];
  /** URLs of the load balancers that use it. */
  @field({ form: 'list' }) readonly usedBy!: readonly string[];

  /** Whether its instances answer (GET …/state). */
  async state(options: CallOptions = {}): Promise<NetworkLoadBalancerTarget[]> {
    const { targets } = await this.readObject('state', options);
    return Array.isArray(targets) ? targets.map((one) => toValue(NetworkLoadBalancerTarget, one)) : [];
  }
}

/** A new load balancer pool. */
export type NetworkLoadBalancerPoolInput = InputOf<
  NetworkLoadBalancerPool,
  'description' | 'config' | 'instances'
>;

/** @internal */
export const networkLoadBalancerPools = kind<NetworkLoadBalancerPool, NetworkLoadBalancerPoolInput>({
  name: 'network load balancer pool',
  path: '/1.0/networks/{networkName}/load-balancer-pools/{poolName}',
  model: NetworkLoadBalancerPool,
  writes: { partial: false, versionIgnored: true, emptyIsUnset: ['config'], checkedLoosely: true }, // there is no PATCH
  filter: 'none',
  cannot: ['rename'],
  needs: { product: 'lxd', extension: 'network_load_balancer_pool' },
  unfit: /does not support load balancers/,
  events: { of: 'network-load-balancer-pool', others: /^network-(deleted|renamed)$/, shared: true },
});

named({ NetworkLoadBalancerPool, NetworkLoadBalancerTarget });
