import { NotFoundError, type Conflict, type LxdError } from '../errors/index.js';
import { looked, type WaitOptions } from '../operations/index.js';
import type { Json } from './json.js';
import { conflictError, deciding, noting, type OnConflict } from './on-conflict.js';
import { isFilledIn } from './plan.js';
import type { Saving } from './save.js';

/**
 * Reads what the server has after a write of which nobody knows whether it was done. Afterwards the drafts hold what is
 * still to be written, over what is there now: where it was done, nothing.
 * @throws OutcomeUnknownError where it cannot be read; NotFoundError; SaveConflictError
 */
export async function takeStock(
  saving: Saving,
  lost: LxdError,
  onConflict: OnConflict | undefined,
  limits: WaitOptions,
): Promise<void> {
  const { store, drafts, key } = saving;
  const found = await looked(
    (call) => store.read(key, call).catch((error: unknown) => unlessOther(error)),
    lost,
    limits,
    store.patience,
  );
  if (found instanceof NotFoundError) throw found;
  const conflicts: Conflict[] = [];
  const decide = onConflict ? deciding(saving, onConflict) : noting(store.rules, conflicts);
  drafts.rebase(found, (conflict) =>
    isOurs(saving, conflict) ? (conflict.theirs as Json) : decide(conflict),
  );
  if (conflicts.length > 0)
    throw conflictError(saving, conflicts, 'whether yours was written before is not known');
}

/** Whether the server has put a value of its own in the place of ours. */
function isOurs({ store }: Saving, { path, mine }: Conflict): boolean {
  return isFilledIn(store.rules, [{ path: [...path], from: undefined, to: mine }]);
}

/** It is gone: then there is nothing to write to, whatever was done. */
function unlessOther(error: unknown): NotFoundError {
  if (error instanceof NotFoundError) return error;
  throw error;
}
