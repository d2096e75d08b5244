import type { JsonMap } from '../../orm/index.js';
import { View } from './view.js';

/** A thing that is watched: names are not unique over projects. */
export interface Place {
  key: string;
  project: string;
}

/** A thing as it was read last. */
export interface Thing {
  place: Place;
  data: JsonMap;
}

/** What is, kept once for all who watch it; each of them has a view, which knows what of it was told. */
export class Known {
  readonly #things = new Map<string, Thing>();
  readonly #views = new Set<View>();

  /** What a new consumer sees: to it all is new. */
  view(): View {
    const view = new View(this.#things);
    this.#views.add(view);
    return view;
  }

  drop(view: View): void {
    this.#views.delete(view);
  }

  /** Takes what a thing is now; undefined = it is gone. */
  set(place: Place, data: JsonMap | undefined): void {
    const id = idOf(place);
    if (data) this.#things.set(id, { place, data });
    else this.#things.delete(id);
    for (const view of this.#views) view.touch(id);
  }

  /** Takes the whole list: what is not in it is gone. Of those in `newer`, more is known than the list tells. */
  reset(list: readonly Thing[], newer: ReadonlySet<string>): void {
    const listed = new Set(list.map(({ place }) => idOf(place)));
    for (const [id, { place }] of this.#things)
      if (!listed.has(id) && !newer.has(id)) this.set(place, undefined);
    for (const { place, data } of list) if (!newer.has(idOf(place))) this.set(place, data);
  }

  /** Takes that a thing has another key now, under which it is `data`. */
  rename(place: Place, from: string, data: JsonMap): void {
    const [id, old] = [idOf(place), idOf({ ...place, key: from })];
    this.#things.delete(old);
    this.#things.set(id, { place, data });
    for (const view of this.#views) view.rename(id, old);
  }
}

export function idOf({ key, project }: Place): string {
  return `${project}/${key}`;
}
