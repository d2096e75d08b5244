/** What the server says no with: thrown by the state and the handlers, answered as an error envelope. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Passes a refusal on with something before it. */
export function prefixed(prefix: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Refusal(error.status, prefix + error.message);
  }
}

/** The request makes the real server panic: it closes the connection without an answer. */
export class Dropped extends Error {}
