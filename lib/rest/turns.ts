import { onAbort } from '../errors/index.js';

/** What ends the wait for a turn. */
export interface TurnLimits {
  signal?: AbortSignal | undefined;
  /** Milliseconds. */
  timeout?: number | undefined;
}

/** Lets so many go at once; the others wait for their turn, or leave the queue when their signal fires or time is over. */
export class Turns {
  #free: number;
  readonly #queue = new Set<() => void>();

  constructor(limit: number) {
    this.#free = limit;
  }

  /**
   * Resolves, when it is the caller's turn, with what ends it, which may be called more than once. Who leaves the queue
   * goes at once and without a turn, to fail in its own words.
   */
  async enter(limits: TurnLimits = {}): Promise<() => void> {
    if (this.#free > 0) this.#free -= 1;
    else if (!(await this.#queued(limits))) return () => undefined;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const next = this.#queue.values().next();
      if (next.done) this.#free += 1;
      else next.value(); // hands its turn on
    };
  }

  /** Runs `work` when it is its turn. */
  async take<T>(work: () => Promise<T>, limits?: TurnLimits): Promise<T> {
    const leave = await this.enter(limits);
    try {
      return await work();
    } finally {
      leave();
    }
  }

  /** Resolves with true when it is its turn, with false when it has left. */
  async #queued({ signal, timeout }: TurnLimits): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (turn: boolean) => {
        this.#queue.delete(go);
        forget();
        clearTimeout(timer);
        resolve(turn);
      };
      const go = () => settle(true);
      const leave = () => settle(false);
      this.#queue.add(go);
      const timer = timeout === undefined ? undefined : setTimeout(leave, Math.max(1, Math.ceil(timeout)));
      const forget = onAbort(signal, leave);
      if (signal?.aborted) leave();
    });
  }
}
