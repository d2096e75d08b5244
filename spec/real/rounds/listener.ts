import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'tslxd';
import type { Calls } from './calls.js';
import type { Outages } from './outages.js';

interface Expected {
  /** `instance-created web` */
  what: string;
  from: number;
  to: number;
  owner: string | undefined;
}

/** Hears lifecycle events, and knows which it should have heard. */
export class Listener {
  /** When each was heard last. */
  readonly #heard = new Map<string, number>();
  readonly #gaps: { from: number; to: number }[] = [];
  readonly #outages: Outages;
  readonly #calls: Calls;
  #expected: Expected[] = [];

  constructor(outages: Outages, calls: Calls) {
    this.#outages = outages;
    this.#calls = calls;
  }

  /** Listens until the signal fires. */
  async listen(client: Client, signal: AbortSignal): Promise<void> {
    try {
      for await (const event of client.events.listen({
        types: ['lifecycle', 'reconnected', 'missed'],
        signal,
      })) {
        if (event.type === 'missed') this.#calls.fault('events were missed');
        if (event.type === 'reconnected') this.#gap(event.metadata.lostAt);
        if (event.type !== 'lifecycle') continue;
        const { action, source } = event.metadata;
        this.#heard.set(`${action} ${source.replace(/\?.*/, '').split('/').at(-1)}`, performance.now());
      }
    } catch (error) {
      if (!signal.aborted) this.#calls.fault(`listening ended: ${String(error)}`);
    }
  }

  /** What was done without a doubt between then and now, to a thing of that member, if it is one member's. */
  expect(what: string, from: number, owner?: string): void {
    this.#expected.push({ what, from, to: performance.now(), owner });
  }

  /** Notes what was not heard, though nothing had kept it from being. */
  async judge(): Promise<void> {
    const due = this.#expected.filter((one) => !this.#isExcused(one));
    this.#expected = [];
    const missing = () => due.filter(({ what, from }) => !((this.#heard.get(what) ?? 0) >= from));
    for (let tries = 0; tries < 50 && missing().length > 0; tries++) await delay(100);
    for (const { what, from } of missing()) this.#calls.fault(`not heard: ${what}`, from);
  }

  #gap(lostAt: Date): void {
    const now = performance.now();
    const lost = now - (Date.now() - lostAt.getTime());
    const outage = this.#outages.during(lost, now);
    // A frozen member is silent before that is seen.
    this.#gaps.push({ from: Math.min(lost, outage?.from ?? Infinity), to: now });
    if (!outage) this.#calls.fault('the event socket was lost', lost);
  }

  /** Lost with the socket, or with the member whose daemon would have told it. */
  #isExcused({ from, to, owner }: Expected): boolean {
    const isLost = this.#gaps.some((gap) => from <= gap.to && gap.from <= to);
    return isLost || (owner !== undefined && this.#outages.during(from, to, owner) !== undefined);
  }
}
