import { named } from '../../errors/index.js';
import type { ModelClass } from '../../orm/index.js';
import { ResourceManager } from '../kind/manager.js';
import type { Place } from '../kind/rest-store.js';
import { networkAcls, type NetworkAcl, type NetworkAclInput } from './acl.js';
import { networks, type Network, type NetworkInput } from './network.js';

/** `client.networks`: those that the server manages, and the interfaces of the host. */
export class NetworkManager<N extends Network = Network> extends ResourceManager<N, NetworkInput> {
  /** The ACLs that networks and their devices can have. */
  readonly acls: ResourceManager<NetworkAcl, NetworkAclInput>;
  readonly #place: () => Place;

  /** @internal */
  constructor(place: () => Place, Class?: ModelClass<N>) {
    super(networks, place, Class);
    this.#place = place;
    this.acls = new ResourceManager(networkAcls, place);
  }

  override as<S extends N>(Class: ModelClass<S>): NetworkManager<S> {
    return new NetworkManager<S>(this.#place, Class);
  }
}

named({ NetworkManager });
