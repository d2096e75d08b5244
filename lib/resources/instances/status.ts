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
