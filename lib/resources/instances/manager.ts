import { InvalidInputError, NotFoundError, named } from '../../errors/index.js';
import {
  run,
  type Operation,
  type OperationData,
  type OperationOptions,
  type StartOptions,
} from '../../operations/index.js';
import {
  assertNewName,
  type AllOptions,
  type CallOptions,
  type JsonMap,
  type ModelClass,
  type Reading,
} from '../../orm/index.js';
import type { InstanceType } from '../../rest/endpoints/index.js';
import type { Session } from '../../rest/session.js';
import { Collection } from '../kind/collection.js';
import { createdKey } from '../kind/created.js';
import { narrowed } from '../kind/filter.js';
import { serverFacts } from '../kind/server-facts.js';
import { toWire } from '../kind/wire.js';
import { importInstance, type BackupFile, type ImportOptions } from './backups/import.js';
import { copyInstance } from './copy/copy.js';
import { assertMeant, type InstanceInput } from './input.js';
import { Instance } from './instance.js';
import { checkSource, type CopySource } from './source.js';
import { instanceStore } from './store.js';

/** `client.instances`, and narrowed by type `client.containers` and `client.virtualMachines`. */
export class InstanceManager<I extends Instance = Instance> extends Collection<I> {
  readonly #type: InstanceType | undefined;

  /** @internal */
  constructor(session: Session, Class: ModelClass<I>, type?: InstanceType) {
    super(instanceStore(session), Class);
    this.#type = type;
  }

  /**
   * Creates an instance (POST /1.0/instances) and resolves with its fetched model.
   * @throws InvalidInputError; NotFoundError or OperationError for an unknown image; OperationError for a name in use
   */
  create(input: InstanceInput, options?: OperationOptions & { wait?: true }): Promise<I>;
  create(input: InstanceInput, options: OperationOptions & { wait: false }): Promise<Operation<I>>;
  async create(
    { source: given, ...input }: InstanceInput,
    options: StartOptions = {},
  ): Promise<I | Operation<I>> {
    if (input.name !== undefined) assertNewName(input.name, 'instance');
    const checked = checkSource(given);
    assertMeant(checked, input);
    if (checked.kind === 'copy') return this.#copy(checked.copy, input, options);
    const { start = false, ...rest } = input;
    if (checked.kind === 'backup') {
      const { file, pool } = checked.backup;
      const { name, config, devices } = rest;
      return this.#import(file, { ...options, name, config, devices, pool }, start);
    }
    const { source } = checked;
    if (source.mode === 'push' && options.wait !== false)
      throw new InvalidInputError(
        'A migration that is pushed needs wait: false, since it waits for its source',
      );
    const body: JsonMap = { ...toWire(Instance, rest, 'instance'), source };
    const type = this.#typeOf(rest.type, checked.type);
    if (type) body.type = type;
    if (start && (await this.#hasExtension('instance_create_start', options))) body.start = true;
    return run(this.session, { method: 'POST', path: '/1.0/instances', body }, options, (data) =>
      this.#made(data, { name: rest.name, start }, options),
    );
  }

  /**
   * Makes an instance of a backup's file, its bytes or a stream of them (POST /1.0/instances), and resolves with its
   * fetched model. The upload is reported to `onProgress` as stage `upload`.
   * @throws InvalidInputError for a file that cannot be read; UnsupportedError where the server cannot change `devices`
   * or `config`; BadRequestError for what is no backup; OperationError, e.g. for a name in use
   */
  import(file: BackupFile, options?: ImportOptions & { wait?: true }): Promise<I>;
  import(file: BackupFile, options: ImportOptions & { wait: false }): Promise<Operation<I>>;
  async import(file: BackupFile, options: ImportOptions & StartOptions = {}): Promise<I | Operation<I>> {
    return this.#import(file, options);
  }

  /** Creates it, or brings the existing one to this state; keys of `config` and `devices` not named here stay. */
  async ensure(name: string, input: Omit<InstanceInput, 'name'>, options: OperationOptions = {}): Promise<I> {
    const wanted = this.#type ? { type: this.#type, ...input } : input;
    const create = (from: typeof wanted, call: OperationOptions) => this.create({ ...from, name }, call);
    return this.ensureFrom(name, wanted, create, options);
  }

  override as<S extends I>(Class: ModelClass<S>): InstanceManager<S> {
    return new InstanceManager<S>(this.session, Class, this.#type);
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

  async #copy(
    { source, project, instanceOnly, refresh, allowInconsistent }: CopySource,
    { name, type, ...input }: Omit<InstanceInput, 'source'>,
    options: StartOptions,
  ): Promise<I | Operation<I>> {
    const [instance = '', snapshot] = source.split('/');
    const from = project === undefined ? this.session : this.session.derive({ project });
    const here = project === undefined ? undefined : await this.session.project();
    return copyInstance<I>(
      from,
      { instance, snapshot, type: this.#typeOf(type) },
      name,
      { ...options, ...input, project: here, instanceOnly, refresh, allowInconsistent },
      Instance,
      (made, _project, call) => this.get(made, call),
    );
  }

  async #import(file: BackupFile, options: ImportOptions & StartOptions, start = false) {
    return importInstance<I>(this.session, file, options, Instance, (data) =>
      this.#made(data, { name: options.name, start }, options),
    );
  }

  async #made(
    data: OperationData,
    { name, start }: { name: string | undefined; start: boolean },
    { signal }: CallOptions,
  ): Promise<I> {
    const instance = await this.get(name ?? createdKey(data, 'instances', 'containers') ?? '', { signal });
    // Older servers ignore `start` in silence, so it is done for them.
    return start && instance.status === 'Stopped' ? instance.start({ signal }) : instance;
  }

  async #hasExtension(extension: string, options: CallOptions): Promise<boolean> {
    const { extensions } = await serverFacts(this.session, { signal: options.signal });
    return extensions.has(extension);
  }
}

named({ InstanceManager });
