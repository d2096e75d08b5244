import { LxdError } from './base.js';
import { named } from './named.js';

/** You misused me: nothing was sent to the server. */
export class UsageError extends LxdError {}

/** A value that the server would refuse or misread: wrong type, empty name, unknown option. */
export class InvalidInputError extends UsageError {
  constructor(message: string, cause?: unknown) {
    super('ERR_LXD_INVALID_INPUT', message, { cause });
  }
}

/** A property was read before the model had it. */
export class NotFetchedError extends UsageError {
  constructor(message: string) {
    super('ERR_LXD_NOT_FETCHED', message);
  }
}

/** A property that only the server changes was assigned or edited. */
export class ReadOnlyError extends UsageError {
  constructor(message: string) {
    super('ERR_LXD_READ_ONLY', message);
  }
}

/** A model was used after its `delete()`. */
export class DeletedError extends UsageError {
  constructor(message: string) {
    super('ERR_LXD_DELETED', message);
  }
}

/** The server does not offer what was asked for; `extension` names what it lacks. */
export class UnsupportedError extends UsageError {
  constructor(
    message: string,
    /** The missing API extension, or `undefined` where the product as a whole lacks the feature. */
    readonly extension?: string,
    cause?: unknown,
  ) {
    super('ERR_LXD_UNSUPPORTED', message, { cause });
  }
}

named({ UsageError, InvalidInputError, NotFetchedError, ReadOnlyError, DeletedError, UnsupportedError });
