import { AbortedError, TimeoutError } from '../../errors/index.js';

/** The caller's signal and time for a method of several steps, as one signal. `clear()` it at the end. */
export class Limit {
  readonly #stop = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(
    /** What is limited, for the message. */
    private readonly title: string,
    private readonly caller: AbortSignal | undefined,
    /** Milliseconds; none by default. */
    timeout: number | undefined,
  ) {
    // Not AbortSignal.any: on a signal that lives long, Node 20 keeps what it made.
    if (caller?.aborted) this.#abort();
    else caller?.addEventListener('abort', this.#abort, { once: true });
    if (timeout) {
      this.#timer = setTimeout(() => {
        this.#stop.abort(new TimeoutError(`${title} took longer than ${String(timeout)} ms`));
      }, timeout);
    }
  }

  /** Fires with the error that the caller gets. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** What a step threw, or why it was ended. */
  errorOf(error: unknown): unknown {
    return this.signal.aborted && error instanceof AbortedError ? this.signal.reason : error;
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.caller?.removeEventListener('abort', this.#abort);
  }

  readonly #abort = (): void => {
    this.#stop.abort(new AbortedError(`${this.title}: aborted`, { cause: this.caller?.reason }));
  };
}
