import { assertOptions, named, UnsupportedError, type OptionNames } from '../../../errors/index.js';
import {
  startNames,
  type Ended,
  type OperationData,
  type WaitOf,
  type LikeOf,
  type PlainOf,
} from '../../../operations/index.js';
import { assertNewName, type ModelClass } from '../../../orm/index.js';
import { assertHeaders, importHeaders } from '../../backups/import.js';
import { createdKey } from '../../kind/created.js';
import { LocatedManager } from '../../kind/located.js';
import type { CreateOptions } from '../../kind/manager.js';
import type { Place } from '../../kind/rest-store.js';
import { productName, serverFacts } from '../../kind/server-facts.js';
import { upload, type BackupFile } from '../../transfer/upload.js';
import { storageBuckets, type StorageBucket, type StorageBucketInput } from './bucket.js';

/** How a bucket is imported. */
export interface BucketImportOptions<W extends boolean = boolean> extends CreateOptions<W> {
  /** The name in the backup by default. */
  name?: string | undefined;
}

const importNames: OptionNames<BucketImportOptions> = { ...startNames, target: true, name: true };
const extension = 'storage_bucket_backup';

/** `pool.buckets`: buckets by their names, where the server has them (extension `storage_buckets`). */
export class BucketManager<B extends StorageBucket = StorageBucket> extends LocatedManager<
  B,
  StorageBucketInput
> {
  readonly #place: () => Place;

  /** @internal */
  constructor(place: () => Place, Class?: ModelClass<B>) {
    super(storageBuckets, place, Class);
    this.#place = place;
  }

  /**
   * Makes a bucket of the file of a backup, with its objects and its keys (POST …/buckets), and resolves with its fetched
   * model. The upload is reported to `onProgress` as stage `upload`. @throws InvalidInputError for a file that cannot be
   * read; UnsupportedError without the extension `storage_bucket_backup` (Incus); OperationError, also where a key of the
   * bucket is in use on the server
   */
  async import<W extends boolean = WaitOf<B>>(
    file: BackupFile,
    options: BucketImportOptions<W> = {},
  ): Promise<Ended<B, W>> {
    assertOptions(options, importNames, 'buckets.import()');
    const { name, target, ...call } = options;
    if (name !== undefined) assertNewName(name, 'storage bucket');
    assertHeaders({ name });
    const store = target === undefined ? this.store : this.store.at({ target });
    const finish = async (data: OperationData) => {
      const key = name ?? createdKey(data, 'storage_buckets', 'buckets') ?? '';
      return this.made(await store.read(key), key);
    };
    const asked = async () => {
      const facts = await serverFacts(store.session, { signal: options.signal });
      if (!facts.extensions.has(extension)) {
        const server = productName(facts.product);
        throw new UnsupportedError(
          `This ${server} imports no buckets; it lacks the API extension ${extension}`,
          extension,
        );
      }
      return { path: store.collection, headers: importHeaders(facts, { name }) };
    };
    return upload<B, W>(store.session, file, asked, call, finish);
  }

  override as<S extends PlainOf<B> & StorageBucket>(Class: ModelClass<S>): BucketManager<LikeOf<B, S>> {
    return new BucketManager(this.#place, Class as ModelClass as ModelClass<LikeOf<B, S>>);
  }
}

named({ BucketManager });
