import {
  AbortedError,
  ConnectionError,
  InvalidInputError,
  LxdError,
  milliseconds,
  NotFoundError,
  PreconditionFailedError,
  TimeoutError,
  type Conflict,
  type OptionNames,
  type PlannedRequest,
} from '../errors/index.js';
import { operationNames, type OperationOptions } from '../operations/index.js';
import type { Change } from './diff.js';
import type { Drafts } from './drafts.js';
import { copy, emptyMap, own, same, type JsonMap } from './json.js';
import {
  assertOnConflict,
  conflictError,
  deciding,
  noting,
  settlePending,
  type OnConflict,
} from './on-conflict.js';
import { isFilledIn, planWrite, type Plan, type WriteRules } from './plan.js';
import type { Store } from './store.js';
import { Tries, type Aside } from './tries.js';
import { describe } from './validate.js';

export interface SaveOptions<D extends boolean = boolean> extends OperationOptions {
  /** Without it such a value rejects with `SaveConflictError`, and nothing is written. */
  onConflict?: OnConflict | undefined;
  /**
   * `false` does not look whether what was written stays there, where the server's check of versions lets two writers
   * through together (profiles, images, networks, volumes and others): it may then be lost in silence. The look back is
   * two reads, each after a pause of 20 ms or three times what the write (or the first read) took, whichever is longer: some
   * 50 ms of a profile, and seconds where a write takes a second, as of a network.
   */
  verify?: boolean | undefined;
  /** `true` only reads, and resolves with the request that would be sent, undefined if there is nothing to save. */
  dryRun?: D | undefined;
}

/** What a method resolves with whose dry run tells the request that would be sent. */
export type Ran<T, D extends boolean> = D extends true ? PlannedRequest | undefined : T;

export const saveNames: OptionNames<SaveOptions> = {
  ...operationNames,
  onConflict: true,
  verify: true,
  dryRun: true,
};

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
  /** Those of them that it derives from what is written. */
  readonly derived: ReadonlySet<string>;
  /** Refuses drafts that the server would refuse or misread. */
  validate: () => void;
  /** Refuses such a value for one place in them. */
  check: (path: readonly string[], value: unknown) => void;
}

/** A read younger than this vouches for what the version does not cover, in ms: reading, changing, saving in one go. */
const freshFor = 50;

/** Writes the edits, merging what others wrote meanwhile; nothing is written if it cannot be merged. */
export async function save(saving: Saving, options: SaveOptions = {}, aside?: Aside): Promise<SaveReport> {
  assertSaveOptions(options);
  const { drafts, store } = saving;
  const { rules } = store;
  const { onConflict, verify = true, dryRun: _, ...call } = options;
  const tries = new Tries(saving.title, rules, { ...call, timeout: milliseconds(call.timeout) }, aside);
  const left = () => ({ ...call, timeout: tries.left });
  let changes = edits(saving); // what is wrong with them is said before anything else
  if (drafts.pending || drafts.told) {
    settlePending(saving, onConflict);
    changes = drafts.changes();
  }
  let merged = 0;
  let refusal: LxdError | undefined;
  let slowest = 0; // of the writes, in ms
  for (let attempt = 0; changes.length > 0; attempt++) {
    if (refusal) {
      await tries.again(attempt, refusal);
      changes = edits(saving);
    }
    if (drafts.version === undefined || needsReading(rules, saving, changes)) {
      await reread(saving, onConflict, left());
      changes = edits(saving);
    }
    if (changes.length === 0) break; // set back, or somebody else has just written the same
    const before = drafts.base;
    const began = performance.now();
    try {
      await write(saving, changes, left());
    } catch (error) {
      if (!isRetriable(error, rules)) throw error;
      refusal = error;
      slowest = Math.max(slowest, performance.now() - began);
      if (!(error instanceof PreconditionFailedError)) continue; // busy: what was read may still be the newest
      merged++;
      drafts.version = undefined;
      continue;
    }
    slowest = Math.max(slowest, performance.now() - began);
    if (isLoose(rules, attempt) && verify) {
      const pause = Math.max(20, 3 * slowest);
      if (await stays(saving, { changes, before, pause }, tries, left)) return { saved: true, merged };
      refusal = new PreconditionFailedError(`${saving.title}: a stale write of somebody else undid mine`);
      merged++;
      changes = edits(saving);
      continue;
    }
    if (isFilledIn(rules, changes)) await look(saving, left(), () => false);
    return { saved: true, merged };
  }
  return { saved: false, merged };
}

/** Whether a write that the server accepted may be undone by another one that it accepted too. */
function isLoose({ checkedLoosely }: WriteRules, attempt: number): boolean {
  return checkedLoosely === 'when met' ? attempt > 0 : checkedLoosely === true;
}

function assertSaveOptions({ onConflict, verify, dryRun }: SaveOptions): void {
  assertOnConflict(onConflict);
  assertFlag('verify', verify);
  assertFlag('dryRun', dryRun);
}

function assertFlag(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'boolean')
    throw new InvalidInputError(`${name} must be a boolean, not ${describe(value)}`);
}

/** What is to be written, as of now: edits made while the save waited go with it. */
function edits({ drafts, store, validate }: Saving): Change[] {
  const { emptyIsUnset = [], kept } = store.rules;
  drafts.dropEmpty(emptyIsUnset);
  if (kept) drafts.keep(kept);
  validate();
  return drafts.changes();
}

/** Some servers take no version, and some fields are not covered by it: those are read and compared before the write. */
function needsReading(rules: WriteRules, saving: Saving, changes: readonly Change[]): boolean {
  if (rules.versionIgnored) return true;
  const unversioned = rules.unversioned ?? [];
  if (unversioned.length === 0) return false;
  if (changes.some(({ path }) => unversioned.includes(path[0] ?? ''))) return true;
  if (performance.now() - saving.drafts.readAt <= freshFor) return false;
  // Those that are sent along as they were read would put back what somebody else has made of them.
  if (unversioned.some((wire) => rules.resend?.includes(wire))) return true;
  return planned(saving, changes).mode === 'replace';
}

/** The write of the changes, and the whole as it is after it. */
function planned(
  { drafts, store, readOnly }: Saving,
  changes: readonly Change[],
): Plan & { merged: JsonMap } {
  const merged = drafts.next();
  const writable = emptyMap();
  for (const wire of Object.keys(merged)) if (!readOnly.has(wire)) writable[wire] = merged[wire];
  const { mode, body } = planWrite(store.rules, drafts.base, writable, changes);
  return { mode, body: copy(body) as JsonMap, merged };
}

async function write(saving: Saving, changes: readonly Change[], call: OperationOptions): Promise<void> {
  const { drafts, store } = saving;
  const { mode, body, merged } = planned(saving, changes);
  await store.write(saving.key, mode, body, drafts.version, call);
  drafts.written(merged, saving.derived);
}

/** Reads what the server has now and puts the edits on top of it. */
async function reread(
  saving: Saving,
  onConflict: OnConflict | undefined,
  { signal, timeout }: OperationOptions,
): Promise<void> {
  const reading = await saving.store.read(saving.key, { signal, timeout });
  const { drafts, store } = saving;
  const conflicts: Conflict[] = [];
  drafts.rebase(reading, onConflict ? deciding(saving, onConflict) : noting(store.rules, conflicts));
  if (conflicts.length > 0) throw conflictError(saving, conflicts);
}

/** What was written over what, and how long to wait, in ms, before the first look at it; before the second at least as long. */
interface Written {
  changes: readonly Change[];
  before: JsonMap;
  pause: number;
}

/**
 * Looks twice whether what was written stays. It was undone by a stale write where all that I changed is back at what it
 * was before, and something else is not; any other value is what somebody else has made of it since, and stays.
 */
async function stays(
  saving: Saving,
  { changes, before, pause }: Written,
  tries: Tries,
  left: () => OperationOptions,
): Promise<boolean> {
  const { drafts, readOnly } = saving;
  const isUndone = (now: JsonMap) => {
    const names = Object.keys({ ...before, ...now }).filter((wire) => !readOnly.has(wire));
    const isUntouched = names.every((wire) => same(own(before, wire), own(now, wire)));
    if (isUntouched || !drafts.areBack(changes, before, now)) return false;
    drafts.unwritten(before);
    return true;
  };
  let longest = pause; // where looking takes its time, so does the other writer
  for (let count = 0; count < 2; count++) {
    await tries.look(longest);
    const began = performance.now();
    if (await look(saving, left(), isUndone)) return false;
    longest = Math.max(longest, 3 * (performance.now() - began));
  }
  return true;
}

/** Reads what has become of what was written, and takes it over. Resolves with what `isUndone` says of it. */
async function look(
  saving: Saving,
  { signal, timeout }: OperationOptions,
  isUndone: (now: JsonMap) => boolean,
): Promise<boolean> {
  const { drafts, store, key } = saving;
  const reading = await store.read(key, { signal, timeout }).catch((error: unknown) => {
    if (error instanceof NotFoundError) return undefined; // deleted since
    throw unseen(saving, error);
  });
  if (!reading) return false;
  const undone = isUndone(reading.data);
  const conflicts: Conflict[] = [];
  drafts.rebase(reading, noting(store.rules, conflicts));
  // Of edits made while it was saved: nothing of them is written yet.
  if (undone && conflicts.length > 0) throw conflictError(saving, conflicts);
  drafts.hold(conflicts);
  return undone;
}

/** A look that fails is not a write that failed, and must not read like one. */
function unseen({ title }: Saving, error: unknown): unknown {
  const Class = [AbortedError, TimeoutError, ConnectionError].find((one) => error instanceof one);
  if (!Class) return error;
  const { message } = error as Error;
  return new Class(`${title}: saved, but not seen to stay so: ${message}`, { cause: error });
}

function isRetriable(error: unknown, rules: WriteRules): error is LxdError {
  if (error instanceof PreconditionFailedError) return true;
  return error instanceof LxdError && (rules.busy?.test(error.message) ?? false);
}
