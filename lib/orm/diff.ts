import { isMap, own, same, type Json, type JsonMap } from './json.js';

/** One value that differs: `undefined` stands for "not there". */
export interface Change {
  /** Where, by the server's names, e.g. `['config', 'limits.cpu']` or `['devices', 'root', 'size']`. */
  path: readonly string[];
  from: unknown;
  to: unknown;
}

/** What has to change to make `mine` of `base`, as deep as both sides have maps. */
export function diff(base: Json, mine: Json, path: readonly string[] = []): Change[] {
  const changes: Change[] = [];
  collect(base, mine, path, changes);
  return changes;
}

/** Runs over every key of every model of a list, so it allocates nothing but what it finds. */
function collect(base: Json, mine: Json, path: readonly string[], changes: Change[]): void {
  if (base === mine) return;
  if (!isMap(base) || !isMap(mine)) {
    if (!same(base, mine)) changes.push({ path, from: base, to: mine });
    return;
  }
  for (const key of Object.keys(mine)) compare(base, mine, key, path, changes);
  for (const key of Object.keys(base)) if (!Object.hasOwn(mine, key)) compare(base, mine, key, path, changes);
}

function compare(
  base: JsonMap,
  mine: JsonMap,
  key: string,
  path: readonly string[],
  changes: Change[],
): void {
  const from = own(base, key);
  const to = own(mine, key);
  if (from !== to) collect(from, to, [...path, key], changes);
}
