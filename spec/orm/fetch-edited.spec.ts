import './support/no-delays.js';
import { SaveConflictError } from '../../lib/errors/index.js';
import { conflictsOf, disputedIn, storeOfOne } from './support/dispute.js';
import { failure } from './support/failure.js';
import { MemoryStore, type Data } from './support/memory-store.js';

let store: MemoryStore;

beforeEach(() => {
  store = storeOfOne();
});

const disputed = async (theirs?: (data: Data) => unknown) => disputedIn(store, theirs);

describe('a fetch() of a model with edits', () => {
  test('brings the new state in under them', async () => {
    const web = await disputed(({ config, profiles }) => {
      config.c = '3';
      profiles.push('x');
    });
    expect(await web.fetch()).toBe(web);
    expect({ ...web.config }).toEqual({ a: '2', b: '2', c: '3', 'volatile.state': 'STOPPED' });
    expect(web.profiles).toEqual(['default', 'x']);
    await web.save();
    expect(store.writes.map(({ body }) => body.config)).toEqual([{ a: '2', b: '2' }]);
  });

  test('with discard drops them', async () => {
    const web = await disputed();
    await web.fetch({ discard: true });
    expect(web.isDirty).toBe(false);
    expect(web.config).toMatchObject({ a: '3', b: '1' });
    await web.save();
    expect(store.writes).toEqual([]);
  });

  test('keeps a conflict for the next save, which says it once', async () => {
    const web = await disputed();
    await web.fetch();
    expect(web.changes()).toContainEqual({ path: ['config', 'a'], from: '3', to: '2' });

    const error = await failure(web.save(), SaveConflictError);
    expect(error.conflicts).toEqual([{ path: ['config', 'a'], base: '1', mine: '2', theirs: '3' }]);
    expect(store.attempts).toEqual([]);
    await web.save();
    expect(store.peek('web').config).toMatchObject({ a: '2', b: '2' });
  });

  test.each<[string, (web: Awaited<ReturnType<typeof disputed>>) => unknown, Record<string, string>]>([
    ['another value', (web) => (web.config.a = '9'), { a: '9', b: '2' }],
    ['theirs', (web) => (web.config.a = '3'), { a: '3', b: '2' }],
    ['none', (web) => Reflect.deleteProperty(web.config, 'a'), { b: '2' }],
  ])('is no conflict once the user has chosen %s', async (_, choose, config) => {
    const web = await disputed();
    await web.fetch();
    choose(web);
    await web.save();
    expect(store.peek('web').config).toEqual({ ...config, c: '1', 'volatile.state': 'STOPPED' });
  });

  test('nor once the user has chosen a list', async () => {
    const web = await disputed((data) => (data.profiles = ['theirs']));
    web.profiles.push('mine');
    await web.fetch();
    web.profiles.splice(0, 9, 'theirs', 'mine');
    await web.save();
    expect(store.peek('web').profiles).toEqual(['theirs', 'mine']);
  });

  test('nor after revert()', async () => {
    const web = await disputed();
    await web.fetch();
    web.revert();
    web.config.b = '2';
    await web.save();
    expect(store.peek('web').config).toMatchObject({ a: '3', b: '2' });
  });

  test('nor when theirs has become mine meanwhile', async () => {
    const web = await disputed();
    await web.fetch();
    store.elsewhere('web', ({ config }) => Object.assign(config, { a: '2', b: '2' }));
    await web.fetch();
    await web.save();
    expect(store.attempts).toEqual([]);
  });

  test('told twice over is told once, as it is now', async () => {
    const web = await disputed();
    await web.fetch();
    store.elsewhere('web', ({ config }) => (config.a = '4'));
    await web.fetch();
    expect(await conflictsOf(web.save())).toEqual([
      { path: ['config', 'a'], base: '3', mine: '2', theirs: '4' },
    ]);
  });

  test.each([
    ['mine', '2'],
    ['theirs', '3'],
    [() => '9', '9'],
  ] as const)('is settled by onConflict: %p', async (onConflict, value) => {
    const web = await disputed();
    await web.fetch();
    await web.save({ onConflict });
    expect(store.peek('web').config).toMatchObject({ a: value, b: '2' });
    expect(web.config.a).toBe(value);
  });

  test('never concerns keys that the server changes by itself', async () => {
    const web = await disputed(({ config }) => (config['volatile.state'] = 'RUNNING'));
    web.config['volatile.state'] = 'mine';
    await web.fetch();
    await web.save();
    expect(store.peek('web').config['volatile.state']).toBe('mine');
  });

  test('a failing one changes nothing', async () => {
    const web = await disputed();
    store.beforeRead = () => {
      throw new Error('cable pulled');
    };
    await expect(web.fetch()).rejects.toThrow('cable pulled');
    await expect(web.fetch({ discard: true })).rejects.toThrow('cable pulled');
    expect(web.config).toMatchObject({ a: '2', b: '2' });
  });
});
