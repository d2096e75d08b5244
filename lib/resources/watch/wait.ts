import {
  AbortedError,
  assertOptions,
  ConnectionError,
  milliseconds,
  NotFoundError,
  ServerError,
  TimeoutError,
  type OptionNames,
} from '../../errors/index.js';
import type { CallOptions } from '../../orm/index.js';
import type { RestStore } from '../kind/rest-store.js';
import { Bell, pause } from './bell.js';

export interface WaitForOptions {
  signal?: AbortSignal | undefined;
  /** Milliseconds; no limit by default. */
  timeout?: number | undefined;
  /** Milliseconds between two looks where no event tells; 250 by default. */
  interval?: number | undefined;
}

const optionNames: OptionNames<WaitForOptions> = { signal: true, timeout: true, interval: true };

/** What is waited for: `S` is what is seen at each look. */
export interface Awaited<S> {
  /** `waitFor()`, for messages. */
  method: string;
  /** `Instance 'web'`, for messages. */
  title: () => string;
  /** What it was not, in the error of a wait that ran out: `running`. */
  wanted: string;
  store: RestStore;
  /** Its key, which a rename changes. */
  key: () => string;
  look: (call: CallOptions) => Promise<S>;
  ready: (seen: S) => boolean | Promise<boolean>;
  /** What it is, in that error: `it is Stopped`. */
  describe?: (seen: S) => string;
  /** Whether an event tells of it, so that there is no need to look often in between. */
  told?: boolean | undefined;
  /** Refuses what would be waited for without an end. */
  assertPossible?: (seen: S, call: CallOptions) => void | Promise<void>;
  /** Whether it may be there again after it was not found for so many ms. */
  mayReturn?: (lasting: number) => boolean;
}

/** Times in ms. */
const times = {
  /** For a server that has not answered once, of a wait without limits; Incus 6.0 fails while a container is stopping. */
  patience: 5000,
  /** Between two looks where events tell: in case one was lost. */
  told: 5000,
  /** Between two looks where none does. */
  interval: 250,
  /** For one answer: a cluster whose leader hangs takes 30 s. */
  answer: 35_000,
};

/**
 * Looks at a thing until it is as wanted, at each event of it and now and then, and resolves with what was seen then. A
 * server that is away, restarts or cannot tell for moments ends no wait that has seen the thing, or has limits.
 */
export async function waitUntil<S>(awaited: Awaited<S>, options: WaitForOptions = {}): Promise<S> {
  return new Wait(awaited, options).end();
}

class Wait<S> {
  readonly #awaited: Awaited<S>;
  readonly #timeout: number | undefined;
  readonly #interval: number | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #begun = performance.now();
  #bell: Bell | undefined;
  #seen: { state: S } | undefined;
  /** Why the server could not be asked, and since when. */
  #trouble: { error: Error; since: number } | undefined;

  constructor(awaited: Awaited<S>, options: WaitForOptions) {
    const { method } = awaited;
    assertOptions(options, optionNames, method);
    this.#awaited = awaited;
    this.#timeout = milliseconds(options.timeout, `${method}: timeout`);
    this.#interval = milliseconds(options.interval, `${method}: interval`);
    this.#signal = options.signal;
  }

  async end(): Promise<S> {
    const { ready, assertPossible } = this.#awaited;
    try {
      for (;;) {
        if (this.#signal?.aborted) throw this.#aborted(this.#signal);
        const seen = await this.#look();
        if (seen && (await ready(seen.state))) return seen.state;
        if (seen) await assertPossible?.(seen.state, this.#call);
        await this.#rest();
        if (this.#left <= 0) throw this.#late();
      }
    } finally {
      this.#bell?.close();
    }
  }

  get #left(): number {
    return this.#timeout === undefined ? Infinity : this.#begun + this.#timeout - performance.now();
  }

  /** A request may take what is left, and no longer than a server whose cluster has lost its leader. */
  get #call(): CallOptions {
    return { signal: this.#signal, timeout: Math.ceil(Math.max(1, Math.min(this.#left, times.answer))) };
  }

  /** What it is; undefined while the server cannot tell. */
  async #look(): Promise<{ state: S } | undefined> {
    try {
      this.#seen = { state: await this.#awaited.look(this.#call) };
      this.#trouble = undefined;
      return this.#seen;
    } catch (error) {
      const since = this.#trouble?.since ?? performance.now();
      // It had what was left; timers may fire a moment early.
      if (error instanceof TimeoutError && this.#left <= 2) throw this.#late(error);
      if (!this.#isPassing(error, performance.now() - since)) throw error;
      // That our own time was over says less than what the server said before.
      const told = error instanceof TimeoutError ? this.#trouble?.error : undefined;
      this.#trouble = { error: told ?? (error as Error), since };
      return undefined;
    }
  }

  /** Whether the server may answer later: it restarts, or cannot tell for moments. */
  #isPassing(error: unknown, lasting: number): boolean {
    if (error instanceof NotFoundError) return this.#awaited.mayReturn?.(lasting) ?? false;
    if (![ConnectionError, TimeoutError, ServerError].some((Class) => error instanceof Class)) return false;
    const isLimited = this.#timeout !== undefined || this.#signal !== undefined;
    return isLimited || this.#seen !== undefined || lasting < times.patience;
  }

  async #rest(): Promise<void> {
    const { store, key, told } = this.#awaited;
    const interval = this.#interval ?? times.interval;
    if (!this.#bell && this.#trouble) return pause(Math.min(interval, this.#left), this.#signal);
    this.#bell ??= new Bell(store, await store.session.project(), key);
    const quiet = told && this.#bell.isQuiet && !this.#trouble;
    return this.#bell.wait(Math.min(quiet ? times.told : interval, this.#left), this.#signal);
  }

  #late(last?: Error): TimeoutError {
    const { title, wanted, describe } = this.#awaited;
    const cause = this.#trouble?.error ?? (this.#seen ? undefined : last);
    const seen = this.#seen && describe?.(this.#seen.state);
    const more = cause ? `the server could not be asked: ${cause.message}` : seen;
    const message = `${title()} was not ${wanted} within ${String(this.#timeout)} ms`;
    return new TimeoutError(more ? `${message}; ${more}` : message, { cause });
  }

  #aborted({ reason }: AbortSignal): AbortedError {
    const { method, title } = this.#awaited;
    return new AbortedError(`${method} of ${title()}: aborted`, { cause: reason });
  }
}
