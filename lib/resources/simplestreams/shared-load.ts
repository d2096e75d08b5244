import { AbortedError, milliseconds, TimeoutError, onAbort } from '../../errors/index.js';
import type { CallOptions } from '../../orm/index.js';

/** Something that is read once for all who ask at the time; it ends when the last of them goes away. */
export class SharedLoad<T> {
  readonly #controller = new AbortController();
  readonly #result: Promise<T>;
  #waiting = 0;
  #settled = false;
  #failed = false;

  constructor(load: (signal: AbortSignal) => Promise<T>) {
    this.#result = load(this.#controller.signal).finally(() => (this.#settled = true));
    this.#result.catch(() => (this.#failed = true)); // whoever waits gets it
  }

  /** It failed, or nobody waited for it to its end. */
  get useless(): boolean {
    return this.#failed || this.#controller.signal.aborted;
  }

  async wait({ signal, timeout }: CallOptions, what: string): Promise<T> {
    const limit = milliseconds(timeout);
    this.#waiting++;
    let forget = () => {};
    let timer: NodeJS.Timeout | undefined;
    const left = new Promise<never>((_, reject) => {
      const leave = () => reject(new AbortedError(`${what}: aborted`, { cause: signal?.reason }));
      forget = onAbort(signal, leave);
      if (signal?.aborted) leave();
      if (limit !== undefined) {
        timer = setTimeout(() => {
          reject(new TimeoutError(`${what}: not there within ${String(limit)} ms`));
        }, limit);
      }
    });
    try {
      return await Promise.race([left, this.#result]);
    } finally {
      forget();
      clearTimeout(timer);
      if (--this.#waiting === 0 && !this.#settled) this.#controller.abort();
    }
  }
}
