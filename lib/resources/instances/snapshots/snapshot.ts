import { assertOptions, named, type OptionNames } from '../../../errors/index.js';
import {
  run,
  startNames,
  type Ended,
  type StartOptions,
  type WaitOf,
  type LikeOf,
} from '../../../operations/index.js';
import { field, type ModelClass } from '../../../orm/index.js';
import { fillPath, type InstanceConfig } from '../../../rest/endpoints/index.js';
import type { Image } from '../../images/image.js';
import { publish, type PublishOptions } from '../../images/publish.js';
import { copySnapshot, type SnapshotCopyOptions } from '../copy/snapshot.js';
import type { Instance } from '../instance.js';
import type { CopyToOptions } from '../migrate/options.js';
import { copyTo } from '../migrate/to.js';
import type { OtherClient } from '../../transfer/peer.js';
import { afterSlash } from '../../kind/path.js';
import { Resource } from '../../kind/resource.js';

/** How a snapshot is copied to another server. */
export type SnapshotCopyToOptions = Omit<CopyToOptions, 'snapshot' | 'live' | 'refresh' | 'instanceOnly'>;

/** How an instance is put back to a snapshot. */
export interface RestoreOptions<W extends boolean = boolean> extends StartOptions<W> {
  /** With the memory that a stateful one holds. */
  stateful?: boolean | undefined;
}

/** For `assertOptions()`. */
export const restoreNames: OptionNames<RestoreOptions> = { ...startNames, stateful: true };

/** A snapshot of an instance (`/1.0/instances/{name}/snapshots/{snapshotName}`). */
export class Snapshot<I extends Instance = Instance> extends Resource {
  /** Its own name, without the instance's. */
  @field() readonly name!: string;
  /** When the server deletes it; null for never. */
  @field({ writable: true, form: 'time' }) expiresAt!: Date | null;
  @field({ form: 'time' }) readonly createdAt!: Date | null;
  @field({ form: 'time' }) readonly lastUsedAt!: Date | null;
  /** Whether it holds the memory of the running instance. */
  @field({ scalar: 'boolean' }) readonly stateful!: boolean;
  /** Bytes; -1 where the storage does not know. */
  @field() readonly size!: number;
  @field() readonly architecture!: string;
  @field({ scalar: 'boolean' }) readonly ephemeral!: boolean;
  @field({ form: 'list' }) readonly profiles!: readonly string[];
  /** What the instance's was when it was taken. */
  @field({ form: 'map' }) readonly config!: Readonly<InstanceConfig>;
  @field({ form: 'maps' }) readonly devices!: Readonly<Record<string, Readonly<Record<string, string>>>>;
  @field({ form: 'map' }) readonly expandedConfig!: Readonly<InstanceConfig>;
  @field({ form: 'maps' })
  readonly expandedDevices!: Readonly<Record<string, Readonly<Record<string, string>>>>;

  /** The name of the instance that it is of. */
  get instance(): string {
    return this.nameIn('name');
  }

  /** Puts the instance back to it (PUT /1.0/instances/{name}); `stateful` with its memory. */
  async restore<W extends boolean | WaitOf<this> = WaitOf<this>>(
    given: RestoreOptions<W> = {},
  ): Promise<Ended<void, W>> {
    assertOptions(given, restoreNames, 'restore()');
    const { stateful = false, ...options } = given;
    const path = fillPath('/1.0/instances/{name}', { name: this.instance });
    const body = { restore: this.#short, stateful };
    return run(this.session, { method: 'PUT', path, body }, options, () => undefined);
  }

  /**
   * Makes an instance of it (POST /1.0/instances), of the class that its instance is of, and resolves with its fetched
   * model. @throws InvalidInputError; NotFoundError; OperationError; AlreadyExistsError for a name in use
   */
  async copy<W extends boolean | WaitOf<this> = WaitOf<this>>(
    newName: string,
    options: SnapshotCopyOptions & StartOptions<W> = {},
  ): Promise<Ended<I, W>> {
    const original = { instance: this.instance, snapshot: this.#short };
    return copySnapshot(this.session, original, newName, options, this.#instanceClass);
  }

  /**
   * Makes an instance of it on another server, as `instance.copyTo()` does; by default it is named like the instance.
   * Always waited for.
   */
  async copyTo(client: OtherClient, options: SnapshotCopyToOptions = {}): Promise<I> {
    const here = { session: this.session, name: this.instance, Class: this.#instanceClass };
    return copyTo(here, client, { ...options, snapshot: this.#short });
  }

  /** Makes an image of it (POST /1.0/images). Resolves with the image. */
  async publish<W extends boolean = WaitOf<this>>(
    options: PublishOptions & StartOptions<W> = {},
  ): Promise<Ended<LikeOf<this, Image>, W>> {
    const name = `${this.instance}/${this.#short}`;
    return publish<LikeOf<this, Image>, W>(this.session, { type: 'snapshot', name }, options);
  }

  /** A model of `client.snapshots` keeps the instance's name in its key. */
  protected override renamed(newName: string): this {
    return super.renamed(this.key.slice(0, this.key.lastIndexOf('/') + 1) + newName, newName);
  }

  /** Its own name: of a model of `client.snapshots` the key has the instance's too. */
  get #short(): string {
    return afterSlash(this.key);
  }

  get #instanceClass(): ModelClass<I> {
    return this.store.parentClass as ModelClass<I>;
  }
}

named({ Snapshot });
