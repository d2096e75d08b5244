import type { Json } from './json.js';
import { readTime, writeTime } from './time.js';

/** A `Date` that was handed out, and the time that it had when it was last looked at. */
interface Handed {
  date: Date;
  time: number;
}

/**
 * The `Date`s that a model has handed out of its writable times: one for each, so that changing it in place is an edit.
 * It is never changed from here, since who has read a time may keep it as a value; another time gets another `Date`.
 */
export class HandedTimes {
  readonly #handed = new Map<string, Handed>();

  /** The `Date` of a time, the same one as long as it is the same time. */
  of(wire: string, text: Json): Date | null {
    const date = readTime(text);
    const handed = this.#handed.get(wire);
    if (!date) {
      const isBroken = handed !== undefined && Number.isNaN(handed.time) && text === broken;
      if (!isBroken) this.#handed.delete(wire);
      return isBroken ? handed.date : null;
    }
    if (handed?.time === date.getTime()) return handed.date;
    this.#handed.set(wire, { date, time: date.getTime() });
    return date;
  }

  /** Puts what was changed in place where the time has not been given another value since. */
  collect(
    now: (wire: string) => Json,
    base: (wire: string) => Json,
    put: (wire: string, text: Json) => void,
  ): void {
    for (const [wire, handed] of this.#handed) {
      const [time, was] = [handed.date.getTime(), handed.time];
      if (Object.is(time, was)) continue;
      const text = now(wire);
      handed.time = time;
      const isStill = Number.isNaN(was) ? text === broken : readTime(text)?.getTime() === was;
      if (!isStill) this.#handed.delete(wire);
      else if (Number.isNaN(time))
        put(wire, broken); // refused by the next save
      else put(wire, readTime(base(wire))?.getTime() === time ? base(wire) : writeTime(handed.date));
    }
  }
}

/** What an invalid `Date` is as text. */
const broken = 'Invalid Date';
