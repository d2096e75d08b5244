import './support/no-delays.js';
import { inspect } from 'node:util';
import {
  AbortedError,
  InvalidInputError,
  isLxdError,
  SaveConflictError,
  ServerError,
} from '../../lib/errors/index.js';
import { failure } from './support/failure.js';
import { MemoryStore } from './support/memory-store.js';

const { Things } = await import('./support/thing.js');
const { ModelSaveError, saveAll, SaveAllError } = await import('../../lib/orm/index.js');

type Models = Awaited<ReturnType<InstanceType<typeof Things>['all']>>;

let store: MemoryStore;
let models: Models;

const keys = (some: Iterable<{ key: string }>) => Array.from(some, ({ key }) => key);

beforeEach(async () => {
  store = new MemoryStore();
  for (let n = 0; n < 10; n++) store.seed(`t${String(n)}`, { config: { a: '1' } });
  models = await new Things(store).all();
});

/** Gives every model an edit, and some of them something that cannot be saved. */
function edit({ failing = [], clean = [] }: { failing?: number[]; clean?: number[] } = {}): void {
  for (const [index, model] of models.entries()) {
    if (clean.includes(index)) continue;
    model.config.a = '2';
    if (failing.includes(index)) store.elsewhere(model.key, ({ config }) => (config.a = '3'));
  }
}

describe('saveAll', () => {
  test.each([[[{}]], [['x']], ['text'], [[null]], [[undefined]]])(
    'refuses what is no model: %j',
    async (odd) => {
      await expect(saveAll(odd as never)).rejects.toThrow(InvalidInputError);
    },
  );

  test('saves every model, and says which had nothing to save', async () => {
    edit({ clean: [3, 4] });
    store.elsewhere('t5', ({ config }) => (config.a = '2'));
    const result = await saveAll(models);

    expect(keys(result.saved)).toEqual(['t0', 't1', 't2', 't6', 't7', 't8', 't9']);
    expect(keys(result.unchanged)).toEqual(['t3', 't4', 't5']);
    expect(result.failed).toEqual([]);
    expect(store.writes).toHaveLength(7);
    expect(models.some(({ isDirty }) => isDirty)).toBe(false);
  });

  test('sends nothing for clean models', async () => {
    await saveAll(models);
    expect([store.reads.length, store.attempts.length]).toEqual([0, 0]);
  });

  test('tries every model, and then says what failed and why', async () => {
    edit({ failing: [0, 5], clean: [1] });
    const error = await failure(saveAll(models), SaveAllError);

    expect(isLxdError(error)).toBe(true);
    expect([error.name, error.code]).toEqual(['SaveAllError', 'ERR_LXD_SAVE_ALL']);
    expect(error.message).toBe(`2 of 10 models could not be saved, the first: ${error.errors[0]!.message}`);
    expect(keys(error.failed)).toEqual(['t0', 't5']);
    expect(keys(error.unchanged)).toEqual(['t1']);
    expect(keys(error.saved)).toEqual(['t2', 't3', 't4', 't6', 't7', 't8', 't9']);
    expect(store.writes).toHaveLength(7);
  });

  test('names the model in each error, whose cause is that of its save()', async () => {
    edit({ failing: [0] });
    models[1]!.config.a = '3';
    store.drop('t1');
    Object.assign(models[2]!.config, { a: 7 });
    store.beforeWrite = () => {
      if (store.attempts.at(-1)?.key === 't3') throw new ServerError('disk full (500)', { status: 500 });
    };
    const { errors } = await failure(saveAll(models, { concurrency: 1 }), SaveAllError);

    expect(errors.map(({ model, message }) => [model.key, message])).toEqual([
      ['t0', expect.stringMatching(/^Thing 't0': you and somebody else changed config › a differently/)],
      ['t1', "Thing 't1': t1: not found (404)"],
      ['t2', 'Thing \'t2\': thing.config.a must be a string, not number 7; write "7"'],
      ['t3', "Thing 't3': disk full (500)"],
    ]);
    for (const error of errors) {
      expect(error).toBeInstanceOf(ModelSaveError);
      expect(isLxdError(error)).toBe(true);
      expect(error.code).toBe('ERR_LXD_SAVE');
    }
    expect(errors[0]?.cause).toBeInstanceOf(SaveConflictError);
    expect(errors.map(({ status }) => status)).toEqual([undefined, 404, undefined, 500]);
    expect(inspect(errors[3]?.model)).toBe("Thing('t3', dirty: config.a)");
  });

  test('can be run again with the same models', async () => {
    edit({ failing: [0, 5] });
    await failure(saveAll(models), SaveAllError);
    const written = store.writes.length;
    const result = await saveAll(models);

    expect(keys(result.saved)).toEqual(['t0', 't5']);
    expect(result.unchanged).toHaveLength(8);
    expect(store.writes).toHaveLength(written + 2);
    expect(store.peek('t5').config.a).toBe('2');
  });

  test('passes onConflict and the signal on', async () => {
    edit({ failing: [0, 5] });
    const { saved } = await new Things(store).saveAll(models, { onConflict: 'mine' });
    expect(saved).toHaveLength(10);

    edit();
    for (const model of models) model.config.a = '9';
    const error = await failure(saveAll(models, { signal: AbortSignal.abort('enough') }), AbortedError);
    expect([error.name, error.cause]).toEqual(['AbortError', 'enough']);
    expect(error.message).toBe('saveAll(): aborted; 0 of 10 models were saved');
    expect(store.peek('t0').config.a).toBe('2');
  });

  test.each([1, 3, 8, 10, 50])('has at most %d saves at work, and so many', async (concurrency) => {
    edit();
    const wanted = Math.min(concurrency, models.length);
    store.beforeWrite = () => new Promise(setImmediate);
    await saveAll(models, { concurrency });
    expect(store.mostAtOnce).toBe(wanted);
  });

  test('has eight at work unless told otherwise', async () => {
    edit();
    store.beforeWrite = () => new Promise(setImmediate);
    await saveAll(models);
    expect(store.mostAtOnce).toBe(8);
  });

  test('starts the next as soon as one has ended', async () => {
    edit();
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    store.beforeWrite = () => (store.attempts.at(-1)?.key === 't0' ? gate : undefined);
    const seen: string[] = [];
    const saving = saveAll(models, {
      concurrency: 2,
      onProgress: ({ model, done }) => {
        seen.push(model.key);
        if (done === 9) release();
      },
    });
    await saving;
    expect(seen.at(-1)).toBe('t0');
  });

  test.each([0, -1, 1.5, NaN, Infinity, '4'])('refuses the concurrency %p', async (concurrency) => {
    edit();
    const error = await failure(saveAll(models, { concurrency: concurrency as number }), InvalidInputError);
    expect(error.message).toBe(`concurrency must be a whole number from 1 on, not ${String(concurrency)}`);
    expect(store.reads).toEqual([]);
  });

  test('tells how far it is', async () => {
    edit({ failing: [1], clean: [2] });
    const steps: unknown[] = [];
    const saving = saveAll(models.slice(0, 4), {
      concurrency: 1,
      onProgress: ({ model, ...rest }) => steps.push([model.key, rest]),
    });
    await failure(saving, SaveAllError);
    expect(steps).toEqual([
      ['t0', { outcome: 'saved', done: 1, total: 4 }],
      ['t1', { outcome: 'failed', done: 2, total: 4 }],
      ['t2', { outcome: 'unchanged', done: 3, total: 4 }],
      ['t3', { outcome: 'saved', done: 4, total: 4 }],
    ]);
  });

  test('a listener that throws is heard of when every model has been tried', async () => {
    edit();
    const fault = new RangeError('cannot count');
    const saving = saveAll(models, {
      concurrency: 1,
      onProgress: () => {
        throw fault;
      },
    });
    await expect(saving).rejects.toBe(fault);
    expect(store.writes).toHaveLength(10);
  });

  test('takes each model once, from any iterable, and none at all', async () => {
    edit();
    const [first] = models as [Models[number]];
    expect(keys((await saveAll([first, first, first])).saved)).toEqual(['t0']);
    expect((await saveAll(new Set(models))).saved).toHaveLength(9);
    expect(await saveAll([])).toEqual({ saved: [], unchanged: [], failed: [] });
  });
});
