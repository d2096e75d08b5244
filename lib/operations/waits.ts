import { InvalidInputError } from '../errors/index.js';
import type { Session } from '../rest/session.js';

interface Waiting {
  wait?: boolean | undefined;
}

/** Whether a call waits for the end of what it starts: as it says itself, else as its client does. */
export function waits(session: Session, { wait }: Waiting): boolean {
  return wait ?? session.autoWait;
}

/**
 * For what of a method that may leave the waiting to its caller takes several requests: there is no operation to resolve
 * with. @throws InvalidInputError unless it is waited for
 */
export function assertWaits(session: Session, options: Waiting, what: string): void {
  if (waits(session, options)) return;
  const remedy = options.wait === false ? '' : ': say wait: true, since its client has autoWait: false';
  throw new InvalidInputError(`${what} takes several requests, and is always waited for${remedy}`);
}
