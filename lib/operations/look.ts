import { setTimeout as delay } from 'node:timers/promises';
import {
  AbortedError,
  ClosedError,
  ClusterMemberError,
  ConnectionError,
  OperationExpiredError,
  OutcomeUnknownError,
  isLxdError,
  TimeoutError,
  UnavailableError,
  type LxdError,
} from '../errors/index.js';
import type { WaitOptions } from './tracker.js';

/** The longest pause between two tries, in ms. */
const longestPause = 2000;

/**
 * Looks what has become of a lost write, again and again while the server is away, for so many ms (`patience`); `timeout`
 * is what is left of the caller's.
 * @throws OutcomeUnknownError where that cannot be seen; AbortedError; ClosedError
 */
export async function looked<T>(
  look: (call: WaitOptions) => Promise<T>,
  lost: LxdError,
  { signal, timeout = Infinity }: WaitOptions,
  patience: number,
): Promise<T> {
  const until = performance.now() + Math.min(timeout, patience);
  for (let pause = 50; ; pause = Math.min(2 * pause, longestPause)) {
    try {
      return await look({ signal, timeout: Math.max(1, until - performance.now()) });
    } catch (error) {
      if (!isLxdError(error) || error instanceof AbortedError || error instanceof ClosedError) throw error;
      if (!isAway(error) || performance.now() + pause >= until) throw unseen(lost, error);
    }
    await delay(pause, undefined, signal ? { signal } : {}).catch(() => {
      const { method, path } = lost;
      throw new AbortedError(`${lost.message}; aborted before that could be seen`, {
        cause: signal?.reason,
        method,
        path,
      });
    });
  }
}

/** Whether it says that nobody knows; of an operation, that the server has forgotten it, as when it was restarted. */
export function isLost(error: unknown): error is LxdError {
  return error instanceof OutcomeUnknownError || error instanceof OperationExpiredError;
}

/** Whether the server, or the cluster member that has the thing, may answer in a moment. */
export function isAway(error: unknown): boolean {
  const away = [ConnectionError, TimeoutError, UnavailableError, ClusterMemberError];
  return away.some((Class) => error instanceof Class);
}

function unseen(lost: LxdError, error: LxdError): OutcomeUnknownError {
  const { cause, method, path, operation } = lost;
  const message = `${lost.message}; it could not be seen: ${error.message}`;
  return new OutcomeUnknownError(message, { cause, method, path, operation });
}
