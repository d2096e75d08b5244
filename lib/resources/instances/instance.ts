import { assertOptions, InvalidInputError, named, NotFoundError } from '../../errors/index.js';
import {
  run,
  type Ended,
  type Operation,
  type OperationOptions,
  type StartOptions,
  type Unwaited,
  type Waited,
} from '../../operations/index.js';
import type { CallOptions, DeleteOptions, JsonMap, ModelClass } from '../../orm/index.js';
import { exportInstance, type ExportOptions } from './backups/export.js';
import { BackupManager } from './backups/manager.js';
import type { Image } from '../images/image.js';
import { Resource } from '../kind/resource.js';
import { publish, type PublishOptions } from '../images/publish.js';
import type { OtherClient } from '../transfer/peer.js';
import { Snapshot } from './snapshots/snapshot.js';
import { SnapshotManager } from './snapshots/manager.js';
import { watchOf, watchOneNames, type WatchOptions } from '../watch/watch-of.js';
import type { Watch } from '../watch/watch.js';
import { addressesOf, type AddressOptions, type InstanceAddress } from './addresses.js';
import { openConsole, readConsoleLog } from './console/console.js';
import type { ConsoleOptions, VgaOptions } from './console/options.js';
import type { ConsoleSession } from './console/session.js';
import type { VgaConsole } from './console/vga.js';
import { copyInstance, type CopyOptions } from './copy/copy.js';
import { moveInstance, type MoveOptions } from './copy/move.js';
import { PoweredInstance } from './powered.js';
import { changeState } from './state-change.js';
import { exec, type ExecText } from './exec/exec.js';
import type { ExecOptions } from './exec/options.js';
import type { ExecProcess } from './exec/process.js';
import { InstanceFiles } from './files/files.js';
import { InstanceMetadata, InstanceTemplates } from './image-data.js';
import { InstanceLogs } from './logs.js';
import { rebuildInstance } from './rebuild.js';
import type { RebuildSource } from './source.js';
import { copyTo, moveTo, type Here } from './migrate/to.js';
import type { CopyToOptions, MoveToOptions } from './migrate/options.js';
import { waitFor, type WaitForOptions, type WaitTarget } from './wait-for.js';

/** A container or virtual machine (`/1.0/instances/{name}`). */
export class Instance extends PoweredInstance {
  #snapshots: SnapshotManager<this> | undefined;
  #backups: BackupManager | undefined;
  #files: InstanceFiles | undefined;

  /** The snapshots of this instance, by their short names. */
  get snapshots(): SnapshotManager<this> {
    return (this.#snapshots ??= new SnapshotManager<this>(Resource.placeUnder(this)));
  }

  /** Its backups, which are kept on the server; `exportTo()` makes one, fetches it and deletes it. */
  get backups(): BackupManager {
    return (this.#backups ??= new BackupManager(Resource.placeUnder(this)));
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
  get fetchedSnapshots(): Snapshot<this>[] | undefined {
    const list = this.raw('snapshots');
    if (list === undefined) return undefined;
    return ((list ?? []) as JsonMap[]).map((data) => this.snapshots.listed(data));
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
   * Exports it to a file, which `instances.import()` takes: the server makes a backup, which is downloaded (stages of the
   * server, then `download`) and deleted in every case, so that an abort waits for the server to be done with it. The file is there whole or not at all, in
   * place of one of that name. Resolves with its path. With the extension `direct_backup` nothing is stored on the server.
   * @throws InvalidInputError if the file cannot be written; OperationError; ConnectionError if it was cut
   */
  async exportTo(file: string, options: ExportOptions = {}): Promise<string> {
    const { session, path, backups } = this;
    return exportInstance({ session, path, backups, title: `instance '${this.key}'` }, file, options);
  }

  /**
   * Copies it on its server (POST /1.0/instances), with its snapshots unless `instanceOnly`; with `snapshot`, copies that.
   * Resolves with the copy's fetched model. For another server there is `copyTo()`.
   * @throws InvalidInputError; NotFoundError; OperationError, e.g. for a name in use
   */
  copy(newName: string, options?: CopyOptions & { snapshot?: string } & Waited): Promise<this>;
  copy(newName: string, options: CopyOptions & { snapshot?: string } & Unwaited): Promise<Operation<this>>;
  async copy(
    newName: string,
    { snapshot, ...options }: CopyOptions & StartOptions & { snapshot?: string } = {},
  ): Promise<this | Operation<this>> {
    const original = { instance: this.usableKey, snapshot };
    return copyInstance<this>(this.session, original, newName, options, Instance, (...made) =>
      this.#sibling(...made),
    );
  }

  /**
   * Moves it to another pool, project or cluster member (POST /1.0/instances/{name}); it must be stopped unless `live`.
   * The model follows. @throws UnsupportedError for several at once where the server has no `instance_move_config`;
   * InvalidInputError if it has backups, which the server would delete; BadRequestError if it is running
   */
  move(options: MoveOptions & Waited): Promise<this>;
  move(options: MoveOptions & Unwaited): Promise<Operation<this>>;
  async move(options: MoveOptions & StartOptions): Promise<this | Operation<this>> {
    return moveInstance(this.session, this.path, options, Instance, () => {
      const { name = this.key, project } = options;
      this.#snapshots = this.#files = undefined; // those of the place that it was in
      this.moved(project === undefined ? this.store : this.store.at({ project }), name);
      return this.refreshed();
    });
  }

  /**
   * Makes its root disk anew (POST /1.0/instances/{name}/rebuild), of the image that it was made of or another one, or
   * empty with `{ type: 'none' }`; it must be stopped. Its configuration stays. @throws UnsupportedError without the
   * extension `instances_rebuild`; BadRequestError if it is running or has snapshots that hold it
   */
  rebuild(source?: RebuildSource, options?: OperationOptions & Waited): Promise<this>;
  rebuild(source: RebuildSource | undefined, options: OperationOptions & Unwaited): Promise<Operation<this>>;
  async rebuild(source?: RebuildSource, options: StartOptions = {}): Promise<this | Operation<this>> {
    return rebuildInstance(this.session, this.path, source, options, () => this.refreshed());
  }

  /**
   * Copies it to another server, with its snapshots, and resolves with the copy (POST /1.0/instances/{name} there and
   * /1.0/instances here). If that fails, or is aborted, nothing of the copy is left; in mode `push` no server ends a
   * transfer before its time, so there an abort is answered when that is over. @throws InvalidInputError; ConflictError
   * for a name in use; ConnectionError where one server cannot reach the other; OperationError with the target's reason
   */
  async copyTo(client: OtherClient, options: CopyToOptions = {}): Promise<this> {
    return copyTo(this.#here(), client, options);
  }

  /** pylxd's word for `copyTo()`: the original stays. `moveTo()` deletes it in the end. */
  async migrate(client: OtherClient, options: CopyToOptions = {}): Promise<this> {
    return this.copyTo(client, options);
  }

  /**
   * Moves it to another server: copies it with all that it has, and then deletes it here. It must be stopped, unless
   * `live` is asked for. If the copy fails, it is left as it was. @throws as `copyTo()` does; InvalidInputError while it
   * runs, has backups, which would be lost, or is protected from being deleted
   */
  async moveTo(client: OtherClient, options: MoveToOptions = {}): Promise<this> {
    return moveTo(this.#here(), client, options, () => this.delete());
  }

  /**
   * Its addresses by which others can reach it, as seen from inside (GET /1.0/instances/{name}/state); none while it is
   * stopped. Loopback and link-local ones come with `scope: 'any'`.
   */
  async addresses(options: AddressOptions = {}): Promise<InstanceAddress[]> {
    return addressesOf(await this.state(options), options);
  }

  /** Its changes from now on, as `client.instances.watch()` has them; it is followed through renames. */
  watch(options: WatchOptions = {}): Watch<this> {
    this.assertUsable();
    assertOptions(options, watchOneNames, 'instance.watch()');
    const Class = this.constructor as ModelClass<this>;
    return watchOf<this>(
      { store: this.store, model: (store, key, data) => new Class(store, key, { data }) },
      { ...options, only: this.key },
    );
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
  override async delete<W extends boolean = true>({
    force = false,
    ...options
  }: DeleteOptions<W> & { force?: boolean | undefined } = {}): Promise<Ended<void, W>> {
    if (force && (await this.state(options)).status !== 'Stopped') {
      await changeState(
        this.session,
        this.path,
        'stop',
        { ...options, wait: true, force: true },
        () => undefined,
      );
      // An ephemeral instance is gone with its stop; the deletion that follows must not complain.
      if (this.raw('ephemeral') === true && !(await this.#isThere(options)))
        return undefined as Ended<void, W>;
    }
    return super.delete(options);
  }

  /** Its name; throws after a deletion. */
  private get usableKey(): string {
    this.assertUsable();
    return this.key;
  }

  /** Another instance of the server, fetched. */
  async #sibling(name: string, project: string | undefined, options: CallOptions): Promise<this> {
    const Class = this.constructor as ModelClass<this>;
    const store = project === undefined ? this.store : this.store.at({ project });
    return new Class(store, name, await store.read(name, options));
  }

  #here(): Here<this> {
    const Class = this.constructor as ModelClass<this>;
    return { session: this.session, name: this.usableKey, Class };
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

named({ Instance });
