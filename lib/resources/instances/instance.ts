import { InvalidInputError, NotFoundError } from '../../errors/index.js';
import {
  run,
  type Operation,
  type OperationOptions,
  type StartOptions,
  type Unwaited,
  type Waited,
} from '../../operations/index.js';
import {
  field,
  toValue,
  type CallOptions,
  type Json,
  type JsonMap,
  type ModelClass,
} from '../../orm/index.js';
import type { InstanceConfig, InstanceType } from '../../rest/endpoints/index.js';
import type { Image } from '../images/image.js';
import { publish, type PublishOptions } from '../images/publish.js';
import { Resource } from '../resource.js';
import { Snapshot } from '../snapshots/snapshot.js';
import { SnapshotManager } from '../snapshots/manager.js';
import type { Watch } from '../watch/watch.js';
import { addressesOf, type AddressOptions, type InstanceAddress } from './addresses.js';
import { openConsole, readConsoleLog } from './console/console.js';
import type { ConsoleOptions, VgaOptions } from './console/options.js';
import type { ConsoleSession } from './console/session.js';
import type { VgaConsole } from './console/vga.js';
import { changeState, type StateOptions } from './state-change.js';
import { exec, type ExecText } from './exec/exec.js';
import type { ExecOptions } from './exec/options.js';
import type { ExecProcess } from './exec/process.js';
import { InstanceFiles } from './files/files.js';
import { InstanceMetadata, InstanceTemplates } from './image-data.js';
import { InstanceLogs } from './logs.js';
import { InstanceState } from './state.js';
import { waitFor, type WaitForOptions, type WaitTarget } from './wait-for.js';
import { watchInstances, type WatchOptions } from './watch.js';

/** What an instance does, in the server's words. */
export type InstanceStatus = 'Running' | 'Stopped' | 'Frozen' | 'Error' | (string & {});

/** A container or virtual machine (`/1.0/instances/{name}`). */
export class Instance extends Resource {
  @field({ key: true }) readonly name!: string;
  @field({ writable: true, scalar: 'string' }) description!: string;
  /** The instance's own configuration; what its profiles add is in `expandedConfig`. */
  @field({ writable: true, form: 'map' }) config!: InstanceConfig;
  /** The instance's own devices by name. */
  @field({ writable: true, form: 'maps' }) devices!: Record<string, Record<string, string>>;
  /** The profiles that apply, the later over the earlier. */
  @field({ writable: true, form: 'list' }) profiles!: string[];
  /** Whether it is deleted when it stops. */
  @field({ writable: true, scalar: 'boolean' }) ephemeral!: boolean;
  @field({ writable: true, scalar: 'string' }) architecture!: string;
  @field({ scalar: 'boolean' }) readonly stateful!: boolean;
  @field() readonly type!: InstanceType;
  /** As of the last reading; `state()` asks. */
  @field() readonly status!: InstanceStatus;
  @field({ wire: 'status_code' }) readonly statusCode!: number;
  @field({ wire: 'created_at', form: 'time' }) readonly createdAt!: Date | null;
  @field({ wire: 'last_used_at', form: 'time' }) readonly lastUsedAt!: Date | null;
  /** The cluster member that it is on; `none` on a single server. */
  @field() readonly location!: string;
  @field() readonly project!: string;
  /** `config` with what the profiles add, as of the last reading. */
  @field({ wire: 'expanded_config', form: 'map' }) readonly expandedConfig!: Readonly<InstanceConfig>;
  @field({ wire: 'expanded_devices', form: 'maps' })
  readonly expandedDevices!: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The state that `all({ recursion: 2 })` brought; undefined after other readings: ask with `state()`. */
  @field({ wire: 'state', type: () => InstanceState }) readonly fetchedState!: InstanceState | undefined;

  #snapshots: SnapshotManager | undefined;
  #files: InstanceFiles | undefined;

  /** The snapshots of this instance, by their short names. */
  get snapshots(): SnapshotManager {
    this.#snapshots ??= new SnapshotManager(this.session, () => this.key);
    return this.#snapshots;
  }

  /** Its files, with the shape of `node:fs/promises`, and `push()` and `pull()` of whole trees. */
  get files(): InstanceFiles {
    this.#files ??= new InstanceFiles(this.session, () => this.path);
    return this.#files;
  }

  /** Its log files. */
  get logs(): InstanceLogs {
    return new InstanceLogs(this.session, () => this.usableKey);
  }

  /** What its image has told of itself, and which templates apply when. */
  get metadata(): InstanceMetadata {
    return new InstanceMetadata(this.session, () => this.usableKey);
  }

  /** The templates of its image, from which files are made in it. */
  get templates(): InstanceTemplates {
    return new InstanceTemplates(this.session, () => this.usableKey);
  }

  /** The snapshots that `all({ recursion: 2 })` brought; undefined after other readings: ask with `snapshots.all()`. */
  get fetchedSnapshots(): Snapshot[] | undefined {
    const list = this.raw('snapshots');
    if (list === undefined) return undefined;
    return ((list ?? []) as JsonMap[]).map((data) => this.snapshots.listed(data));
  }

  /** What it does at the moment (GET /1.0/instances/{name}/state). */
  async state(options: CallOptions = {}): Promise<InstanceState> {
    const { metadata } = await this.session.send({ method: 'GET', path: `${this.path}/state`, ...options });
    return toValue(InstanceState, metadata as Json);
  }

  /**
   * Runs a command in it (POST /1.0/instances/{name}/exec): `await web.exec(['uname', '-r'])`. It is never a line of
   * shell unless `shell` says so. The handle has its streams, `kill()` and `resize()`; awaited it gives exit code and
   * output. @throws ExecError unless the exit code is 0; MaxBufferError, TimeoutError, AbortedError, which kill it;
   * ConnectionError if the output was cut; BadRequestError if it is not running
   */
  exec<O extends ExecOptions & { shell?: false | undefined }>(
    command: readonly string[],
    options?: O,
  ): ExecProcess<ExecText<O>>;
  exec<O extends ExecOptions & { shell: true | string }>(
    command: string,
    options: O,
  ): ExecProcess<ExecText<O>>;
  exec(command: unknown, options: ExecOptions = {}): ExecProcess<string | Buffer> {
    return exec(this.session, () => this.path, `instance '${this.key}'`, command, options);
  }

  /**
   * Attaches to its text console (POST /1.0/instances/{name}/console): a session with its `stream`, `resize()`,
   * `detach()` and `attach()`. With `type: 'vga'` the screen of a virtual machine, as raw sockets for a SPICE viewer.
   * @throws BadRequestError if it is not running; BusyError where another session has it (Incus); UnsupportedError for
   * `force` on LXD
   */
  console(options?: ConsoleOptions): Promise<ConsoleSession>;
  console(options: VgaOptions): Promise<VgaConsole>;
  async console(options: ConsoleOptions | VgaOptions = {}): Promise<ConsoleSession | VgaConsole> {
    return openConsole(this.session, this.path, `instance '${this.key}'`, options);
  }

  /** What its console has shown (GET /1.0/instances/{name}/console); on LXD of containers only. */
  async consoleLog(options: CallOptions = {}): Promise<string> {
    return readConsoleLog(this.session, this.path, options);
  }

  /** Empties that log (DELETE /1.0/instances/{name}/console). */
  async clearConsoleLog(options: CallOptions = {}): Promise<void> {
    await this.session.send({ method: 'DELETE', path: `${this.path}/console`, ...options });
  }

  /** Starts it; `stateful` from the state kept by a stateful stop. */
  start(options?: StateOptions & Waited): Promise<this>;
  start(options: StateOptions & Unwaited): Promise<Operation<this>>;
  async start(options: StateOptions & StartOptions = {}): Promise<this | Operation<this>> {
    return this.#change('start', options);
  }

  /**
   * Shuts it down. Without `force` its init has to agree; `timeout` is how long that may take, in ms, and the server
   * gives up with us. `force` pulls the plug.
   */
  stop(options?: StateOptions & Waited): Promise<this>;
  stop(options: StateOptions & Unwaited): Promise<Operation<this>>;
  async stop(options: StateOptions & StartOptions = {}): Promise<this | Operation<this>> {
    return this.#change('stop', options);
  }

  restart(options?: StateOptions & Waited): Promise<this>;
  restart(options: StateOptions & Unwaited): Promise<Operation<this>>;
  async restart(options: StateOptions & StartOptions = {}): Promise<this | Operation<this>> {
    return this.#change('restart', options);
  }

  /** Stops its processes where they are. */
  freeze(options?: StateOptions & Waited): Promise<this>;
  freeze(options: StateOptions & Unwaited): Promise<Operation<this>>;
  async freeze(options: StateOptions & StartOptions = {}): Promise<this | Operation<this>> {
    return this.#change('freeze', options);
  }

  unfreeze(options?: StateOptions & Waited): Promise<this>;
  unfreeze(options: StateOptions & Unwaited): Promise<Operation<this>>;
  async unfreeze(options: StateOptions & StartOptions = {}): Promise<this | Operation<this>> {
    return this.#change('unfreeze', options);
  }

  /** Changes the state by the server's own word for it; an unknown one is refused before anything is sent. */
  setState(action: string, options?: StateOptions & Waited): Promise<this>;
  setState(action: string, options: StateOptions & Unwaited): Promise<Operation<this>>;
  async setState(action: string, options: StateOptions & StartOptions = {}): Promise<this | Operation<this>> {
    return this.#change(action, options);
  }

  /**
   * Puts it back to a snapshot, named or as a model; `stateful` with the memory of a stateful one. Both servers blank
   * the instance's description with it, which no snapshot holds.
   */
  restore(
    snapshot: string | Snapshot,
    options?: OperationOptions & Waited & { stateful?: boolean },
  ): Promise<this>;
  restore(
    snapshot: string | Snapshot,
    options: OperationOptions & Unwaited & { stateful?: boolean },
  ): Promise<Operation<this>>;
  async restore(
    snapshot: string | Snapshot,
    { stateful = false, ...options }: StartOptions & { stateful?: boolean } = {},
  ): Promise<this | Operation<this>> {
    const restore = typeof snapshot === 'string' ? snapshot : snapshot.name;
    if (restore === '') throw new InvalidInputError('restore() needs the name of a snapshot; it is empty');
    const request = { method: 'PUT', path: this.path, body: { restore, stateful } };
    return run(this.session, request, options, () => this.refreshed());
  }

  /** Makes an image of it (POST /1.0/images); it must be stopped. Resolves with the image. */
  publish(options?: PublishOptions & Waited): Promise<Image>;
  publish(options: PublishOptions & Unwaited): Promise<Operation<Image>>;
  async publish(options: PublishOptions & StartOptions = {}): Promise<Image | Operation<Image>> {
    this.assertUsable();
    return publish(this.session, { type: 'instance', name: this.key }, options);
  }

  /**
   * Its addresses by which others can reach it, as seen from inside (GET /1.0/instances/{name}/state); none while it is
   * stopped. Loopback and link-local ones come with `scope: 'any'`.
   */
  async addresses(options: AddressOptions = {}): Promise<InstanceAddress[]> {
    return addressesOf(await this.state(options), options);
  }

  /** Its changes from now on, as `client.instances.watch()` has them; it is followed through renames. */
  watch({ signal }: WatchOptions = {}): Watch<this> {
    this.assertUsable();
    const Class = this.constructor as ModelClass<this>;
    return watchInstances<this>({
      store: this.store,
      filter: undefined,
      allProjects: false,
      signal,
      only: this.key,
      model: (store, key, data) => new Class(store, key, { data }),
    });
  }

  /**
   * Waits until it is `'running'`, `'stopped'` or `'frozen'`, has an address (`'ip'`, `'ipv4'`, `'ipv6'`), its guest agent
   * answers (`'agent'`; a container needs none), or a predicate of the fetched instance and its state says so. Woken by
   * events; looks now and then where there are none, and for what has none. @throws TimeoutError, AbortedError
   */
  async waitFor(target: WaitTarget<this>, options?: WaitForOptions): Promise<this> {
    this.assertUsable();
    await waitFor(this, this.session, target, options);
    return this;
  }

  /** Deletes it with its snapshots; `force` stops it first, without which a running one is a `BadRequestError`. */
  override delete(options?: OperationOptions & Waited & { force?: boolean }): Promise<void>;
  override delete(options: OperationOptions & Unwaited & { force?: boolean }): Promise<Operation>;
  override async delete({
    force = false,
    ...options
  }: StartOptions & { force?: boolean } = {}): Promise<void | Operation> {
    if (force && (await this.state(options)).status !== 'Stopped') {
      await changeState(
        this.session,
        this.path,
        'stop',
        { ...options, wait: true, force: true },
        () => undefined,
      );
      // An ephemeral instance is gone with its stop; the deletion that follows must not complain.
      if (this.raw('ephemeral') === true && !(await this.#isThere(options))) return;
    }
    return super.delete(options);
  }

  /** Its name; throws after a deletion. */
  private get usableKey(): string {
    this.assertUsable();
    return this.key;
  }

  /** @internal After an operation changed it: read it anew, if it had been read; an ephemeral one may be gone. */
  async refreshed(): Promise<this> {
    if (!this.isFetched) return this;
    try {
      return await this.fetch();
    } catch (error) {
      if (error instanceof NotFoundError && this.raw('ephemeral') === true) return this;
      throw error;
    }
  }

  protected override inspectDetails(): string[] {
    return this.isFetched ? [this.status] : [];
  }

  async #change(action: string, options: StateOptions & StartOptions): Promise<this | Operation<this>> {
    return changeState(this.session, this.path, action, options, () => this.refreshed());
  }

  async #isThere(options: CallOptions): Promise<boolean> {
    try {
      await this.state(options);
      return true;
    } catch (error) {
      if (error instanceof NotFoundError) return false;
      throw error;
    }
  }
}
