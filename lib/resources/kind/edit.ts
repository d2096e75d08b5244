import { PreconditionFailedError } from '../../errors/index.js';
import { copy, type CallOptions, type Json } from '../../orm/index.js';
import type { Session } from '../../rest/session.js';
import { inTurn } from './in-turn.js';

/** How often an edit is made again because somebody else's came first. */
const tries = 5;

/** What is read and written as a whole. */
export interface Versioned<T> {
  read: () => Promise<{ data: T; version: string | undefined }>;
  change: (data: T) => void | Promise<void>;
  write: (data: T, version: string | undefined) => Promise<void>;
}

/**
 * Reads it, lets `change` edit a copy in place, and writes that if it is still what was read, else tries again. The edits
 * of one client take turns, so that `change` must not edit the same thing itself.
 * @throws PreconditionFailedError if others are always quicker
 */
export async function editVersioned<T>(
  session: Session,
  path: string,
  { read, change, write }: Versioned<T>,
  options: CallOptions,
): Promise<T> {
  return inTurn<T>(session, { method: 'PUT', path }, options, async (done) => {
    for (let attempt = 1; ; attempt++) {
      const { data, version } = await read();
      const edited = copy(data as unknown as Json) as unknown as T;
      await change(edited);
      try {
        await write(edited, version);
        done(edited);
        return;
      } catch (error) {
        if (!(error instanceof PreconditionFailedError) || attempt === tries) throw error;
      }
    }
  });
}
