import { same, type JsonMap } from '../../orm/index.js';
import type { Place, Thing } from './known.js';

/** One difference between what a consumer was told and what is. */
export type Difference =
  | ({ type: 'added'; data: JsonMap } & Place)
  | ({ type: 'changed'; data: JsonMap; before: JsonMap } & Place)
  | ({ type: 'renamed'; data: JsonMap; from: string } & Place)
  | ({ type: 'removed'; data: JsonMap } & Place);

/**
 * What a consumer was told, and where it may differ from what is. A slow consumer costs no memory and gets no stale news:
 * what changed twice in the meantime is one difference, what came and went is none.
 */
export class View {
  readonly #now: ReadonlyMap<string, Thing>;
  readonly #told = new Map<string, Thing>();
  readonly #touched: Set<string>;
  /** New ids by the ids under which things were told. */
  readonly #renamed = new Map<string, string>();

  constructor(now: ReadonlyMap<string, Thing>) {
    this.#now = now;
    this.#touched = new Set(now.keys());
  }

  /** How many things may differ: never more than there are, or were told. */
  get pending(): number {
    return this.#touched.size;
  }

  /** Something may have happened to a thing. */
  touch(id: string): void {
    if (this.#now.has(id) || this.#told.has(id) || this.#renamed.has(id)) this.#touched.add(id);
    else this.#touched.delete(id);
  }

  /** A thing has another id now. */
  rename(id: string, old: string): void {
    const origin = this.#renamed.get(old) ?? old; // renamed again before the consumer was told
    this.#renamed.delete(old);
    this.#touched.delete(old);
    if (this.#told.has(origin) && origin !== id) {
      this.#touched.delete(origin);
      this.#renamed.set(id, origin);
    }
    this.touch(id);
  }

  /** The next difference, of which the consumer is told by this. */
  next(): Difference | undefined {
    for (const id of this.#touched) {
      this.#touched.delete(id);
      const difference = this.#compare(id);
      if (difference) return difference;
    }
    return undefined;
  }

  #compare(id: string): Difference | undefined {
    const origin = this.#renamed.get(id);
    const replaced = origin === undefined ? undefined : this.#told.get(id);
    if (replaced) {
      this.#told.delete(id);
      this.#touched.add(id); // it took the name of another: that it has it now is told next
      return { type: 'removed', ...replaced.place, data: replaced.data };
    }
    this.#renamed.delete(id);
    const [now, before] = [this.#now.get(id), this.#told.get(origin ?? id)];
    if (before && (!now || isAnother(before.data, now.data))) {
      this.#told.delete(origin ?? id);
      if (now) this.#touched.add(id); // another thing of the same name: it is told of next
      return { type: 'removed', ...before.place, data: before.data };
    }
    if (!now) return undefined;
    this.#told.set(id, now);
    if (!before) return { type: 'added', ...now.place, data: now.data };
    if (origin !== undefined && this.#told.delete(origin)) {
      this.touch(origin); // in case that another has that name now
      return { type: 'renamed', ...now.place, data: now.data, from: before.place.key };
    }
    return same(before.data, now.data)
      ? undefined
      : { type: 'changed', ...now.place, data: now.data, before: before.data };
  }
}

function isAnother(before: JsonMap, now: JsonMap): boolean {
  return before.created_at !== now.created_at;
}
