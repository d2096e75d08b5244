import { assertOptions, named, type OptionNames } from '../../errors/index.js';
import { callNames, type LikeOf, type PlainOf } from '../../operations/index.js';
import { toValue, type CallOptions, type JsonMap, type ModelClass } from '../../orm/index.js';
import { asObjects } from '../../rest/answers.js';
import { beside, ResourceManager } from '../kind/manager.js';
import type { Place } from '../kind/rest-store.js';
import { assertExtension } from '../kind/server-facts.js';
import { networkAcls, type NetworkAcl, type NetworkAclInput } from './acl.js';
import { networkAddressSets, type NetworkAddressSet, type NetworkAddressSetInput } from './address-set.js';
import { networkIntegrations, type NetworkIntegration, type NetworkIntegrationInput } from './integration.js';
import { networks, type Network, type NetworkInput } from './network.js';
import { NetworkAllocation } from './state.js';
import { networkZones, type NetworkZone, type NetworkZoneInput } from './zone.js';

/** Which allocations are listed. */
export interface AllocationOptions extends CallOptions {
  /** Those of the networks of every project. */
  allProjects?: boolean | undefined;
}

const allocationNames: OptionNames<AllocationOptions> = { ...callNames, allProjects: true };

/** `client.networks`: those that the server manages, and the interfaces of the host. */
export class NetworkManager<N extends Network = Network> extends ResourceManager<N, NetworkInput> {
  /** The ACLs that networks and their devices can have. */
  readonly acls: ResourceManager<LikeOf<N, NetworkAcl>, NetworkAclInput>;
  /** The DNS zones that the server serves. */
  readonly zones: ResourceManager<LikeOf<N, NetworkZone>, NetworkZoneInput>;
  /** Named sets of addresses, for the rules of ACLs; Incus. */
  readonly addressSets: ResourceManager<LikeOf<N, NetworkAddressSet>, NetworkAddressSetInput>;
  /** Connections to the OVN of other deployments, for peers of networks; Incus. */
  readonly integrations: ResourceManager<LikeOf<N, NetworkIntegration>, NetworkIntegrationInput>;
  readonly #place: () => Place;

  /** @internal */
  constructor(place: () => Place, Class?: ModelClass<N>) {
    super(networks, place, Class);
    this.#place = place;
    this.acls = beside(networkAcls, place);
    this.zones = beside(networkZones, place);
    this.addressSets = beside(networkAddressSets, place);
    this.integrations = beside(networkIntegrations, place);
  }

  /**
   * The addresses that networks, instances, forwards and load balancers have (GET /1.0/network-allocations).
   * @throws UnsupportedError without the API extension network_allocations (LXD 5.0)
   */
  async allocations(options: AllocationOptions = {}): Promise<NetworkAllocation[]> {
    assertOptions(options, allocationNames, 'networks.allocations()');
    const { allProjects, ...call } = options;
    await assertExtension(this.session, 'network_allocations', 'network allocations', call);
    const query = allProjects ? { 'all-projects': true } : {};
    const request = { method: 'GET', path: '/1.0/network-allocations', query, ...call };
    const allocations = asObjects<JsonMap>(await this.session.send(request), request);
    return allocations.map((one) => toValue(NetworkAllocation, one));
  }

  override as<S extends PlainOf<N> & Network>(Class: ModelClass<S>): NetworkManager<LikeOf<N, S>> {
    return new NetworkManager(this.#place, Class as ModelClass as ModelClass<LikeOf<N, S>>);
  }
}

named({ NetworkManager });
