import { setTimeout as delay } from 'node:timers/promises';
import {
  AbortedError,
  BusyError,
  InvalidInputError,
  LxdError,
  PreconditionFailedError,
  SaveConflictError,
  TimeoutError,
  type Conflict,
} from '../errors/index.js';
import type { OperationOptions } from '../operations/index.js';
import type { Change } from './diff.js';
import type { Drafts } from './drafts.js';
import { copy, type Json, type JsonMap } from './json.js';
import type { Resolve } from './merge.js';
import { planWrite, type WriteRules } from './plan.js';
import type { Store } from './store.js';
import { writeTime } from './time.js';
import { describe } from './validate.js';

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
  validate: () => void;
  /** Refuses such a value for one place in them. */
  check: (path: readonly string[], value: unknown) => void;
}

/** How long, in ms, a save pauses between its tries altogether before it gives up on other writers. */
const patience = 30_000;

/** The longest pause, in ms: a busy server is free for moments only, and who sleeps misses them. */
const longestPause = 100;

/** A read younger than this vouches for what the version does not cover, in ms. */
const freshFor = 1000;

/** Writes the edits, merging what others wrote meanwhile; nothing is written if it cannot be merged. */
export async function save(saving: Saving, options: SaveOptions = {}): Promise<SaveReport> {
  const { drafts, store } = saving;
  const { rules } = store;
  const { timeout = 0 } = options;
  const until = timeout > 0 ? performance.now() + timeout : Infinity;
  // Never 0, which would be no limit.
  const left = () => ({ ...options, timeout: timeout && Math.max(1, Math.ceil(until - performance.now())) });
  assertOnConflict(options.onConflict);
  edits(saving); // what is wrong with them is said before anything else
  settlePending(saving, options.onConflict);
  let changes = drafts.changes();
  let merged = 0;
  let paused = 0;
  let refusal: LxdError | undefined;
  for (let attempt = 0; changes.length > 0; attempt++) {
    if (refusal) {
      const pause = pauseBefore(attempt);
      paused += pause;
      if (paused > patience) throw givenUp(saving, refusal, attempt);
      if (performance.now() + pause >= until) throw late(saving, timeout, refusal);
      await rest(pause, options.signal);
      changes = edits(saving);
    }
    if (drafts.version === undefined || needsReading(rules, saving, changes)) {
      await reread(saving, left());
      changes = edits(saving);
    }
    if (changes.length === 0) break; // set back, or somebody else has just written the same
    try {
      await write(saving, changes, left());
      return { saved: true, merged };
    } catch (error) {
      if (!isRetriable(error, rules)) throw error;
      refusal = error;
      if (!(error instanceof PreconditionFailedError)) continue; // busy: what was read may still be the newest
      merged++;
      drafts.version = undefined;
    }
  }
  return { saved: false, merged };
}

/** What is to be written, as of now: edits made while the save waited go with it. */
function edits({ drafts, store, validate }: Saving): Change[] {
  drafts.dropEmpty(store.rules.emptyIsUnset ?? []);
  validate();
  return drafts.changes();
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
async function reread(saving: Saving, { onConflict, signal, timeout }: SaveOptions): Promise<void> {
  const reading = await saving.store.read(saving.key, { signal, timeout });
  const { drafts, store } = saving;
  const conflicts: Conflict[] = [];
  drafts.rebase(reading, onConflict ? deciding(saving, onConflict) : noting(store.rules, conflicts));
  if (conflicts.length > 0) throw conflictError(saving, conflicts);
}

/** Notes each value that both sides changed, and keeps mine. */
export function noting(rules: WriteRules, conflicts: Conflict[]): Resolve {
  return (conflict) => {
    if (!isServerOwned(rules, conflict)) conflicts.push(snapshot(conflict));
    return conflict.mine as Json;
  };
}

function deciding(saving: Saving, onConflict: OnConflict): Resolve {
  return (conflict) =>
    isServerOwned(saving.store.rules, conflict)
      ? (conflict.mine as Json)
      : decide(saving, conflict, onConflict);
}

function isServerOwned(rules: WriteRules, { path: [field, key = ''] }: Conflict): boolean {
  return field === 'config' && (rules.serverOwned?.test(key) ?? false);
}

/** The conflict as it is now: the drafts go on changing. */
function snapshot({ path, base, mine, theirs }: Conflict): Conflict {
  return { path, base: copy(base as Json), mine: copy(mine as Json), theirs: copy(theirs as Json) };
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

function assertOnConflict(value: unknown): void {
  if (value === undefined || value === 'mine' || value === 'theirs' || typeof value === 'function') return;
  throw new InvalidInputError(`onConflict must be 'mine', 'theirs' or a function, not ${describe(value)}`);
}

/** What a `fetch()` found in conflict is said now, unless the user has chosen since. */
function settlePending(saving: Saving, onConflict: OnConflict | undefined): void {
  const { drafts } = saving;
  const open = (drafts.pending ?? []).filter((conflict) => drafts.stands(conflict));
  const error = open.length > 0 && onConflict === undefined ? conflictError(saving, open) : undefined;
  // All decisions before any is taken over: the function may throw.
  const decisions = onConflict
    ? open.map((conflict) => [conflict, decide(saving, conflict, onConflict)] as const)
    : [];
  drafts.pending = undefined;
  if (error) throw error;
  for (const [conflict, value] of decisions) drafts.settle(conflict, value);
}

function conflictError(saving: Saving, conflicts: Conflict[]): SaveConflictError {
  const paths = conflicts.map(where).join(', ');
  return new SaveConflictError(
    `${saving.title}: you and somebody else changed ${paths} differently; nothing was written. The model holds your ` +
      'edits over the new state: save() again to keep them, revert() to drop them, or save({ onConflict })',
    conflicts,
  );
}

function where({ path }: Conflict): string {
  return path.join(' › ');
}

function isRetriable(error: unknown, rules: WriteRules): error is LxdError {
  if (error instanceof PreconditionFailedError) return true;
  return error instanceof LxdError && (rules.busy?.test(error.message) ?? false);
}

function givenUp(saving: Saving, refusal: LxdError, attempts: number): LxdError {
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

function late({ title }: Saving, timeout: number, cause: LxdError): TimeoutError {
  const message = `${title}: not saved within ${String(timeout)} ms, since others keep writing; nothing was written`;
  return new TimeoutError(message, { cause });
}

/** Half of it by chance, so that writers who met do not meet again. */
function pauseBefore(attempt: number): number {
  return Math.min(longestPause, 5 * 2 ** attempt) * (0.5 + Math.random() / 2);
}

async function rest(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await delay(ms, undefined, signal ? { signal } : {}).catch(() => {
    throw new AbortedError('save(): aborted between two tries; nothing was written', {
      cause: signal?.reason,
    });
  });
}
