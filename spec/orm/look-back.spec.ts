import { during, pauses } from './support/no-delays.js';
import {
  AbortedError,
  ConnectionError,
  InvalidInputError,
  LxdError,
  NotFetchedError,
  SaveConflictError,
  TimeoutError,
} from '../../lib/errors/index.js';
import { failure } from './support/failure.js';
import { instanceRules, MemoryStore } from './support/memory-store.js';

const { Things } = await import('./support/thing.js');
const { Wall, wallStore } = await import('./support/wall.js');

const rules = { ...instanceRules, unversioned: [], checkedLoosely: true };
let store: MemoryStore;

beforeEach(() => {
  store = new MemoryStore(rules).seed('web', { config: { a: '1', b: '1' } });
});

const get = async () => new Things(store).get('web');

/** Runs each at one of the pauses, in turn. */
function atPauses(...acts: (() => unknown)[]): void {
  during.pause = () => acts.shift()?.();
}

/** A write of somebody else who had read what was there before mine, and passed the check together with me. */
function stale(edit: Record<string, string>): () => void {
  return () => {
    store.elsewhere('web', (data) => {
      data.config = { a: '1', b: '1', ...edit };
    });
  };
}

describe('where the server checks versions loosely, a save', () => {
  test('looks twice whether what it wrote stays', async () => {
    const web = await get();
    web.config.a = '2';
    await web.save();
    expect(store.writes).toHaveLength(1);
    expect(store.reads).toEqual(['web', 'web', 'web']);
    expect(pauses).toHaveLength(2);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(20);
    expect(web.isDirty).toBe(false);
  });

  test('waits three times as long as the write took', async () => {
    const web = await get();
    web.config.a = '2';
    store.beforeWrite = () => {
      const until = performance.now() + 30;
      while (performance.now() < until);
    };
    await web.save();
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(90);
  });

  test('waits by the slowest of its writes, refused or not', async () => {
    const web = await get();
    web.config.a = '2';
    let writes = 0;
    store.beforeWrite = () => {
      if (writes++ > 0) return;
      const until = performance.now() + 30;
      while (performance.now() < until);
      store.elsewhere('web', ({ config }) => (config.theirs = '1'));
    };
    await web.save();
    expect(store.writes).toHaveLength(1);
    expect(Math.min(...pauses.slice(-2))).toBeGreaterThanOrEqual(90);
  });

  test('waits longer before the second look where the first took long', async () => {
    const web = await get();
    web.config.a = '2';
    store.beforeRead = () => {
      const until = performance.now() + 30;
      while (performance.now() < until);
    };
    await web.save();
    expect(pauses[1]).toBeGreaterThanOrEqual(90);
  });

  test.each([
    ['the first look', (act: () => unknown) => [act]],
    ['the second look', (act: () => unknown) => [() => undefined, act]],
  ])('writes again what a stale write undid before %s', async (_, when) => {
    const web = await get();
    web.config.a = '2';
    web.config.c = '2';
    atPauses(...when(stale({ theirs: '1' })));
    const report = await web.saveReport();
    expect(store.peek('web').config).toEqual({ a: '2', b: '1', c: '2', theirs: '1' });
    expect(report).toEqual({ saved: true, merged: 1 });
    expect(web.isDirty).toBe(false);
    expect({ ...web.config }).toEqual({ a: '2', b: '1', c: '2', theirs: '1' });
  });

  test('writes again as often as it is undone', async () => {
    const web = await get();
    web.config.a = '2';
    const undo = [1, 2, 3].map((n) => stale({ theirs: String(n) }));
    // After each write one look finds it undone; a pause before the next try follows it.
    atPauses(...undo.flatMap((act) => [act, () => undefined]));
    await web.save();
    expect(store.writes).toHaveLength(4);
    expect(store.peek('web').config).toEqual({ a: '2', b: '1', theirs: '3' });
  });

  test.each<[string, Record<string, string>]>([
    ['sets a key of mine to something else', { a: '3', c: '2' }],
    ['sets one key of mine back, and leaves another', { a: '1', c: '2' }],
    ['changes only other keys', { a: '2', b: '7', c: '2' }],
    ['sets all back, and nothing else', {}],
  ])('leaves alone who afterwards %s', async (_, config) => {
    const web = await get();
    web.config.a = '2';
    web.config.c = '2';
    atPauses(stale(config));
    await web.save();
    expect(store.writes).toHaveLength(1);
    expect(store.peek('web').config).toEqual({ a: '1', b: '1', ...config });
    expect(web.toJSON()).toEqual(store.peek('web'));
    expect(web.isDirty).toBe(false);
  });

  test('writes again a key that it took away, a device, a list and a description', async () => {
    store.seed('web', {
      config: { a: '1' },
      devices: { root: { type: 'disk', size: '1' } },
      profiles: ['x'],
    });
    const web = await get();
    delete web.config.a;
    web.devices.root!.size = '2';
    web.profiles.push('y');
    web.description = 'mine';
    const before = store.peek('web');
    atPauses(() => store.seed('web', { ...before, config: { a: '1', theirs: '1' } }));
    await web.save();
    expect(store.peek('web')).toMatchObject({
      config: { theirs: '1' },
      devices: { root: { size: '2' } },
      profiles: ['x', 'y'],
      description: 'mine',
    });
    expect(store.peek('web').config).not.toHaveProperty('a');
  });

  test('writes again an item of a list that a stale write undid, whatever else that list has', async () => {
    const list = wallStore([{ action: 'allow' }]);
    list.rules = { partial: false, checkedLoosely: true };
    const web = new Wall(list, 'web', await list.read('web'));
    web.rules.push({ action: 'drop' });
    atPauses(() => {
      list.elsewhere('web', (data) => Object.assign(data, { rules: [{ action: 'allow' }, { action: 'x' }] }));
    });
    await web.save();
    expect(list.peek('web')).toMatchObject({
      rules: [{ action: 'allow' }, { action: 'x' }, { action: 'drop' }],
    });
  });

  test('writes again an item where a stale write has one that differs in a value instead', async () => {
    const [ssh, telnet] = ['22', '23'].map((port) => ({
      action: 'allow',
      destination_port: port,
      protocol: 'tcp',
    }));
    const list = wallStore([]);
    list.rules = { partial: false, checkedLoosely: true };
    const web = new Wall(list, 'web', await list.read('web'));
    web.rules.push({ action: 'allow', destinationPort: '22', protocol: 'tcp' });
    atPauses(() => list.elsewhere('web', (data) => Object.assign(data, { rules: [telnet] })));
    await web.save();
    expect(list.peek('web')).toMatchObject({ rules: [telnet, ssh] });
  });

  test('keeps edits made while it looks', async () => {
    const web = await get();
    web.config.a = '2';
    atPauses(() => (web.config.later = '1'));
    await web.save();
    expect(web.changes()).toEqual([{ path: ['config', 'later'], from: undefined, to: '1' }]);
  });

  test('says what others made meanwhile of an edit made while it looks', async () => {
    const web = await get();
    web.config.a = '2';
    atPauses(() => {
      web.config.b = 'mine';
      store.elsewhere('web', ({ config }) => (config.b = 'theirs'));
    });
    await web.save();
    await failure(web.save(), SaveConflictError);
    expect(store.peek('web').config.b).toBe('theirs');
  });

  test('needs no reading for the next one', async () => {
    const web = await get();
    web.config.a = '2';
    await web.save();
    store.reads.length = 0;
    web.config.a = '3';
    await web.save({ verify: false });
    expect(store.reads).toEqual([]);
    expect(store.writes.at(-1)?.version).toBeDefined();
  });

  test('does not look with verify: false, nor where it wrote nothing', async () => {
    const web = await get();
    await web.save();
    web.config.a = '2';
    await web.save({ verify: false });
    expect([store.reads, pauses]).toEqual([['web'], []]);
    await failure(web.save({ verify: 'no' as unknown as boolean }), InvalidInputError);
  });

  test('is done if somebody deletes it meanwhile', async () => {
    const web = await get();
    web.config.a = '2';
    atPauses(() => store.drop('web'));
    await web.save();
    expect(web.isDirty).toBe(false);
  });

  test('pauses by chance and longer before it tries again', async () => {
    const web = await get();
    web.config.a = '2';
    let refusals = 20;
    store.beforeWrite = () => {
      if (refusals-- > 0) store.elsewhere('web', ({ config }) => (config.n = String(refusals)));
    };
    await web.save();
    const between = pauses.slice(0, -2);
    expect(between).toHaveLength(20);
    expect(Math.max(...between)).toBeLessThanOrEqual(200);
    expect(new Set(between).size).toBe(20);
  });

  test('ends with its timeout or signal, and says that it was written', async () => {
    const web = await get();
    web.config.a = '2';
    const error = await failure(web.save({ timeout: 5 }), TimeoutError);
    expect(error.message).toBe("Thing 'web': saved, but not seen to stay so within 5 ms");
    expect([store.peek('web').config.a, web.isDirty]).toEqual(['2', false]);
    web.config.a = '3';
    const controller = new AbortController();
    during.pause = () => controller.abort();
    await expect(web.save({ signal: controller.signal })).rejects.toMatchObject({
      name: 'AbortError',
      message: expect.stringContaining('saved, but aborted'),
    });
    expect(store.peek('web').config.a).toBe('3');
  });

  test.each([ConnectionError, TimeoutError, AbortedError])(
    'a look that fails with a %p says that it was written',
    async (Class) => {
      const web = await get();
      web.config.a = '2';
      atPauses(() => {
        store.beforeRead = () => {
          throw new Class('no answer');
        };
      });
      const error = await failure(web.save(), LxdError);
      expect(error).toBeInstanceOf(Class);
      expect(error.message).toBe("Thing 'web': saved, but not seen to stay so: no answer");
      expect(error.cause).toBeInstanceOf(Class);
      store.beforeRead = undefined;
      expect([store.peek('web').config.a, web.isDirty]).toEqual(['2', false]);
    },
  );

  test('gives up when it is undone all the time', async () => {
    const web = await get();
    web.config.a = '2';
    let n = 0;
    during.pause = () => stale({ theirs: String(n++) })();
    await expect(web.save()).rejects.toThrow('given up');
    expect(web.changes()).toEqual([{ path: ['config', 'a'], from: '1', to: '2' }]);
  });
});

describe('where the check is loose only on a busy machine, a save', () => {
  beforeEach(() => {
    store.rules = { ...rules, checkedLoosely: 'when met' };
  });

  test('does not look where it met nobody', async () => {
    const web = await get();
    web.config.a = '2';
    await web.save();
    expect([store.reads.length, store.writes.length, pauses]).toEqual([1, 1, []]);
  });

  test('looks twice where it was refused at first', async () => {
    const web = await get();
    web.config.a = '2';
    store.elsewhere('web', ({ config }) => (config.theirs = '1'));
    atPauses(() => undefined, stale({ theirs: '1', other: '1' }));
    await web.save();
    expect(store.writes).toHaveLength(2);
    expect(store.peek('web').config).toEqual({ a: '2', b: '1', theirs: '1', other: '1' });
  });
});

test('saves of one saveAll() wait side by side, and take turns with their requests', async () => {
  const names = Array.from({ length: 20 }, (_, index) => `t${String(index)}`);
  for (const name of names) store.seed(name);
  const things = new Things(store);
  const models = (await things.all()).filter(({ key }) => key !== 'web');
  for (const model of models) model.config.a = '2';
  let atOnce = 0;
  let most = 0;
  during.pause = async () => {
    most = Math.max(most, ++atOnce);
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    atOnce--;
  };
  const { saved } = await things.saveAll(models, { concurrency: 2 });
  expect(saved).toHaveLength(20);
  expect(store.mostAtOnce).toBe(2);
  expect(most).toBeGreaterThan(4);
  for (const name of names) expect(store.peek(name).config.a).toBe('2');
});

describe('what the server derives', () => {
  test('is not there after a save until it is fetched, and costs no request', async () => {
    store = new MemoryStore().seed('web', {
      config: { a: '1' },
      expanded_config: { a: '1' },
      used_by: ['x'],
    });
    const web = await get();
    expect(web.expandedConfig).toEqual({ a: '1' });
    web.config.a = '2';
    expect(web.expandedConfig).toEqual({ a: '1' });
    await web.save();
    expect(store.reads).toHaveLength(1);
    expect(() => web.expandedConfig).toThrow(NotFetchedError);
    expect(() => web.expandedConfig).toThrow(
      "Thing 'web' has been saved since it was fetched, so its expandedConfig cannot be read: call `await thing.fetch()` first",
    );
    expect(web.toJSON()).not.toHaveProperty('expanded_config');
    expect([web.usedBy, web.isDirty, web.isFetched]).toEqual([['x'], false, true]);
    await web.fetch();
    expect(web.expandedConfig).toEqual({ a: '1' });
  });

  test('is still there where nothing was written', async () => {
    store = new MemoryStore().seed('web', { expanded_config: { a: '1' } });
    const web = await get();
    await web.save();
    await web.rename('other');
    expect(web.expandedConfig).toEqual({ a: '1' });
  });
});
