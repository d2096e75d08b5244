import { align, type Side } from './align.js';
import type { Change } from './diff.js';
import { keyed, labelOf, sameItems, type ItemSpec, type Keyed } from './items.js';
import { isMap, type Json } from './json.js';
import type { Resolve } from './merge.js';

/** What has to change to make `mine` of `base`: item by item, or the whole list where its order is another. */
export function diffItems(base: Json, mine: Json, spec: ItemSpec, path: readonly string[]): Change[] {
  if (sameItems(base, mine, spec)) return [];
  const [before, after] = [keyed(base, spec), keyed(mine, spec)];
  const { now, was, moved } = align(before, after);
  if (moved && !spec.unordered) return [{ path, from: base, to: mine }];
  const changed = before.filter(({ key }) => now.get(key)?.key !== key);
  const added = after.filter(({ key }) => !was.has(key));
  return [
    ...changed.map((old) => change(path, spec, old, now.get(old.key))),
    ...added.map((item) => change(path, spec, undefined, item)),
  ];
}

function change(path: readonly string[], spec: ItemSpec, from?: Keyed, to?: Keyed): Change {
  const named = from ?? to;
  return { path: named ? [...path, labelOf(named, spec)] : path, from: from?.item, to: to?.item };
}

/**
 * The three-way merge of lists of objects: what either side added is in, what either took away is out, and an item that
 * both changed differently is handed to `resolve`. New items stand behind what they stood behind, theirs before mine.
 */
export function mergeItems(
  base: Json,
  mine: Json,
  theirs: Json,
  spec: ItemSpec,
  resolve: Resolve,
  path: readonly string[],
): Json {
  if (sameItems(base, mine, spec)) return theirs;
  if (sameItems(mine, theirs, spec)) return theirs;
  if (sameItems(base, theirs, spec)) return mine;
  const [before, left, right] = [base, mine, theirs].map((list) => keyed(list, spec)) as Lists;
  const ours: Half = { list: left, side: align(before, left) };
  const other: Half = { list: right, side: align(before, right) };
  if (!spec.unordered && ours.side.moved && other.side.moved && !isSameOrder(before, ours, other)) {
    return resolve({ path, base, mine, theirs }); // the order would be a guess
  }
  const fates = new Map<string, Keyed | undefined>();
  for (const item of before) fates.set(item.key, fateOf(item, ours.side, other.side, spec, resolve, path));
  const spine = ours.side.moved && !other.side.moved ? [ours, other] : [other, ours];
  return woven(spine as [Half, Half], fates).map(({ item }) => item);
}

type Lists = [Keyed[], Keyed[], Keyed[]];

/** One of the two lists, and what became of the base's items in it. */
interface Half {
  list: Keyed[];
  side: Side;
}

/** What an item of the base is in the end. */
function fateOf(
  item: Keyed,
  left: Side,
  right: Side,
  spec: ItemSpec,
  resolve: Resolve,
  path: readonly string[],
): Keyed | undefined {
  const [mine, theirs] = [left.now.get(item.key), right.now.get(item.key)];
  if (mine?.key === theirs?.key) return theirs; // as the server spells it
  if (theirs?.key === item.key) return mine;
  if (mine?.key === item.key) return theirs;
  const place = [...path, labelOf(item, spec)];
  const value = resolve({ path: place, base: item.item, mine: mine?.item, theirs: theirs?.item });
  return isMap(value) ? keyed([value], spec)[0] : undefined;
}

/** The items in the order of the first list, with what only the second has where it stands there. */
function woven([first, second]: [Half, Half], fates: ReadonlyMap<string, Keyed | undefined>): Keyed[] {
  const result: Keyed[] = [];
  const there = new Set<string>();
  const isNew = new Set<Keyed>();
  for (const item of first.list) {
    const was = first.side.was.get(item.key);
    const now = was === undefined ? item : fates.get(was);
    if (!now || there.has(now.key)) continue;
    there.add(now.key);
    result.push(now);
    if (was === undefined) isNew.add(now);
  }
  let place = 0; // behind the last item of the second list that is there
  for (const item of second.list) {
    const was = second.side.was.get(item.key);
    const now = was === undefined ? item : fates.get(was);
    if (!now) continue;
    if (there.has(now.key)) {
      place = result.findIndex(({ key }) => key === now.key) + 1;
      continue;
    }
    for (let next = result[place]; next && isNew.has(next); next = result[place]) place++;
    there.add(now.key);
    result.splice(place++, 0, now);
  }
  return result;
}

/** Whether what all three lists have stands in the same order in the two. */
function isSameOrder(base: readonly Keyed[], left: Half, right: Half): boolean {
  const common = new Set(
    base.map(({ key }) => key).filter((key) => left.side.was.has(key) && right.side.was.has(key)),
  );
  const order = ({ list }: Half) => list.map(({ key }) => key).filter((key) => common.has(key));
  const [one, two] = [order(left), order(right)];
  return one.every((key, index) => key === two[index]);
}
