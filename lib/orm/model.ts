import { inspect } from 'node:util';
import {
  assertOptions,
  DeletedError,
  NotFetchedError,
  ProtocolError,
  ReadOnlyError,
  unsent,
  type Conflict,
  type OptionNames,
} from '../errors/index.js';
import { callNames, startNames, type Ended, type StartOptions, type WaitOf } from '../operations/index.js';
import type { Change } from './diff.js';
import { Drafts } from './drafts.js';
import { asJson, emptyScalars, wholeOf } from './field-values.js';
import { fieldSetsOf, fieldsOf, type Field, type FieldHolder } from './fields.js';
import { emptyMap, isMap, own, seal, type Json, type JsonMap } from './json.js';
import { noting } from './on-conflict.js';
import { printableChange, printableData } from './secrets.js';
import { save, saveNames, type Ran, type SaveOptions, type SaveReport, type Saving } from './save.js';
import type { Aside } from './tries.js';
import type { CallOptions, DeleteOptions, Reading, Store } from './store.js';
import { assertSound } from './sound.js';
import { readTime } from './time.js';
import { assertField, assertNewName, describe } from './validate.js';
import { toValue } from './values.js';

/** A class of models, as managers make them. */
export type ModelClass<M extends Model = Model> = new (store: Store, key: string, reading?: Reading) => M;

export interface FetchOptions extends CallOptions {
  /** Drop unsaved edits instead of putting them on top of the new state. */
  discard?: boolean | undefined;
}

const fetchNames: OptionNames<FetchOptions> = { ...callNames, discard: true };
const deleteNames: OptionNames<DeleteOptions> = { ...startNames, ifExists: true };

const noList: readonly never[] = Object.freeze([]);
const noMap = Object.freeze(emptyMap());

/** What a model keeps once it is touched: of a list of 10,000, most never are. */
class More {
  drafts: Drafts | undefined;
  /** Typed value objects made of what was read. */
  views: Map<string, unknown> | undefined;
  queue: Promise<unknown> | undefined;
  deleted = false;
}

/**
 * A thing on the server: read lazily, edited in place, saved as the difference. Its properties are accessors over the
 * server's JSON, so a model costs nothing before it is read and nothing while it is clean.
 */
export abstract class Model implements FieldHolder {
  #store: Store;
  #key: string;
  /** What a list said of it, until it is touched: then `#more.drafts` has it. */
  #listed: JsonMap | undefined;
  #more: More | undefined;

  /** @internal Models come from managers. */
  constructor(store: Store, key: string, reading?: Reading) {
    assertSound(new.target, store, key);
    this.#store = store;
    this.#key = key;
    if (reading?.version === undefined) this.#listed = reading?.data;
    else this.#touched.drafts = new Drafts(reading, fieldSetsOf(this));
  }

  /** What the manager's `get()` takes: a name, a fingerprint, a UUID. */
  get key(): string {
    return this.#key;
  }

  /** Whether its properties are known; `fetch()` reads them. */
  get isFetched(): boolean {
    return this.#base !== undefined;
  }

  /** Whether there are edits that `save()` would send. */
  get isDirty(): boolean {
    return this.changes().length > 0;
  }

  /** The unsaved edits, as `toJSON()` says them: `{ path: ['config', 'limits.cpu'], from: '1', to: '2' }`. */
  changes(): Change[] {
    const changes = this.#more?.drafts?.changes() ?? [];
    return changes.map((change) => printableChange(change, fieldsOf(this)));
  }

  /** Reads it anew. Unsaved edits stay on top of the new state; what both sides changed is said by the next `save()`. */
  async fetch(given: FetchOptions = {}): Promise<this> {
    assertOptions(given, fetchNames, 'fetch()');
    const { discard = false, ...options } = given;
    return this.#inTurn(async () => {
      const reading = await this.#store.read(this.#key, options);
      if (discard) this.#more?.drafts?.revert();
      this.#take(reading);
      return this;
    });
  }

  /**
   * Sends the edits, merged with what others wrote since the last reading; sends nothing when there are none. With
   * `dryRun: true` it only reads, and resolves with the request that would be sent. Always waited for.
   * @throws InvalidInputError, SaveConflictError (nothing written), PreconditionFailedError or BusyError when others keep
   * writing (nothing written)
   */
  async save<D extends boolean = false>(options: SaveOptions<D> = {}): Promise<Ran<this, D>> {
    assertOptions(options, saveNames, 'save()');
    if (options.dryRun === true) return (await unsent(() => this.saveReport(options))) as Ran<this, D>;
    await this.saveReport(options);
    return this as Ran<this, D>;
  }

  /** @internal `save()` that tells how it went, for bulk saving. */
  async saveReport(options: SaveOptions = {}, aside?: Aside): Promise<SaveReport> {
    return this.#inTurn(() => {
      const saving = this.#saving();
      return save(
        options.dryRun === true ? { ...saving, store: saving.store.dry() } : saving,
        options,
        aside,
      );
    });
  }

  /** Drops the unsaved edits. */
  revert(): this {
    this.#more?.drafts?.revert();
    return this;
  }

  /** Deletes it on the server; afterwards it can only be read. With `ifExists`, being gone already is success. */
  async delete<W extends boolean | WaitOf<this> = WaitOf<this>>(
    options: DeleteOptions<W> = {},
  ): Promise<Ended<void, W>> {
    assertOptions(options, deleteNames, 'delete()');
    // In a clean-up after all went well: no request, which might meet a new thing of that name.
    if (this.isGone && options.ifExists) return this.#store.done(this.#key, options, () => undefined);
    this.assertUsable();
    return this.#store.remove(this.#key, options, () => {
      this.#touched.deleted = true;
    });
  }

  /** Gives it another name; the model follows. */
  async rename<W extends boolean = WaitOf<this>>(
    newKey: string,
    options: StartOptions<W> = {},
  ): Promise<Ended<this, W>> {
    this.assertUsable();
    assertOptions(options, startNames, 'rename()');
    this.assertNewName(newKey);
    return this.#store.rename(this.#key, newKey, options, () => this.renamed(newKey));
  }

  /**
   * What the server said, with the unsaved edits, by the server's names. Passwords and keys in the config of servers,
   * storage pools, networks and network integrations, and the secrets of bucket keys, are `'(hidden)'`, which no write takes.
   */
  toJSON(): Record<string, unknown> {
    const data = this.#opened()?.merged();
    return data ? printableData(data, fieldsOf(this)) : { name: this.#key };
  }

  /** `Instance 'web'`, as messages begin. */
  toString(): string {
    return `${this.kind.charAt(0).toUpperCase()}${this.kind.slice(1)} '${this.#key}'`;
  }

  [inspect.custom](): string {
    return `${this.constructor.name}(${[inspect(this.#key), ...this.inspectDetails()].join(' ')}${this.#marks()})`;
  }

  /** Words that `console.log` shows after the key. */
  protected inspectDetails(): string[] {
    return [];
  }

  /** The kind's name in messages. */
  protected get kind(): string {
    return this.#store.kind;
  }

  /** Where it is kept. */
  protected get store(): Store {
    return this.#store;
  }

  /** @throws DeletedError */
  protected assertUsable(): void {
    if (!this.isGone) return;
    throw new DeletedError(`${this.toString()} was deleted through this model; get or create a new one`);
  }

  /** The server's own value of a field; undefined before the first reading. */
  protected raw(wire: string): unknown {
    return own(this.#base, wire);
  }

  /** Whether it was deleted through this model. */
  protected get isGone(): boolean {
    return this.#more?.deleted === true;
  }

  /** It was deleted in another way than by `delete()` here. */
  protected gone(): void {
    this.#touched.deleted = true;
  }

  /** Refuses a name that it cannot have. @throws InvalidInputError */
  protected assertNewName(name: unknown): void {
    assertNewName(name, this.kind);
  }

  /** The new key has been accepted by the server; `name` is what the server calls the thing now. */
  protected renamed(newKey: string, name = newKey): this {
    this.#key = newKey;
    const { wire } = fieldsOf(this).find(({ key }) => key) ?? { wire: 'name' };
    const drafts = this.#opened();
    if (drafts) drafts.written({ ...drafts.base, [wire]: name });
    return this;
  }

  /** It is somewhere else now, e.g. in another project. */
  protected moved(store: Store, newKey: string): this {
    this.#store = store;
    return this.renamed(newKey);
  }

  /** @internal For the accessors of `@field()`. */
  readField(field: Field): unknown {
    if (field.key) return this.#key;
    const base = this.#base;
    if (!base) throw this.#notFetched(field, 'read');
    const { wire, form, writable, derived } = field;
    if (derived && this.#more?.drafts?.isWhole === false) throw this.#notFetched(field, 'read', derivedNow);
    switch (form) {
      case 'scalar':
        return this.#now(wire) ?? (field.scalar && emptyScalars[field.scalar]);
      case 'time':
        return writable ? this.#opened()?.time(wire) : readTime(this.#now(wire));
      case 'list':
      case 'set':
        this.#assertSent(field, Array.isArray);
        return writable ? this.#opened()?.open(wire, () => []) : (seal(own(base, wire)) ?? noList);
      case 'map':
      case 'maps':
        this.#assertSent(field, isMap);
        return writable ? this.#opened()?.open(wire, emptyMap) : (seal(own(base, wire)) ?? noMap);
      case 'objects':
        this.#assertSent(field, Array.isArray);
        return this.#opened()?.open(wire, () => []);
      case 'value':
        return this.#view(field, own(base, wire));
    }
  }

  /** @internal For the accessors of `@field()`. */
  writeField(field: Field, value: unknown): void {
    const where = `${this.kind}.${field.property}`;
    if (!field.writable) {
      const remedy = field.key ? 'to give it another name, use rename()' : 'only the server changes it';
      throw new ReadOnlyError(`${where} is read-only: ${remedy}`);
    }
    this.assertUsable();
    const drafts = this.#opened();
    if (!drafts) throw this.#notFetched(field, 'assigned');
    const base = own(drafts.base, field.wire);
    assertField(field, value, this.kind, field.items ? base : undefined);
    drafts.assign([field.wire], asJson(field, value, base));
  }

  #saving(): Saving {
    this.assertUsable();
    const drafts = this.#opened();
    if (!drafts)
      throw new NotFetchedError(
        `${this.toString()} has not been fetched, so there is nothing to save: ${this.#remedy()}`,
      );
    const fields = fieldsOf(this);
    return {
      title: this.toString(),
      key: this.#key,
      store: this.#store,
      drafts,
      ...fieldSetsOf(this),
      validate: () => {
        for (const field of fields) {
          const { wire, writable } = field;
          if (writable && drafts.has(wire))
            assertField(field, drafts.get(wire), this.kind, own(drafts.base, wire));
        }
      },
      check: ([wire, ...path], value) => {
        const field = fields.find((other) => other.wire === wire);
        if (field) assertField(field, wholeOf(field, path, value), this.kind, own(drafts.base, field.wire));
      },
    };
  }

  get #touched(): More {
    return (this.#more ??= new More());
  }

  get #base(): JsonMap | undefined {
    return this.#more?.drafts?.base ?? this.#listed;
  }

  /** The value with its edit, if it has one. */
  #now(wire: string): Json {
    const drafts = this.#more?.drafts;
    return drafts ? drafts.get(wire) : own(this.#listed, wire);
  }

  /** What can be edited, made when it is first needed. */
  #opened(): Drafts | undefined {
    if (this.#listed) {
      this.#touched.drafts = new Drafts({ data: this.#listed }, fieldSetsOf(this));
      this.#listed = undefined;
    }
    return this.#more?.drafts;
  }

  #take(reading: Reading): void {
    const more = this.#touched;
    more.views = undefined;
    if (!more.drafts) {
      more.drafts = new Drafts(reading, fieldSetsOf(this));
      this.#listed = undefined;
      return;
    }
    const conflicts: Conflict[] = [];
    more.drafts.rebase(reading, noting(this.#store.rules, conflicts));
    more.drafts.hold(conflicts);
  }

  #view(field: Field, json: Json): unknown {
    const views = (this.#touched.views ??= new Map<string, unknown>());
    if (!views.has(field.wire)) {
      const Class = field.type?.();
      const make = (item: Json) =>
        Class && item !== null && item !== undefined ? toValue(Class, item) : item;
      views.set(field.wire, Array.isArray(json) ? Object.freeze(json.map(make)) : make(json));
    }
    return views.get(field.wire);
  }

  /** A fetch and a save of one model never overlap: each would undo what the other learnt. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.assertUsable();
    const more = this.#touched;
    const before = more.queue;
    const run = (async () => {
      await before?.catch(() => undefined);
      return work();
    })();
    more.queue = run;
    try {
      return await run;
    } finally {
      if (more.queue === run) more.queue = undefined;
    }
  }

  /** Editing what is no map or list would end in a TypeError of the caller's. @throws ProtocolError */
  #assertSent({ property, wire }: Field, isRight: (value: unknown) => boolean): void {
    const value = own(this.#base, wire);
    if (value === undefined || value === null || isRight(value)) return;
    throw new ProtocolError(`${this.toString()}: the server sent ${describe(value)} for its ${property}`);
  }

  #notFetched({ property }: Field, verb: string, why = 'has not been fetched'): NotFetchedError {
    return new NotFetchedError(
      `${this.toString()} ${why}, so its ${property} cannot be ${verb}: ${this.#remedy()}`,
    );
  }

  #remedy(): string {
    return `call \`await ${this.kind.replace(/\W+(\w)/g, (_, letter: string) => letter.toUpperCase())}.fetch()\` first`;
  }

  #marks(): string {
    if (this.isGone) return ', deleted';
    if (!this.isFetched) return ', not fetched';
    const paths = this.changes().map(({ path }) => path.join('.'));
    if (paths.length === 0) return '';
    const shown =
      paths.slice(0, 3).join(', ') + (paths.length > 3 ? `, … ${String(paths.length - 3)} more` : '');
    return `, dirty: ${shown}`;
  }
}

/** Said of what the server derives from what has just been written. */
const derivedNow = 'has been saved since it was fetched';
