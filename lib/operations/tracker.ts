import { AbortedError, milliseconds, onAbort, TimeoutError, type ErrorDetails } from '../errors/index.js';

/** Where a long-running piece of work stands; every state but the first is an end. */
export type OperationState = 'running' | 'succeeded' | 'failed' | 'cancelled' | 'expired';

/** One thing learnt about the work. */
export interface Update<T> {
  state: OperationState;
  /** The newest description, where there is one. */
  data?: T | undefined;
  /** Why it ended badly; required for the three bad ends. */
  error?: Error | undefined;
}

export interface WaitOptions {
  /** Stops the waiting, not the work. */
  signal?: AbortSignal | undefined;
  /** Milliseconds; none by default. */
  timeout?: number | undefined;
}

/**
 * The state machine of waiting, free of any protocol: updates come in, in any order and from any source; the first
 * end is the truth and nothing overwrites it. Nobody needs to listen: a bad end nobody waits for is no unhandled rejection.
 */
export class Tracker<T> {
  #update: Update<T>;
  readonly #title: () => string;
  readonly #details: ErrorDetails;
  readonly #listeners = new Set<(update: Update<T>) => void>();

  /** `title` is for messages, e.g. `Operation 1a2b (Starting instance)`; `details` are what the errors of waiting carry. */
  constructor(first: Update<T>, title: () => string, details: ErrorDetails = {}) {
    this.#update = first;
    this.#title = title;
    this.#details = details;
  }

  get state(): OperationState {
    return this.#update.state;
  }

  get data(): T | undefined {
    return this.#update.data;
  }

  get error(): Error | undefined {
    return this.#update.error;
  }

  get ended(): boolean {
    return this.#update.state !== 'running';
  }

  /** Takes an update; false if it came after the end and was ignored. */
  observe(update: Update<T>): boolean {
    if (this.ended) return false;
    this.#update = { ...update, data: update.data ?? this.#update.data };
    for (const listener of [...this.#listeners]) listener(this.#update);
    return true;
  }

  /** Calls `listener` for each update from now on; returns its own unsubscribe. */
  onUpdate(listener: (update: Update<T>) => void): () => void {
    // A wrapper, so that the same function can listen twice and each unsubscribe takes off its own.
    const own = (update: Update<T>) => {
      listener(update);
    };
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  /** Resolves with the last data at a good end, rejects with the error at a bad one. */
  async done({ signal, timeout }: WaitOptions = {}): Promise<T | undefined> {
    const limit = milliseconds(timeout);
    if (!this.ended) {
      if (signal?.aborted) throw this.#aborted(signal);
      await this.#end(signal, limit);
    }
    if (this.error) throw this.error;
    return this.data;
  }

  async #end(signal: AbortSignal | undefined, timeout: number | undefined): Promise<void> {
    const cleanup: (() => void)[] = [];
    try {
      await new Promise<void>((resolve, reject) => {
        const off = this.onUpdate(() => {
          if (this.ended) resolve();
        });
        cleanup.push(off);
        if (timeout !== undefined) {
          const timer = setTimeout(() => {
            reject(this.#late(timeout));
          }, timeout);
          cleanup.push(() => {
            clearTimeout(timer);
          });
        }
        const offAbort = onAbort(signal, () => {
          reject(this.#aborted(signal));
        });
        cleanup.push(offAbort);
      });
    } finally {
      for (const undo of cleanup) undo();
    }
  }

  #late(timeout: number): TimeoutError {
    return new TimeoutError(
      `${this.#title()} did not end within ${String(timeout)} ms; it goes on at the server`,
      this.#details,
    );
  }

  #aborted(signal: AbortSignal | undefined): AbortedError {
    return new AbortedError(`${this.#title()}: the wait was aborted; the operation goes on at the server`, {
      ...this.#details,
      cause: signal?.reason,
    });
  }
}
