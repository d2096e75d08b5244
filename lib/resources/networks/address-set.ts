import { named } from '../../errors/index.js';
import { field } from '../../orm/index.js';
import type { InputOf } from '../kind/input.js';
import { kind } from '../kind/kind.js';
import { Resource } from '../kind/resource.js';

/**
 * A network address set: addresses under a name, which rules of ACLs refer to as `$name`; Incus
 * (`/1.0/network-address-sets/{name}`).
 */
export class NetworkAddressSet extends Resource {
  @field({ key: true }) readonly name!: string;
  @field({ writable: true, scalar: 'string' }) description!: string;
  /** Addresses, networks (`10.0.0.0/24`) and, with `network_address_set_ip_ranges`, ranges (`10.0.0.5-10.0.0.9`). */
  @field({ writable: true, form: 'list' }) addresses!: string[];
  /** `user.*` only. */
  @field({ writable: true, form: 'map' }) config!: Record<string, string>;
  /** URLs of the ACLs that use it. */
  @field({ form: 'list' }) readonly usedBy!: readonly string[];
  @field() readonly project!: string;
}

/** A new network address set. */
export type NetworkAddressSetInput = InputOf<NetworkAddressSet, 'description' | 'addresses' | 'config'>;

/** @internal */
export const networkAddressSets = kind<NetworkAddressSet, NetworkAddressSetInput>({
  name: 'network address set',
  path: '/1.0/network-address-sets/{name}',
  key: { plain: 'of one project' },
  model: NetworkAddressSet,
  // A PATCH deletes the addresses that it leaves out, and without a config drops the connection.
  writes: { partial: false, emptyIsUnset: ['config'], checkedLoosely: true },
  filter: 'incus',
  needs: { extension: 'network_address_set' },
  allProjects: 'network_address_set', // since there are any
  events: { of: 'network-address-set', shared: true },
});

named({ NetworkAddressSet });
