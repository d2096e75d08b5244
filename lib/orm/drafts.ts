import type { Conflict } from '../errors/index.js';
import { diff, type Change } from './diff.js';
import type { FieldSets } from './fields.js';
import { decidedItems, isBackInItems, putItems, standsInItems } from './item-drafts.js';
import { itemsFromWire, itemsToWire, sameItems, type ItemSpec } from './items.js';
import { copy, emptyMap, isMap, own, same, type Json, type JsonMap } from './json.js';
import { merge, type Resolve } from './merge.js';
import { diffItems, mergeItems } from './merge-items.js';
import type { Reading } from './store.js';
import { HandedTimes } from './handed-times.js';
import { mergeSets, sameSets } from './merge-sets.js';

/**
 * The maps within drafts, by whose they are: these are changed in place. What a user put in is theirs, perhaps frozen or
 * in another model too, so it is replaced by a copy where the server's state has to go into it.
 */
const owners = new WeakMap<JsonMap, Drafts>();

/** Which fields are merged in a way of their own. */
type DraftForms = Pick<FieldSets, 'lists' | 'sets'>;

/**
 * What the server said of a thing and what the user made of it. The server's JSON is kept as it came; a draft exists of
 * what was read to be changed, or assigned. A draft handed out stays the same object over save, fetch and revert, so
 * that nobody edits a copy which has been dropped.
 */
export class Drafts {
  /** What the server calls the state in `base`; undefined where that is not known. */
  version: string | undefined;
  /** When `base` was read, by `performance.now()`. */
  readAt: number;
  /** Whether `base` has all that the server derives from what is written. */
  isWhole = true;
  /** What a `fetch()` found changed on both sides; said at the next save. */
  pending: Conflict[] | undefined;
  /** What a save has refused; a later one may decide it. */
  told: Conflict[] | undefined;
  #base: JsonMap;
  #edits: Map<string, Json> | undefined;
  #times: HandedTimes | undefined;
  /** The fields whose drafts are lists of objects: by properties, while all else is by the server's names. */
  readonly #lists: ReadonlyMap<string, ItemSpec>;
  /** The fields that are lists whose order means nothing. */
  readonly #sets: ReadonlySet<string>;

  constructor({ data, version, readAt = 0 }: Reading, { lists, sets }: DraftForms = plain) {
    this.#lists = lists;
    this.#sets = sets;
    this.#base = data;
    this.version = version;
    this.readAt = readAt;
  }

  /** The drafts, with what has been done to times in place. */
  get #drafts(): ReadonlyMap<string, Json> | undefined {
    this.#times?.collect(
      (wire) => this.#edits?.get(wire) ?? own(this.#base, wire),
      (wire) => own(this.#base, wire),
      (wire, text) => this.set(wire, text),
    );
    return this.#edits;
  }

  /** What the server said. */
  get base(): JsonMap {
    return this.#base;
  }

  has(wire: string): boolean {
    return this.#drafts?.has(wire) ?? false;
  }

  get(wire: string): Json {
    const drafts = this.#drafts;
    return drafts?.has(wire) ? drafts.get(wire) : own(this.#base, wire);
  }

  set(wire: string, value: Json): void {
    this.#edits ??= new Map();
    this.#edits.set(wire, value);
  }

  /** A writable time, as a `Date` that may be changed in place. */
  time(wire: string): Date | null {
    this.#times ??= new HandedTimes();
    return this.#times.of(wire, this.get(wire));
  }

  /** The draft of a map or a list, made at the first call. */
  open(wire: string, empty: () => Json): Json {
    if (!this.has(wire)) {
      const base = own(this.#base, wire);
      this.set(wire, this.#copy(this.#lists.has(wire) ? itemsFromWire(base) : base) ?? empty());
    }
    return this.#drafts?.get(wire);
  }

  /** What differs from what the server said. */
  changes(): Change[] {
    const drafts = this.#drafts;
    if (!drafts) return [];
    return [...drafts].flatMap(([wire, draft]) => {
      const [original, spec] = [this.#original(wire, draft), this.#lists.get(wire)];
      if (spec) return diffItems(original, itemsToWire(draft), spec, [wire]);
      if (this.#sets.has(wire) && sameSets(original, draft)) return [];
      return diff(original, draft, [wire]);
    });
  }

  /** The server's JSON with the drafts over it, as a copy. */
  merged(): JsonMap {
    const result = copy(this.#base) as JsonMap;
    for (const [wire, draft] of this.#drafts ?? []) {
      // A draft that was only read must not turn the server's null into an empty map.
      if (this.#isChanged(wire, draft)) result[wire] = copy(this.#toWire(wire, draft));
    }
    return result;
  }

  /** The same for a save, at its cost: what is not edited is not copied, and nobody may change it in place. */
  next(): JsonMap {
    const result = emptyMap();
    for (const wire of Object.keys(this.#base)) result[wire] = this.#base[wire];
    for (const [wire, draft] of this.#drafts ?? []) {
      if (this.#isChanged(wire, draft)) result[wire] = copy(this.#toWire(wire, draft));
    }
    return result;
  }

  /**
   * Takes over what was written, leaving the drafts alone: the user may have edited on meanwhile. What the server derives
   * from it (`derived`) is not known until the next reading.
   */
  written(saved: JsonMap, derived: ReadonlySet<string> = none): void {
    this.#base = saved;
    this.told = undefined; // what is edited from now on is no part of it
    this.version = undefined; // the write made a new one, which its answer does not tell
    if (derived.size === 0) return;
    for (const wire of derived) Reflect.deleteProperty(saved, wire);
    this.isWhole = false;
  }

  /** What was written is not there any more: the edits are unsaved again, over what was there before them. */
  unwritten(before: JsonMap): void {
    this.#base = before;
  }

  /** Whether each of the changes is back at what it was before them. */
  areBack(changes: readonly Change[], before: JsonMap, now: JsonMap): boolean {
    return changes.every(({ path, from, to }) => {
      const [wire = '', ...rest] = path;
      const [spec, there] = [this.#lists.get(wire), own(now, wire)];
      if (this.#sets.has(wire)) return sameSets(there ?? [], (from ?? []) as Json);
      if (!spec) return same(valueAt(there, rest), from as Json);
      if (rest.length === 0) return sameItems(there ?? [], own(before, wire) ?? [], spec);
      return isBackInItems(there, { from, to }, own(before, wire), spec);
    });
  }

  /** Takes over the server's new state: unsaved edits stay, the rest of each draft follows the server. */
  rebase({ data: theirs, version, readAt = 0 }: Reading, resolve: Resolve): void {
    // All merges before any is taken over: a `resolve` of the user's may throw.
    const merges = [...(this.#drafts ?? [])].map(([wire, draft]) => {
      const now = own(theirs, wire) ?? emptyOf(draft);
      const [original, spec] = [this.#original(wire, draft), this.#lists.get(wire)];
      const merged = spec
        ? mergeItems(original, itemsToWire(draft), now, spec, resolve, [wire])
        : this.#sets.has(wire)
          ? mergeSets(original, draft, now)
          : merge(original, draft, now, resolve, [wire]);
      return [wire, draft, merged] as const;
    });
    for (const [wire, draft, value] of merges) this.#put(wire, draft, value);
    this.#base = theirs;
    this.isWhole = true;
    this.version = version;
    this.readAt = readAt;
  }

  /** Takes away the empty texts of maps in which they mean "no such key". */
  dropEmpty(wires: readonly string[]): void {
    for (const wire of wires) {
      const draft = this.#drafts?.get(wire);
      if (isMap(draft)) this.#dropEmpty(draft, own(this.#base, wire));
    }
  }

  /** Puts back keys of `config` that only the server sets, for servers that refuse a whole without them. */
  keep(keys: RegExp): void {
    const [draft, base] = [this.#drafts?.get('config'), own(this.#base, 'config')];
    if (!isMap(draft) || !isMap(base)) return;
    for (const key of Object.keys(base)) if (keys.test(key)) draft[key] ??= base[key];
  }

  /** Drops every edit. */
  revert(): void {
    this.pending = this.told = undefined;
    for (const [wire, draft] of this.#drafts ?? [])
      this.#put(wire, draft, own(this.#base, wire) ?? emptyOf(draft));
  }

  /** Puts what was decided in place of my side of a conflict. */
  settle(conflict: Conflict, value: Json): void {
    const [wire = '', item] = conflict.path;
    const spec = this.#lists.get(wire);
    if (spec && item !== undefined) this.assign([wire], decidedItems(this.get(wire), conflict, value, spec));
    else this.assign(conflict.path, value);
  }

  /** Sets one value within a draft, by the server's names; undefined takes it away. */
  assign(path: readonly string[], value: Json): void {
    const [wire = '', ...rest] = path;
    const last = rest.pop();
    if (last === undefined) {
      this.#put(
        wire,
        this.open(wire, () => emptyOf(value) ?? emptyMap()),
        value,
      );
      return;
    }
    let map = this.open(wire, emptyMap) as JsonMap;
    for (const key of rest) map = this.#inner(map, key);
    if (value === undefined) Reflect.deleteProperty(map, last);
    else map[last] = this.#copy(value);
  }

  /** Keeps conflicts for the next save, the newest of each place. */
  hold(conflicts: readonly Conflict[]): void {
    if (conflicts.length > 0) this.pending = this.#withNewer(this.pending, conflicts);
  }

  /** Notes what is refused now, for a save that decides it. */
  tell(conflicts: readonly Conflict[]): void {
    this.told = this.#withNewer(this.told, conflicts);
  }

  /** Conflicts with newer ones, which take the place of those about the same; an item is found by what I made of it. */
  #withNewer(older: readonly Conflict[] | undefined, newer: readonly Conflict[]): Conflict[] {
    const isNewer = (old: Conflict) =>
      newer.some(({ path, mine }) => {
        const isItem = this.#lists.has(path[0] ?? '') && path[0] === old.path[0];
        return same([...path], [...old.path]) || (isItem && same(mine as Json, old.mine as Json));
      });
    return [...(older ?? []).filter((old) => !isNewer(old)), ...newer];
  }

  /** Whether my side of a conflict is still in the draft, as an unsaved edit. */
  stands(conflict: Conflict): boolean {
    const [wire = '', ...rest] = conflict.path;
    const draft = this.get(wire);
    const [original, spec] = [this.#original(wire, draft), this.#lists.get(wire)];
    if (spec && rest.length > 0) return this.#isChanged(wire, draft) && standsInItems(draft, conflict, spec);
    const now = valueAt(this.#toWire(wire, draft), rest);
    return !same(now, valueAt(original, rest)) && same(now, conflict.mine as Json);
  }

  #isChanged(wire: string, draft: Json): boolean {
    const [original, spec] = [this.#original(wire, draft), this.#lists.get(wire)];
    if (spec) return !sameItems(original, itemsToWire(draft), spec);
    return !(this.#sets.has(wire) ? sameSets : same)(original, draft);
  }

  #toWire(wire: string, draft: Json): Json {
    return this.#lists.has(wire) ? itemsToWire(draft) : draft;
  }

  /** The base's value in the form of its draft: servers send null for an empty map or list. */
  #original(wire: string, draft: Json): Json {
    return own(this.#base, wire) ?? emptyOf(draft);
  }

  #put(wire: string, draft: Json, value: Json): void {
    const spec = this.#lists.get(wire);
    if (spec && Array.isArray(draft)) {
      putItems(
        draft,
        value,
        spec,
        (item) => owners.get(item) === this,
        (item) => this.#copy(item),
      );
    } else if (isMap(draft) && isMap(value)) this.#assign(draft, value);
    else if (Array.isArray(draft) && Array.isArray(value))
      draft.splice(0, draft.length, ...(copy(value) as Json[]));
    else if (value === undefined) this.#edits?.delete(wire);
    else this.#edits?.set(wire, this.#copy(value));
  }

  /** Makes one map equal to another without replacing it or the maps in it. */
  #assign(target: JsonMap, source: JsonMap): void {
    for (const key of Object.keys(target))
      if (own(source, key) === undefined) Reflect.deleteProperty(target, key);
    for (const key of Object.keys(source)) {
      const [old, value] = [own(target, key), source[key]];
      if (value === undefined || same(old, value)) continue;
      if (isMap(old) && isMap(value)) this.#assign(this.#inner(target, key), value);
      else target[key] = this.#copy(value);
    }
  }

  #dropEmpty(map: JsonMap, base: Json): void {
    for (const key of Object.keys(map)) {
      const value = map[key];
      const was = isMap(base) ? own(base, key) : undefined;
      if (value === '' && was !== '') Reflect.deleteProperty(map, key);
      else if (isMap(value) && Object.values(value).includes('')) this.#dropEmpty(this.#inner(map, key), was);
    }
  }

  /** The map within a draft, as one that may be changed. */
  #inner(map: JsonMap, key: string): JsonMap {
    const now = own(map, key);
    if (isMap(now) && owners.get(now) === this) return now;
    const inner = isMap(now) ? (copy(now) as JsonMap) : emptyMap();
    owners.set(inner, this);
    return (map[key] = inner);
  }

  #copy(value: Json): Json {
    const result = copy(value);
    for (const item of Array.isArray(result) ? result : [result]) if (isMap(item)) this.#own(item);
    return result;
  }

  #own(map: JsonMap): void {
    owners.set(map, this);
    for (const key of Object.keys(map)) {
      const item = map[key];
      if (isMap(item)) this.#own(item);
    }
  }
}

const none: ReadonlySet<string> = new Set();
const plain: DraftForms = { lists: new Map(), sets: none };

function valueAt(value: Json, path: readonly string[]): Json {
  return path.reduce<Json>((now, key) => (isMap(now) ? own(now, key) : undefined), value);
}

function emptyOf(draft: Json): Json {
  if (Array.isArray(draft)) return [];
  return isMap(draft) ? emptyMap() : undefined;
}
