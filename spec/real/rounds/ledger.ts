/** What is known of a thing, a key or a state: `undefined` while nobody can know it. */
type Known<T> = { value: T | undefined; version: number };

/** What was known at one moment, to compare an answer with: what changes meanwhile may be answered either way. */
export type Page<T> = ReadonlyMap<string, Readonly<Known<T>>>;

/** What the worker has written, and what it cannot know: the answers of the cluster are compared with it. */
export class Ledger<T> {
  readonly #known = new Map<string, Known<T>>();
  /** What may yet be written by a write that was cut off. */
  readonly #lost = new Set<string>();
  #versions = 0;

  /** From now on nobody knows what it is: a write of it is under way. */
  doubt(key: string): void {
    this.#set(key, undefined);
  }

  /** A write was cut off: whatever is read or written meanwhile, it may still be carried out until `settle()`. */
  lose(key: string): void {
    this.#lost.add(key);
    this.#set(key, undefined);
  }

  note(key: string, value: T): void {
    this.#set(key, this.#lost.has(key) ? undefined : value);
  }

  /** What it has turned out to be. */
  settle(key: string, value: T): void {
    this.#lost.delete(key);
    this.#set(key, value);
  }

  get(key: string): T | undefined {
    return this.#known.get(key)?.value;
  }

  page(): Page<T> {
    return new Map(this.#known);
  }

  /** What was known before an answer was asked for, and is still the same after it came: that the answer must say. */
  *certain(before: Page<T>): Iterable<[key: string, value: T]> {
    for (const [key, { value, version }] of before)
      if (value !== undefined && this.#known.get(key)?.version === version) yield [key, value];
  }

  #set(key: string, value: T | undefined): void {
    this.#known.set(key, { value, version: ++this.#versions });
  }

  /** What nobody knows. */
  *doubts(): Iterable<string> {
    for (const [key, { value }] of this.#known) if (value === undefined) yield key;
  }
}
