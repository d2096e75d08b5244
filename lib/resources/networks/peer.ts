import { named } from '../../errors/index.js';
import { field } from '../../orm/index.js';
import type { InputOf } from '../kind/input.js';
import { kind } from '../kind/kind.js';
import { Resource } from '../kind/resource.js';

/**
 * A network peer: one side of a link between two OVN networks (`/1.0/networks/{networkName}/peers/{peerName}`). It is
 * `Pending` until the other network has its side: `fetch()` it again then.
 */
export class NetworkPeer extends Resource {
  @field({ key: true }) readonly name!: string;
  @field({ writable: true, scalar: 'string' }) description!: string;
  @field({ writable: true, form: 'map' }) config!: Record<string, string>;
  /** `local`, or `remote` over an integration (Incus). */
  @field({ scalar: 'string' }) readonly type!: string;
  /** The other network, and its project; empty once the other side is deleted. */
  @field({ scalar: 'string' }) readonly targetNetwork!: string;
  @field({ scalar: 'string' }) readonly targetProject!: string;
  /** The integration of a remote one (Incus). */
  @field({ scalar: 'string' }) readonly targetIntegration!: string;
  /** `Pending`, `Created` or `Errored`. */
  @field() readonly status!: string;
  /** URLs of what uses it. */
  @field({ form: 'list' }) readonly usedBy!: readonly string[];
}

/** A new network peer: `targetNetwork`, or `type: 'remote'` and `targetIntegration`. */
export type NetworkPeerInput = InputOf<
  NetworkPeer,
  'description' | 'config' | 'type' | 'targetNetwork' | 'targetProject' | 'targetIntegration'
>;

/** @internal */
export const networkPeers = kind<NetworkPeer, NetworkPeerInput>({
  name: 'network peer',
  path: '/1.0/networks/{networkName}/peers/{peerName}',
  model: NetworkPeer,
  // A PATCH is a PUT to the servers, and no version is looked at.
  writes: { partial: false, versionIgnored: true, emptyIsUnset: ['config'], checkedLoosely: true },
  filter: 'incus',
  cannot: ['rename'],
  needs: { extension: 'network_peer' },
  unfit: /does not support peering/,
  ignored: ['config'], // by Incus 7
  events: { of: 'network-peer', others: /^network-(peer-.*|deleted|renamed)$/, shared: true },
});

named({ NetworkPeer });
