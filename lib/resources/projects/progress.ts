import {
  AbortedError,
  ConnectionError,
  InvalidInputError,
  isLxdError,
  OperationError,
  operationFailure,
  responseError,
  TimeoutError,
} from '../../errors/index.js';

/** What is gone of what was in a project, and what is left: for the error of a deletion that ends in between. */
export class Progress {
  readonly #gone = new Set<string>();
  #left = new Set<string>();

  /** The server lists these now; what it no longer lists is gone. */
  listed(titles: readonly string[]): void {
    const now = new Set(titles);
    for (const title of this.#left) if (!now.has(title)) this.#gone.add(title);
    this.#left = now;
  }

  removed(title: string): void {
    this.#left.delete(title);
    this.#gone.add(title);
  }

  /** The same error, with what it ended in between; itself where nothing is gone. */
  explain(error: unknown): unknown {
    if (this.#gone.size === 0 || !isLxdError(error)) return error;
    const names = (titles: ReadonlySet<string>) => (titles.size === 0 ? 'nothing' : [...titles].join(', '));
    const done = `deleted already: ${names(this.#gone)}; left: ${names(this.#left)}`;
    return retold(error, `${error.message} (${done})`, error.cause ?? error);
  }
}

/** The same error in other words. */
export function retold(error: unknown, message: string, cause: unknown = error): unknown {
  if (!isLxdError(error)) return error;
  const { status, operation, method, path } = error;
  if (error instanceof InvalidInputError) return new InvalidInputError(message, cause);
  const details = { cause, operation, method, path };
  if (error instanceof OperationError) return operationFailure(message, details);
  if (error instanceof TimeoutError) return new TimeoutError(message, details);
  if (error instanceof AbortedError) return new AbortedError(message, details);
  if (status !== undefined) return responseError(status, message, details);
  return error instanceof ConnectionError ? new ConnectionError(message, details) : error;
}
