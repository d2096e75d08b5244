import { part } from '../../orm/index.js';
import { addressesOf, type AddressFilter, type InstanceAddress } from './addresses.js';

/** One address of a network interface. */
export class InterfaceAddress {
  /** `inet` or `inet6`. */
  @part() readonly family!: string;
  @part() readonly address!: string;
  /** Prefix length, as text. */
  @part() readonly netmask!: string;
  /** `global`, `link` or `local`. */
  @part() readonly scope!: string;
}

/** Bytes and packets through a network interface; counts past 2^53 lose their last digits. */
export class InterfaceCounters {
  @part() readonly bytesReceived!: number;
  @part() readonly bytesSent!: number;
  @part() readonly packetsReceived!: number;
  @part() readonly packetsSent!: number;
}

/** A network interface as seen from inside the instance. */
export class InterfaceState {
  @part({ type: () => InterfaceAddress }) readonly addresses!: InterfaceAddress[];
  @part({ type: () => InterfaceCounters }) readonly counters!: InterfaceCounters;
  /** MAC address. */
  @part() readonly hwaddr!: string;
  /** The name of its other end on the host. */
  @part() readonly hostName!: string;
  @part() readonly mtu!: number;
  /** `up` or `down`. */
  @part() readonly state!: string;
  /** `broadcast`, `loopback`, … */
  @part() readonly type!: string;
}

/** Bytes of memory. */
export class MemoryState {
  @part() readonly usage!: number;
  @part() readonly usagePeak!: number;
  /** The limit; absent on older servers. */
  @part() readonly total!: number | undefined;
  @part() readonly swapUsage!: number;
  @part() readonly swapUsagePeak!: number;
}

/** Bytes of a disk. */
export class DiskState {
  @part() readonly usage!: number;
  @part() readonly total!: number | undefined;
}

export class CpuState {
  /** Nanoseconds used since the start. */
  @part() readonly usage!: number;
}

/** What an instance does at the moment (`GET /1.0/instances/{name}/state`). */
export class InstanceState {
  /** `Running`, `Stopped`, `Frozen`, `Error`. */
  @part() readonly status!: string;
  @part() readonly statusCode!: number;
  /** Process id of its init on the host; 0 when stopped. */
  @part() readonly pid!: number;
  /** Number of processes; -1 where it is not known. */
  @part() readonly processes!: number;
  @part({ type: () => CpuState }) readonly cpu!: CpuState;
  @part({ type: () => MemoryState }) readonly memory!: MemoryState;
  /** By device name. */
  @part({ as: 'map', type: () => DiskState }) readonly disk!: Record<string, DiskState>;
  /** By interface name; empty when stopped. */
  @part({ as: 'map', type: () => InterfaceState }) readonly network!: Record<string, InterfaceState>;
  /** When it was started; null when stopped or not told (extension `instance_state_started_at`, Incus). */
  @part({ as: 'time' }) readonly startedAt!: Date | null;

  /** The addresses at which it is reachable, as `instance.addresses()`: without loopback and link-local ones. */
  addresses(filter: AddressFilter = {}): InstanceAddress[] {
    return addressesOf(this, filter);
  }
}
