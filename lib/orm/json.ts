/** What JSON can hold. */
export type Json = string | number | boolean | null | undefined | Json[] | JsonMap;

/** An object of JSON. Its keys are the server's or the user's: `constructor`, `__proto__` and `toString` among them. */
export interface JsonMap {
  [key: string]: Json;
}

/** A map without a prototype, so that no key has a meaning of its own and reading an absent one gives undefined. */
export function emptyMap(): JsonMap {
  return Object.create(null) as JsonMap;
}

export function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** The map's own value of a key: never something inherited from `Object.prototype`. */
export function own(map: JsonMap | undefined, key: string): Json {
  return map !== undefined && Object.hasOwn(map, key) ? map[key] : undefined;
}

/** A deep copy whose maps have no prototype; keys with an undefined value are left out, as JSON does. */
export function copy(value: Json): Json {
  if (Array.isArray(value)) return value.map((item) => copy(item) ?? null);
  if (!isMap(value)) return value;
  const result = emptyMap();
  for (const key of Object.keys(value)) {
    const item = copy(value[key]);
    if (item !== undefined) result[key] = item;
  }
  return result;
}

/** Deep equality of JSON: order of keys is no difference, nor is an undefined value from an absent one. */
export function same(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => same(item, b[index]));
  }
  if (!isMap(a) || !isMap(b)) return false;
  return unionKeys(a, b).every((key) => same(own(a, key), own(b, key)));
}

/** The keys of all the maps, each once, in the order of first sight. */
export function unionKeys(...maps: (JsonMap | undefined)[]): string[] {
  const keys = new Set<string>();
  for (const map of maps) if (map) for (const key of Object.keys(map)) keys.add(key);
  return [...keys];
}

/** Takes the prototypes off a kept JSON value and freezes it, in place: safe to hand out, and no copy. */
export function seal(value: Json): Json {
  if (Array.isArray(value)) {
    for (const item of value) seal(item);
    return Object.freeze(value) as Json[];
  }
  if (!isMap(value) || Object.isFrozen(value)) return value;
  for (const key of Object.keys(value)) seal(value[key]);
  return Object.freeze(Object.setPrototypeOf(value, null) as JsonMap);
}
