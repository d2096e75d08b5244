import { named } from '../../../errors/index.js';
import { run, type Operation, type OperationOptions, type StartOptions } from '../../../operations/index.js';
import { field } from '../../../orm/index.js';
import { fillPath, type InstanceConfig } from '../../../rest/endpoints/index.js';
import type { Image } from '../../images/image.js';
import { publish, type PublishOptions } from '../../images/publish.js';
import { copySnapshot, type SnapshotCopyOptions } from '../copy/snapshot.js';
import type { Instance } from '../instance.js';
import { copySnapshotTo, type SnapshotCopyToOptions } from '../migrate/snapshot.js';
import type { OtherClient } from '../../transfer/peer.js';
import { Resource } from '../../kind/resource.js';

/** A snapshot of an instance (`/1.0/instances/{name}/snapshots/{snapshotName}`). */
export class Snapshot extends Resource {
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
    return decodeURIComponent(this.path.split('/')[3] ?? '');
  }

  /** Puts the instance back to it (PUT /1.0/instances/{name}); `stateful` with its memory. */
  restore(options?: OperationOptions & { wait?: true; stateful?: boolean }): Promise<void>;
  restore(options: OperationOptions & { wait: false; stateful?: boolean }): Promise<Operation>;
  async restore({
    stateful = false,
    ...options
  }: StartOptions & { stateful?: boolean } = {}): Promise<void | Operation> {
    const path = fillPath('/1.0/instances/{name}', { name: this.instance });
    return run(
      this.session,
      { method: 'PUT', path, body: { restore: this.#short, stateful } },
      options,
      () => undefined,
    );
  }

  /**
   * Makes an instance of it (POST /1.0/instances) and resolves with its fetched model.
   * @throws InvalidInputError; NotFoundError; OperationError, e.g. for a name in use
   */
  copy(newName: string, options?: SnapshotCopyOptions & { wait?: true }): Promise<Instance>;
  copy(newName: string, options: SnapshotCopyOptions & { wait: false }): Promise<Operation<Instance>>;
  async copy(
    newName: string,
    options: SnapshotCopyOptions & StartOptions = {},
  ): Promise<Instance | Operation<Instance>> {
    return copySnapshot(this.session, { instance: this.instance, snapshot: this.#short }, newName, options);
  }

  /** Makes an instance of it on another server, as `instance.copyTo()` does; by default it is named like the instance. */
  async copyTo(client: OtherClient, options: SnapshotCopyToOptions = {}): Promise<Instance> {
    const here = { session: this.session, name: this.instance };
    return copySnapshotTo(here, client, { ...options, snapshot: this.#short });
  }

  /** Makes an image of it (POST /1.0/images). Resolves with the image. */
  publish(options?: PublishOptions & { wait?: true }): Promise<Image>;
  publish(options: PublishOptions & { wait: false }): Promise<Operation<Image>>;
  async publish(options: PublishOptions & StartOptions = {}): Promise<Image | Operation<Image>> {
    const name = `${this.instance}/${this.#short}`;
    return publish(this.session, { type: 'snapshot', name }, options);
  }

  /** A model of `client.snapshots` keeps the instance's name in its key. */
  protected override renamed(newName: string): this {
    return super.renamed(this.key.slice(0, this.key.lastIndexOf('/') + 1) + newName, newName);
  }

  /** Its own name: of a model of `client.snapshots` the key has the instance's too. */
  get #short(): string {
    return this.key.replace(/^.*\//s, '');
  }
}

named({ Snapshot });
