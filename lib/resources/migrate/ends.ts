import {
  ClosedError,
  ConnectionError,
  InvalidInputError,
  NotFoundError,
  OperationError,
} from '../../errors/index.js';
import type { Session } from '../../rest/session.js';
import { sessionOf, type OtherClient } from '../transfer/peer.js';

/** What the other client sends with, for models that wait as those here. @throws InvalidInputError if it is one of the same server */
export function otherSession(here: Session, client: OtherClient, method: 'copyTo' | 'moveTo'): Session {
  const other = sessionOf(client, `${method}()`);
  if (other.connection !== here.connection) return other.derive({ autoWait: here.autoWait });
  const remedy = method === 'copyTo' ? 'copy()' : 'move()';
  throw new InvalidInputError(`${method}(): both are clients of one server, where ${remedy} does it`);
}

/**
 * Takes away what a transfer that has failed for a reason has left: the servers do so themselves, mostly.
 * @throws OperationError where that cannot be known
 */
export async function clearUp(name: string, reason: Error, takeAway: () => Promise<unknown>): Promise<void> {
  try {
    await takeAway();
  } catch (error) {
    if (error instanceof NotFoundError) return;
    if (reason instanceof ConnectionError || reason instanceof ClosedError) return; // which say as much
    throw new OperationError(
      `${reason.message}; whether something of '${name}' is left there is not known: ${(error as Error).message}`,
      { cause: reason },
    );
  }
}

/** Deletes what has been moved, where it was. @throws OperationError that says where it is */
export async function deleteMoved(
  name: string,
  moved: { key: string; on: string },
  deleteHere: () => Promise<unknown>,
): Promise<void> {
  try {
    await deleteHere();
  } catch (error) {
    if (error instanceof NotFoundError) return; // such as an ephemeral instance, which went with its stop
    throw new OperationError(
      `moveTo(): '${name}' is on ${moved.on} now as '${moved.key}', but the old one could not be deleted: ${(error as Error).message}`,
      { cause: error },
    );
  }
}
