import { own, same, unionKeys } from './json.js';
import type { Keyed } from './items.js';

/** What became of the items of a list on one side. */
export interface Side {
  /** For the key of each item of the base: the item that it is now; undefined where it is gone. */
  now: ReadonlyMap<string, Keyed | undefined>;
  /** For the key of an item of this side: that of the base's item which it was; new ones are not here. */
  was: ReadonlyMap<string, string>;
  /** Whether what is in both stands in another order. */
  moved: boolean;
}

/**
 * Compares a list with what it was. An item that stands where another was removed, and has half of its fields or more,
 * is that one edited.
 */
export function align(base: readonly Keyed[], side: readonly Keyed[]): Side {
  const places = new Map(side.map(({ key }, index) => [key, index]));
  const keys = new Set(base.map(({ key }) => key));
  const kept = base.flatMap(({ key }) => places.get(key) ?? []);
  const anchors = increasing(kept);
  const now = new Map<string, Keyed | undefined>();
  const was = new Map<string, string>();
  let removed: Keyed[] = [];
  let from = 0;
  const close = (to: number) => {
    const added = side.slice(from, to).filter(({ key }) => !keys.has(key));
    for (const [before, after] of pairs(removed, added)) {
      now.set(before.key, after);
      was.set(after.key, before.key);
    }
    removed = [];
    from = to + 1;
  };
  for (const item of base) {
    const place = places.get(item.key);
    now.set(item.key, place === undefined ? undefined : side[place]);
    if (place === undefined) removed.push(item);
    else {
      was.set(item.key, item.key);
      if (anchors.has(place)) close(place);
    }
  }
  close(side.length);
  return { now, was, moved: anchors.size < kept.length };
}

/** The longest run of growing numbers: what stands in the same order on both sides. */
function increasing(numbers: readonly number[]): Set<number> {
  const last: number[] = []; // index of the smallest end of a run of each length
  const before: number[] = [];
  for (const [index, value] of numbers.entries()) {
    let [low, high] = [0, last.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((numbers[last[middle] ?? 0] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    before[index] = last[low - 1] ?? -1;
    last[low] = index;
  }
  const run = new Set<number>();
  for (let index = last.at(-1) ?? -1; index >= 0; index = before[index] ?? -1) run.add(numbers[index] ?? 0);
  return run;
}

/** The most similar pairs, in order: each removed item with the one that took its place. */
function pairs(removed: readonly Keyed[], added: readonly Keyed[]): [Keyed, Keyed][] {
  if (removed.length === 0 || added.length === 0) return [];
  const width = added.length + 1;
  // best[i * width + j]: how similar the items from i and j on are together.
  const best = new Float64Array((removed.length + 1) * width);
  const at = (i: number, j: number) => best[i * width + j] ?? 0;
  const alike = removed.map((before) => added.map((after) => similarity(before, after)));
  const likeness = (i: number, j: number) => alike[i]?.[j] ?? 0;
  for (let i = removed.length - 1; i >= 0; i--) {
    for (let j = added.length - 1; j >= 0; j--) {
      const paired = likeness(i, j) >= 0.5 ? likeness(i, j) + at(i + 1, j + 1) : 0;
      best[i * width + j] = Math.max(paired, at(i + 1, j), at(i, j + 1));
    }
  }
  const result: [Keyed, Keyed][] = [];
  for (let i = 0, j = 0; i < removed.length && j < added.length;) {
    const [before, after] = [removed[i], added[j]];
    if (before && after && likeness(i, j) >= 0.5 && at(i, j) === likeness(i, j) + at(i + 1, j + 1)) {
      result.push([before, after]);
      i++;
      j++;
    } else if (at(i, j) === at(i + 1, j)) i++;
    else j++;
  }
  return result;
}

/** Which part of their fields two items share. */
function similarity({ stored: a }: Keyed, { stored: b }: Keyed): number {
  const names = unionKeys(a, b);
  return names.filter((name) => same(own(a, name), own(b, name))).length / Math.max(1, names.length);
}
