import { setTimeout as delay } from 'node:timers/promises';
import {
  AbortedError,
  BusyError,
  LxdError,
  PreconditionFailedError,
  SaveConflictError,
  type Conflict,
} from '../errors/index.js';
import type { OperationOptions } from '../operations/index.js';
import type { Change } from './diff.js';
import type { Drafts } from './drafts.js';
import { copy, same, type Json, type JsonMap } from './json.js';
import type { Resolve } from './merge.js';
import { planWrite, type WriteRules } from './plan.js';
import type { Store } from './store.js';

/** What to do with a value that you and somebody else changed differently. */
export type OnConflict = 'mine' | 'theirs' | ((conflict: Conflict) => unknown);

export interface SaveOptions extends OperationOptions {
  /** Without it such a value rejects with `SaveConflictError`, and nothing is written. */
  onConflict?: OnConflict | undefined;
}

/** How a save ended: `unchanged` sent no write. */
export interface SaveReport {
  saved: boolean;
  /** How often somebody else had written in between. */
  merged: number;
}

/** A thing with unsaved edits, as far as saving needs it. */
export interface Saving {
  readonly title: string;
  readonly key: string;
  readonly store: Store;
  readonly drafts: Drafts;
  /** The wire names that only the server sets. */
  readonly readOnly: ReadonlySet<string>;
  /** Refuses drafts that the server would refuse or misread. */
  validate(): void;
}

/** How often a save meets another writer before it gives up. */
const attempts = 25;

/** A read younger than this vouches for what the version does not cover, in ms. */
const freshFor = 1000;

/** Writes the edits, merging what others wrote meanwhile; nothing is written if it cannot be merged. */
export async function save(saving: Saving, options: SaveOptions = {}): Promise<SaveReport> {
  const { drafts, store } = saving;
  const { rules } = store;
  drafts.dropEmpty(rules.emptyIsUnset ?? []);
  saving.validate();
  settlePending(saving, options.onConflict);
  let changes = drafts.changes();
  let merged = 0;
  let refusal: LxdError | undefined;
  for (let attempt = 0; changes.length > 0; attempt++) {
    if (refusal && attempt >= attempts) throw givenUp(saving, refusal);
    if (attempt > 0) await pause(attempt, options.signal);
    if (drafts.version === undefined || needsReading(rules, saving, changes)) {
      await reread(saving, options);
      changes = drafts.changes();
      if (changes.length === 0) break; // somebody else has just written the same
    }
    try {
      await write(saving, changes, options);
      return { saved: true, merged };
    } catch (error) {
      if (!isRetriable(error, rules)) throw error;
      refusal = error;
      if (error instanceof PreconditionFailedError) merged++;
      drafts.version = undefined;
    }
  }
  return { saved: false, merged };
}

/** Some servers take no version, and some fields are not covered by it: those are read and compared before the write. */
function needsReading(rules: WriteRules, saving: Saving, changes: readonly Change[]): boolean {
  if (rules.versionIgnored) return true;
  const unversioned = rules.unversioned ?? [];
  if (unversioned.length === 0) return false;
  const touched = changes.some(({ path }) => unversioned.includes(path[0] ?? ''));
  return touched || performance.now() - saving.drafts.readAt > freshFor;
}

async function write(saving: Saving, changes: readonly Change[], options: SaveOptions): Promise<void> {
  const { drafts, store } = saving;
  const merged = drafts.merged();
  const writable = copy(merged) as JsonMap;
  for (const wire of saving.readOnly) Reflect.deleteProperty(writable, wire);
  const { mode, body } = planWrite(store.rules, drafts.base, writable, changes);
  const { onConflict: _, ...call } = options;
  await store.write(saving.key, mode, body, drafts.version, call);
  drafts.written(merged);
}

/** Reads what the server has now and puts the edits on top of it. */
async function reread(saving: Saving, { onConflict, signal }: SaveOptions): Promise<void> {
  const reading = await saving.store.read(saving.key, { signal });
  const conflicts: Conflict[] = [];
  saving.drafts.rebase(reading, resolver(saving.store.rules, onConflict, conflicts));
  if (conflicts.length > 0) throw conflictError(saving, conflicts);
  saving.validate(); // `onConflict` may have given anything
}

/** Decides each value that both sides changed, or notes it and keeps mine. */
export function resolver(
  rules: WriteRules,
  onConflict: OnConflict | undefined,
  conflicts: Conflict[],
): Resolve {
  return (conflict) => {
    const [field, key = ''] = conflict.path;
    if (field === 'config' && rules.serverOwned?.test(key)) return conflict.mine as Json;
    if (onConflict === undefined) conflicts.push(conflict);
    return decide(conflict, onConflict);
  };
}

function decide(conflict: Conflict, onConflict: OnConflict | undefined): Json {
  if (onConflict === 'theirs') return conflict.theirs as Json;
  if (typeof onConflict === 'function') return onConflict(conflict) as Json;
  return conflict.mine as Json;
}

/** What a `fetch()` found in conflict is said now, unless the user has chosen since. */
function settlePending(saving: Saving, onConflict: OnConflict | undefined): void {
  const { drafts } = saving;
  const open = (drafts.pending ?? []).filter(({ path, mine, theirs }) => {
    const now = drafts.valueAt(path);
    return same(now, mine as Json) && !same(now, theirs as Json);
  });
  drafts.pending = undefined;
  if (open.length > 0 && onConflict === undefined) throw conflictError(saving, open);
  for (const conflict of open) drafts.assign(conflict.path, decide(conflict, onConflict));
}

function conflictError(saving: Saving, conflicts: Conflict[]): SaveConflictError {
  const paths = conflicts.map(({ path }) => path.join(' › ')).join(', ');
  return new SaveConflictError(
    `${saving.title}: you and somebody else changed ${paths} differently; nothing was written. The model holds your ` +
      'edits over the new state: save() again to keep them, revert() to drop them, or save({ onConflict })',
    conflicts,
  );
}

function isRetriable(error: unknown, rules: WriteRules): error is LxdError {
  if (error instanceof PreconditionFailedError) return true;
  return error instanceof LxdError && (rules.busy?.test(error.message) ?? false);
}

function givenUp(saving: Saving, refusal: LxdError): LxdError {
  const details = { cause: refusal, status: refusal.status, method: refusal.method, path: refusal.path };
  const tried = `after ${String(attempts)} tries; nothing was written, the model holds your edits. Save again later`;
  if (refusal instanceof PreconditionFailedError) {
    return new PreconditionFailedError(
      `${saving.title}: somebody else writes it all the time: given up ${tried}`,
      details,
    );
  }
  return new BusyError(
    `${saving.title}: the server is busy with another write to it: given up ${tried}`,
    details,
  );
}

/** Grows up to a second, half of it by chance, so that writers who met do not meet again. */
async function pause(attempt: number, signal: AbortSignal | undefined): Promise<void> {
  const longest = Math.min(1000, 10 * 2 ** attempt);
  await delay(longest * (0.5 + Math.random() / 2), undefined, signal ? { signal } : {}).catch(() => {
    throw new AbortedError('save(): aborted between two tries; nothing was written', {
      cause: signal?.reason,
    });
  });
}
