import { named } from '../../errors/index.js';
import { part } from '../../orm/index.js';
import { StoragePoolResources } from '../storage/pool.js';

/** What a cluster member's host says of itself; sizes are in bytes. */
export class ClusterMemberSystem {
  /** Seconds since it was started. */
  @part() readonly uptime!: number;
  /** Over 1, 5 and 15 minutes. */
  @part() readonly loadAverages!: readonly number[];
  @part({ wire: 'total_ram' }) readonly totalMemory!: number;
  @part({ wire: 'free_ram' }) readonly freeMemory!: number;
  @part({ wire: 'shared_ram' }) readonly sharedMemory!: number;
  @part({ wire: 'buffered_ram' }) readonly bufferedMemory!: number;
  @part() readonly totalSwap!: number;
  @part() readonly freeSwap!: number;
  @part() readonly processes!: number;
  /** Undefined where the server does not tell: Incus. */
  @part({ wire: 'logical_cpus' }) readonly logicalCpus!: number | undefined;
}

/** How a cluster member does (GET /1.0/cluster/members/{name}/state). */
export class ClusterMemberState {
  @part({ wire: 'sysinfo', type: () => ClusterMemberSystem }) readonly system!: ClusterMemberSystem;
  /** The space of its part of each storage pool, by the pools' names. */
  @part({ as: 'map', type: () => StoragePoolResources })
  readonly storagePools!: Record<string, StoragePoolResources>;
}

named({ ClusterMemberState, ClusterMemberSystem });
