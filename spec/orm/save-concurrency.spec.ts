import './support/no-delays.js';
import { DeletedError } from '../../lib/errors/index.js';
import { failure } from './support/failure.js';
import { MemoryStore } from './support/memory-store.js';

const { Things } = await import('./support/thing.js');

let store: MemoryStore;

beforeEach(() => {
  store = new MemoryStore().seed('web', {
    config: { a: '1', b: '1' },
    devices: { root: { type: 'disk', path: '/' } },
    profiles: ['default'],
  });
});

const get = async () => new Things(store).get('web');

describe('what was taken out of a model before', () => {
  test.each<[string, (web: Awaited<ReturnType<typeof get>>) => Promise<unknown>]>([
    ['save', (web) => web.save()],
    ['a save that merged', (web) => (store.elsewhere('web', ({ config }) => (config.c = '1')), web.save())],
    ['fetch', (web) => web.fetch()],
    ['fetch with discard', (web) => web.fetch({ discard: true })],
    ['revert', async (web) => web.revert()],
    [
      'assigning the whole',
      async (web) => {
        web.config = { a: '1' };
        web.devices = { root: { type: 'disk' } };
        web.profiles = ['default'];
      },
    ],
  ])('is still the model after %s', async (_, act) => {
    const web = await get();
    const { config, devices, profiles } = web;
    const root = devices.root!;
    config.a = '2';
    root.size = '1GiB';
    profiles.push('x');

    await act(web);
    expect([web.config, web.devices, web.profiles, web.devices.root]).toEqual([
      config,
      devices,
      profiles,
      root,
    ]);
    for (const [now, before] of [
      [web.config, config],
      [web.devices, devices],
      [web.profiles, profiles],
      [web.devices.root, root],
    ])
      expect(now).toBe(before);

    config.late = '1';
    root.late = '1';
    profiles.push('late');
    await web.save();
    expect(store.peek('web')).toMatchObject({
      config: { late: '1' },
      devices: { root: { late: '1' } },
      profiles: expect.arrayContaining(['late']),
    });
  });
});

describe('while a save is under way', () => {
  test('edits are kept for the next', async () => {
    const web = await get();
    web.config.a = '2';
    store.beforeWrite = () => {
      web.config.b = '2';
      web.profiles.push('x');
      web.description = 'late';
    };
    await web.save();
    store.beforeWrite = undefined;

    expect(store.peek('web').config).toEqual({ a: '2', b: '1' });
    expect(web.changes().map(({ path }) => path.join('.'))).toEqual(['config.b', 'profiles', 'description']);
    await web.save();
    expect(store.peek('web')).toMatchObject({
      config: { a: '2', b: '2' },
      profiles: ['default', 'x'],
      description: 'late',
    });
  });

  test('an edit of what is being written is kept too, and so is setting it back', async () => {
    const web = await get();
    web.config.a = '2';
    web.config.b = '2';
    store.beforeWrite = () => {
      web.config.a = '3';
      web.config.b = '1';
    };
    await web.save();
    store.beforeWrite = undefined;

    expect(web.changes()).toEqual([
      { path: ['config', 'a'], from: '2', to: '3' },
      { path: ['config', 'b'], from: '2', to: '1' },
    ]);
    await web.save();
    expect(store.peek('web').config).toEqual({ a: '3', b: '1' });
  });

  test('edits made during its reading go with it', async () => {
    const [web] = await new Things(store).all();
    web!.config.a = '2';
    store.afterRead = () => (web!.config.b = '2');
    await web!.save();
    expect(store.writes.map(({ body }) => body.config)).toEqual([{ a: '2', b: '2' }]);
    expect(web!.isDirty).toBe(false);
  });

  test('an edit during its reading that is no text is refused, and nothing is written', async () => {
    const [web] = await new Things(store).all();
    web!.config.a = '2';
    store.afterRead = () => Object.assign(web!.config, { b: 2 });
    await expect(web!.save()).rejects.toThrow('thing.config.b must be a string');
    expect(store.attempts).toEqual([]);
  });

  test('a failed one keeps what was edited meanwhile', async () => {
    const web = await get();
    web.config.a = '2';
    store.beforeWrite = () => {
      web.config.b = '2';
      throw new Error('cable pulled');
    };
    await expect(web.save()).rejects.toThrow('cable pulled');
    store.beforeWrite = undefined;
    await web.save();
    expect(store.peek('web').config).toEqual({ a: '2', b: '2' });
  });

  test('another waits for it, and writes what is left', async () => {
    const web = await get();
    web.config.a = '2';
    const [first, second] = [web.save(), web.save()];
    await Promise.all([first, second]);
    expect(store.writes).toHaveLength(1);

    web.config.a = '3';
    const third = web.save();
    store.beforeWrite = () => (web.config.b = '2');
    await third;
    store.beforeWrite = undefined;
    await web.save();
    expect(store.peek('web').config).toEqual({ a: '3', b: '2' });
    expect(store.mostAtOnce).toBe(1);
  });

  test('a fetch waits for it, and the other way round', async () => {
    const web = await get();
    web.config.a = '2';
    store.elsewhere('web', ({ config }) => (config.c = '1'));
    await Promise.all([web.save(), web.fetch(), web.fetch(), web.save()]);
    expect(store.mostAtOnce).toBe(1);
    expect(store.peek('web').config).toEqual({ a: '2', b: '1', c: '1' });
    expect({ ...web.config }).toEqual({ a: '2', b: '1', c: '1' });
    expect(web.isDirty).toBe(false);

    web.config.b = '2';
    await Promise.all([web.fetch(), web.save()]);
    expect(store.peek('web').config).toEqual({ a: '2', b: '2', c: '1' });
  });

  test('its failure is not that of the next', async () => {
    const web = await get();
    web.config.a = '2';
    store.beforeWrite = () => {
      store.beforeWrite = undefined;
      throw new Error('cable pulled');
    };
    const [first, second] = await Promise.allSettled([web.save(), web.save()]);
    expect([first.status, second.status]).toEqual(['rejected', 'fulfilled']);
    expect(store.peek('web').config.a).toBe('2');
  });

  test('deleting it fails the one that waits', async () => {
    const web = await get();
    web.config.a = '2';
    store.beforeWrite = () => web.delete();
    const first = web.save();
    const second = web.save();
    await first.catch(() => undefined);
    await failure(second, DeletedError);
  });
});

test('many models of one thing, each with keys of its own, lose nothing', async () => {
  const models = await Promise.all(Array.from({ length: 8 }, get));
  await Promise.all(
    models.map(async (model, writer) => {
      for (let n = 0; n < 10; n++) {
        model.config[`user.${String(writer)}.${String(n)}`] = 'x';
        await model.save();
      }
    }),
  );
  expect(Object.keys(store.peek('web').config)).toHaveLength(82);
  expect(store.attempts.length).toBeGreaterThan(store.writes.length);
});
