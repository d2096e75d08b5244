import { named, OperationError, type OperationErrorDetails } from '../../errors/index.js';
import type { WithAutoWait } from '../../operations/index.js';
import type { Instance } from './instance.js';

/**
 * An instance is there, but could not be started; `cause` is why. A new one stays, stopped, and is `instance`; a copy was
 * deleted again.
 */
export class InstanceStartError extends OperationError {
  /**
   * The instance, where it is there. It is of the client that made it: where that has `autoWait: false`, its methods resolve
   * with operations unless they are called with `wait: true`.
   */
  declare readonly instance?: Instance | WithAutoWait<Instance, false>;

  constructor(message: string, details: OperationErrorDetails & { instance?: Instance | undefined } = {}) {
    const { instance, ...rest } = details;
    super(message, rest, 'ERR_LXD_INSTANCE_START');
    // Not enumerable: a printed error should not bring a model along.
    if (instance) Object.defineProperty(this, 'instance', { value: instance });
  }
}

named({ InstanceStartError });
