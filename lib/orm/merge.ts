import type { Conflict } from '../errors/index.js';
import { emptyMap, isMap, own, same, unionKeys, type Json } from './json.js';
import { mergeLists } from './merge-lists.js';

/** What to make of a value that both sides changed. */
export type Resolve = (conflict: Conflict) => Json;

/**
 * The three-way merge: every change of either side is in the result, or is handed to `resolve`.
 * Maps merge key by key, lists where no order has to be guessed; `undefined` stands for "not there".
 */
export function merge(
  base: Json,
  mine: Json,
  theirs: Json,
  resolve: Resolve,
  path: readonly string[] = [],
): Json {
  if (same(base, mine)) return theirs;
  if (same(base, theirs) || same(mine, theirs)) return mine;
  if (isMap(base) && isMap(mine) && isMap(theirs)) {
    const merged = emptyMap();
    for (const key of unionKeys(theirs, mine)) {
      const value = merge(own(base, key), own(mine, key), own(theirs, key), resolve, [...path, key]);
      if (value !== undefined) merged[key] = value;
    }
    return merged;
  }
  if (Array.isArray(base) && Array.isArray(mine) && Array.isArray(theirs)) {
    const merged = mergeLists(base, mine, theirs);
    if (merged) return merged;
  }
  return resolve({ path, base, mine, theirs });
}
