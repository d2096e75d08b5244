import { InvalidInputError, NotFoundError } from '../../errors/index.js';
import { run, type Operation, type OperationOptions, type StartOptions } from '../../operations/index.js';
import {
  assertNewName,
  type AllOptions,
  type CallOptions,
  type JsonMap,
  type ModelClass,
  type Reading,
} from '../../orm/index.js';
import { fillPath, type InstanceType } from '../../rest/endpoints/index.js';
import type { Session } from '../../rest/session.js';
import { Collection } from '../collection.js';
import { createdKey } from '../created.js';
import { narrowed } from '../filter.js';
import { RestStore, type StoreSpec } from '../rest-store.js';
import { instanceRules } from '../rules.js';
import { serverFacts } from '../server-facts.js';
import { toWire } from '../wire.js';
import { sourceFrom, typeFrom, type InstanceInput } from './input.js';
import { Instance } from './instance.js';
import type { Watch } from '../watch/watch.js';
import { watchInstances, type WatchManyOptions } from './watch.js';

const spec: StoreSpec = {
  kind: 'instance',
  collection: () => '/1.0/instances',
  path: (name) => fillPath('/1.0/instances/{name}', { name }),
  rules: instanceRules,
  filter: 'both',
  renameBody: (name) => ({ name }),
};

/** `client.instances`, and narrowed by type `client.containers` and `client.virtualMachines`. */
export class InstanceManager<I extends Instance = Instance> extends Collection<I> {
  readonly #type: InstanceType | undefined;

  /** @internal */
  constructor(session: Session, Class: ModelClass<I>, type?: InstanceType) {
    super(new RestStore(session, spec), Class);
    this.#type = type;
  }

  /**
   * Creates an instance (POST /1.0/instances) and resolves with its fetched model.
   * @throws InvalidInputError; NotFoundError or OperationError for an unknown image; OperationError for a name in use
   */
  create(input: InstanceInput, options?: OperationOptions & { wait?: true }): Promise<I>;
  create(input: InstanceInput, options: OperationOptions & { wait: false }): Promise<Operation<I>>;
  async create(input: InstanceInput, options: StartOptions = {}): Promise<I | Operation<I>> {
    const { source, start = false, ...rest } = input;
    if (rest.name !== undefined) assertNewName(rest.name, 'instance');
    const type = this.#typeOf(typeFrom({ type: rest.type, source }));
    const body: JsonMap = { ...toWire(Instance, rest, 'instance'), source: sourceFrom(source) };
    if (type) body.type = type;
    const startsItself = start && (await this.#hasExtension('instance_create_start', options));
    if (startsItself) body.start = true;
    return run(this.session, { method: 'POST', path: spec.collection(), body }, options, async (data) => {
      const instance = await this.get(rest.name ?? createdKey(data, 'instances', 'containers') ?? '');
      // Older servers ignore `start` in silence, so it is done for them.
      return start && !startsItself ? instance.start({ signal: options.signal }) : instance;
    });
  }

  /** Creates it, or brings the existing one to this state; keys of `config` and `devices` not named here stay. */
  async ensure(name: string, input: Omit<InstanceInput, 'name'>, options: OperationOptions = {}): Promise<I> {
    const wanted = this.#type ? { type: this.#type, ...input } : input;
    const create = (from: typeof wanted, call: OperationOptions) => this.create({ ...from, name }, call);
    return this.ensureFrom(name, wanted, create, options);
  }

  /**
   * The changes of instances, from a list of those that are there (`added`, then `synced`) on; it stays true when the
   * connection is lost and found again. Iterating throws what ends it: ConnectionError if the server cannot be reached
   * at first, ForbiddenError, AbortedError, ClosedError.
   */
  watch({ filter, ...options }: WatchManyOptions = {}): Watch<I> {
    return watchInstances<I>({
      store: this.store,
      filter: this.filterText(filter),
      allProjects: options.allProjects,
      signal: options.signal,
      model: (store, key, data) => new this.Class(store, key, { data }),
    });
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

  #typeOf(given: InstanceType | undefined): InstanceType | undefined {
    if (this.#type && given && given !== this.#type) {
      throw new InvalidInputError(
        `This manager creates a ${this.#type}; use client.instances for a ${given}`,
      );
    }
    return given ?? this.#type;
  }

  async #hasExtension(extension: string, options: CallOptions): Promise<boolean> {
    const { extensions } = await serverFacts(this.session, { signal: options.signal });
    return extensions.has(extension);
  }
}
