import { same, type JsonMap } from '../../orm/index.js';

/** A thing that is watched: names are not unique over projects. */
export interface Place {
  key: string;
  project: string;
}

/** One difference between what a consumer was told and what is. */
export type Difference =
  | ({ type: 'added'; data: JsonMap } & Place)
  | ({ type: 'changed'; data: JsonMap; before: JsonMap } & Place)
  | ({ type: 'renamed'; data: JsonMap; from: string } & Place)
  | ({ type: 'removed'; data: JsonMap } & Place);

/**
 * What a consumer was told, what is, and where they may differ. A slow consumer costs no memory and gets no stale news:
 * what changed twice in the meantime is one difference, what came and went is none.
 */
export class View {
  readonly #told = new Map<string, JsonMap>();
  readonly #known = new Map<string, JsonMap>();
  readonly #places = new Map<string, Place>();
  readonly #touched = new Set<string>();
  /** New ids by the ids of before. */
  readonly #renamed = new Map<string, string>();

  /** Takes what a thing is now; undefined = it is gone. */
  set(place: Place, data: JsonMap | undefined): void {
    const id = idOf(place);
    this.#places.set(id, place);
    if (data) this.#known.set(id, data);
    else this.#known.delete(id);
    this.#touched.add(id);
  }

  /** Takes the whole list: what is not in it is gone. */
  reset(list: readonly { place: Place; data: JsonMap }[]): void {
    const listed = new Set(list.map(({ place }) => idOf(place)));
    for (const [id, place] of this.#places) if (!listed.has(id)) this.set(place, undefined);
    for (const { place, data } of list) this.set(place, data);
  }

  /** Takes that a thing has another key now, under which it is `data`. */
  rename(place: Place, from: string, data: JsonMap): void {
    const old = idOf({ ...place, key: from });
    this.#known.delete(old);
    this.#touched.delete(old);
    this.#renamed.set(idOf(place), old);
    this.set(place, data);
  }

  has(place: Place): boolean {
    return this.#known.has(idOf(place));
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
    const place = this.#places.get(id);
    if (!place) return undefined;
    const data = this.#known.get(id);
    const renamed = data && this.#moved(id, place, data);
    if (renamed) return renamed;
    const before = this.#told.get(id);
    if (!data) {
      this.#places.delete(id);
      this.#told.delete(id);
      return before && { type: 'removed', ...place, data: before };
    }
    if (before && before.created_at !== data.created_at) {
      this.#told.delete(id);
      this.#touched.add(id); // another thing of the same name: it is told of next
      return { type: 'removed', ...place, data: before };
    }
    this.#told.set(id, data);
    if (!before) return { type: 'added', ...place, data };
    return same(before, data) ? undefined : { type: 'changed', ...place, data, before };
  }

  #moved(id: string, place: Place, data: JsonMap): Difference | undefined {
    const old = this.#renamed.get(id);
    this.#renamed.delete(id);
    const from = old === undefined ? undefined : this.#places.get(old);
    if (old === undefined || !from || !this.#told.delete(old)) return undefined;
    this.#places.delete(old);
    this.#told.set(id, data);
    return { type: 'renamed', ...place, data, from: from.key };
  }
}

function idOf({ key, project }: Place): string {
  return `${project}/${key}`;
}
