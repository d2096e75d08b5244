/** So many at a time, in the order of their coming. Who pauses gives way, and comes back behind those who wait. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.#enter();
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  /** Runs a pause outside of the slots, so that others work meanwhile. */
  readonly aside = async (pause: () => Promise<void>): Promise<void> => {
    this.#leave();
    try {
      await pause();
    } finally {
      await this.#enter();
    }
  };

  async #enter(): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}
