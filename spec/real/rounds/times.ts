import type { Call } from './calls.js';
import { titleOf, type Outage, type Outages } from './outages.js';

interface Cell {
  count: number;
  /** ms */
  worst: number;
}

/** How long calls took that had to do with a member that was away, and in what they ended. */
export class Times {
  readonly #outages: Outages;
  readonly #rows = new Map<string, Map<string, Cell>>();

  constructor(outages: Outages) {
    this.#outages = outages;
  }

  /** A call has ended so. */
  note({ what, owner }: Pick<Call, 'what' | 'owner'>, began: number, end: string): void {
    const outage = this.#outages.during(began, performance.now());
    // What began before counts from then on.
    if (outage) this.#note(outage, what, owner, Math.max(began, outage.from), end);
  }

  /** Something was seen, by nobody's call: it counts from the beginning. */
  seen(what: string, owner: string | undefined): void {
    const now = performance.now();
    const outage = this.#outages.during(now - 1, now);
    if (outage) this.#note(outage, what, owner, outage.from, 'seen');
  }

  #note(outage: Outage, what: string, owner: string | undefined, from: number, end: string): void {
    const when = from < outage.back ? '' : ', back';
    const key = `${titleOf(outage)}${when} | ${what}${owner === outage.member ? ' of the dead member' : ''}`;
    const row = this.#rows.get(key) ?? new Map<string, Cell>();
    const { count, worst } = row.get(end) ?? { count: 0, worst: 0 };
    row.set(end, { count: count + 1, worst: Math.max(worst, performance.now() - from) });
    this.#rows.set(key, row);
  }

  /** As the guide has it: a line for each thing asked while a member was away so. */
  toString(): string {
    const lines = [...this.#rows].map(([key, row]) => {
      const ends = [...row].map(
        ([end, { count, worst }]) => `${count} ${end} ≤ ${(worst / 1000).toFixed(1)} s`,
      );
      return `${key}: ${ends.join(', ')}`;
    });
    return lines.toSorted().join('\n');
  }
}
