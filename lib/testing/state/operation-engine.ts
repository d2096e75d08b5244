import { AsyncLocalStorage } from 'node:async_hooks';
import type { Chance } from './chance.js';
import type { Clock } from './clock.js';
import { Operation, type OperationSpec } from './operation.js';
import { Refusal } from './refusal.js';

/** How long a finished operation can still be asked for. */
const retention = 5000;

/** How the operations that a request starts are to fail. */
export const failingOperations = new AsyncLocalStorage<{ error: string; percent?: number | undefined }>();

/** All operations that can still be asked for: they run for a while, end, and are forgotten 5 s later. */
export class OperationEngine {
  readonly #clock: Clock;
  readonly #time: number;
  readonly #chance: Chance;
  readonly #changed: (operation: Operation) => void;
  readonly #operations = new Map<string, Operation>();

  constructor(clock: Clock, time: number, chance: Chance, changed: (operation: Operation) => void) {
    this.#clock = clock;
    this.#time = time;
    this.#chance = chance;
    this.#changed = changed;
  }

  start(spec: OperationSpec): Operation {
    const fault = failingOperations.getStore();
    const given = fault ? failing(spec, fault.error) : spec;
    const operation = new Operation(this.#chance.uuid(), given, this.#clock, this.#changed);
    this.#operations.set(operation.id, operation);
    this.#changed(operation);
    const own = spec.time ?? this.#time;
    const time = fault && own === Infinity && !spec.endsItself ? this.#time : own;
    if (spec.time === 0)
      queueMicrotask(() => operation.finish()); // a timer may be later than the next request
    else if (time !== Infinity) this.#clock.after(time, () => operation.finish());
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

  /** Forgets them all, as a server does that starts again: nobody is told. */
  forget(): void {
    for (const operation of this.#operations.values()) operation.abandon();
    this.#operations.clear();
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
