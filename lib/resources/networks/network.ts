import { named, UnsupportedError } from '../../errors/index.js';
import type { Ended, StartOptions } from '../../operations/index.js';
import {
  field,
  part,
  toValue,
  type CallOptions,
  type DeleteOptions,
  type SaveOptions,
} from '../../orm/index.js';
import type { NetworkConfig } from '../../rest/endpoints/index.js';
import { InterfaceAddress, InterfaceCounters } from '../instances/state.js';
import { kind } from '../kind/kind.js';
import { Resource } from '../kind/resource.js';

/** A network's interface on the host, as it is now. */
export class NetworkState {
  @part({ type: () => InterfaceAddress }) readonly addresses!: readonly InterfaceAddress[];
  @part({ type: () => InterfaceCounters }) readonly counters!: InterfaceCounters | null;
  @part() readonly hwaddr!: string;
  @part() readonly mtu!: number;
  /** `up` or `down`. */
  @part() readonly state!: string;
  /** `broadcast`, `loopback`, … */
  @part() readonly type!: string;
}

/** An address that a network has given away. */
export class NetworkLease {
  @part() readonly hostname!: string;
  /** Empty for the gateway's own. */
  @part() readonly hwaddr!: string;
  @part() readonly address!: string;
  /** `dynamic`, `static`, `gateway`, `uplink`; an address can be there twice. */
  @part() readonly type!: string;
  @part() readonly location!: string;
}

/** A network, or an interface of the host that is not managed and can only be read (`/1.0/networks/{name}`). */
export class Network extends Resource {
  @field({ key: true }) readonly name!: string;
  @field({ writable: true, scalar: 'string' }) description!: string;
  @field({ writable: true, form: 'map' }) config!: NetworkConfig;
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

  /** Its interface as it is now (GET /1.0/networks/{name}/state). @throws NotFoundError where the host has none of it */
  async state(options: CallOptions = {}): Promise<NetworkState> {
    return toValue(NetworkState, await this.readObject('state', options));
  }

  /** The addresses that it has given away (GET /1.0/networks/{name}/leases); of bridges and OVN. */
  async leases(options: CallOptions = {}): Promise<NetworkLease[]> {
    const leases = await this.readObjects('leases', options);
    return leases.map((lease) => toValue(NetworkLease, lease));
  }

  /** @internal A value `auto` becomes one of the server's choice, which is read then. */
  override async saveReport(options: SaveOptions = {}) {
    this.#assertManaged();
    const isChosen = this.changes().some(({ to }) => to === 'auto');
    const report = await super.saveReport(options);
    if (report.saved && isChosen) await this.fetch({ signal: options.signal });
    return report;
  }

  override async rename<W extends boolean = true>(
    newName: string,
    options: StartOptions<W> = {},
  ): Promise<Ended<this, W>> {
    this.#assertManaged();
    return super.rename(newName, options);
  }

  override async delete<W extends boolean = true>(options: DeleteOptions<W> = {}): Promise<Ended<void, W>> {
    this.#assertManaged();
    return super.delete(options);
  }

  /** The servers say "not found" of an interface that they have just told of. */
  #assertManaged(): void {
    if (this.raw('managed') !== false) return;
    throw new UnsupportedError(
      `${this.toString()} is an interface of the host that the server does not manage; it can only be read`,
    );
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
    filledIn: { config: /^auto$/ },
    checkedLoosely: true,
  },
  filter: 'incus',
  allProjects: 'networks_all_projects',
  events: { of: 'network', shared: true },
});

named({ Network, NetworkLease, NetworkState });
