import type { Conflict } from '../errors/index.js';
import { diff, type Change } from './diff.js';
import { copy, emptyMap, isMap, own, same, type Json, type JsonMap } from './json.js';
import { merge, type Resolve } from './merge.js';
import type { Reading } from './store.js';

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
  /** What a `fetch()` found changed on both sides; said at the next save. */
  pending: Conflict[] | undefined;
  #base: JsonMap;
  #drafts: Map<string, Json> | undefined;

  constructor({ data, version }: Reading) {
    this.#base = data;
    this.version = version;
    this.readAt = performance.now();
  }

  /** What the server said. */
  get base(): JsonMap {
    return this.#base;
  }

  has(wire: string): boolean {
    return this.#drafts?.has(wire) ?? false;
  }

  get(wire: string): Json {
    return this.#drafts?.has(wire) ? this.#drafts.get(wire) : own(this.#base, wire);
  }

  set(wire: string, value: Json): void {
    this.#drafts ??= new Map();
    this.#drafts.set(wire, value);
  }

  /** The draft of a map or a list, made at the first call. */
  open(wire: string, empty: () => Json): Json {
    if (!this.has(wire)) this.set(wire, copy(own(this.#base, wire)) ?? empty());
    return this.#drafts?.get(wire);
  }

  /** What differs from what the server said. */
  changes(): Change[] {
    if (!this.#drafts) return [];
    return [...this.#drafts].flatMap(([wire, draft]) => diff(this.#original(wire, draft), draft, [wire]));
  }

  /** The server's JSON with the drafts over it, as a copy. */
  merged(): JsonMap {
    const result = copy(this.#base) as JsonMap;
    for (const [wire, draft] of this.#drafts ?? []) {
      const value = copy(draft);
      // A draft that was only read must not turn the server's null into an empty map.
      if (!same(this.#original(wire, draft), draft)) result[wire] = value;
    }
    return result;
  }

  /** Takes over what was written, leaving the drafts alone: the user may have edited on meanwhile. */
  written(saved: JsonMap): void {
    this.#base = saved;
    this.version = undefined; // the write made a new one, which its answer does not tell
  }

  /** Takes over the server's new state: unsaved edits stay, the rest of each draft follows the server. */
  rebase({ data: theirs, version }: Reading, resolve: Resolve): void {
    // All merges before any is taken over: a `resolve` of the user's may throw.
    const merges = [...(this.#drafts ?? [])].map(([wire, draft]) => {
      const now = own(theirs, wire) ?? emptyOf(draft);
      return [wire, draft, merge(this.#original(wire, draft), draft, now, resolve, [wire])] as const;
    });
    for (const [wire, draft, value] of merges) this.#put(wire, draft, value);
    this.#base = theirs;
    this.version = version;
    this.readAt = performance.now();
  }

  /** Takes away the empty texts of maps in which they mean "no such key". */
  dropEmpty(wires: readonly string[]): void {
    for (const wire of wires) {
      const draft = this.#drafts?.get(wire);
      if (isMap(draft)) dropEmpty(draft);
    }
  }

  /** Drops every edit. */
  revert(): void {
    this.pending = undefined;
    for (const [wire, draft] of this.#drafts ?? [])
      this.#put(wire, draft, own(this.#base, wire) ?? emptyOf(draft));
  }

  /** Sets one value within a draft; undefined takes it away. */
  assign(path: readonly string[], value: Json): void {
    const [wire = '', ...rest] = path;
    const last = rest.pop();
    if (last === undefined) {
      this.#put(wire, this.open(wire, emptyMap), value);
      return;
    }
    let map = this.open(wire, emptyMap) as JsonMap;
    for (const key of rest) map = isMap(map[key]) ? map[key] : (map[key] = emptyMap());
    if (value === undefined) Reflect.deleteProperty(map, last);
    else map[last] = copy(value);
  }

  /** The conflict's value as it stands now. */
  valueAt(path: Conflict['path']): Json {
    const [wire = '', ...rest] = path;
    return rest.reduce<Json>((value, key) => (isMap(value) ? own(value, key) : undefined), this.get(wire));
  }

  /** The base's value in the form of its draft: servers send null for an empty map or list. */
  #original(wire: string, draft: Json): Json {
    return own(this.#base, wire) ?? emptyOf(draft);
  }

  #put(wire: string, draft: Json, value: Json): void {
    if (isMap(draft) && isMap(value)) assignMap(draft, value);
    else if (Array.isArray(draft) && Array.isArray(value))
      draft.splice(0, draft.length, ...(copy(value) as Json[]));
    else if (value === undefined) this.#drafts?.delete(wire);
    else this.#drafts?.set(wire, copy(value));
  }
}

function emptyOf(draft: Json): Json {
  if (Array.isArray(draft)) return [];
  return isMap(draft) ? emptyMap() : undefined;
}

/** Makes one map equal to another without replacing it or the maps in it. */
function assignMap(target: JsonMap, source: JsonMap): void {
  for (const key of Object.keys(target))
    if (own(source, key) === undefined) Reflect.deleteProperty(target, key);
  for (const key of Object.keys(source)) {
    const [old, value] = [own(target, key), source[key]];
    if (isMap(old) && isMap(value)) assignMap(old, value);
    else if (value !== undefined) target[key] = copy(value);
  }
}

function dropEmpty(map: JsonMap): void {
  for (const key of Object.keys(map)) {
    const value = map[key];
    if (value === '') Reflect.deleteProperty(map, key);
    else if (isMap(value)) dropEmpty(value);
  }
}
