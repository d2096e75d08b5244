import { InvalidInputError, SaveConflictError, type Conflict } from '../errors/index.js';
import { copy, type Json } from './json.js';
import type { Resolve } from './merge.js';
import type { WriteRules } from './plan.js';
import type { Saving } from './save.js';
import { writeTime } from './time.js';
import { describe } from './validate.js';

/** What to do with a value that you and somebody else changed differently. */
export type OnConflict = 'mine' | 'theirs' | ((conflict: Conflict) => unknown);

export function assertOnConflict(value: unknown): void {
  if (value === undefined || value === 'mine' || value === 'theirs' || typeof value === 'function') return;
  throw new InvalidInputError(`onConflict must be 'mine', 'theirs' or a function, not ${describe(value)}`);
}

/** Notes each value that both sides changed, and keeps mine. */
export function noting(rules: WriteRules, conflicts: Conflict[]): Resolve {
  return (conflict) => {
    if (!isServerOwned(rules, conflict)) conflicts.push(snapshot(conflict));
    return conflict.mine as Json;
  };
}

/** Takes what the caller has decided on. */
export function deciding(saving: Saving, onConflict: OnConflict): Resolve {
  return (conflict) =>
    isServerOwned(saving.store.rules, conflict)
      ? (conflict.mine as Json)
      : decide(saving, conflict, onConflict);
}

/** Says what a `fetch()` found in conflict, unless the user decides it now; so too what an earlier save has refused. */
export function settlePending(saving: Saving, onConflict: OnConflict | undefined): void {
  const { drafts } = saving;
  const open = (drafts.pending ?? []).filter((conflict) => drafts.stands(conflict));
  if (onConflict === undefined) {
    drafts.pending = undefined;
    if (open.length > 0) throw conflictError(saving, open);
    return;
  }
  drafts.tell(open);
  // All decisions before any is taken over: the function may throw.
  const decisions = (drafts.told ?? [])
    .filter((conflict) => drafts.stands(conflict))
    .map((conflict) => [conflict, decide(saving, conflict, onConflict)] as const);
  drafts.pending = drafts.told = undefined;
  for (const [conflict, value] of decisions) drafts.settle(conflict, value);
}

/** The error of a save that changes nothing; the next one may decide. */
export function conflictError(saving: Saving, conflicts: Conflict[]): SaveConflictError {
  const paths = conflicts.map(where).join(', ');
  saving.drafts.tell(conflicts);
  return new SaveConflictError(
    `${saving.title}: you and somebody else changed ${paths} differently; nothing was written. The model holds your ` +
      'edits over the new state: save() again to keep them, revert() to drop them, or save({ onConflict })',
    conflicts,
  );
}

function decide(saving: Saving, conflict: Conflict, onConflict: OnConflict): Json {
  if (onConflict === 'mine') return conflict.mine as Json;
  if (onConflict === 'theirs') return conflict.theirs as Json;
  const value = onConflict(snapshot(conflict));
  if (value === undefined && conflict.mine !== undefined && conflict.theirs !== undefined) {
    throw new InvalidInputError(
      `${saving.title}: onConflict returned nothing for ${where(conflict)}; return the value to keep, such as ` +
        '`conflict.mine` or `conflict.theirs`',
    );
  }
  saving.check(conflict.path, value);
  return value instanceof Date ? writeTime(value) : (value as Json);
}

function isServerOwned(rules: WriteRules, { path: [field, key = ''] }: Conflict): boolean {
  return field === 'config' && (rules.serverOwned?.test(key) ?? false);
}

/** The conflict as it is now: the drafts go on changing. */
function snapshot({ path, base, mine, theirs }: Conflict): Conflict {
  return { path, base: copy(base as Json), mine: copy(mine as Json), theirs: copy(theirs as Json) };
}

function where({ path }: Conflict): string {
  return path.join(' › ');
}
