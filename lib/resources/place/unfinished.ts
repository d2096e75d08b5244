import { AlreadyExistsError } from '../../errors/index.js';
import { textsOf } from '../kind/created.js';

/** What was defined on cluster members, or failed on one of them, and was never finished. */
const unfinished: readonly unknown[] = ['Pending', 'Errored'];

const told = new WeakSet<object>();

/** What a server says of one. */
interface Described {
  readonly status?: unknown;
  readonly locations?: unknown;
}

/** Refuses to take a half-made one for a whole. @throws AlreadyExistsError that says what to do */
export function assertFinished({ status, locations }: Described, kind: string, name: string): void {
  if (!unfinished.includes(status)) return;
  const members = textsOf(locations).sort().join(', ');
  const where = members === '' ? '' : ` on ${members}`;
  const error = new AlreadyExistsError(
    `There is a ${kind} '${name}' already, whose creation was begun${where} and never finished (its status is ${String(status)}): delete it, and create it again`,
  );
  told.add(error);
  throw error;
}

/** Whether an error says that one is half made, which may be because somebody else is at it. */
export function isUnfinished(error: unknown): boolean {
  return typeof error === 'object' && error !== null && told.has(error);
}
