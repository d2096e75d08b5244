import type { LxdError, OperationErrorDetails } from '../../errors/index.js';
import type { CallOptions } from '../../orm/index.js';
import { isTrue } from './config.js';
import type { Instance } from './instance.js';
import type { InstanceState } from './state.js';
import { isRefusal } from './refusal.js';
import { InstanceStartError } from './start-error.js';

/** Starts what was just made; if the server cannot, it stays. @throws InstanceStartError */
export async function startMade<I extends Instance>(made: I, { signal }: CallOptions): Promise<I> {
  if (made.isFetched && made.status !== 'Stopped') return made;
  try {
    await made.start({ wait: true, signal, ifNeeded: true });
  } catch (error) {
    throw isRefusal(error) ? startError(await atRest(made), 'was created', error) : error;
  }
  return made.isFetched ? made : made.fetch({ signal });
}

/** Starts a copy; if the server cannot, it is deleted again. @throws InstanceStartError */
export async function startCopy<I extends Instance>(copy: I, { signal }: CallOptions): Promise<I> {
  if (copy.status !== 'Stopped') return copy;
  try {
    return await copy.start({ wait: true, signal, ifNeeded: true });
  } catch (error) {
    if (!isRefusal(error)) throw error;
    try {
      await takeAway(copy);
    } catch (left) {
      throw startError(
        copy,
        `was copied, and could not be deleted again (${(left as Error).message})`,
        error,
      );
    }
    throw new InstanceStartError(
      `${copy.toString()} was copied, but could not be started, and so was deleted again: ${error.message}`,
      detailsOf(error),
    );
  }
}

/** An instance after a start that failed, read anew: Incus takes it for running for a moment. */
export async function atRest<I extends Instance>(instance: I): Promise<I> {
  const isDown = (_: I, { status }: InstanceState) => status === 'Stopped' || status === 'Error';
  return instance.waitFor(isDown, { timeout: 5000, interval: 50 }).catch(() => instance.fetch());
}

/** The error for an instance that is there and does not run; `reason` is the server's, where its error says more. */
export function startError(
  instance: Instance,
  what: string,
  error: LxdError,
  reason = error.message,
): InstanceStartError {
  return new InstanceStartError(
    `${instance.toString()} ${what}, but could not be started; it is there, stopped: ${reason}`,
    { ...detailsOf(error), instance },
  );
}

/** Deletes a copy, whatever it has taken over of its original's protection. */
export async function takeAway(copy: Instance): Promise<void> {
  await copy.fetch();
  if (isTrue(copy.expandedConfig['security.protection.delete'])) {
    copy.config['security.protection.delete'] = 'false';
    await copy.save();
  }
  await copy.delete({ wait: true, force: true });
}

function detailsOf(cause: LxdError): OperationErrorDetails {
  const { status, operation, method, path } = cause;
  return { cause, status, operation, method, path };
}
