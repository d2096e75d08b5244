import { setTimeout as delay } from 'node:timers/promises';
import {
  ClusterMemberError,
  ConnectionError,
  isLxdError,
  OperationError,
  OutcomeUnknownError,
  SaveConflictError,
  TimeoutError,
  UnavailableError,
} from 'tslxd';
import type { Outages } from './outages.js';
import type { Times } from './times.js';

/** What a call is about: it decides in what it may end while a member is away. */
export interface Call {
  /** For the table: `save a profile`. */
  what: string;
  /** The member that has the thing; without it any member can answer. */
  owner?: string;
  /** May its outcome be unknown? */
  writes?: boolean;
  /** May a write of before, which was cut off, be carried out meanwhile? */
  mayConflict?: boolean;
  /** Does it live and die with a socket to the member that the client is connected to? */
  isTied?: boolean;
}

/** In what a call has ended: with a value, or not done, or nobody knows whether it was or will be done. */
export type End<T> = { value: T } | 'not done' | 'unknown';

/** No call may take longer, in ms: the longest limit of the client's own is 60 s, after which it may look once. */
const limit = 120_000;

/** Makes the calls of the worker, and judges in what they end. */
export class Calls {
  readonly #wrong = new Map<string, { count: number; first: string }>();
  readonly #outages: Outages;
  readonly #times: Times;

  constructor(outages: Outages, times: Times) {
    this.#outages = outages;
    this.#times = times;
  }

  async make<T>(call: Call, work: () => Promise<T>): Promise<End<T>> {
    const began = performance.now();
    const timer = new AbortController();
    try {
      const value = await Promise.race([work(), this.#hung(call, timer.signal)]);
      this.#times.note(call, began, 'done');
      return { value };
    } catch (error) {
      this.#times.note(call, began, isLxdError(error) ? error.name : 'fault');
      if (!this.#isAllowed(call, began, error)) this.fault(`${call.what}: ${tellOf(error)}`, began);
      return isRefusal(error) ? 'not done' : 'unknown';
    } finally {
      timer.abort();
    }
  }

  /** Notes what must not be, with when. */
  fault(what: string, began = performance.now()): void {
    const outage = this.#outages.during(began, performance.now());
    const when = outage
      ? `${outage.harm} of ${outage.member}${outage.isConnected ? ', connected' : ''}${outage.isLeader ? ', leader' : ''}, ` +
        `from ${seconds(began - outage.from)} to ${seconds(performance.now() - outage.from)}`
      : `all were up, ${seconds(performance.now() - began)} ago, ${this.#outages.last}`;
    const kind = what.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|\d+/g, '#');
    const { count, first } = this.#wrong.get(kind) ?? { count: 0, first: `${what} [${when}]` };
    this.#wrong.set(kind, { count: count + 1, first });
  }

  /** What must not have happened, each kind of it once. */
  get wrong(): string[] {
    return [...this.#wrong.values()].map(({ count, first }) => `${count} times: ${first}`);
  }

  #isAllowed({ owner, writes, mayConflict, isTied }: Call, began: number, error: unknown): boolean {
    const now = performance.now();
    const outage = this.#outages.during(began, now);
    if (!outage) return false;
    const isAway = owner !== undefined && this.#outages.during(began, now, owner) !== undefined;
    if (isAway && error instanceof ClusterMemberError) return true;
    if (writes && error instanceof OutcomeUnknownError) return true;
    if (mayConflict && error instanceof SaveConflictError) return true;
    // What the servers give up by themselves: at a member that is away or coming, and, as LXD after 20 s, without a leader.
    const hasLeader = !outage.isLeader || outage.harm === 'kill';
    if (
      writes &&
      (isAway || !hasLeader) &&
      (error instanceof OperationError || error instanceof UnavailableError)
    )
      return true;
    if (!isTied) return false;
    // Its sockets go with the member that has them, and servers give up on it where they have no leader for 5 s.
    if (error instanceof OperationError) return true;
    return (
      (isAway || outage.isConnected) && (error instanceof ConnectionError || error instanceof TimeoutError)
    );
  }

  async #hung({ what }: Call, signal: AbortSignal): Promise<never> {
    await delay(limit, undefined, { signal });
    throw new Error(`${what} has not ended after ${seconds(limit)}`);
  }
}

/** Of what was surely not done. */
function isRefusal(error: unknown): boolean {
  return error instanceof ClusterMemberError || error instanceof SaveConflictError;
}

function tellOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
