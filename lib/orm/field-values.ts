import type { Field } from './fields.js';
import { itemsFromWire, itemsToWire } from './items.js';
import type { Json } from './json.js';
import { readTime, writeTime } from './time.js';

/** A value by properties as the server's names and texts. */
export function asJson(field: Field, value: unknown, base: Json): Json {
  if (field.form === 'time') return timeText(field, value, base);
  return field.items ? itemsToWire(value as Json) : (value as Json);
}

/** A time as text; the server's own where it is the same, which knows nanoseconds and how it writes "none". */
function timeText(field: Field, value: unknown, base: Json): Json {
  const text = writeTime(value as Date | string | null, field.none);
  return readTime(base)?.getTime() === readTime(text)?.getTime() ? base : text;
}

/** A value at a place within a field as the value of the field. */
export function wholeOf({ items }: Field, path: readonly string[], value: unknown): unknown {
  if (items) return itemsFromWire(path.length > 0 ? [value as Json] : (value as Json));
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}

export const emptyScalars = { string: '', boolean: false, number: 0 };
