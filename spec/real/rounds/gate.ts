/** Lets the loops of the worker through, or has them rest between two calls. */
export class Gate {
  #inside = 0;
  #isOpen = true;
  #wake: (() => void)[] = [];

  /** Runs `step` as soon as the gate is open. */
  async pass(step: () => Promise<void>): Promise<void> {
    while (!this.#isOpen) await this.#changed();
    this.#inside++;
    try {
      await step();
    } finally {
      this.#inside--;
      this.#tell();
    }
  }

  /** Resolves when nothing is under way any more, and nothing begins. */
  async close(): Promise<void> {
    this.#isOpen = false;
    while (this.#inside > 0) await this.#changed();
  }

  open(): void {
    this.#isOpen = true;
    this.#tell();
  }

  async #changed(): Promise<void> {
    await new Promise<void>((resolve) => this.#wake.push(resolve));
  }

  #tell(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}
