import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import type { MemberRecord } from '../cluster/records.js';
import type { Chance } from './chance.js';
import type { Clock } from './clock.js';
import { Operation, type OperationSpec } from './operation.js';
import { Refusal } from './refusal.js';

/** How long a finished operation can still be asked for. */
const retention = 5000;

/** How the operations that a request starts are to fail. */
export const failingOperations = new AsyncLocalStorage<{ error: string; percent?: number | undefined }>();

/** In a cluster: at which member work is done, and when one goes on that is stopped. */
export interface Whereabouts {
  here(): MemberRecord | undefined;
  /** Calls back now, or when the member is not frozen any more; never, if it dies. */
  whenAwake(member: MemberRecord | undefined, callback: () => void): void;
}

const nowhere: Whereabouts = { here: () => undefined, whenAwake: (_, callback) => callback() };

/** All operations that can still be asked for: they run for a while, end, and are forgotten 5 s later. */
export class OperationEngine {
  readonly #clock: Clock;
  readonly #time: number;
  readonly #chance: Chance;
  readonly #changed: (operation: Operation) => void;
  readonly #where: Whereabouts;
  readonly #operations = new Map<string, Operation>();
  /** Whose the operations were that died with their members: the others know that until those are back. */
  readonly #lost = new Map<string, MemberRecord>();

  constructor(
    clock: Clock,
    time: number,
    chance: Chance,
    changed: (operation: Operation) => void,
    where: Whereabouts = nowhere,
  ) {
    this.#clock = clock;
    this.#time = time;
    this.#chance = chance;
    this.#changed = changed;
    this.#where = where;
  }

  start(spec: OperationSpec): Operation {
    const fault = failingOperations.getStore();
    const given = fault ? failing(spec, fault.error) : spec;
    const member = this.#where.here();
    const operation = new Operation(this.#chance.uuid(), given, this.#clock, this.#changed, member);
    // At the same member all the time, whoever lets the time pass.
    const finish = AsyncResource.bind(() => this.#where.whenAwake(member, () => operation.finish()));
    this.#operations.set(operation.id, operation);
    this.#changed(operation); // as it waits, of which only events tell
    operation.begin();
    const own = spec.time ?? this.#time;
    const time = fault && own === Infinity && !spec.endsItself ? this.#time : own;
    if (spec.time === 0)
      queueMicrotask(finish); // a timer may be later than the next request
    else if (time !== Infinity) this.#clock.after(time, finish);
    if (fault?.percent !== undefined) {
      const progress = { fs_progress: `${String(fault.percent)}% (50.00MB/s)` };
      this.#clock.after(Math.min(time, this.#time) / 2, () => operation.update(progress));
    }
    operation.whenFinal(() => this.#clock.after(retention, () => this.#operations.delete(operation.id)));
    return operation;
  }

  get(id: string): Operation {
    const operation = this.#operations.get(id);
    if (!operation) throw new Refusal(404, 'Operation not found');
    return operation;
  }

  all(): Operation[] {
    return [...this.#operations.values()];
  }

  list(project: string): Operation[] {
    return this.all().filter((operation) => operation.spec.project === project);
  }

  cancel(id: string): Operation {
    const operation = this.get(id);
    if (operation.isFinal) throw new Refusal(400, 'Only running operations can be cancelled');
    if (!operation.spec.mayCancel) throw new Refusal(400, "This operation can't be cancelled");
    operation.end(401);
    return operation;
  }

  /** Forgets them all, or those of a member, as a server does that starts again: nobody is told. */
  forget(member?: MemberRecord): void {
    for (const [id, operation] of this.#operations) {
      if (member && operation.member !== member) continue;
      operation.abandon();
      this.#operations.delete(id);
      if (member) this.#lost.set(id, member);
    }
  }

  /** Who is to be asked for an operation, also for one that was lost. */
  memberOf(id: string): MemberRecord | undefined {
    return this.#operations.get(id)?.member ?? this.#lost.get(id);
  }

  /** A member that is back has none that it had. */
  forgetLost(member: MemberRecord): void {
    for (const [id, owner] of this.#lost) if (owner === member) this.#lost.delete(id);
  }

  /** Ends what runs as cancelled, so that nobody waits for it any longer. */
  stop(): void {
    for (const operation of this.#operations.values()) if (!operation.isFinal) operation.end(401);
  }
}

function failing(spec: OperationSpec, error: string): OperationSpec {
  const run = (): void => {
    throw new Error(error);
  };
  return { ...spec, run };
}
