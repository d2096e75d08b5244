import type { CallOptions } from '../../orm/index.js';
import type { Session } from '../../rest/session.js';
import { Limit } from '../transfer/limit.js';

/**
 * Does the writes of one client to one thing one after the other: neither server compares and writes in one step, so that
 * of two at the same time both get 200 and one is lost. `work` says with `done` what the caller gets; the next has its turn
 * when `work` ends. `signal` and `timeout` end the wait for the turn: what comes then has limits of its own.
 * @throws AbortedError; TimeoutError
 */
export async function inTurn<T>(
  session: Session,
  { method, path }: { method: string; path: string },
  { signal, timeout }: CallOptions,
  work: (done: (result: T | Promise<T>) => void) => Promise<void>,
): Promise<T> {
  const { connection, scope } = session;
  const { project = '', target = '' } = scope;
  return new Promise<T>((resolve, reject) => {
    const limit = new Limit(`${method} ${path}`, signal, timeout);
    const giveUp = () => reject(limit.signal.reason as Error);
    if (limit.signal.aborted) giveUp();
    else limit.signal.addEventListener('abort', giveUp, { once: true });
    const turn = async () => {
      limit.clear();
      if (!limit.signal.aborted) await work(resolve);
    };
    connection.oneByOne(`${project} ${target} ${path}`, turn).catch(reject);
  });
}
