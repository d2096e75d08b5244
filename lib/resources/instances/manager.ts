import {
  assertOptions,
  ConflictError,
  InvalidInputError,
  named,
  NotFoundError,
  unsent,
  UnsupportedError,
  type OptionNames,
} from '../../errors/index.js';
import {
  run,
  seeThrough,
  startNames,
  type Ended,
  type OperationData,
  type OperationOptions,
  type StartOptions,
  type WaitOf,
  type LikeOf,
  type PlainOf,
  waits,
} from '../../operations/index.js';
import {
  allNames,
  assertNewName,
  type AllOptions,
  type CallOptions,
  type JsonMap,
  type ModelClass,
  type Ran,
  type Reading,
} from '../../orm/index.js';
import type { InstanceType } from '../../rest/endpoints/index.js';
import type { Session } from '../../rest/session.js';
import { Collection } from '../kind/collection.js';
import { createdKey } from '../kind/created.js';
import { namingTaken } from '../kind/taken.js';
import { ensureNames, type CreateOptions, type EnsureOptions } from '../kind/manager.js';
import { narrowed } from '../kind/filter.js';
import { serverFacts } from '../kind/server-facts.js';
import { toWire } from '../kind/wire.js';
import type { BackupFile } from '../transfer/upload.js';
import { importInstance, importNames, type ImportOptions } from './import.js';
import { assertName } from '../kind/given.js';
import { copyInstance } from './copy/copy.js';
import { assertInput, assertMeant, type InstanceInput } from './input.js';
import { Instance } from './instance.js';
import { isRefusal } from './refusal.js';
import { setStates, type SetStatesOptions, type SetStatesResult } from './set-states.js';
import { checkSource, type CopySource } from './source.js';
import { atRest, startError, startMade } from './start-made.js';
import { isRunning } from './status.js';
import { instanceStore } from './store.js';

/** What of their states a list brings that costs the server time: their disks' and their network interfaces'. */
export type InstanceFields = 'state.disk' | 'state.network';

export interface InstanceAllOptions extends AllOptions {
  /** With `recursion: 2`, which of the costly parts of the states to bring: all by default, `[]` for none of them. */
  fields?: readonly InstanceFields[] | undefined;
}

/** How an instance is brought to a state. */
export interface InstanceEnsureOptions<D extends boolean = boolean> extends EnsureOptions<D> {
  /** The cluster member on which one is created. */
  target?: string | undefined;
}

/** LXD's alone. */
const selective = 'instances_state_selective_recursion';

const listNames: OptionNames<InstanceAllOptions> = { ...allNames, fields: true };
const createNames: OptionNames<CreateOptions> = { ...startNames, target: true };

/** `client.instances`, and narrowed by type `client.containers` and `client.virtualMachines`. */
export class InstanceManager<I extends Instance = Instance> extends Collection<I> {
  readonly #type: InstanceType | undefined;

  /** @internal */
  constructor(session: Session, Class: ModelClass<I>, type?: InstanceType) {
    super(instanceStore(session), Class);
    this.#type = type;
  }

  /**
   * All instances, fetched in one request (GET /1.0/instances). `recursion: 2` brings their states and snapshots; with
   * `fields` only those parts of the states that cost the server time, which is most of such a request.
   * @throws UnsupportedError for `fields` where the server lacks the extension `instances_state_selective_recursion`
   */
  override async all(options: InstanceAllOptions = {}): Promise<I[]> {
    assertOptions(options, listNames, 'all() of instances');
    const { fields, recursion, filter, ...rest } = options;
    if (fields === undefined) return super.all({ recursion, filter, ...rest });
    assertFields(fields, recursion);
    if (!(await this.#hasExtension(selective, rest)))
      throw new UnsupportedError(
        `This server cannot select parts of states (API extension ${selective})`,
        selective,
      );
    return this.modelsOf(2, { ...rest, fields, filter: this.filterText(filter) });
  }

  /**
   * Creates an instance (POST /1.0/instances) and resolves with its fetched model; in a cluster on the member `target`.
   * @throws InvalidInputError; NotFoundError or OperationError for an unknown image; AlreadyExistsError for a name in
   * use; InstanceStartError for one that was created and could not be started: it stays, and is the error's `instance`
   */
  async create<W extends boolean = WaitOf<I>>(
    input: InstanceInput,
    options: CreateOptions<W> = {},
  ): Promise<Ended<I, W>> {
    assertOptions(options, createNames, 'create()');
    assertInput(input);
    const { source: given, ...rest } = input;
    const { target, ...call } = options;
    if (input.name !== undefined) assertNewName(input.name, 'instance');
    assertName(target, 'create().target');
    const checked = checkSource(given);
    assertMeant(checked, rest);
    if (checked.kind === 'copy') return this.#copy(checked.copy, rest, options);
    const { start = false, ...described } = rest;
    if (checked.kind === 'backup') {
      const { file, pool } = checked.backup;
      const { name, config, devices } = described;
      return this.#import(file, { ...call, name, config, devices, pool }, { start, target });
    }
    const { source } = checked;
    if (source.mode === 'push' && waits(this.session, options))
      throw new InvalidInputError(
        'A migration that is pushed needs wait: false, since it waits for its source',
      );
    const body: JsonMap = { ...toWire(Instance, described, 'instance'), source };
    const type = this.#typeOf(described.type, checked.type);
    if (type) body.type = type;
    const startedByServer = start && (await this.#hasExtension('instance_create_start', options));
    if (startedByServer) body.start = true;
    const { name } = described;
    const request = { method: 'POST', path: '/1.0/instances', body };
    const creation = run(
      this.#on(target),
      request,
      call,
      (data) => this.#made(data, { name, start: start && !startedByServer }, call),
      startedByServer ? (error, data) => this.#startFailed(error, data, name) : undefined,
    );
    const made = await namingTaken(creation, 'instance', name);
    return start && !startedByServer ? seeThrough(made) : made;
  }

  /**
   * Creates an instance from a backup's file, its bytes or a stream of them (POST /1.0/instances), and resolves with its
   * fetched model. The upload is reported to `onProgress` as stage `upload`.
   * @throws InvalidInputError for a file that cannot be read; UnsupportedError where the server cannot change `devices`
   * or `config`; BadRequestError for what is not a backup; AlreadyExistsError for a name in use; OperationError
   */
  async import<W extends boolean = WaitOf<I>>(
    file: BackupFile,
    options: ImportOptions & StartOptions<W> = {},
  ): Promise<Ended<I, W>> {
    assertOptions(options, importNames, 'import()');
    return this.#import(file, options);
  }

  /**
   * Creates it, or brings the existing one to this state; keys of `config` and `devices` not named here stay. With
   * `start: true` it runs then, whichever it was: a stopped one is started, a frozen one goes on. Always waited for.
   * @throws as `create()`
   */
  async ensure<D extends boolean = false>(
    name: string,
    input: Omit<InstanceInput, 'name'>,
    given: InstanceEnsureOptions<D> = {},
  ): Promise<Ran<I, D>> {
    assertOptions(given, { ...ensureNames, target: true }, 'ensure()');
    assertInput(input);
    const { dryRun, ...options } = given;
    if (dryRun === true) return (await unsent(() => this.#dry().ensure(name, input, options))) as Ran<I, D>;
    return (await this.#ensure(name, input, options)) as Ran<I, D>;
  }

  async #ensure(
    name: string,
    input: Omit<InstanceInput, 'name'>,
    options: Omit<CreateOptions, 'wait'>,
  ): Promise<I> {
    const wanted = this.#type ? { type: this.#type, ...input } : input;
    const create = (from: typeof wanted, call: OperationOptions) =>
      this.create({ ...from, name }, { ...call, wait: true });
    const instance = await this.ensureFrom(name, wanted, create, options);
    if (!input.start || isRunning(instance.status)) return instance;
    const call = { wait: true, signal: options.signal, ifNeeded: true } as const;
    return instance.status === 'Frozen' ? instance.unfreeze(call) : instance.start(call);
  }

  /**
   * Starts, stops, restarts, freezes or unfreezes many: `await client.containers.setState('stop', { filter })`. All of a
   * project go in one request (PUT /1.0/instances), if this is `client.instances`, there is no filter, and it is no
   * cluster; else one by one, 8 at a time, or as `concurrency` says. Each is tried: what could not be changed is told in
   * the result, with its error, and those that are in that state already are left alone. Always waited for.
   * @throws InvalidInputError; AbortedError; what the server says of the list, or of the request as a whole
   */
  async setState(action: string, options: SetStatesOptions<I> = {}): Promise<SetStatesResult<I>> {
    const { session } = this;
    const isAll = this.#type === undefined;
    return setStates<I>({ session, isAll, list: (how) => this.all(how) }, action, options);
  }

  #dry(): InstanceManager<I> {
    return new InstanceManager<I>(this.session.dry(), this.Class, this.#type);
  }

  override as<S extends PlainOf<I> & Instance>(Class: ModelClass<S>): InstanceManager<LikeOf<I, S>> {
    return new InstanceManager(this.session, Class as ModelClass as ModelClass<LikeOf<I, S>>, this.#type);
  }

  protected override filterText(filter: AllOptions['filter']): string | undefined {
    const text = super.filterText(filter);
    // Not `instance-type=`, which Incus ignores; both products filter by type.
    return this.#type ? narrowed(text, `type eq ${this.#type}`) : text;
  }

  protected override includes(data: JsonMap): boolean {
    return this.#type === undefined || data.type === this.#type;
  }

  protected override assertKey(key: unknown): asserts key is string {
    super.assertKey(key);
    if (!key.includes('/')) return;
    throw new InvalidInputError(
      `${JSON.stringify(key)} is no instance's name; a snapshot is client.snapshots.get(${JSON.stringify(key)})`,
    );
  }

  protected override made(reading: Reading, key: string): I {
    if (this.includes(reading.data)) return super.made(reading, key);
    const type = reading.data.type as string;
    throw new NotFoundError(
      `There is no ${this.#type ?? ''} '${key}': the instance of that name is a ${type}`,
    );
  }

  #typeOf(given: InstanceType | undefined, told?: InstanceType): InstanceType | undefined {
    if (given && told && given !== told)
      throw new InvalidInputError(`instance.source is the image of a ${told}, not of a ${given}`);
    const wanted = given ?? told;
    if (this.#type && wanted && wanted !== this.#type) {
      throw new InvalidInputError(
        `This manager creates a ${this.#type}; use client.instances for a ${wanted}`,
      );
    }
    return wanted ?? this.#type;
  }

  async #copy<W extends boolean>(
    { source, project, instanceOnly, refresh, allowInconsistent }: CopySource,
    { name, type, ...input }: Omit<InstanceInput, 'source'>,
    options: CreateOptions<W>,
  ): Promise<Ended<I, W>> {
    const [instance = '', snapshot] = source.split('/');
    const from = project === undefined ? this.session : this.session.derive({ project });
    const here = project === undefined ? undefined : await this.session.project();
    return copyInstance<I, W>(
      from,
      { instance, snapshot, type: this.#typeOf(type) },
      name,
      { ...options, ...input, project: here, instanceOnly, refresh, allowInconsistent },
      Instance,
      (made, _project, call) => this.get(made, call),
    );
  }

  async #import<W extends boolean>(
    file: BackupFile,
    options: ImportOptions & StartOptions<W>,
    { start = false, target }: { start?: boolean; target?: string | undefined } = {},
  ): Promise<Ended<I, W>> {
    const made = await importInstance<I, W>(this.#on(target), file, options, Instance, (data) =>
      this.#made(data, { name: options.name, start }, options),
    );
    return start ? seeThrough(made) : made;
  }

  async #made(
    data: OperationData,
    { name, start }: { name: string | undefined; start: boolean },
    { signal }: CallOptions,
  ): Promise<I> {
    const key = name ?? createdKey(data, 'instances', 'containers') ?? '';
    // Older servers ignore `start` in silence, so it is done for them.
    return start ? startMade(this.ref(key), { signal }) : this.get(key, { signal });
  }

  /** Whether it was the creation or the start that failed in one operation, is seen by what is there. */
  async #startFailed(error: Error, data: OperationData | undefined, given: string | undefined): Promise<I> {
    const name = given ?? (data && createdKey(data, 'instances', 'containers'));
    if (name === undefined || !isRefusal(error) || error instanceof ConflictError) throw error;
    const instance = await this.find(name);
    const begun = Date.parse(data?.created_at ?? '');
    if (!instance?.createdAt || !(instance.createdAt.getTime() >= begun - 1000)) throw error;
    throw startError(await atRest(instance), 'was created', error, data?.err);
  }

  /** Where to create: on the cluster's member of that name. */
  #on(target: string | undefined): Session {
    return target === undefined ? this.session : this.session.derive({ target });
  }

  async #hasExtension(extension: string, options: CallOptions): Promise<boolean> {
    const { extensions } = await serverFacts(this.session, { signal: options.signal });
    return extensions.has(extension);
  }
}

function assertFields(fields: unknown, recursion: unknown): void {
  if (recursion !== 2)
    throw new InvalidInputError('all(): fields are parts of the states: they need recursion: 2');
  if (Array.isArray(fields) && fields.every((field) => typeof field === 'string' && /^[\w.]+$/.test(field)))
    return;
  throw new InvalidInputError("all(): fields must be a list such as ['state.disk'], or [] for none");
}

named({ InstanceManager });
