import { inspect } from 'node:util';
import { shown } from './given.js';
import { InvalidInputError } from './usage.js';

/** Each option of `T`, so that the compiler holds a list of names complete. */
export type OptionNames<T> = Readonly<Record<keyof T & string, true>>;

/** Refuses options that nothing would read, times that are none, and what is not an object of options. @throws InvalidInputError */
export function assertOptions<T extends object>(given: unknown, names: OptionNames<T>, method: string): void {
  if (given === undefined) return;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new InvalidInputError(`${method}: the options must be an object, not ${described(given)}`);
  }
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(names, name)) continue;
    const known = Object.keys(names).sort().join(', ');
    throw new InvalidInputError(`${method}: unknown option ${shown(name)}; known options: ${known}`);
  }
  if ('signal' in given) assertSignal(given.signal, `${method}: signal`);
  if ('timeout' in given) milliseconds(given.timeout, `${method}: timeout`);
}

/** @throws InvalidInputError */
export function assertSignal(signal: unknown, name = 'signal'): void {
  if (signal === undefined) return;
  const { aborted, addEventListener } = Object(signal) as Partial<AbortSignal>;
  if (typeof aborted === 'boolean' && typeof addEventListener === 'function') return;
  throw new InvalidInputError(`${name} must be an AbortSignal, not ${described(signal)}`);
}

/** A value of the wrong type for messages: of objects, which may have secrets in them, the kind alone. */
export function described(value: unknown): string {
  if (typeof value === 'string') return shown(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return inspect(value);
  return Array.isArray(value) ? 'a list' : 'an object';
}

/** The longest time of Node's timers; what is longer would fire at once. */
const longest = 2 ** 31 - 1;

/**
 * A time limit in ms as timers take it: undefined for none (not given, 0 or Infinity), and at most 2^31 - 1.
 * @throws InvalidInputError for what is not a non-negative number
 */
export function milliseconds(value: unknown, name = 'timeout'): number | undefined {
  if (value === undefined || value === 0 || value === Infinity) return undefined;
  if (typeof value !== 'number' || !(value > 0)) {
    throw new InvalidInputError(
      `${name} must be a non-negative number of milliseconds, not ${described(value)}`,
    );
  }
  return Math.min(longest, Math.max(1, value));
}
