import { copy, emptyMap, isMap, own, same, type Json, type JsonMap } from './json.js';
import { sameSets } from './merge-sets.js';
import { snake } from './snake.js';

/**
 * What a property of an item holds: a scalar, a whole number from 0 on, a list of texts, or a text of values with commas
 * between them.
 */
export type ItemType = 'string' | 'number' | 'boolean' | 'count' | 'strings' | 'commas';

/**
 * The items of a writable list of objects, such as the rules of an ACL. An item has no key: it is itself by all its
 * fields as the server stores them, so an edited one is one removed and one added.
 */
export interface ItemSpec<T extends object = object> {
  /** Each property with what it holds; what a newer server has besides is kept as it came. */
  fields: Readonly<Record<keyof T & string, ItemType>>;
  /** How the server changes an item, by its own names, beyond trimming texts and leaving out what is empty. */
  normalise?: ((item: JsonMap) => JsonMap) | undefined;
  /** Servers keep them in no order: only which are there counts. */
  unordered?: true | undefined;
}

/** An item with the text that two items share if the server would store the same of both. */
export interface Keyed {
  key: string;
  /** As it came, by the server's names. */
  item: JsonMap;
  /** As the server would store it. */
  stored: JsonMap;
}

/** The items of a list; the second of two equal ones has another key than the first. */
export function keyed(list: Json, spec: ItemSpec): Keyed[] {
  const seen = new Map<string, number>();
  return (Array.isArray(list) ? list : []).filter(isMap).map((item) => {
    const stored = normalised(item, spec);
    const text = JSON.stringify(Object.entries(stored).sort(([a], [b]) => (a < b ? -1 : 1)));
    const nth = seen.get(text) ?? 0;
    seen.set(text, nth + 1);
    return { key: `${String(nth)} ${text}`, item, stored };
  });
}

/** Whether the server would store the same of both lists, in the same order where that means something. */
export function sameItems(a: Json, b: Json, spec: ItemSpec): boolean {
  if (same(a, b)) return true;
  const [left, right] = [keyed(a, spec), keyed(b, spec)];
  if (left.length !== right.length) return false;
  if (spec.unordered)
    return sameSets(...([left, right].map((list) => list.map(({ key }) => key)) as [Json, Json]));
  return left.every(({ key }, index) => key === right[index]?.key);
}

/** An item in a few words, for messages and paths: its values in the order of their declaration. */
export function labelOf({ stored }: Keyed, spec: ItemSpec): string {
  const known = Object.keys(spec.fields).map(snake);
  const names = [...known, ...Object.keys(stored).filter((name) => !known.includes(name))];
  const words = names.flatMap((name) => own(stored, name) ?? []).map((value) => asWord(value));
  const text = words.join(' ');
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** A list by the server's names as one by properties, in objects of its own. */
export function itemsFromWire(list: Json): Json[] {
  return (Array.isArray(list) ? list : []).map((item) => renamed(item, propertyOf));
}

/** And back. */
export function itemsToWire(list: Json): Json {
  return Array.isArray(list) ? list.map((item) => renamed(item, snake)) : list;
}

function renamed(item: Json, rename: (name: string) => string): Json {
  if (!isMap(item)) return item;
  const result = emptyMap();
  for (const name of Object.keys(item)) if (item[name] !== undefined) result[rename(name)] = copy(item[name]);
  return result;
}

/** The property that has what the server calls so. */
export function propertyOf(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Go leaves out what is empty, and the servers trim what they parse. */
function normalised(item: JsonMap, spec: ItemSpec): JsonMap {
  const commas = Object.entries<ItemType>(spec.fields).filter(([, type]) => type === 'commas');
  const names = commas.map(([property]) => snake(property));
  const result = emptyMap();
  for (const name of Object.keys(item)) {
    const value = tidied(item[name], names.includes(name));
    if (!isEmpty(value)) result[name] = value;
  }
  return spec.normalise?.(result) ?? result;
}

function tidied(value: Json, commas: boolean): Json {
  if (typeof value !== 'string') return value;
  if (!commas) return value.trim();
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join(',');
}

function isEmpty(value: Json): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return isMap(value) ? Object.keys(value).length === 0 : !value;
}

/** Whether the server may have made the one of the other: with some fields left out, or texts written in its own way. */
export function mayBeMadeOf(stored: JsonMap, sent: JsonMap): boolean {
  const names = Object.keys(stored);
  const most = names.length * 2 > Object.keys(sent).length;
  return most && names.every((name) => loosely(stored[name]) === loosely(own(sent, name)));
}

function loosely(value: Json): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text.toLowerCase().replace(/\s/g, '').split(',').sort().join(',');
}

function asWord(value: Json): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
