import {
  NotFoundError,
  OperationCancelledError,
  OperationError,
  ResponseError,
  type LxdError,
} from '../../errors/index.js';

/** Whether the server said no to what was asked of an instance: not an abort, a lost connection or a time that is over. */
export function isRefusal(error: unknown): error is LxdError {
  if (error instanceof OperationCancelledError || error instanceof NotFoundError) return false;
  return error instanceof OperationError || error instanceof ResponseError;
}
