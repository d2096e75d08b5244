import { lost } from '../call.js';
import { awayError } from './away-error.js';
import type { Failover } from './failover.js';
import { isGathered } from './owner.js';
import type { PendingCall } from './pending.js';

const times = {
  /** How often the requests that are under way are looked at, while there are any. */
  beat: 1000,
  /** How long nothing may come before the server is asked, over a new connection, whether it is there. */
  silence: 3000,
  /** How long its answer to that counts, and where only what works before it answers is under way. */
  again: 5000,
  againPatiently: 15_000,
  /** How long nothing may come before the other members are asked, too. */
  others: 5000,
  /** How long something is waited for that is on a member which is away; the servers themselves wait for 10 s. */
  owner: 10_500,
};

/**
 * Watches over requests that wait for an answer: neither an open socket nor a server that has handed the request on to
 * another one tells that nobody is there any more. Does not keep the process alive.
 */
export class Vigil {
  readonly #failover: Failover;
  readonly #pending: () => PendingCall[];
  #isDue = false;

  constructor(failover: Failover, pending: () => PendingCall[]) {
    this.#failover = failover;
    this.#pending = pending;
  }

  /** To be called with each request; it lasts as long as there are any. */
  begin(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setTimeout(() => this.#look(), times.beat).unref();
  }

  #look(): void {
    this.#isDue = false;
    const calls = this.#pending();
    if (calls.length === 0) return;
    this.begin();
    const now = performance.now();
    const silent = calls.filter(({ moved }) => now - moved >= times.silence);
    const brief = silent.filter(({ isPatient }) => !isPatient);
    const { wellSince, survey, missedSince } = this.#failover;
    if (brief.some(({ begun }) => now - begun >= times.others)) survey.begin();
    // Of what was just sent elsewhere, too, if it waits for long by now.
    for (const call of calls) {
      if (!call.isPatient && now - call.begun >= times.owner && now - call.moved >= times.beat)
        this.#endOfAway(call, now);
    }
    for (const call of brief) {
      // It was asked for when the member that hangs was still thought to be there.
      if (isGathered(call) && call.moved < missedSince) call.fail(lost());
    }
    const lasting = brief.length > 0 ? times.again : times.againPatiently;
    if (silent.some(({ moved }) => moved >= wellSince || now - wellSince >= lasting))
      void this.#failover.check();
  }

  #endOfAway(call: PendingCall, now: number): void {
    const away = this.#failover.awayFor(call);
    if (away.length > 0) call.fail(awayError(call, away, now - call.begun));
  }
}
