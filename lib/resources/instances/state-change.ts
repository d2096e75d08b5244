import { InvalidInputError } from '../../errors/index.js';
import { run, type Operation, type OperationOptions, type StartOptions } from '../../operations/index.js';
import { describe } from '../../orm/index.js';
import { instanceActions } from '../../rest/endpoints/index.js';
import type { Session } from '../../rest/session.js';

export interface StateOptions extends OperationOptions {
  /** Do not ask the instance; false by default. */
  force?: boolean | undefined;
  /** Keep the memory at a stop, use it at a start. */
  stateful?: boolean | undefined;
}

/** Changes an instance's state (PUT /1.0/instances/{name}/state). */
export async function changeState<T>(
  session: Session,
  path: string,
  action: string,
  { force = false, stateful = false, ...options }: StateOptions & StartOptions,
  finish: () => T | Promise<T>,
): Promise<T | Operation<T>> {
  if (!(instanceActions as readonly string[]).includes(action)) {
    throw new InvalidInputError(
      `${describe(action)} is no action of an instance; there are ${instanceActions.join(', ')}`,
    );
  }
  const body = { action, force, stateful, timeout: seconds(options.timeout) };
  return run(session, { method: 'PUT', path: `${path}/state`, body }, options, finish);
}

/** The server counts in seconds; its 0 would pull the plug at once, and -1 is "as long as it takes". */
function seconds(milliseconds: number | undefined): number {
  return milliseconds ? Math.max(1, Math.ceil(milliseconds / 1000)) : -1;
}
