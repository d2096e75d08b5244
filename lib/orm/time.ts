import type { Json } from './json.js';

/** Go's zero time: the servers' usual word for "no time". */
export const zeroTime = '0001-01-01T00:00:00Z';

/** Unix's zero time, which LXD says of images and of instances that were never used. */
export const unixZero = '1970-01-01T00:00:00Z';

/** A time of the server; null where it means none. Nanoseconds are cut: a `Date` holds milliseconds. */
export function readTime(value: Json): Date | null {
  if (typeof value !== 'string' || value === '' || value === unixZero || value.startsWith('0001-01-0'))
    return null;
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? null : time;
}

/** A time for the server, in the very text that Go makes of it; `none` is what it takes for null. */
export function writeTime(value: Date | string | null, none = zeroTime): string {
  return value === null ? none : new Date(value).toISOString().replace(/\.?0*Z$/, 'Z');
}
