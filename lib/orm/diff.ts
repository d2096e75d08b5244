import { isMap, own, same, unionKeys, type Json } from './json.js';

/** One value that differs: `undefined` stands for "not there". */
export interface Change {
  /** Where, by the server's names, e.g. `['config', 'limits.cpu']` or `['devices', 'root', 'size']`. */
  path: readonly string[];
  from: unknown;
  to: unknown;
}

/** What has to change to make `mine` of `base`, as deep as both sides have maps. */
export function diff(base: Json, mine: Json, path: readonly string[] = []): Change[] {
  if (base === mine) return [];
  if (isMap(base) && isMap(mine)) {
    return unionKeys(base, mine).flatMap((key) => diff(own(base, key), own(mine, key), [...path, key]));
  }
  return same(base, mine) ? [] : [{ path, from: base, to: mine }];
}
