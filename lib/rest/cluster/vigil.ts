import { ClusterMemberError } from '../../errors/index.js';
import { askedOf } from '../asked.js';
import { isWrite } from '../lost-write.js';
import type { Member } from './addresses.js';
import type { Failover } from './failover.js';
import { mayBeOn } from './owner.js';
import type { PendingCall } from './pending.js';

const times = {
  /** How often the requests that are under way are looked at, while there are any. */
  beat: 1000,
  /** How long nothing may come before the server is asked, over a new connection, whether it is there. */
  silence: 3000,
  /** How long its answer to that counts. */
  again: 10_000,
  /** How long nothing may come before the other members are asked, too. */
  others: 6000,
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
    const failover = this.#failover;
    const calls = this.#pending();
    const begun = performance.now();
    const quiet = (ms: number) => calls.filter((call) => begun - call.moved >= ms);
    if (quiet(times.others).some(isBrief)) failover.survey.begin();
    for (const call of quiet(times.owner)) {
      // Not while the database keeps everybody waiting.
      if (!isBrief(call) || failover.wellSince <= call.moved) continue;
      const away = failover.survey.away.filter((member) => mayBeOn(call, member));
      if (away.length > 0) call.fail(awayError(call, away, begun - call.moved));
    }
    const isKnown = (call: PendingCall) =>
      failover.wellSince > call.moved && begun - failover.wellSince < times.again;
    if (!quiet(times.silence).every(isKnown)) void failover.check();
    if (calls.length > 0) this.begin();
  }
}

/** What may take its time does: a `/wait`. */
function isBrief({ isPatient }: PendingCall): boolean {
  return !isPatient;
}

function awayError(call: PendingCall, away: readonly Member[], quiet: number): ClusterMemberError {
  const { method, path } = askedOf(call);
  const names = away.map(({ name }) => name).join(' and ');
  const may = isWrite(call) ? '; it may carry it out when it is back' : '';
  return new ClusterMemberError(
    `${method} ${path}: no answer for ${String(Math.round(quiet))} ms, and the cluster member ${names}, ` +
      `which it may be about, does not answer${may}`,
    { method, path, member: away.length === 1 ? names : undefined },
  );
}
