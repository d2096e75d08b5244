import { OperationError, TimeoutError, type LxdError } from '../../errors/index.js';

/** Whether an instance has not shut down in time: by our clock, or by the server's, which fails the operation then. */
export function isLate(error: unknown, action: string): error is LxdError {
  if (action !== 'stop' && action !== 'restart') return false;
  // Of the wait for the operation, and not told yet.
  if (error instanceof TimeoutError) return error.operation !== undefined && error.cause === undefined;
  return error instanceof OperationError && /failed shutting down|deadline exceeded/i.test(error.message);
}

/** What is true then: neither has it gone on at the server, nor is it certain that nothing will come of it. */
export function lateStop(
  title: string,
  action: string,
  { timeout, seconds }: { timeout: number; seconds: number },
  cause: LxdError,
): TimeoutError {
  const { operation, method, path } = cause;
  const later = action === 'restart' ? ', but then it is not started again' : '';
  const remedy = action === 'stop' ? ", force: 'afterTimeout' does so when the time is over" : '';
  return new TimeoutError(
    `${title} did not shut down within ${String(timeout)} ms. The server waits for it ${String(seconds)} s and then gives ` +
      `up; it has been asked, and may still shut down later${later}. force: true pulls the plug${remedy}`,
    { cause, operation, method, path },
  );
}
