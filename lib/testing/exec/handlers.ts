/** Handlers of our users: the one that was added last is asked first. */
export class Handlers<Subject, Result> {
  readonly #method: string;
  #all: readonly ((subject: Subject) => Result | undefined | Promise<Result | undefined>)[] = [];

  constructor(
    /** What added them, for what is said when one fails. */
    method: string,
  ) {
    this.#method = method;
  }

  /** Returns what ends it. */
  add(handler: (subject: Subject) => Result | undefined | Promise<Result | undefined>): () => void {
    this.#all = [handler, ...this.#all];
    return () => {
      this.#all = this.#all.filter((one) => one !== handler);
    };
  }

  /** What the first says that takes it, or what went wrong in one. */
  async ask(subject: Subject): Promise<{ result?: Result | undefined; failure?: string }> {
    try {
      for (const handler of this.#all) {
        const result = await handler(subject);
        if (result) return { result };
      }
      return {};
    } catch (error) {
      const said = error instanceof Error ? error.stack : String(error);
      return { failure: `tslxd/testing: what ${this.#method}() was given failed: ${String(said)}\n` };
    }
  }
}
