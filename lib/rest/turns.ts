/** Lets so many go at once; the others wait for their turn, or leave the queue when their signal fires. */
export class Turns {
  #free: number;
  readonly #queue = new Set<() => void>();

  constructor(limit: number) {
    this.#free = limit;
  }

  /** Runs `work` when it is its turn; an aborted one goes at once, to fail in its own words. */
  async take<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else if (!(await this.#queued(signal))) return work();
    try {
      return await work();
    } finally {
      const next = this.#queue.values().next();
      if (next.done) this.#free += 1;
      else next.value(); // hands its turn on
    }
  }

  /** Resolves with true when it is its turn, with false when it has left. */
  async #queued(signal: AbortSignal | undefined): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (turn: boolean) => {
        this.#queue.delete(go);
        signal?.removeEventListener('abort', leave);
        resolve(turn);
      };
      const go = () => {
        settle(true);
      };
      const leave = () => {
        settle(false);
      };
      this.#queue.add(go);
      if (signal?.aborted) leave();
      else signal?.addEventListener('abort', leave, { once: true });
    });
  }
}
