import { assertOptions, named, type OptionNames } from '../../errors/index.js';
import { callNames } from '../../operations/index.js';
import { toValue, type CallOptions, type JsonMap, type ModelClass } from '../../orm/index.js';
import { asObjects } from '../../rest/answers.js';
import { ResourceManager } from '../kind/manager.js';
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
  readonly acls: ResourceManager<NetworkAcl, NetworkAclInput>;
  /** The DNS zones that the server serves. */
  readonly zones: ResourceManager<NetworkZone, NetworkZoneInput>;
  /** Named sets of addresses, for the rules of ACLs; Incus. */
  readonly addressSets: ResourceManager<NetworkAddressSet, NetworkAddressSetInput>;
  /** Connections to the OVN of other deployments, for peers of networks; Incus. */
  readonly integrations: ResourceManager<NetworkIntegration, NetworkIntegrationInput>;
  readonly #place: () => Place;

  /** @internal */
  constructor(place: () => Place, Class?: ModelClass<N>) {
    super(networks, place, Class);
    this.#place = place;
    this.acls = new ResourceManager(networkAcls, place);
    this.zones = new ResourceManager(networkZones, place);
    this.addressSets = new ResourceManager(networkAddressSets, place);
    this.integrations = new ResourceManager(networkIntegrations, place);
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

  override as<S extends N>(Class: ModelClass<S>): NetworkManager<S> {
    return new NetworkManager<S>(this.#place, Class);
  }
}

named({ NetworkManager });
