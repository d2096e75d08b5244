import { AbortedError, TimeoutError } from '../../errors/index.js';
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
    this.#waiting++;
    let leave = () => {};
    let timer: NodeJS.Timeout | undefined;
    const left = new Promise<never>((_, reject) => {
      leave = () => reject(new AbortedError(`${what}: aborted`, { cause: signal?.reason }));
      if (signal?.aborted) leave();
      signal?.addEventListener('abort', leave);
      if (timeout) {
        timer = setTimeout(() => {
          reject(new TimeoutError(`${what}: not there within ${String(timeout)} ms`));
        }, timeout);
      }
    });
    try {
      return await Promise.race([left, this.#result]);
    } finally {
      signal?.removeEventListener('abort', leave);
      clearTimeout(timer);
      if (--this.#waiting === 0 && !this.#settled) this.#controller.abort();
    }
  }
}
