import type { Json } from './json.js';

/** The servers' word for "no time": Go's zero time, in whatever zone. */
const zero = /^0001-01-0/;

/** A time of the server; null where it means none. Nanoseconds are cut: a `Date` holds milliseconds. */
export function readTime(value: Json): Date | null {
  if (typeof value !== 'string' || value === '' || zero.test(value)) return null;
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? null : time;
}

/** A time for the server. */
export function writeTime(value: Date | string | null): string {
  return value === null ? '0001-01-01T00:00:00Z' : new Date(value).toISOString();
}
