import {
  AbortedError,
  assertOptions,
  InvalidInputError,
  LxdError,
  named,
  type OptionNames,
} from '../errors/index.js';
import type { Model } from './model.js';
import { saveNames, type SaveOptions } from './save.js';
import { Slots } from './slots.js';
import { describe } from './validate.js';
import type { Aside } from './tries.js';

export interface SaveAllOptions<M extends Model = Model> extends Omit<SaveOptions, 'onProgress' | 'dryRun'> {
  /** How many saves run at the same time; 8 by default. */
  concurrency?: number | undefined;
  /** Called after each model. */
  onProgress?: ((progress: SaveAllProgress<M>) => void) | undefined;
}

const { dryRun: _, ...names } = saveNames;
const saveAllNames: OptionNames<SaveAllOptions> = { ...names, concurrency: true };

export interface SaveAllProgress<M extends Model = Model> {
  model: M;
  outcome: 'saved' | 'unchanged' | 'failed';
  done: number;
  total: number;
}

export interface SaveAllResult<M extends Model = Model> {
  saved: M[];
  /** Those without edits, or whose edits somebody else had made already. */
  unchanged: M[];
  failed: M[];
}

/** One model of a `saveAll()` that could not be saved; `cause` is the error of its `save()`. */
export class ModelSaveError extends LxdError {
  constructor(
    readonly model: Model,
    cause: unknown,
  ) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const status = cause instanceof LxdError ? cause.status : undefined;
    const title = model.toString();
    super('ERR_LXD_SAVE', reason.startsWith(title) ? reason : `${title}: ${reason}`, { cause, status });
  }
}

/** Some models of a `saveAll()` could not be saved; the others were. Run it again with the same models to go on. */
export class SaveAllError<M extends Model = Model> extends LxdError implements SaveAllResult<M> {
  readonly errors: readonly ModelSaveError[];
  readonly saved: M[];
  readonly unchanged: M[];
  readonly failed: M[];

  constructor(errors: ModelSaveError[], result: SaveAllResult<M>) {
    const total = result.saved.length + result.unchanged.length + result.failed.length;
    const first = errors[0]?.message ?? '';
    super(
      'ERR_LXD_SAVE_ALL',
      `${String(errors.length)} of ${String(total)} models could not be saved, the first: ${first}`,
    );
    this.errors = errors;
    this.saved = result.saved;
    this.unchanged = result.unchanged;
    this.failed = result.failed;
  }
}

/**
 * Saves each model, several at a time; every one is tried before a failure is said. @throws SaveAllError; AbortedError
 * where the signal fired before all were saved
 */
export async function saveAll<M extends Model>(
  models: Iterable<M>,
  given: SaveAllOptions<M> = {},
): Promise<SaveAllResult<M>> {
  assertOptions(given, saveAllNames, 'saveAll()');
  const { concurrency = 8, onProgress, ...options } = given;
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new InvalidInputError(`concurrency must be a whole number from 1 on, not ${String(concurrency)}`);
  }
  const all = [...new Set(models)];
  const odd = all.findIndex((model) => !isModel(model));
  if (odd >= 0) throw new InvalidInputError(`saveAll() takes models, not ${describe(all[odd])}`);
  const slots = new Slots(concurrency);
  const outcomes = new Map<M, SaveAllProgress['outcome']>();
  const errors: ModelSaveError[] = [];
  let fault: { error: unknown } | undefined;
  const work = async (model: M) => {
    const outcome = await saveOne(model, options, slots.aside, errors);
    outcomes.set(model, outcome);
    try {
      onProgress?.({ model, outcome, done: outcomes.size, total: all.length });
    } catch (error) {
      fault ??= { error }; // said when every model has been tried
    }
  };
  await Promise.all(all.map((model) => slots.run(() => work(model))));
  const those = (outcome: SaveAllProgress['outcome']) =>
    all.filter((model) => outcomes.get(model) === outcome);
  const result = { saved: those('saved'), unchanged: those('unchanged'), failed: those('failed') };
  const { signal } = options;
  if (signal?.aborted && errors.some(({ cause }) => cause instanceof AbortedError)) {
    const message = `saveAll(): aborted; ${String(result.saved.length)} of ${String(all.length)} models were saved`;
    throw new AbortedError(message, { cause: signal.reason });
  }
  if (errors.length > 0) throw new SaveAllError(errors, result);
  if (fault) throw fault.error;
  return result;
}

function isModel(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'saveReport' in value;
}

async function saveOne(
  model: Model,
  options: SaveOptions,
  aside: Aside,
  errors: ModelSaveError[],
): Promise<SaveAllProgress['outcome']> {
  try {
    const { saved } = await model.saveReport(options, aside);
    return saved ? 'saved' : 'unchanged';
  } catch (error) {
    errors.push(new ModelSaveError(model, error));
    return 'failed';
  }
}

named({ ModelSaveError, SaveAllError });
