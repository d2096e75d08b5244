import { InvalidInputError, named } from '../../../errors/index.js';
import { run, type Operation, type OperationOptions, type StartOptions } from '../../../operations/index.js';
import {
  assertKey,
  assertNewName,
  isMap,
  type AllOptions,
  type JsonMap,
  type ListOptions,
  type ModelClass,
} from '../../../orm/index.js';
import { fillPath } from '../../../rest/endpoints/index.js';
import type { Session } from '../../../rest/session.js';
import { Collection } from '../../kind/collection.js';
import { createdKey } from '../../kind/created.js';
import { RestStore, type StoreSpec } from '../../kind/rest-store.js';
import { snapshotRules } from '../../kind/rules.js';
import { toWire } from '../../kind/wire.js';
import type { KindEvents } from '../../watch/kind-events.js';
import type { Listed } from '../../watch/watch-of.js';
import { Snapshot } from './snapshot.js';

/** A new snapshot. */
export interface SnapshotInput {
  /** The server makes one up (`snap0`) without it. */
  name?: string;
  /** Keep the memory of the running instance; needs CRIU or a VM. */
  stateful?: boolean;
  /** When the server may delete it. */
  expiresAt?: Date | null;
}

const collection = '/1.0/instances/{name}/snapshots';

/** Those of an instance that is copied or deleted have events of their own. */
const events: KindEvents = { of: 'instance-snapshot', others: /^instance-renamed$/ };

/** Where the snapshots of one instance are; `instance` gives its name, which may change. */
function specOf(instance: () => string): StoreSpec {
  return {
    kind: 'snapshot',
    collection: () => fillPath(collection, { name: instance() }),
    path: (key) => fillPath(`${collection}/{snapshotName}`, { name: instance(), snapshotName: key }),
    rules: snapshotRules,
    filter: 'none',
    renameBody: (name) => ({ name }),
    events,
  };
}

/** The snapshots of one instance: `instance.snapshots`. */
export class SnapshotManager extends Collection<Snapshot> {
  readonly #instance: () => string;

  /** @internal */
  constructor(session: Session, instance: () => string, Class: ModelClass<Snapshot> = Snapshot) {
    super(new RestStore(session, specOf(instance)), Class);
    this.#instance = instance;
  }

  /** Takes a snapshot (POST /1.0/instances/{name}/snapshots) and resolves with its fetched model. */
  create(input?: string | SnapshotInput, options?: OperationOptions & { wait?: true }): Promise<Snapshot>;
  create(
    input: string | SnapshotInput | undefined,
    options: OperationOptions & { wait: false },
  ): Promise<Operation<Snapshot>>;
  async create(
    input: string | SnapshotInput = {},
    options: StartOptions = {},
  ): Promise<Snapshot | Operation<Snapshot>> {
    const given = typeof input === 'string' ? { name: input } : input;
    if (given.name !== undefined) assertNewName(given.name, 'snapshot');
    const { expiresAt, ...rest } = given;
    // A null is "no expiry", which for a new one is to say nothing.
    const body = toWire(Snapshot, expiresAt ? { ...rest, expiresAt } : rest, 'snapshot');
    const before = given.name === undefined ? await this.names({ signal: options.signal }) : [];
    const path = this.store.spec.collection();
    return run(this.session, { method: 'POST', path, body }, options, async (data) => {
      const made = given.name ?? createdKey(data, 'instances_snapshots') ?? (await this.#newest(before));
      return this.get(made);
    });
  }

  override as<S extends Snapshot>(Class: ModelClass<S>): Collection<S> {
    return new SnapshotManager(this.session, this.#instance, Class) as unknown as Collection<S>;
  }

  /** @internal A model of what a list of instances brought along. */
  listed(data: JsonMap): Snapshot {
    const key = shortName(data.name as string);
    return new this.Class(this.store, key, { data: { ...data, name: key } });
  }

  protected override keyOf(data: JsonMap): string | undefined {
    return typeof data.name === 'string' ? shortName(data.name) : undefined;
  }

  /** The name that the server chose, where its answer does not tell. */
  async #newest(before: string[]): Promise<string> {
    const now = await this.names();
    return now.find((name) => !before.includes(name)) ?? now.at(-1) ?? '';
  }
}

/** The snapshots of all instances, by `'instance/snapshot'`: `client.snapshots`. */
export class AllSnapshotsManager extends Collection<Snapshot> {
  /** @internal */
  constructor(session: Session, Class: ModelClass<Snapshot> = Snapshot) {
    super(new RestStore(session, allSpec), Class);
  }

  /** Takes a snapshot named `'instance/snapshot'`. */
  create(
    key: string,
    options?: OperationOptions & { wait?: true } & Omit<SnapshotInput, 'name'>,
  ): Promise<Snapshot>;
  create(
    key: string,
    options: OperationOptions & { wait: false } & Omit<SnapshotInput, 'name'>,
  ): Promise<Operation<Snapshot>>;
  async create(
    key: string,
    { stateful, expiresAt, ...options }: StartOptions & Omit<SnapshotInput, 'name'> = {},
  ): Promise<Snapshot | Operation<Snapshot>> {
    this.assertKey(key);
    const { instance, name } = split(key);
    const body = toWire(Snapshot, { name, stateful, ...(expiresAt ? { expiresAt } : {}) }, 'snapshot');
    const path = fillPath(collection, { name: instance });
    return run(this.session, { method: 'POST', path, body }, options, () => this.get(key));
  }

  /** All snapshots of all instances, in one request; the server reads the state of each instance for it. */
  override async all({ recursion = 1, filter, ...options }: AllOptions = {}): Promise<Snapshot[]> {
    const all = await this.watchList(this.store, { ...options, filter: this.filterText(filter) });
    return all.map(({ key, project, data }) => {
      const store = project === undefined ? this.store : this.store.at({ project });
      return new this.Class(store, key, recursion > 0 ? { data } : undefined);
    });
  }

  override async names(options: Omit<AllOptions, 'recursion'> = {}): Promise<string[]> {
    return (await this.all({ ...options, recursion: 0 })).map(({ key }) => key);
  }

  override as<S extends Snapshot>(Class: ModelClass<S>): Collection<S> {
    return new AllSnapshotsManager(this.session, Class) as unknown as Collection<S>;
  }

  protected override assertKey(key: unknown): asserts key is string {
    assertKey(key, 'snapshot');
    split(key);
  }

  /** The server names it without its instance, which only the key that was asked for tells. */
  protected override keyOf(): string | undefined {
    return undefined;
  }

  protected override async watchList(store: RestStore, options: ListOptions): Promise<Listed[]> {
    const instances = await store.list(2, options);
    return instances.filter(isMap).flatMap(({ name: instance, project, snapshots }) =>
      ((snapshots ?? []) as JsonMap[]).map((data) => {
        const name = shortName(data.name as string);
        const key = `${instance as string}/${name}`;
        return { key, project: typeof project === 'string' ? project : undefined, data: { ...data, name } };
      }),
    );
  }
}

const allSpec: StoreSpec = {
  kind: 'snapshot',
  collection: () => '/1.0/instances',
  path: (key) => {
    const { instance, name } = split(key);
    return fillPath(`${collection}/{snapshotName}`, { name: instance, snapshotName: name });
  },
  rules: snapshotRules,
  filter: 'both',
  renameBody: (name) => ({ name }),
  events,
  keyInUrl: (path) => {
    const [, instance, name] = /^\/1\.0\/instances\/([^/]+)\/snapshots\/([^/]+)$/.exec(path) ?? [];
    return instance && name && `${decodeURIComponent(instance)}/${decodeURIComponent(name)}`;
  },
};

function split(key: string): { instance: string; name: string } {
  const [instance = '', name = '', ...more] = key.split('/');
  if (instance === '' || name === '' || more.length > 0) {
    throw new InvalidInputError(
      `A snapshot of client.snapshots is named 'instance/snapshot', not ${JSON.stringify(key)}`,
    );
  }
  return { instance, name };
}

function shortName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

named({ SnapshotManager, AllSnapshotsManager });
