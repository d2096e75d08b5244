import type { OptionNames } from '../errors/index.js';
import type { OperationOptions, StartOptions } from './operation.js';
import type { WaitOptions } from './tracker.js';

/** For `assertOptions()`: the options of a single call. */
export const callNames: OptionNames<WaitOptions> = { signal: true, timeout: true };

/** Those of a method that waits for an operation. */
export const operationNames: OptionNames<OperationOptions> = {
  ...callNames,
  onProgress: true,
  cancelOnAbort: true,
};

/** Those of a method that starts an operation, and may leave the waiting to its caller. */
export const startNames: OptionNames<StartOptions> = { ...operationNames, wait: true };
