import { LxdError, type ErrorDetails } from './base.js';
import { named } from './named.js';
import { refusalError, type ConflictError } from './server.js';

/** What an operation's error carries of the operation. */
export interface OperationErrorDetails extends ErrorDetails {
  /** The failed operation's own metadata, e.g. an exec's `return`; undefined where the server lost it. */
  metadata?: Record<string, unknown> | undefined;
}

/** The server began what was asked, and it failed. */
export class OperationError extends LxdError {
  /** Not a property of its own: an operation's metadata can hold secrets, which a printed error must not show. */
  readonly #metadata: Record<string, unknown> | undefined;

  constructor(message: string, details: OperationErrorDetails = {}, code = 'ERR_LXD_OPERATION') {
    const { metadata, ...rest } = details;
    super(code, message, rest);
    this.#metadata = metadata;
  }

  /** The failed operation's metadata, undefined where the server no longer had it. */
  get metadata(): Record<string, unknown> | undefined {
    return this.#metadata;
  }
}

/** The operation was cancelled, by us or by somebody else. */
export class OperationCancelledError extends OperationError {
  constructor(message: string, details: OperationErrorDetails = {}) {
    super(message, details, 'ERR_LXD_OPERATION_CANCELLED');
  }
}

/** The operation is gone from the server (it keeps them 5 s after their end): how it ended is not known. */
export class OperationExpiredError extends OperationError {
  constructor(message: string, details: OperationErrorDetails = {}) {
    super(message, details, 'ERR_LXD_OPERATION_EXPIRED');
  }
}

/** The error of an operation that failed with these words: what a request at once would have been refused with. */
export function operationFailure(
  message: string,
  details: OperationErrorDetails,
): OperationError | ConflictError {
  const { metadata: _, ...known } = details;
  return refusalError(message, known) ?? new OperationError(message, details);
}

named({ OperationError, OperationCancelledError, OperationExpiredError });
