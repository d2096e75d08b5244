import { isLxdError, named, UnsupportedError } from '../../errors/index.js';
import type { Ended, StartOptions, WaitOf, LikeOf } from '../../operations/index.js';
import { field, toValue, type CallOptions, type DeleteOptions, type JsonMap } from '../../orm/index.js';
import type { NetworkConfig } from '../../rest/endpoints/index.js';
import { configSecrets } from '../kind/config-secrets.js';
import { kind } from '../kind/kind.js';
import { locatedWithin, type LocatedManager } from '../kind/located.js';
import { within, type ResourceManager } from '../kind/manager.js';
import { Resource } from '../kind/resource.js';
import { networkForwards, type NetworkForward, type NetworkForwardInput } from './forward.js';
import {
  networkLoadBalancerPools,
  type NetworkLoadBalancerPool,
  type NetworkLoadBalancerPoolInput,
} from './load-balancer-pool.js';
import {
  networkLoadBalancers,
  type NetworkLoadBalancer,
  type NetworkLoadBalancerInput,
} from './load-balancer.js';
import { networkPeers, type NetworkPeer, type NetworkPeerInput } from './peer.js';
import { NetworkLease, NetworkState } from './state.js';

const onlyRead = {
  is: ({ managed }: Readonly<JsonMap>) => managed === false,
  why: 'is an interface of the host that the server does not manage; it can only be read',
  says: /\bnetwork not found\b/i,
};

/** A network, or an interface of the host that is not managed and can only be read (`/1.0/networks/{name}`). */
export class Network extends Resource {
  #forwards: LocatedManager<LikeOf<this, NetworkForward>, NetworkForwardInput> | undefined;
  #loadBalancers: LocatedManager<LikeOf<this, NetworkLoadBalancer>, NetworkLoadBalancerInput> | undefined;
  #loadBalancerPools:
    ResourceManager<LikeOf<this, NetworkLoadBalancerPool>, NetworkLoadBalancerPoolInput> | undefined;
  #peers: ResourceManager<LikeOf<this, NetworkPeer>, NetworkPeerInput> | undefined;

  @field({ key: true }) readonly name!: string;
  @field({ writable: true, scalar: 'string' }) description!: string;
  @field({ writable: true, form: 'map', secret: configSecrets }) config!: NetworkConfig;
  /** `bridge`, `macvlan`, `ovn`, `physical`, `sriov`; of host interfaces also `loopback` and others. */
  @field() readonly type!: string;
  /** False for an interface of the host, to which a write is refused. */
  @field({ scalar: 'boolean' }) readonly managed!: boolean;
  /** `Created`, `Pending`, `Errored`, `Unavailable`; empty if it is not managed. */
  @field() readonly status!: string;
  /** URLs of the instances and profiles that use it. */
  @field({ form: 'list' }) readonly usedBy!: readonly string[];
  /** The cluster members that have it. */
  @field({ form: 'list' }) readonly locations!: readonly string[];
  @field() readonly project!: string;

  /** Its forwards, by listen address; of bridges and OVN networks. */
  get forwards(): LocatedManager<LikeOf<this, NetworkForward>, NetworkForwardInput> {
    return (this.#forwards ??= locatedWithin(this, networkForwards));
  }

  /** Its load balancers, by listen address; of OVN networks. */
  get loadBalancers(): LocatedManager<LikeOf<this, NetworkLoadBalancer>, NetworkLoadBalancerInput> {
    return (this.#loadBalancers ??= locatedWithin(this, networkLoadBalancers));
  }

  /** Its load balancer pools, which ports of load balancers can name in place of backends; of OVN networks of newer LXD. */
  get loadBalancerPools(): ResourceManager<
    LikeOf<this, NetworkLoadBalancerPool>,
    NetworkLoadBalancerPoolInput
  > {
    return (this.#loadBalancerPools ??= within(this, networkLoadBalancerPools));
  }

  /** Its links to other networks; of OVN networks. */
  get peers(): ResourceManager<LikeOf<this, NetworkPeer>, NetworkPeerInput> {
    return (this.#peers ??= within(this, networkPeers));
  }

  /** The state of its interface (GET /1.0/networks/{name}/state). @throws NotFoundError where the host has no such interface */
  async state(options: CallOptions = {}): Promise<NetworkState> {
    return toValue(NetworkState, await this.readObject('state', options));
  }

  /**
   * The addresses that it has leased to instances (GET /1.0/networks/{name}/leases); of bridges and OVN networks.
   * @throws UnsupportedError for a network of another type, and for an interface of the host
   */
  async leases(options: CallOptions = {}): Promise<NetworkLease[]> {
    this.#assertManaged();
    try {
      const leases = await this.readObjects('leases', options);
      return leases.map((lease) => toValue(NetworkLease, lease));
    } catch (error) {
      // The words of both servers' 500 for a driver without leases.
      if (!isLxdError(error) || !/not implemented/i.test(error.message))
        throw await this.store.explain(this.key, error, options);
      throw new UnsupportedError(`${this.toString()} leases no addresses`, undefined, error);
    }
  }

  /** @internal */
  override async saveReport(...given: Parameters<Resource['saveReport']>) {
    this.#assertManaged();
    return super.saveReport(...given);
  }

  override async rename<W extends boolean = WaitOf<this>>(
    newName: string,
    options: StartOptions<W> = {},
  ): Promise<Ended<this, W>> {
    this.#assertManaged();
    return super.rename(newName, options);
  }

  override async delete<W extends boolean | WaitOf<this> = WaitOf<this>>(
    options: DeleteOptions<W> = {},
  ): Promise<Ended<void, W>> {
    this.#assertManaged();
    return super.delete(options);
  }

  /** Where it is known already; else the server is asked, which says "not found", and is asked again what it means. */
  #assertManaged(): void {
    if (this.raw('managed') === false) throw new UnsupportedError(`${this.toString()} ${onlyRead.why}`);
  }
}

/** A new network. */
export interface NetworkInput {
  name: string;
  /** `bridge` by default. */
  type?: 'bridge' | 'macvlan' | 'ovn' | 'physical' | 'sriov' | (string & {}) | undefined;
  description?: string | undefined;
  /** Addresses that are not given are chosen by the server; `none` has none. */
  config?: NetworkConfig | undefined;
}

/** @internal */
export const networks = kind<Network, NetworkInput>({
  name: 'network',
  path: '/1.0/networks/{name}',
  model: Network,
  writes: {
    partial: true,
    resend: ['description'], // PATCH blanks it when left out
    unset: { config: 'empty' },
    emptyIsUnset: ['config'],
    serverOwned: /^volatile\./,
    filledIn: { config: /^auto$/ }, // the address is the server's choice, and is read then
    checkedLoosely: true,
  },
  onlyRead,
  filter: 'incus',
  allProjects: 'networks_all_projects',
  events: { of: 'network', shared: true },
});

named({ Network });
