import { same, type Json } from './json.js';

/**
 * Merges two edits of a list of distinct strings, such as an instance's profiles, whose order matters: between two
 * neighbours that everybody kept, only one side may have put something in. Undefined where the order would be a guess.
 */
export function mergeLists(base: Json[], mine: Json[], theirs: Json[]): Json[] | undefined {
  if (![base, mine, theirs].every(isDistinct)) return undefined;
  const anchors = base.filter((item) => mine.includes(item) && theirs.includes(item));
  const parts = [base, mine, theirs].map((list) => splitAt(list, anchors));
  const [ours, left, right] = parts;
  if (!ours || !left || !right) return undefined; // somebody reordered what both kept
  const merged: Json[] = [];
  for (const [index, was] of ours.entries()) {
    const part = mergeGap(was, left[index] ?? [], right[index] ?? []);
    if (!part) return undefined;
    merged.push(...part);
    const anchor = anchors[index];
    if (anchor !== undefined) merged.push(anchor);
  }
  // What one side took away and the other moved would come back in its new place.
  if (merged.some((item) => base.includes(item) && !anchors.includes(item))) return undefined;
  return isDistinct(merged) ? merged : undefined;
}

/** What is between two anchors: one side changed it, both alike, or both only took away. */
function mergeGap(was: Json[], left: Json[], right: Json[]): Json[] | undefined {
  if (same(was, left)) return right;
  if (same(was, right) || same(left, right)) return left;
  const onlyRemoved = [left, right].every((list) => isSubsequence(list, was));
  return onlyRemoved ? was.filter((item) => left.includes(item) && right.includes(item)) : undefined;
}

/** The runs between the anchors, one more than there are anchors; undefined if the anchors stand in another order. */
function splitAt(list: Json[], anchors: Json[]): Json[][] | undefined {
  const runs: Json[][] = [[]];
  for (const item of list) {
    if (!anchors.includes(item)) runs.at(-1)?.push(item);
    else if (item === anchors[runs.length - 1]) runs.push([]);
    else return undefined;
  }
  return runs;
}

function isSubsequence(list: Json[], of: Json[]): boolean {
  let next = 0;
  for (const item of of) if (next < list.length && item === list[next]) next++;
  return next === list.length;
}

function isDistinct(list: Json[]): boolean {
  return list.every((item) => typeof item === 'string') && new Set(list).size === list.length;
}
