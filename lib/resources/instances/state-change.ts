import {
  assertOptions,
  InvalidInputError,
  milliseconds,
  NotFoundError,
  TimeoutError,
  type OptionNames,
} from '../../errors/index.js';
import {
  start,
  startNames,
  succeeded,
  type Ended,
  type OperationOptions,
  type StartOptions,
  waits,
  assertWaits,
} from '../../operations/index.js';
import { describe } from '../../orm/index.js';
import { instanceActions } from '../../rest/endpoints/index.js';
import { asObject } from '../../rest/answers.js';
import type { ApiRequest, Session } from '../../rest/session.js';
import { isLate, lateStop } from './late-stop.js';
import { isRefusal } from './refusal.js';
import { isRunning } from './status.js';

export interface StateOptions extends OperationOptions {
  /** Do not ask the instance; false by default. */
  force?: boolean | undefined;
  /** Keep the memory at a stop, use it at a start. */
  stateful?: boolean | undefined;
}

/** How an instance is started, frozen or unfrozen. */
export interface PowerOptions extends StateOptions {
  /** Being in that state already is success. */
  ifNeeded?: boolean | undefined;
}

/** How an instance is stopped. */
export interface StopOptions extends Omit<PowerOptions, 'force'> {
  /**
   * `true` pulls the plug. `'afterTimeout'` does so if it has not shut down within `timeout`, which is the grace period
   * then; `signal` limits the whole.
   */
  force?: boolean | 'afterTimeout' | undefined;
}

/** What is to be put into another state. */
export interface Powered {
  session: Session;
  path: string;
  /** For messages. */
  title: string;
}

const stateNames: OptionNames<StateOptions & StartOptions> = { ...startNames, force: true, stateful: true };
const powerNames: OptionNames<StopOptions & StartOptions> = { ...stateNames, ifNeeded: true };

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

/**
 * Whether a refusal may be of what had been done before, so that it is worth a look at the status. Not of any start:
 * Incus takes one that failed for running for a moment.
 */
export function maySayDone(action: string, words: string): boolean {
  return action !== 'start' || /already running|busy running an? "start"/i.test(words);
}

/** @throws InvalidInputError for what is no action of an instance */
export function assertAction(action: string): void {
  if ((instanceActions as readonly string[]).includes(action)) return;
  throw new InvalidInputError(
    `${describe(action)} is not an action of an instance; there are ${instanceActions.join(', ')}`,
  );
}

/** @throws InvalidInputError for an option that is not true or false */
export function assertFlags(action: string, flags: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(flags)) {
    if (typeof value === 'boolean' || value === undefined) continue;
    const or = name === 'force' && action === 'stop' ? " or 'afterTimeout'" : '';
    throw new InvalidInputError(`${action}(): ${name} must be a boolean${or}, not ${describe(value)}`);
  }
}

/** Changes an instance's state by the server's own word for it (PUT /1.0/instances/{name}/state). */
export async function changeState<T, W extends boolean>(
  powered: Powered,
  action: string,
  options: StateOptions & StartOptions<W>,
  finish: () => T | Promise<T>,
): Promise<Ended<T, W>> {
  assertAction(action);
  assertOptions(options, stateNames, action === 'restart' ? 'restart()' : 'setState()');
  return change(powered, action, options, finish);
}

/** The same for actions with more options; at a stop with a grace period the plug is pulled after it. */
export async function power<T, W extends boolean>(
  powered: Powered,
  action: 'start' | 'stop' | 'freeze' | 'unfreeze',
  options: StopOptions & StartOptions<W>,
  finish: () => T | Promise<T>,
): Promise<Ended<T, W>> {
  assertOptions(options, powerNames, `${action}()`);
  const { force, ...rest } = options;
  if (force !== 'afterTimeout') return change(powered, action, { ...rest, force }, finish);
  const where = `${action}(): force: 'afterTimeout'`;
  if (action !== 'stop') throw new InvalidInputError(`${where} is for a stop()`);
  if (milliseconds(rest.timeout) === undefined)
    throw new InvalidInputError(`${where} needs a timeout, which is the grace period`);
  assertWaits(powered.session, rest, where);
  return stopAfterGrace(powered, rest, finish);
}

async function stopAfterGrace<T, W extends boolean>(
  powered: Powered,
  { timeout, ...options }: PowerOptions & StartOptions<W>,
  finish: () => T | Promise<T>,
): Promise<Ended<T, W>> {
  try {
    return await change(powered, 'stop', { ...options, timeout }, finish);
  } catch (error) {
    // Both servers take a forced stop while they still wait for the other.
    if (!(error instanceof TimeoutError)) throw error;
  }
  try {
    return await change(powered, 'stop', { ...options, force: true, ifNeeded: true }, finish);
  } catch (error) {
    if (error instanceof NotFoundError) return (await finish()) as Ended<T, W>; // an ephemeral one that has stopped
    throw error;
  }
}

async function change<T, W extends boolean>(
  powered: Powered,
  action: string,
  options: StateOptions & PowerOptions & StartOptions<W>,
  finish: () => T | Promise<T>,
): Promise<Ended<T, W>> {
  const { force = false, stateful = false, ifNeeded = false, wait: _, ...waiting } = options;
  assertFlags(action, { force, stateful, ifNeeded });
  const { session, path } = powered;
  const wait = waits(session, options);
  const timeout = milliseconds(waiting.timeout);
  const body = { action, force, stateful, timeout: seconds(timeout) };
  const request: ApiRequest = { method: 'PUT', path: `${path}/state`, body, signal: waiting.signal };
  // Not by a look beforehand, which somebody else may make a lie.
  const isNeedless = async (error: unknown) =>
    ifNeeded &&
    isRefusal(error) &&
    maySayDone(action, error.message) &&
    hasReached(action, await statusOf(powered, waiting.signal));
  const lateness = (error: unknown) =>
    timeout !== undefined && !force && isLate(error, action)
      ? lateStop(powered.title, action, { timeout, seconds: body.timeout }, error)
      : error;
  const failed = async (error: Error) => {
    if (await isNeedless(error)) return finish();
    throw lateness(error) as Error;
  };
  const operation = await start(session, request, finish, { waited: wait, failed }).catch(
    async (error: unknown) => {
      if (await isNeedless(error)) return succeeded(session, request, finish);
      throw error;
    },
  );
  if (!wait) return operation as Ended<T, W>;
  try {
    return (await operation.wait(waiting)) as Ended<T, W>;
  } catch (error) {
    throw lateness(error) as Error;
  }
}

async function statusOf({ session, path }: Powered, signal: AbortSignal | undefined): Promise<string> {
  const request = { method: 'GET', path: `${path}/state`, signal };
  const { status } = asObject<{ status?: unknown }>(await session.send(request), request);
  return typeof status === 'string' ? status : '';
}

/** The server counts in seconds; its 0 would pull the plug at once, and -1 is "as long as it takes". */
export function seconds(timeout: number | undefined): number {
  return timeout === undefined ? -1 : Math.max(1, Math.ceil(timeout / 1000));
}
