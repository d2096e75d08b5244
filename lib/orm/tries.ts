import { setTimeout as delay } from 'node:timers/promises';
import {
  AbortedError,
  BusyError,
  PreconditionFailedError,
  TimeoutError,
  type LxdError,
} from '../errors/index.js';
import type { WriteRules } from './plan.js';

/** How long, in ms, a save pauses between its tries altogether before it gives up on other writers. */
const patience = 30_000;

/** The longest pause, in ms: a busy server is free for moments only, and who sleeps misses them. */
const longestPause = 100;

/** Where writers can pass the server's check together, they have to be spread more, from the first pause on, in ms. */
const spread = 200;

/** Runs a pause aside: many saves take turns with their requests, and not with their pauses. */
export type Aside = (pause: () => Promise<void>) => Promise<void>;

/** The tries of one save: how long it may go on, and the pauses between them. */
export class Tries {
  #paused = 0;
  readonly #until: number;

  readonly #title: string;
  readonly #rules: WriteRules;
  readonly #signal: AbortSignal | undefined;
  readonly #timeout: number | undefined;
  readonly #aside: Aside;

  constructor(
    title: string,
    rules: WriteRules,
    { signal, timeout }: { signal?: AbortSignal | undefined; timeout?: number | undefined },
    aside: Aside = (pause) => pause(),
  ) {
    this.#title = title;
    this.#rules = rules;
    this.#signal = signal;
    this.#timeout = timeout;
    this.#aside = aside;
    this.#until = timeout === undefined ? Infinity : performance.now() + timeout;
  }

  /** What is left of the time, in whole ms and never 0, which would be no limit. */
  get left(): number | undefined {
    return this.#until === Infinity ? undefined : Math.max(1, Math.ceil(this.#until - performance.now()));
  }

  /** Pauses before another try, half of it or more by chance, so that writers who met do not meet again. */
  async again(attempt: number, refusal: LxdError): Promise<void> {
    const pause =
      this.#rules.checkedLoosely === true
        ? Math.random() * spread
        : Math.min(longestPause, 5 * 2 ** attempt) * (0.5 + Math.random() / 2);
    this.#paused += pause;
    if (this.#paused > patience) throw this.#givenUp(refusal, attempt);
    if (performance.now() + pause >= this.#until)
      throw this.#late('not saved', ', since others keep writing; nothing was written', refusal);
    await this.#rest(pause, 'aborted between two tries; nothing was written');
  }

  /** Pauses before a look at what has been written. */
  async look(pause: number): Promise<void> {
    if (performance.now() + pause >= this.#until) throw this.#late('saved, but not seen to stay so', '');
    await this.#rest(pause, 'saved, but aborted before it was seen to stay so');
  }

  async #rest(ms: number, aborted: string): Promise<void> {
    const signal = this.#signal;
    await this.#aside(async () => {
      await delay(ms, undefined, signal ? { signal } : {}).catch(() => {
        throw new AbortedError(`save(): ${aborted}`, { cause: signal?.reason });
      });
    });
  }

  #late(what: string, state: string, cause?: LxdError): TimeoutError {
    const limit = `${String(this.#timeout)} ms`;
    const message = `${this.#title}: ${what} within ${limit}${state}`;
    return new TimeoutError(message, { cause });
  }

  #givenUp(refusal: LxdError, attempts: number): LxdError {
    const details = { cause: refusal, status: refusal.status, method: refusal.method, path: refusal.path };
    const tried = `after ${String(attempts)} tries; nothing was written, the model holds your edits. Save again later`;
    if (refusal instanceof PreconditionFailedError) {
      return new PreconditionFailedError(
        `${this.#title}: somebody else writes it all the time: given up ${tried}`,
        details,
      );
    }
    return new BusyError(
      `${this.#title}: the server is busy with another write to it: given up ${tried}`,
      details,
    );
  }
}
