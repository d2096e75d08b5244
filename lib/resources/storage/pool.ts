import { assertOptions, named } from '../../errors/index.js';
import type { LikeOf } from '../../operations/index.js';
import { field, part, toValue, type CallOptions, type JsonMap } from '../../orm/index.js';
import { asObject } from '../../rest/answers.js';
import type { StoragePoolConfig } from '../../rest/endpoints/index.js';
import type { Session } from '../../rest/session.js';
import { configSecrets } from '../kind/config-secrets.js';
import { kind } from '../kind/kind.js';
import { Resource } from '../kind/resource.js';
import { allMembersNames, ofMembers, type AllMembersOptions, type OfMembers } from '../place/of-members.js';
import { poolParts } from '../place/parts.js';
import { Parted } from '../place/resource.js';
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
export class StoragePool extends Parted {
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

  /**
   * Its used and total space (GET /1.0/storage-pools/{name}/resources), in a cluster that of the member that is asked. With
   * `allMembers` that of each member, which is asked for it; those that are away are named.
   */
  resources(options: CallOptions & { allMembers: true }): Promise<OfMembers<StoragePoolResources>>;
  resources(options?: CallOptions & { allMembers?: false | undefined }): Promise<StoragePoolResources>;
  async resources(options: AllMembersOptions = {}): Promise<unknown> {
    assertOptions(options, allMembersNames, 'resources()');
    const { allMembers, ...call } = options;
    const request = { method: 'GET', path: `${this.path}/resources`, ...call };
    const ask = async (session: Session) =>
      toValue(StoragePoolResources, asObject<JsonMap>(await session.send(request), request));
    return allMembers === true ? ofMembers(this.session, call, ask) : ask(this.session);
  }

  protected override get parts() {
    return poolParts;
  }
}

/** A new storage pool. */
export interface StoragePoolInput {
  name: string;
  driver: 'dir' | 'btrfs' | 'zfs' | 'lvm' | 'ceph' | (string & {});
  description?: string | undefined;
  config?: StoragePoolConfig | undefined;
  /**
   * What each member of a cluster has of its own, such as `source`: `{ n1: { source: '/dev/sdb' }, n2: { source: '/dev/sdc' } }`;
   * all of them, `{}` for nothing. Without it all have what `config` says.
   */
  members?: Readonly<Record<string, StoragePoolConfig>> | undefined;
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
  inputs: ['members'],
  ignored: ['description'], // of a cluster's
  filter: 'incus',
  cannot: ['rename'],
  allProjects: 'always', // they are in no project
  events: { of: 'storage-pool', shared: true },
});

named({ StoragePool, StoragePoolResources, StorageAmount });
