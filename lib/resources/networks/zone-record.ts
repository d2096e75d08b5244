import { AlreadyExistsError, named, UnsupportedError } from '../../errors/index.js';
import type { Ended, WaitOf, LikeOf, PlainOf } from '../../operations/index.js';
import { field, type ModelClass } from '../../orm/index.js';
import type { InputOf } from '../kind/input.js';
import { kind } from '../kind/kind.js';
import { ResourceManager, type CreateOptions } from '../kind/manager.js';
import { Resource } from '../kind/resource.js';
import type { Place } from '../kind/rest-store.js';

/** An entry of a DNS record, as in a zone file. */
export interface NetworkZoneRecordEntry {
  /** `A`, `AAAA`, `CNAME`, `MX`, `SRV`, `TXT`, …; the server keeps your spelling. */
  type: 'A' | 'AAAA' | 'CAA' | 'CNAME' | 'MX' | 'NS' | 'PTR' | 'SRV' | 'TXT' | (string & {});
  /** As in a zone file after the type: `10 mail.example.net.` of an `MX`. */
  value: string;
  /** Seconds; 300 by default. */
  ttl?: number | undefined;
}

const fields = { type: 'string', value: 'string', ttl: 'count' } as const;

/** A record of a DNS zone (`/1.0/network-zones/{zone}/records/{name}`). Its entries are edited in place and merged one by one. */
export class NetworkZoneRecord extends Resource {
  /** Below the zone's own: `www`, `*.apps`, or `@` for the zone itself. */
  @field({ key: true }) readonly name!: string;
  @field({ writable: true, scalar: 'string' }) description!: string;
  /** No two have the same type and value. */
  @field({ writable: true, items: { fields } }) entries!: NetworkZoneRecordEntry[];
  /** `user.*` only. */
  @field({ writable: true, form: 'map' }) config!: Record<string, string>;

  /** The name of the zone that it is in. */
  get zone(): string {
    return this.nameIn('zone');
  }
}

/** A new record of a zone. */
export type NetworkZoneRecordInput = InputOf<NetworkZoneRecord, 'description' | 'entries' | 'config'>;

const zoneRecords = kind<NetworkZoneRecord, NetworkZoneRecordInput>({
  name: 'network zone record',
  path: '/1.0/network-zones/{zone}/records/{name}',
  model: NetworkZoneRecord,
  // A PATCH empties the entries, and puts the zone's config in the place of the record's.
  writes: { partial: false, emptyIsUnset: ['config'], checkedLoosely: true },
  filter: 'incus',
  cannot: ['rename'],
  needs: { extension: 'network_dns_records' },
  // A zone that goes takes its records along, of which nothing is told; no name of theirs tells a deleted zone.
  events: { of: 'network-zone-record', others: /^network-zone-deleted$/, shared: true },
});

/** `zone.records`: by their names below the zone, `@` for the zone itself. */
export class NetworkZoneRecordManager<
  R extends NetworkZoneRecord = NetworkZoneRecord,
> extends ResourceManager<R, NetworkZoneRecordInput> {
  readonly #place: () => Place;

  /** @internal */
  constructor(place: () => Place, Class?: ModelClass<R>) {
    super(zoneRecords, place, Class);
    this.#place = place;
  }

  override as<S extends PlainOf<R> & NetworkZoneRecord>(
    Class: ModelClass<S>,
  ): NetworkZoneRecordManager<LikeOf<R, S>> {
    return new NetworkZoneRecordManager(this.#place, Class as ModelClass as ModelClass<LikeOf<R, S>>);
  }

  protected override async createAt<W extends boolean = WaitOf<R>>(
    key: string,
    input: NetworkZoneRecordInput | string,
    options: CreateOptions<W>,
  ): Promise<Ended<R, W>> {
    try {
      return await super.createAt(key, input, options);
    } catch (error) {
      const name = typeof input === 'string' ? input : (input.name ?? key);
      if (!(await this.#isInOtherZone(error, name))) throw error;
      throw new UnsupportedError(
        `A record named ${JSON.stringify(name)} is in another zone, and this server, as LXD 5.0, keeps the names of records unique over all zones`,
      );
    }
  }

  /** Whether a name that "exists" is none of this zone: the database's words name the column that must be unique. */
  async #isInOtherZone(error: unknown, name: string): Promise<boolean> {
    if (!(error instanceof AlreadyExistsError)) return false;
    return error.message.includes('failed: networks_zones_records.name') && !(await this.exists(name));
  }
}

named({ NetworkZoneRecord, NetworkZoneRecordManager });
