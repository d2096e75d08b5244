import { named } from '../../errors/index.js';
import type { LikeOf } from '../../operations/index.js';
import { field, part, toValue, type CallOptions } from '../../orm/index.js';
import type { StoragePoolConfig } from '../../rest/endpoints/index.js';
import { configSecrets } from '../kind/config-secrets.js';
import { kind } from '../kind/kind.js';
import { Resource } from '../kind/resource.js';
import type { StorageBucket } from './buckets/bucket.js';
import { BucketManager } from './buckets/manager.js';
import type { StorageVolume } from './volume.js';
import { VolumeManager } from './volumes.js';

/** A used and a total amount: of bytes, or of files. */
export class StorageAmount {
  @part() readonly used!: number;
  @part() readonly total!: number;
}

/** Used and total space of a storage pool. */
export class StoragePoolResources {
  /** Bytes. */
  @part({ type: () => StorageAmount }) readonly space!: StorageAmount;
  /** Files; 0 where the file system has no limit. */
  @part({ type: () => StorageAmount }) readonly inodes!: StorageAmount;
}

/** A storage pool, which holds instances, images and volumes (`/1.0/storage-pools/{poolName}`). No server can rename one. */
export class StoragePool extends Resource {
  #volumes: VolumeManager<LikeOf<this, StorageVolume>> | undefined;
  #buckets: BucketManager<LikeOf<this, StorageBucket>> | undefined;

  @field({ key: true }) readonly name!: string;
  @field({ writable: true, scalar: 'string' }) description!: string;
  @field({ writable: true, form: 'map', secret: configSecrets }) config!: StoragePoolConfig;
  /** `dir`, `btrfs`, `zfs`, `lvm`, `ceph`, … */
  @field() readonly driver!: string;
  /** `Created`, `Pending`, `Errored` or `Unavailable`. */
  @field() readonly status!: string;
  /** URLs of what is in it, of all projects. */
  @field({ form: 'list' }) readonly usedBy!: readonly string[];
  /** The cluster members that have it. */
  @field({ form: 'list' }) readonly locations!: readonly string[];

  /** Its volumes: custom ones by name, others by `'container/web'`, `'virtual-machine/db'`, `'image/<fingerprint>'`. */
  get volumes(): VolumeManager<LikeOf<this, StorageVolume>> {
    return (this.#volumes ??= new VolumeManager<LikeOf<this, StorageVolume>>(Resource.placeUnder(this)));
  }

  /** Its buckets (object storage by the S3 protocol), where the server has them: Incus, and newer LXD. */
  get buckets(): BucketManager<LikeOf<this, StorageBucket>> {
    return (this.#buckets ??= new BucketManager<LikeOf<this, StorageBucket>>(Resource.placeUnder(this)));
  }

  /** Its used and total space (GET /1.0/storage-pools/{name}/resources). */
  async resources(options: CallOptions = {}): Promise<StoragePoolResources> {
    return toValue(StoragePoolResources, await this.readObject('resources', options));
  }
}

/** A new storage pool. */
export interface StoragePoolInput {
  name: string;
  driver: 'dir' | 'btrfs' | 'zfs' | 'lvm' | 'ceph' | (string & {});
  description?: string | undefined;
  config?: StoragePoolConfig | undefined;
}

/** @internal */
export const storagePools = kind<StoragePool, StoragePoolInput>({
  name: 'storage pool',
  path: '/1.0/storage-pools/{poolName}',
  model: StoragePool,
  writes: {
    partial: true,
    resend: ['description'], // PATCH blanks it when left out
    unset: { config: 'empty' },
    emptyIsUnset: ['config'],
    serverOwned: /^(volatile\.|source$)/, // it makes a path of what was given as source
    kept: /^source$/, // a PUT without it is refused
    checkedLoosely: true,
  },
  filter: 'incus',
  cannot: ['rename'],
  allProjects: 'always', // they are in no project
  events: { of: 'storage-pool', shared: true },
});

named({ StoragePool, StoragePoolResources, StorageAmount });
