import { TimeoutError } from '../errors/index.js';

/** The caller's signal and time for a method of several steps, as one signal. `clear()` it at the end. */
export class Limit {
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #late = false;

  constructor(
    /** What took too long, for the message. */
    private readonly title: string,
    private readonly caller: AbortSignal | undefined,
    /** Milliseconds; none by default. */
    private readonly timeout: number | undefined,
  ) {
    // Not AbortSignal.any: on a signal that lives long, Node 20 keeps what it made.
    if (caller?.aborted) this.#abort();
    else caller?.addEventListener('abort', this.#abort, { once: true });
    if (timeout) {
      this.#timer = setTimeout(() => {
        this.#late = true;
        this.#stop.abort();
      }, timeout);
    }
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** What a step threw, or that the time was over. */
  errorOf(error: unknown): unknown {
    if (!this.#late) return error;
    return new TimeoutError(`${this.title} took longer than ${String(this.timeout)} ms`, { cause: error });
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.caller?.removeEventListener('abort', this.#abort);
  }

  readonly #abort = (): void => {
    this.#stop.abort(this.caller?.reason);
  };
}
