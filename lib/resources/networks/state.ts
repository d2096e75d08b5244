import { named } from '../../errors/index.js';
import { part } from '../../orm/index.js';
import { InterfaceAddress, InterfaceCounters } from '../instances/state.js';

/** A bond: several interfaces used as one. */
export class NetworkBond {
  @part() readonly mode!: string;
  @part() readonly transmitPolicy!: string;
  /** Milliseconds, as `downDelay` and `miiFrequency`. */
  @part() readonly upDelay!: number;
  @part() readonly downDelay!: number;
  @part() readonly miiFrequency!: number;
  @part() readonly miiState!: string;
  @part() readonly lowerDevices!: readonly string[];
}

/** A bridge. */
export class NetworkBridge {
  @part() readonly id!: string;
  /** Whether it uses the spanning tree protocol. */
  @part() readonly stp!: boolean;
  /** Hundredths of a second. */
  @part() readonly forwardDelay!: number;
  @part() readonly vlanDefault!: number;
  @part() readonly vlanFiltering!: boolean;
  /** The interfaces that are in it. */
  @part() readonly upperDevices!: readonly string[];
}

/** A VLAN of another interface. */
export class NetworkVlan {
  @part() readonly lowerDevice!: string;
  @part() readonly vid!: number;
}

/** The OVN parts of a network; what a product does not tell is left out. */
export class NetworkOvn {
  @part() readonly chassis!: string;
  @part() readonly logicalRouter?: string;
  @part() readonly logicalSwitch?: string;
  @part() readonly uplinkIpv4?: string;
  @part() readonly uplinkIpv6?: string;
}

/** The state of a network's interface on the host. */
export class NetworkState {
  @part({ type: () => InterfaceAddress }) readonly addresses!: readonly InterfaceAddress[];
  /** Null for an OVN network. */
  @part({ type: () => InterfaceCounters }) readonly counters!: InterfaceCounters | null;
  @part() readonly hwaddr!: string;
  @part() readonly mtu!: number;
  /** `up` or `down`. */
  @part() readonly state!: string;
  /** `broadcast`, `loopback`, … */
  @part() readonly type!: string;
  /** Null for an interface of another type, as `bridge`, `vlan` and `ovn`. */
  @part({ type: () => NetworkBond }) readonly bond!: NetworkBond | null;
  @part({ type: () => NetworkBridge }) readonly bridge!: NetworkBridge | null;
  @part({ type: () => NetworkVlan }) readonly vlan!: NetworkVlan | null;
  @part({ type: () => NetworkOvn }) readonly ovn!: NetworkOvn | null;
}

/** An address that a network has leased. */
export class NetworkLease {
  @part() readonly hostname!: string;
  /** Empty for the gateway's own. */
  @part() readonly hwaddr!: string;
  @part() readonly address!: string;
  /** `dynamic`, `static`, `gateway`, `uplink`; an address can be there twice. */
  @part() readonly type!: string;
  @part() readonly location!: string;
}

/** An address that is in use on a network (API extension network_allocations). */
export class NetworkAllocation {
  /** One address with its prefix, whatever the name says: `10.0.0.5/32`. */
  @part() readonly addresses!: string;
  /** The URL of what uses it. */
  @part() readonly usedBy!: string;
  /** `network`, `instance`, `network-forward`, `network-load-balancer`, … */
  @part() readonly type!: string;
  /** Whether its outgoing traffic leaves the host with another address. */
  @part() readonly nat!: boolean;
  /** Empty for what is no interface. */
  @part() readonly hwaddr!: string;
  /** The name of the network, where the server tells it. */
  @part() readonly network?: string;
}

named({
  NetworkAllocation,
  NetworkBond,
  NetworkBridge,
  NetworkLease,
  NetworkOvn,
  NetworkState,
  NetworkVlan,
});
