import type { Readable } from 'node:stream';
import { assertOptions, InvalidInputError, named, type OptionNames } from '../../errors/index.js';
import { callNames, run, startNames } from '../../operations/index.js';
import type { Ended, LikeOf, StartOptions, WaitOf } from '../../operations/index.js';
import type { CallOptions, DeleteOptions, JsonMap, ModelClass } from '../../orm/index.js';
import type { Schemas } from '../../rest/endpoints/index.js';
import { backupsOf, type BackupManager } from '../backups/manager.js';
import { instanceBackups, type Backup, type ExportOptions } from './backup.js';
import type { Image } from '../images/image.js';
import { assertExtension } from '../kind/server-facts.js';
import { Resource } from '../kind/resource.js';
import type { OtherClient } from '../transfer/peer.js';
import { restoreNames, Snapshot, type RestoreOptions } from './snapshots/snapshot.js';
import { SnapshotManager } from './snapshots/manager.js';
import { watchOf, watchOneNames, type WatchOptions } from '../watch/watch-of.js';
import type { WaitForOptions } from '../watch/wait.js';
import type { Watch } from '../watch/watch.js';
import { firstAddress, type AddressWaitOptions } from './address.js';
import { addressesOf, addressNames, type AddressOptions, type InstanceAddress } from './addresses.js';
import { openConsole, readConsoleLog } from './console/console.js';
import type { ConsoleOptions, VgaOptions } from './console/options.js';
import type { ConsoleSession } from './console/session.js';
import type { VgaConsole } from './console/vga.js';
import { copyInstance, type InstanceCopyOptions } from './copy/copy.js';
import { moveInstance, type MoveOptions } from './copy/move.js';
import { explainRunning, isOfRunning, lookBeforeDelete } from './delete.js';
import { PoweredInstance } from './powered.js';
import { publishInstance, type InstancePublishOptions } from './publish.js';
import { exec, type ExecText } from './exec/exec.js';
import type { ExecOptions } from './exec/options.js';
import type { ExecProcess } from './exec/process.js';
import { InstanceFiles } from './files.js';
import {
  debugMemory,
  editUefiVars,
  readUefiVars,
  type DebugMemoryOptions,
  type Machine,
  type UefiVariables,
} from './firmware.js';
import { InstanceMetadata, InstanceTemplates } from './image-data.js';
import { InstanceLogs } from './logs.js';
import { InstanceNvram } from './nvram.js';
import { rebuildInstance } from './rebuild.js';
import { atRest } from './start-made.js';
import type { RebuildSource } from './source.js';
import { copyTo, moveTo, type Here } from './migrate/to.js';
import type { CopyToOptions, MoveToOptions } from './migrate/options.js';
import { waitFor } from './wait-for.js';
import type { WaitTarget } from './wait-target.js';

/** How an instance is deleted. */
export interface InstanceDeleteOptions<W extends boolean = boolean> extends DeleteOptions<W> {
  /** Stop it first if it runs. */
  force?: boolean | undefined;
}

/** Who has access to an instance, in which role, by which kind of authorization. */
export type AccessEntry = Schemas.AccessEntry;

const deleteNames: OptionNames<InstanceDeleteOptions> = { ...startNames, ifExists: true, force: true };

/** A container or virtual machine (`/1.0/instances/{name}`). */
export class Instance extends PoweredInstance {
  #snapshots: SnapshotManager<this> | undefined;
  #backups: BackupManager<LikeOf<this, Backup>> | undefined;
  #files: InstanceFiles | undefined;

  /** The snapshots of this instance, by their short names. */
  get snapshots(): SnapshotManager<this> {
    return (this.#snapshots ??= new SnapshotManager<this>(Resource.placeUnder(this)));
  }

  /** Its backups, which are kept on the server; `exportTo()` makes one, fetches it and deletes it. */
  get backups(): BackupManager<LikeOf<this, Backup>> {
    return (this.#backups ??= backupsOf(this, instanceBackups));
  }

  /** Its files, with the shape of `node:fs/promises`, and `push()` and `pull()` of whole trees. */
  get files(): InstanceFiles {
    return (this.#files ??= new InstanceFiles(this));
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

  /** Its UEFI variables on Incus with the extension `instance_nvram`; LXD has `uefiVars()`. */
  get nvram(): InstanceNvram {
    return new InstanceNvram(() => ({ ...this.#machine, name: this.key }));
  }

  /** Its UEFI variables on LXD (GET /1.0/instances/{name}/uefi-vars). @throws UnsupportedError for a container and on Incus */
  async uefiVars(options: CallOptions = {}): Promise<UefiVariables> {
    return readUefiVars(this.#machine, options);
  }

  /**
   * Reads its UEFI variables, lets `change` edit them in place, and writes them if nobody else has meanwhile, else tries
   * again (PUT /1.0/instances/{name}/uefi-vars); the machine must be stopped. @throws UnsupportedError; BadRequestError
   * while it runs; PreconditionFailedError if others are always quicker
   */
  async editUefiVars(
    change: (variables: UefiVariables) => void | Promise<void>,
    options: CallOptions = {},
  ): Promise<UefiVariables> {
    return editUefiVars(this.#machine, change, options);
  }

  /**
   * A dump of a running virtual machine's memory as a stream of bytes (GET /1.0/instances/{name}/debug/memory), as large
   * as the memory is. @throws UnsupportedError for a container and without `instance_debug_memory`; BadRequestError if it
   * does not run
   */
  async debugMemory(options: DebugMemoryOptions = {}): Promise<Readable> {
    return debugMemory(this.#machine, options);
  }

  /**
   * Who has access to it and in which role, as far as the server's authorization knows (GET /1.0/instances/{name}/access):
   * where that is certificates alone, `admin` for each that is trusted, `operator` for each that is restricted to its
   * project, by their fingerprints. Incus 6.0 tells the same of an instance that is not there.
   * @throws UnsupportedError without the extension `instance_access`, which LXD has not
   */
  async access(options: CallOptions = {}): Promise<AccessEntry[]> {
    assertOptions(options, callNames, 'access()');
    this.assertUsable();
    await assertExtension(this.session, 'instance_access', 'list of who has access', options);
    return (await this.readObjects('access', options)) as unknown as AccessEntry[];
  }

  /** The snapshots that `all({ recursion: 2 })` brought; undefined after other readings: ask with `snapshots.all()`. */
  get fetchedSnapshots(): LikeOf<this, Snapshot<this>>[] | undefined {
    const list = this.raw('snapshots');
    if (list === undefined) return undefined;
    return ((list ?? []) as JsonMap[]).map((data) => this.snapshots.listed(data));
  }

  /**
   * Runs a command in it (POST /1.0/instances/{name}/exec): `await web.exec(['uname', '-r'])`. It is never a line of
   * shell unless `shell` says so. The handle has its streams, `kill()` and `resize()`; awaited it gives exit code and
   * output. For the log of what runs in a container: `exec(['journalctl', '-f'])`, or `console()`.
   * @throws ExecError unless the exit code is 0; MaxBufferError, TimeoutError, AbortedError, which kill it;
   * ConnectionError if the output was cut; BadRequestError if it is not running
   */
  exec<O extends ExecOptions = Record<never, never>>(
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
  console(options: ConsoleOptions | VgaOptions): Promise<ConsoleSession | VgaConsole>;
  async console(options: ConsoleOptions | VgaOptions = {}): Promise<ConsoleSession | VgaConsole> {
    return openConsole(this.session, this.path, `instance '${this.key}'`, options);
  }

  /** What its console has shown (GET /1.0/instances/{name}/console); on LXD of containers only. */
  async consoleLog(options: CallOptions = {}): Promise<string> {
    assertOptions(options, callNames, 'consoleLog()');
    return readConsoleLog(this.session, this.path, options);
  }

  /** Empties that log (DELETE /1.0/instances/{name}/console). */
  async clearConsoleLog(options: CallOptions = {}): Promise<void> {
    assertOptions(options, callNames, 'clearConsoleLog()');
    await this.session.send({ method: 'DELETE', path: `${this.path}/console`, ...options });
  }

  /**
   * Restores a snapshot, named or as a model (PUT /1.0/instances/{name}); `stateful` with the memory of a stateful one.
   * Both servers blank the instance's description with it, which no snapshot holds. @throws InvalidInputError;
   * NotFoundError or OperationError for a snapshot that does not exist
   */
  async restore<W extends boolean = WaitOf<this>>(
    snapshot: string | Snapshot,
    options: RestoreOptions<W> = {},
  ): Promise<Ended<this, W>> {
    assertOptions(options, restoreNames, 'restore()');
    const { stateful = false, ...rest } = options;
    const restore = await this.nameOfSnapshot(snapshot);
    if (restore === '') throw new InvalidInputError('restore() needs the name of a snapshot; it is empty');
    const request = { method: 'PUT', path: this.path, body: { restore, stateful } };
    return run(this.session, request, rest, () => this.refreshed());
  }

  /**
   * Publishes it as an image (POST /1.0/images), with which it resolves. It must be stopped; `stop: true` stops it for
   * that and starts it again. @throws InvalidInputError; AlreadyExistsError for an alias in use, before anything is done;
   * OperationError, e.g. while it runs; InstanceStartError if it could not be started again
   */
  async publish<W extends boolean = WaitOf<this>>(
    options: InstancePublishOptions & StartOptions<W> = {},
  ): Promise<Ended<LikeOf<this, Image>, W>> {
    this.assertUsable();
    return publishInstance<LikeOf<this, Image>, W>(this, this.store, options);
  }

  /**
   * Exports it to a file, which `instances.import()` takes: the server makes a backup, which is downloaded (stages of the
   * server, then `download`) and deleted in every case, so that an abort waits for the server to be done with it. The
   * file is there whole or not at all, in place of one of that name. Resolves with its path. With the extension
   * `direct_backup` nothing is stored on the server. Always waited for.
   * @throws InvalidInputError if the file cannot be written; OperationError; ConnectionError if it was cut
   */
  async exportTo(file: string, options: ExportOptions = {}): Promise<string> {
    return this.backups.exportOwner(`instance '${this.key}'`, file, options);
  }

  /**
   * Copies it on its server (POST /1.0/instances), with its snapshots unless `instanceOnly`; with `snapshot`, copies that.
   * Resolves with the copy's fetched model. For another server there is `copyTo()`.
   * @throws InvalidInputError; NotFoundError; AlreadyExistsError for a name in use; OperationError; InstanceStartError for
   * a copy that could not be started, which is deleted again
   */
  async copy<W extends boolean = WaitOf<this>>(
    newName: string,
    { snapshot, ...options }: InstanceCopyOptions & StartOptions<W> = {},
  ): Promise<Ended<this, W>> {
    const original = { instance: this.usableKey, snapshot };
    return copyInstance(this.session, original, newName, options, Instance, (...made) =>
      this.#sibling(...made),
    );
  }

  /**
   * Moves it to another pool, project or cluster member (POST /1.0/instances/{name}); it must be stopped unless `live`.
   * The model follows. @throws UnsupportedError for several at once where the server has no `instance_move_config`;
   * InvalidInputError if it has backups, which the server would delete; BadRequestError if it is running
   */
  async move<W extends boolean = WaitOf<this>>(
    options: MoveOptions & StartOptions<W>,
  ): Promise<Ended<this, W>> {
    return moveInstance(this.session, this.path, options, Instance, () => {
      const { name = this.key, project } = options;
      this.#snapshots = undefined; // those of the place that it was in
      this.moved(project === undefined ? this.store : this.store.at({ project }), name);
      return this.refreshed();
    });
  }

  /**
   * Replaces its root disk (POST /1.0/instances/{name}/rebuild) by that of the image that it was made of, of another one,
   * or with `{ type: 'none' }` by an empty one; it must be stopped. Its configuration stays. @throws UnsupportedError
   * without the extension `instances_rebuild`; BadRequestError if it is running or has snapshots that hold it
   */
  async rebuild<W extends boolean = WaitOf<this>>(
    source?: RebuildSource,
    options: StartOptions<W> = {},
  ): Promise<Ended<this, W>> {
    return rebuildInstance(this.session, this.path, source, options, () => this.refreshed());
  }

  /**
   * Copies it to another server, with its snapshots, and resolves with the copy (POST /1.0/instances/{name} there and
   * /1.0/instances here). If that fails, or is aborted, nothing of the copy is left; in mode `push` no server ends a
   * transfer before its time, so there an abort is answered when that is over. Always waited for.
   * @throws InvalidInputError; ConflictError for a name in use; ConnectionError where one server cannot reach the other;
   * OperationError with the target's reason
   */
  async copyTo(client: OtherClient, options: CopyToOptions = {}): Promise<this> {
    return copyTo(this.#here(), client, options);
  }

  /**
   * Moves it to another server: copies it with all that it has, and then deletes it here. It must be stopped, unless
   * `live` is asked for. If the copy fails, it is left as it was. Always waited for.
   * @throws as `copyTo()` does; InvalidInputError while it runs, has backups, which would be lost, or is protected from
   * being deleted
   */
  async moveTo(client: OtherClient, options: MoveToOptions = {}): Promise<this> {
    return moveTo(this.#here(), client, options, () => this.delete({ wait: true }));
  }

  /**
   * The addresses at which it is reachable, as seen from inside (GET /1.0/instances/{name}/state); none while it is
   * stopped. Loopback and link-local ones come with `scope: 'any'`.
   */
  async addresses(options: AddressOptions = {}): Promise<InstanceAddress[]> {
    assertOptions(options, addressNames, 'addresses()');
    const { family, scope, ...call } = options;
    return addressesOf(await this.state(call), { family, scope });
  }

  /**
   * Waits until it has an address at which it is reachable, of `family` if that is given, and resolves with it: IPv4
   * before IPv6. No limit by default. @throws InvalidInputError, TimeoutError, AbortedError as `waitFor('ip')` does
   */
  async address(options: AddressWaitOptions = {}): Promise<string> {
    this.assertUsable();
    return firstAddress(this, this.store, options);
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
   * answers (`'agent'`; a container needs none), or a predicate of the fetched instance and its state says so. No limit
   * by default: it goes on while the server is away. Woken by events; looks now and then where there are none.
   * @throws InvalidInputError for an address of what has no network interface, and for what can only be had running of
   * one that has been stopped for 5 s; TimeoutError; AbortedError; ConnectionError if no server has answered yet and
   * there is neither a `timeout` nor a `signal`
   */
  override async waitFor(target: WaitTarget<this>, options?: WaitForOptions): Promise<this> {
    this.assertUsable();
    await waitFor(this, this.store, target, options);
    return this;
  }

  /**
   * Deletes it with its snapshots (DELETE /1.0/instances/{name}); `force` stops it first, `ifExists` takes one that is
   * gone for success. @throws BadRequestError if it runs; InvalidInputError for a forced one that is protected from being
   * deleted, before anything is done; OperationError
   */
  override async delete<W extends boolean | WaitOf<this> = WaitOf<this>>(
    options: InstanceDeleteOptions<W> = {},
  ): Promise<Ended<void, W>> {
    assertOptions(options, deleteNames, 'delete()');
    const { force = false, ...rest } = options;
    if (this.isGone) return super.delete(rest); // success where that is said to be
    const found = force ? await lookBeforeDelete(this.store, this.key, rest) : undefined;
    const { signal, timeout, onProgress } = rest;
    const stop = () => this.stop({ signal, timeout, onProgress, wait: true, force: true, ifNeeded: true });
    // An ephemeral one is gone with its stop.
    const remove = () => super.delete(found?.isEphemeral ? { ...rest, ifExists: true } : rest);
    if (found && !found.isStopped) await stop();
    try {
      return await remove();
    } catch (error) {
      if (!found || !isOfRunning(error)) throw explainRunning(error);
    }
    // Somebody has started it; or it could not be started, and Incus takes it for running for a moment.
    await stop().catch(() => atRest(this));
    return remove();
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

  get #machine(): Machine {
    const { session, path } = this;
    return { session, path, title: this.toString(), type: this.raw('type') as string | undefined };
  }

  #here(): Here<this> {
    const Class = this.constructor as ModelClass<this>;
    return { session: this.session, name: this.usableKey, Class };
  }
}

named({ Instance });
