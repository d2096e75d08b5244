import { NotFoundError } from '../../errors/index.js';
import type { CallOptions } from '../../orm/index.js';
import { asObject } from '../../rest/answers.js';
import type { Session } from '../../rest/session.js';
import { isAfter } from '../kind/lost/server-clock.js';
import type { Look } from '../kind/lost/settle.js';
import { hasReached, statusOf } from './reached.js';
import { isRunning } from './status.js';

/** After a change of the state of the instance at `path`: told by its status, and a restart by when it has begun to run. */
export function lookForState(session: Session, path: string, action: string): Look {
  if (action === 'restart') return lookForRestart(session, path);
  return async (call) => {
    const status = await statusOf(session, path, call).catch(unlessGone);
    if (status === undefined) return 'unknown'; // an ephemeral one that has stopped, or none
    return hasReached(action, status) ? 'done' : 'undone';
  };
}

/** It is never sent again: it might be done twice. */
function lookForRestart(session: Session, path: string): Look {
  return async (call: CallOptions, sentAt) => {
    const request = { method: 'GET', path, ...call };
    const { status, last_used_at: begun } = asObject<{ status?: unknown; last_used_at?: unknown }>(
      await session.send(request),
      request,
    );
    const at = Date.parse(String(begun));
    const isNew = isRunning(status) && at > 0 && (await isAfter(session, at, sentAt, call));
    return isNew ? 'done' : 'unknown';
  };
}

function unlessGone(error: unknown): undefined {
  if (!(error instanceof NotFoundError)) throw error;
}
