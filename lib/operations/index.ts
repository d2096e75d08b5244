export type { AutoWait, autoWait, LikeOf, PlainOf, WaitOf, WithAutoWait } from './auto-wait.js';
export { isOperationData, type OperationData } from './data.js';
export {
  assertWaiting,
  Operation,
  type Ended,
  type OperationOptions,
  type StartOptions,
} from './operation.js';
export { callNames, operationNames, startNames } from './option-names.js';
export { type Progress } from './progress.js';
export {
  createdHere,
  run,
  seeThrough,
  start,
  startedBy,
  succeeded,
  type Failed,
  type Finish,
} from './start.js';
export { idFrom } from './url.js';
export { assertWaits, waits } from './waits.js';
export { type OperationState, type WaitOptions } from './tracker.js';
