import { named, printable, printableChange } from '../../../errors/index.js';
import { field, type Change, type JsonMap } from '../../../orm/index.js';
import { kind } from '../../kind/kind.js';
import { ResourceManager } from '../../kind/manager.js';
import { Resource } from '../../kind/resource.js';

/**
 * A key with which a bucket is used (`…/buckets/{bucketName}/keys/{keyName}`). Its `secretKey` is had by that name alone:
 * `console.log()`, `toJSON()` and `changes()` hide it.
 */
export class BucketKey extends Resource {
  @field({ key: true }) readonly name!: string;
  @field({ writable: true, scalar: 'string' }) description!: string;
  /** What may be done with it. */
  @field({ writable: true, scalar: 'string' }) role!: 'admin' | 'read-only' | (string & {});
  /** Its public half, the user name of S3. */
  @field({ writable: true, scalar: 'string', wire: 'access-key' }) accessKey!: string;
  /** Its secret half. */
  @field({ writable: true, scalar: 'string', wire: 'secret-key' }) secretKey!: string;

  /** The name of the bucket that it is for. */
  get bucket(): string {
    return decodeURIComponent(this.path.split('/')[5] ?? '');
  }

  /** The unsaved edits, by the server's names; the secret is hidden. */
  override changes(): Change[] {
    return super.changes().map(printableChange);
  }

  /** What the server said, with the unsaved edits; the secret is hidden. */
  override toJSON(): Record<string, unknown> {
    return printable(super.toJSON());
  }
}

/** A new key of a bucket. */
export interface BucketKeyInput {
  name: string;
  role: BucketKey['role'];
  description?: string | undefined;
  /** The server makes one up without it. */
  accessKey?: string | undefined;
  /** Likewise. */
  secretKey?: string | undefined;
}

const bucketKeys = kind<BucketKey, BucketKeyInput>({
  name: 'bucket key',
  path: '/1.0/storage-pools/{poolName}/buckets/{bucketName}/keys/{keyName}',
  model: BucketKey,
  // There is only PUT, which makes up new keys where it is not told the old ones, and looks at no ETag.
  writes: { partial: false, versionIgnored: true, checkedLoosely: true },
  filter: 'none',
  needs: { extension: 'storage_buckets' },
  cannot: ['rename'],
  events: { of: 'storage-bucket-key', others: /^storage-bucket-deleted$/, shared: true },
});

/** The keys of one bucket: `bucket.keys`. */
export class BucketKeyManager extends ResourceManager<BucketKey, BucketKeyInput> {
  /** @internal */
  constructor(bucket: Resource) {
    super(bucketKeys, Resource.placeUnder(bucket));
  }

  /** @internal The key that a server tells beside; undefined where it has none. */
  told(data: Readonly<JsonMap>): BucketKey | undefined {
    const key = this.keyOf(data);
    return key === undefined ? undefined : new this.Class(this.store, key, { data: { ...data } });
  }
}

named({ BucketKey, BucketKeyManager });
