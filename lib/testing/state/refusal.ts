/** What the server says no with: thrown by the state and the handlers, answered as an error envelope. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The request makes the real server panic: it closes the connection without an answer. */
export class Dropped extends Error {}
