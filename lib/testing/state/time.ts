import type { Clock } from './clock.js';

/** How the servers write "never". */
export const never = '0001-01-01T00:00:00Z';

/** How they write "never" where the value once came from a column of seconds. */
export const epoch = '1970-01-01T00:00:00Z';

let ticks = 0;

/**
 * The present as the servers print it. Theirs has nanoseconds, and clients must cope with them: the digits
 * below the millisecond count calls, so that two stamps are never equal.
 */
export function stamp(clock: Clock): string {
  ticks = (ticks + 1) % 1_000_000;
  return `${new Date(clock.now()).toISOString().slice(0, -1)}${String(ticks).padStart(6, '0')}Z`;
}

/** A stamp without the fractions of its seconds, which some lists do not have and servers do not tell each other. */
export function wholeSeconds(stamp: string): string {
  return stamp.replace(/\.\d+/, '');
}

const units: Record<string, number> = { S: 1, M: 60, H: 3600, d: 86400, w: 604800, m: 2592000, y: 31536000 };

/** The end of a term such as `1d 12H` from now; `null` when it is not one. */
export function expiry(clock: Clock, term: string): string | null {
  let seconds = 0;
  for (const part of term.trim().split(/\s+/)) {
    const [, count, unit = ''] = /^(\d+)([SMHdwmy])$/.exec(part) ?? [];
    if (count === undefined) return null;
    seconds += Number(count) * units[unit]!;
  }
  return new Date(clock.now() + seconds * 1000).toISOString().replace(/\.?0*Z$/, 'Z');
}
