import { align } from './align.js';
import { itemsFromWire, itemsToWire, keyed, mayBeMadeOf, type ItemSpec } from './items.js';
import { isMap, same, type Json, type JsonMap } from './json.js';
import type { Conflict } from '../errors/index.js';

/**
 * Makes a draft list equal to a list of the server's. An item that is in both, or was edited where it stands, stays the
 * same object, so that who holds one does not edit what has been dropped; `isOwn` tells those that may be changed. One
 * that the server only spells differently is spelt its way, also where it is the user's: it means the same as before.
 */
export function putItems(
  draft: Json[],
  list: Json,
  spec: ItemSpec,
  isOwn: (item: JsonMap) => boolean,
  copied: (item: Json) => Json,
): void {
  const objects = draft.filter(isMap);
  const [before, after] = [keyed(itemsToWire(objects), spec), keyed(list, spec)];
  const { was } = align(before, after);
  const places = new Map(before.map(({ key, item }, index) => [key, { old: objects[index], sent: item }]));
  const made = itemsFromWire(after.map(({ item }) => item));
  const items = after.map(({ key, item }, index) => {
    const { old, sent } = places.get(was.get(key) ?? '') ?? {};
    const value = made[index];
    if (old && same(sent, item)) return old;
    if (!old || !isMap(value)) return copied(value);
    if (!isOwn(old) && !(was.get(key) === key && isOpen(old))) return copied(value);
    for (const name of Object.keys(old)) if (!Object.hasOwn(value, name)) Reflect.deleteProperty(old, name);
    return Object.assign(old, value);
  });
  draft.splice(0, draft.length, ...items);
}

/** Whether my side of a conflict over an item is still what the draft says. */
export function standsInItems(draft: Json, { mine, theirs }: Conflict, spec: ItemSpec): boolean {
  const has = (item: unknown) => placeOf(itemsToWire(draft), item, spec) >= 0;
  return mine === undefined ? !has(theirs) : has(mine);
}

/** The list with my side of a conflict over an item replaced by what was decided. */
export function decidedItems(draft: Json, { mine }: Conflict, value: Json, spec: ItemSpec): Json {
  const list = [...(itemsToWire(draft) as Json[])];
  const place = mine === undefined ? -1 : placeOf(list, mine, spec);
  const decided = value === undefined ? [] : [value];
  if (place < 0) list.push(...decided);
  else list.splice(place, 1, ...decided);
  return list;
}

/**
 * Whether a change of one item is undone in a list. An added one is not, if there is a new one that the server may have
 * made of it: to add it again would make two of it.
 */
export function isBackInItems(
  list: Json,
  { from, to }: { from: unknown; to: unknown },
  before: Json,
  spec: ItemSpec,
): boolean {
  const has = (item: unknown) => placeOf(list, item, spec) >= 0;
  if (from !== undefined) return has(from) && (to === undefined || !has(to));
  const [added] = keyed([to as Json], spec);
  if (!added || has(to)) return false;
  const old = new Set(keyed(before, spec).map(({ key }) => key));
  return !keyed(list, spec).some(({ key, stored }) => !old.has(key) && mayBeMadeOf(stored, added.stored));
}

/** Whether it is an object as literals make them, and may be changed. */
function isOpen(item: JsonMap): boolean {
  const prototype: unknown = Object.getPrototypeOf(item);
  if ((prototype !== null && prototype !== Object.prototype) || !Object.isExtensible(item)) return false;
  return Object.values(Object.getOwnPropertyDescriptors(item)).every(
    ({ writable, configurable }) => writable === true && configurable === true,
  );
}

function placeOf(list: Json, item: unknown, spec: ItemSpec): number {
  const [wanted] = keyed([item as Json], spec);
  return keyed(list, spec).findIndex(({ key }) => key === wanted?.key);
}
