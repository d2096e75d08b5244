import { setTimeout as delay } from 'node:timers/promises';
import { AbortedError, ConnectionError, milliseconds, UnavailableError } from '../errors/index.js';

/** Between two tries to reach a daemon that is starting, in ms. */
const startPause = 250;

/** Waits for a daemon that is starting, as long as one time limit says for all of it; not at all without one. */
export class Starting {
  readonly #deadline: number;
  readonly #timeout: number | undefined;
  readonly #signal: AbortSignal | undefined;

  /** @throws InvalidInputError for a time that is none */
  constructor(timeout: number | undefined, signal: AbortSignal | undefined) {
    milliseconds(timeout);
    this.#timeout = timeout;
    this.#deadline = performance.now() + (timeout ?? 0);
    this.#signal = signal;
  }

  /** Does what changes nothing, again and again where nobody answers yet. */
  async tried<T>(
    work: (limits: { signal: AbortSignal | undefined; timeout?: number }) => Promise<T>,
  ): Promise<T> {
    for (;;) {
      try {
        const left = this.#timeout ? { timeout: Math.max(1, this.#deadline - performance.now()) } : {};
        return await work({ signal: this.#signal, ...left });
      } catch (error) {
        const isStarting = error instanceof ConnectionError || error instanceof UnavailableError;
        if (!isStarting || performance.now() + startPause > this.#deadline) throw error;
        await this.#pause();
      }
    }
  }

  async #pause(): Promise<void> {
    const signal = this.#signal;
    await delay(startPause, undefined, signal ? { signal } : {}).catch(() => {
      throw new AbortedError('Client.connect(): aborted', { cause: signal?.reason });
    });
  }
}
