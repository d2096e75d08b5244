/** What the API calls the states in which an instance does not run. */
const notRunning: ReadonlySet<string> = new Set([
  'Pending',
  'Starting',
  'Stopping',
  'Stopped',
  'Aborting',
  'Freezing',
  'Frozen',
  'Error',
]);

/** Whether an instance of this status runs. The list of states is open: Incus has `Ready`, which is running and more. */
export function isRunning(status: unknown): boolean {
  return typeof status === 'string' && !notRunning.has(status);
}

/** What an action is for; the others are in that state already, or can never be by it. */
const concerns: Record<string, (status: string) => boolean> = {
  start: (status) => !isRunning(status) && status !== 'Frozen',
  stop: (status) => status !== 'Stopped',
  restart: (status) => status !== 'Stopped',
  freeze: isRunning,
  unfreeze: (status) => status === 'Frozen',
};

/** Whether an action has something to do with an instance of this status. */
export function isConcerned(action: string, status: string): boolean {
  return concerns[action]?.(status) ?? true;
}
