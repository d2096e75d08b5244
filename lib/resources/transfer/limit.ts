import { AbortedError, milliseconds, TimeoutError, onAbort } from '../../errors/index.js';

/** The caller's signal and time for a method of several steps, as one signal. `clear()` it at the end. */
export class Limit {
  readonly #stop = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #forget: () => void = () => undefined;

  /**
   * `title` is what is limited, for the message; `timeout` is in ms, none by default.
   * @throws InvalidInputError for a time that is none
   */
  constructor(title: string, caller: AbortSignal | undefined, timeout: number | undefined) {
    const limit = milliseconds(timeout);
    const abort = () => this.#stop.abort(new AbortedError(`${title}: aborted`, { cause: caller?.reason }));
    // Not AbortSignal.any: on a signal that lives long, Node 20 keeps what it made.
    if (caller?.aborted) abort();
    else this.#forget = onAbort(caller, abort);
    if (limit !== undefined) {
      this.#timer = setTimeout(() => {
        this.#stop.abort(new TimeoutError(`${title} took longer than ${String(limit)} ms`));
      }, limit);
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
    this.#forget();
  }
}
