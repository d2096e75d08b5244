import { named, printable } from '../../../errors/index.js';
import type { LikeOf } from '../../../operations/index.js';
import { field, isMap } from '../../../orm/index.js';
import type { StorageBucketConfig } from '../../../rest/endpoints/index.js';
import { backupsOf, type BackupManager } from '../../backups/manager.js';
import type { InputOf } from '../../kind/input.js';
import { kind } from '../../kind/kind.js';
import { Resource } from '../../kind/resource.js';
import {
  bucketBackups,
  type BucketBackup,
  type BucketBackupForm,
  type BucketExportOptions,
} from './backup.js';
import { BucketKeyManager, type BucketKey } from './key.js';

/**
 * A bucket of a storage pool: object storage by the S3 protocol
 * (`/1.0/storage-pools/{poolName}/buckets/{bucketName}`). No server can rename one.
 */
export class StorageBucket extends Resource {
  #keys: BucketKeyManager<LikeOf<this, BucketKey>> | undefined;
  #backups: BackupManager<LikeOf<this, BucketBackup>, BucketBackupForm> | undefined;
  #firstKey: LikeOf<this, BucketKey> | undefined;

  @field({ key: true }) readonly name!: string;
  @field({ writable: true, scalar: 'string' }) description!: string;
  @field({ writable: true, form: 'map' }) config!: StorageBucketConfig;
  /** Its URL for S3 clients; empty until the server's `core.storage_buckets_address` is set. */
  @field({ wire: 's3_url', scalar: 'string' }) readonly s3Url!: string;
  /** The cluster member that has it, to which its requests go; `none` on a single server. */
  @field() readonly location!: string;
  @field() readonly project!: string;

  /** The name of the pool that it is in. */
  get pool(): string {
    return this.nameIn('poolName');
  }

  /** The key of role `admin` that was created with it; set only on the model that `create()` resolves with. */
  get firstKey(): LikeOf<this, BucketKey> | undefined {
    return this.#firstKey;
  }

  /** Its access keys. */
  get keys(): BucketKeyManager<LikeOf<this, BucketKey>> {
    return (this.#keys ??= new BucketKeyManager<LikeOf<this, BucketKey>>(this));
  }

  /** Its backups, which are kept on the server; `exportTo()` makes one, fetches it and deletes it. Incus. */
  get backups(): BackupManager<LikeOf<this, BucketBackup>, BucketBackupForm> {
    return (this.#backups ??= backupsOf(this, bucketBackups));
  }

  /**
   * Exports it to a file, which `buckets.import()` takes, as `volume.exportTo()` does. The file has the secrets of its
   * keys in it. Always waited for.
   * @throws UnsupportedError without the extension `storage_bucket_backup` (Incus); InvalidInputError if the file cannot
   * be written; OperationError; ConnectionError if it was cut
   */
  async exportTo(file: string, options: BucketExportOptions = {}): Promise<string> {
    return this.backups.exportOwner(this.toString(), file, options);
  }

  /** What the server said of it; a list with `recursion: 2` brings its keys, whose secrets are hidden. */
  override toJSON(): Record<string, unknown> {
    return printable(super.toJSON());
  }

  /** @internal Takes the key that was made with it: newer LXD tells it in the operation, under a name. */
  static takeKey(bucket: StorageBucket, metadata: Readonly<Record<string, unknown>>): void {
    const { key = metadata } = metadata;
    if (isMap(key)) bucket.#firstKey = bucket.keys.told(key);
  }
}

/** A new bucket: 3 to 63 lower-case letters, digits, `.` and `-`. */
export type StorageBucketInput = InputOf<StorageBucket, 'description' | 'config'>;

/** @internal */
export const storageBuckets = kind<StorageBucket, StorageBucketInput>({
  name: 'storage bucket',
  path: '/1.0/storage-pools/{poolName}/buckets/{bucketName}',
  model: StorageBucket,
  writes: (facts) => ({
    partial: false, // a PATCH without config crashes Incus, and it blanks the description
    emptyIsUnset: ['config'],
    versionIgnored: facts?.product !== 'lxd',
    checkedLoosely: true,
  }),
  filter: 'incus',
  needs: { extension: 'storage_buckets' },
  allProjects: 'storage_buckets_all_projects',
  located: true,
  cannot: ['rename'],
  told: (bucket, metadata) => StorageBucket.takeKey(bucket, metadata),
  events: {
    of: 'storage-bucket',
    harmless: /^storage-bucket-(backup|key)-/,
    shared: true,
  },
});

named({ StorageBucket });
