import { named } from '../../errors/index.js';
import { field, type JsonMap } from '../../orm/index.js';
import type { InputOf } from '../kind/input.js';
import { kind } from '../kind/kind.js';
import { Resource } from '../kind/resource.js';
import { canonicalAddress, listenAddress } from './address.js';

/** Which ports of a network forward go where; ports are strings: `'80'`, `'80,443'`, `'8000-8010'`. */
export interface NetworkForwardPort {
  protocol: 'tcp' | 'udp' | (string & {});
  listenPort: string;
  /** The address of an instance on the network. */
  targetAddress: string;
  /** The same as `listenPort` by default. */
  targetPort?: string | undefined;
  /** Whether outgoing traffic of the target has the listen address as its source (API extension network_forward_snat). */
  snat?: boolean | undefined;
  description?: string | undefined;
}

/** The config of a network forward; `target_address` gets the traffic of all ports that are not listed. */
export type NetworkForwardConfig = { target_address?: string } & Record<string, string>;

const fields = {
  protocol: 'string',
  listenPort: 'commas',
  targetAddress: 'string',
  targetPort: 'commas',
  snat: 'boolean',
  description: 'string',
} as const;

/** The target's address in the server's spelling. */
export function withAddress(item: JsonMap): JsonMap {
  const { target_address: address } = item;
  const spelt = typeof address === 'string' ? canonicalAddress(address) : undefined;
  return spelt === undefined ? item : { ...item, target_address: spelt };
}

/**
 * A network forward: traffic for an address of the host goes on to instances of a network
 * (`/1.0/networks/{networkName}/forwards/{listenAddress}`).
 */
export class NetworkForward extends Resource {
  @field({ key: true }) readonly listenAddress!: string;
  @field({ writable: true, scalar: 'string' }) description!: string;
  @field({ writable: true, form: 'map' }) config!: NetworkForwardConfig;
  /** Edited in place, and merged one by one. */
  @field({ writable: true, items: { fields, normalise: withAddress } }) ports!: NetworkForwardPort[];
  /** The cluster member that has it, to which its requests go; `none` on a single server and of OVN networks. */
  @field({ scalar: 'string' }) readonly location!: string;
}

/** A new network forward. */
export type NetworkForwardInput = InputOf<
  NetworkForward,
  'description' | 'config' | 'ports',
  'listenAddress'
>;

/** @internal */
export const networkForwards = kind<NetworkForward, NetworkForwardInput>({
  name: 'network forward',
  path: '/1.0/networks/{networkName}/forwards/{listenAddress}',
  key: { field: 'listen_address', spelt: listenAddress },
  model: NetworkForward,
  // A PATCH without config makes the server panic, and one without description blanks it; no server looks at a version.
  writes: { partial: false, versionIgnored: true, emptyIsUnset: ['config'], checkedLoosely: true },
  filter: 'incus',
  cannot: ['rename'],
  needs: { extension: 'network_forward' },
  unfit: /does not support forwards/,
  chosen: { told: [], asked: /^(0\.0\.0\.0|::)$/ }, // of OVN networks of newer LXD
  located: true,
  events: { of: 'network-forward', others: /^network-(deleted|renamed)$/, shared: true },
});

named({ NetworkForward });
