import { setTimeout as delay } from 'node:timers/promises';
import { AbortedError, isLxdError, ServerError } from '../../errors/index.js';

/**
 * What servers say of an ACL while another one, a network or a project is deleted: they look at all that may use it, and
 * fail with 404 where one of those is gone in between. Incus looks at all interfaces where it deletes a bridge. It says
 * nothing of what was asked for.
 */
const crossed = /\bfailed getting [\w ]*\busage: |\bfailed to delete bridge children interfaces: /i;

/** Between the tries, in ms; what crosses them lasts no longer than a deletion. */
const pauses = [20, 50, 100, 200, 400];

/** Does again what has only failed since something else was deleted at that moment. @throws ServerError if it stays so */
export async function uncrossed<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isLxdError(error) || !crossed.test(error.message)) throw error;
      const { status, method, path } = error;
      const pause = pauses[attempt];
      // Not the NotFoundError that it came as: what was asked for is there.
      if (pause === undefined) throw new ServerError(error.message, { cause: error, status, method, path });
      await delay(pause, undefined, signal ? { signal } : {}).catch(() => {
        throw new AbortedError(`${method ?? ''} ${path ?? ''}: aborted`.trim(), { cause: signal?.reason });
      });
    }
  }
}
