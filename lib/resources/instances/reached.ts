import type { CallOptions } from '../../orm/index.js';
import { asObject } from '../../rest/answers.js';
import type { Session } from '../../rest/session.js';
import { isRunning } from './status.js';

/** Whether an action has done what it is for. */
const reached: Partial<Record<string, (status: string) => boolean>> = {
  start: isRunning,
  stop: (status) => status === 'Stopped',
  freeze: (status) => status === 'Frozen',
  unfreeze: isRunning,
};

export function hasReached(action: string, status: string): boolean {
  return reached[action]?.(status) ?? false;
}

/** The status of the instance at a path. */
export async function statusOf(session: Session, path: string, options: CallOptions): Promise<string> {
  const request = { method: 'GET', path: `${path}/state`, ...options };
  const { status } = asObject<{ status?: unknown }>(await session.send(request), request);
  return typeof status === 'string' ? status : '';
}
