import { named } from '../../errors/index.js';
import type { LikeOf } from '../../operations/index.js';
import { field } from '../../orm/index.js';
import type { NetworkZoneConfig } from '../../rest/endpoints/index.js';
import { configSecrets } from '../kind/config-secrets.js';
import type { InputOf } from '../kind/input.js';
import { kind } from '../kind/kind.js';
import { Resource } from '../kind/resource.js';
import { NetworkZoneRecordManager, type NetworkZoneRecord } from './zone-record.js';

/**
 * A DNS zone that the server serves, with records for the instances of its networks (`/1.0/network-zones/{zone}`).
 * `delete()` takes its own records along; what a network uses is refused.
 */
export class NetworkZone extends Resource {
  #records: NetworkZoneRecordManager<LikeOf<this, NetworkZoneRecord>> | undefined;

  /** The zone's DNS name, `lab.example.net`; no server can give it another. */
  @field({ key: true }) readonly name!: string;
  @field({ writable: true, scalar: 'string' }) description!: string;
  @field({ writable: true, form: 'map', secret: configSecrets }) config!: NetworkZoneConfig;
  /** URLs of the networks whose `dns.zone.*` name it. */
  @field({ form: 'list' }) readonly usedBy!: readonly string[];

  /** Empty where the server does not tell: LXD 5.0, and Incus of one that is read alone. */
  @field({ scalar: 'string' }) readonly project!: string;

  /** Its own records; those of instances are made by the server and not among them. */
  get records(): NetworkZoneRecordManager<LikeOf<this, NetworkZoneRecord>> {
    return (this.#records ??= new NetworkZoneRecordManager<LikeOf<this, NetworkZoneRecord>>(
      Resource.placeUnder(this),
    ));
  }
}

/** A new network zone. */
export type NetworkZoneInput = InputOf<NetworkZone, 'description' | 'config'>;

/** @internal */
export const networkZones = kind<NetworkZone, NetworkZoneInput>({
  name: 'network zone',
  path: '/1.0/network-zones/{zone}',
  model: NetworkZone,
  // A PATCH blanks the description, and without a config drops the connection.
  writes: { partial: false, emptyIsUnset: ['config'], checkedLoosely: true },
  filter: 'incus',
  cannot: ['rename'],
  needs: { extension: 'network_dns' },
  allProjects: 'network_zones_all_projects',
  events: { of: 'network-zone', harmless: /^network-zone-record-/, shared: true },
});

named({ NetworkZone });
