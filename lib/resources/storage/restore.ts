import { assertOptions, isLxdError, NotFoundError } from '../../errors/index.js';
import { run, startNames, type Ended, type StartOptions } from '../../operations/index.js';
import { assertKey } from '../../orm/index.js';
import type { Session } from '../../rest/session.js';

/** Puts a volume's content back to a snapshot (PUT of the volume, with nothing else: what is left out stays). */
export async function restoreVolume<T, W extends boolean>(
  session: Session,
  path: string,
  snapshot: string,
  options: StartOptions<W>,
  finish: () => T,
): Promise<Ended<T, W>> {
  assertOptions(options, startNames, 'restore()');
  assertKey(snapshot, 'volume snapshot');
  const request = { method: 'PUT', path, body: { restore: snapshot } };
  try {
    return await run(session, request, options, finish);
  } catch (error) {
    // Both servers answer 500.
    if (!isLxdError(error) || !/snapshot not found/i.test(error.message)) throw error;
    const { status, method } = error;
    throw new NotFoundError(error.message, { cause: error, status, method, path });
  }
}
