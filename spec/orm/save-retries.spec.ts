import { jest } from '@jest/globals';
import { during, pauses } from './support/no-delays.js';
import {
  AbortedError,
  BusyError,
  InvalidInputError,
  PreconditionFailedError,
  ServerError,
  TimeoutError,
} from '../../lib/errors/index.js';
import { failure } from './support/failure.js';
import { instanceRules, MemoryStore } from './support/memory-store.js';

const { Things } = await import('./support/thing.js');

let store: MemoryStore;

beforeEach(() => {
  store = new MemoryStore().seed('web', { config: { a: '1', b: '1' }, profiles: ['default'] });
});

const get = async () => new Things(store).get('web');

/** Somebody writes a key of their own just before each of our writes, so many times. */
function disturb(times: number): void {
  let done = 0;
  store.beforeWrite = () => {
    if (done++ < times) store.elsewhere('web', ({ config }) => (config[`theirs.${String(done)}`] = '1'));
  };
}

describe('when somebody else has written', () => {
  test('the save reads, merges and writes again', async () => {
    const web = await get();
    web.config.a = '2';
    web.profiles.push('mine');
    store.elsewhere('web', (data) => {
      data.config.b = '2';
      data.config.c = '1';
      data.profiles.unshift('theirs');
    });

    expect(await web.saveReport()).toEqual({ saved: true, merged: 1 });
    expect(store.peek('web')).toMatchObject({
      config: { a: '2', b: '2', c: '1' },
      profiles: ['theirs', 'default', 'mine'],
    });
    expect([store.reads.length, store.attempts.length, store.writes.length]).toEqual([2, 2, 1]);
    expect({ ...web.config }).toEqual({ a: '2', b: '2', c: '1' });
    expect(web.isDirty).toBe(false);
  });

  test('the second write has what changed, not all that was merged', async () => {
    const web = await get();
    web.config.a = '2';
    disturb(1);
    await web.save();
    expect(store.writes.map(({ body }) => body)).toEqual([{ config: { a: '2' }, description: '' }]);
  });

  test('again and again, it goes on', async () => {
    const web = await get();
    web.config.a = '2';
    disturb(20);
    expect(await web.saveReport()).toEqual({ saved: true, merged: 20 });
    expect(Object.keys(store.peek('web').config)).toHaveLength(22);
  });

  test('it waits between two tries, longer at first, a tenth of a second at most, and never twice the same', async () => {
    const web = await get();
    web.config.a = '2';
    disturb(24);
    await web.save();

    expect(pauses).toHaveLength(24);
    for (const [index, ms] of pauses.entries()) {
      const longest = Math.min(100, 10 * 2 ** index);
      expect(ms).toBeGreaterThanOrEqual(longest / 2);
      expect(ms).toBeLessThanOrEqual(longest);
    }
    expect(new Set(pauses).size).toBe(24);
  });

  test('all the time, it gives up after half a minute of waiting, and nothing is lost', async () => {
    const web = await get();
    web.config.a = '2';
    disturb(Infinity);
    const error = await failure(web.save(), PreconditionFailedError);

    expect(error.message).toBe(
      `Thing 'web': somebody else writes it all the time: given up after ${String(store.attempts.length)} tries; ` +
        'nothing was written, the model holds your edits. Save again later',
    );
    expect(error).toMatchObject({ status: 412, code: 'ERR_LXD_PRECONDITION_FAILED' });
    expect(error.cause).toBeInstanceOf(PreconditionFailedError);
    const waited = pauses.reduce((sum, ms) => sum + ms, 0);
    expect(waited).toBeGreaterThan(29_800);
    expect(waited).toBeLessThanOrEqual(30_000);
    expect(store.writes).toEqual([]);
    expect(web.isDirty).toBe(true);

    store.beforeWrite = undefined;
    await web.save();
    expect(store.peek('web').config.a).toBe('2');
  });

  test('the thing being deleted is no reason to try again', async () => {
    const web = await get();
    web.config.a = '2';
    store.beforeWrite = () => store.drop('web');
    await expect(web.save()).rejects.toThrow('not found');
    expect(store.attempts).toHaveLength(1);
  });
});

describe('when the server is busy', () => {
  test('the save tries again; what was read may still be the newest', async () => {
    const web = await get();
    web.config.a = '2';
    store.busy = 3;
    expect(await web.saveReport()).toEqual({ saved: true, merged: 0 });
    expect([store.reads.length, store.attempts.length, store.writes.length]).toEqual([1, 4, 1]);
    expect(pauses).toHaveLength(3);
  });

  test('with what somebody else writes, both are there in the end', async () => {
    const web = await get();
    web.config.a = '2';
    store.busy = 2;
    during.pause = () => store.elsewhere('web', ({ config }) => (config.c = '1'));
    expect(await web.saveReport()).toEqual({ saved: true, merged: 1 });
    expect(store.peek('web').config).toEqual({ a: '2', b: '1', c: '1' });
  });

  test.each([
    ['new edits', { a: '2', b: '2' }],
    ['a changed edit', { a: '3', b: '1' }],
  ])('%s made while it waits go with the next try', async (_, wanted) => {
    const web = await get();
    web.config.a = '2';
    store.busy = 1;
    during.pause = () => Object.assign(web.config, wanted);
    await web.save();
    expect(store.peek('web').config).toEqual(wanted);
    expect(web.isDirty).toBe(false);
  });

  test('an edit that is set back while it waits is not written', async () => {
    const web = await get();
    web.config.a = '2';
    store.busy = 1;
    during.pause = () => (web.config.a = '1');
    expect(await web.saveReport()).toEqual({ saved: false, merged: 0 });
    expect(store.attempts).toHaveLength(1);
  });

  test('a wrong value set while it waits is refused', async () => {
    const web = await get();
    web.config.a = '2';
    store.busy = 1;
    during.pause = () => Object.assign(web.config, { b: 7 });
    await failure(web.save(), InvalidInputError);
    expect(store.writes).toEqual([]);
  });

  test('for good, it says so, and nothing is written', async () => {
    const web = await get();
    web.config.a = '2';
    store.busy = Infinity;
    const error = await failure(web.save(), BusyError);

    expect(error.message).toBe(
      "Thing 'web': the server is busy with another write to it: given up after " +
        `${String(store.attempts.length)} tries; nothing was written, the model holds your edits. Save again later`,
    );
    expect(error).toMatchObject({ status: 500, code: 'ERR_LXD_BUSY' });
    expect(error.cause).toBeInstanceOf(ServerError);
    expect(store.writes).toEqual([]);
    expect(web.changes()).toEqual([{ path: ['config', 'a'], from: '1', to: '2' }]);
  });

  test('or somebody else writes, by turns: one bound for both', async () => {
    const web = await get();
    web.config.a = '2';
    let turn = 0;
    store.beforeWrite = () => {
      if (turn++ % 2) store.busy = 1;
      else store.elsewhere('web', ({ config }) => (config.theirs = String(turn)));
    };
    await expect(web.save()).rejects.toThrow('given up');
    expect(pauses.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(30_000);
  });

  test('and nobody knows how it says so, the refusal is passed on', async () => {
    store.rules = { ...instanceRules, busy: undefined };
    const web = await get();
    web.config.a = '2';
    store.busy = 1;
    await expect(web.save()).rejects.toThrow('busy running');
    expect(store.attempts).toHaveLength(1);
  });

  test('an error that is not from a server is never taken for that', async () => {
    const web = await get();
    web.config.a = '2';
    store.beforeWrite = () => {
      throw new TypeError('busy running a bug');
    };
    await failure(web.save(), TypeError);
    expect(store.attempts).toHaveLength(1);
  });
});

describe('a timeout', () => {
  test('is for all tries together, and nothing is written', async () => {
    const web = await get();
    web.config.a = '2';
    disturb(Infinity);
    const now = jest.spyOn(performance, 'now');
    during.pause = () => {
      const time = performance.now() + 10;
      now.mockReturnValue(time);
    };
    const error = await failure(web.save({ timeout: 35 }), TimeoutError).finally(() => now.mockRestore());

    expect(error.message).toContain('not saved within 35 ms');
    expect(error.cause).toBeInstanceOf(PreconditionFailedError);
    expect(store.attempts.length).toBeLessThanOrEqual(4);
    expect(store.writes).toHaveLength(0);
    expect(web.isDirty).toBe(true);
  });

  test('bounds the reading, too', async () => {
    const web = await get();
    web.config.a = '2';
    disturb(1);
    const read = jest.spyOn(store, 'read');
    await web.save({ timeout: 60_000 });
    const [[, options] = []] = read.mock.calls;
    expect(options?.timeout).toBeGreaterThan(0);
    expect(options?.timeout).toBeLessThanOrEqual(60_000);
  });

  test('that is just over is not taken for none, nor for a fraction of a millisecond', async () => {
    const web = await get();
    web.config.a = '2';
    disturb(1);
    const now = jest.spyOn(performance, 'now');
    const [read, write] = [jest.spyOn(store, 'read'), jest.spyOn(store, 'write')];
    const begun = performance.now();
    now.mockReturnValue(begun);
    read.mockImplementationOnce(async (key) => {
      const reading = await store.read(key);
      now.mockReturnValue(begun + 150.5);
      return reading;
    });
    await web.save({ timeout: 100 }).finally(() => now.mockRestore());
    expect(write.mock.calls.map(([, , , , options]) => options?.timeout)).toEqual([100, 1]);
  });
});

describe('an abort', () => {
  test('between two tries ends the save, and nothing is written', async () => {
    const web = await get();
    web.config.a = '2';
    disturb(Infinity);
    const abort = new AbortController();
    during.pause = () => {
      if (pauses.length === 3) abort.abort('enough');
    };
    const error = await failure(web.save({ signal: abort.signal }), AbortedError);

    expect(error.message).toBe('save(): aborted between two tries; nothing was written');
    expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', cause: 'enough' });
    expect([store.attempts.length, store.writes.length]).toEqual([3, 0]);
    expect(web.isDirty).toBe(true);

    store.beforeWrite = undefined;
    await web.save();
    expect(store.peek('web').config.a).toBe('2');
  });

  test('reaches the reading and the write', async () => {
    const [web] = await new Things(store).all();
    web!.config.a = '2';
    await failure(web!.save({ signal: AbortSignal.abort() }), AbortedError);
    const other = await get();
    other.config.a = '2';
    await failure(other.save({ signal: AbortSignal.abort() }), AbortedError);
    expect([store.reads.length, store.attempts.length]).toEqual([1, 0]);
  });
});
