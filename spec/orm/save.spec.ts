import { jest } from '@jest/globals';
import './support/no-delays.js';
import { InvalidInputError, NotFetchedError, ServerError } from '../../lib/errors/index.js';
import { instanceRules, MemoryStore, plainRules } from './support/memory-store.js';
import { failure } from './support/failure.js';

const { Things } = await import('./support/thing.js');

let store: MemoryStore;

beforeEach(() => {
  store = new MemoryStore().seed('web', {
    description: 'old',
    config: { a: '1', b: '1', 'volatile.x': '1' },
    devices: { root: { type: 'disk', path: '/' }, eth0: { type: 'nic' } },
    profiles: ['default'],
    status: 'Stopped',
    expanded_config: { a: '1' },
  });
});

const get = async (from = store) => new Things(from).get('web');
const requests = (of = store) => [of.reads.length, of.writes.length];

describe('the requests of a save', () => {
  // A program that does it in one go: on a busy machine a reading would else be too old, and done anew.
  beforeEach(() => void jest.spyOn(performance, 'now').mockReturnValue(performance.now()));
  afterEach(() => void jest.restoreAllMocks());

  test('get, change, save: one read, one write, conditional', async () => {
    const web = await get();
    web.config.a = '2';
    await web.save();

    expect(requests()).toEqual([1, 1]);
    expect(store.writes[0]).toMatchObject({
      mode: 'merge',
      body: { config: { a: '2' }, description: 'old' },
    });
    expect(store.writes[0]?.version).toMatch(/^[0-9a-f]{64}$/);
  });

  test('one read more for a model from a list, which has no version', async () => {
    const [web] = await new Things(store).all();
    web!.config.a = '2';
    await web!.save();
    expect(requests()).toEqual([1, 1]);
    expect(store.writes[0]?.version).toBeDefined();
  });

  test('none for a clean model, whatever was read of it', async () => {
    const web = await get();
    JSON.stringify([
      web.config,
      web.devices,
      web.profiles,
      web.description,
      web.expiresAt,
      web.expandedConfig,
    ]);
    await web.save();
    await web.save({ onConflict: 'mine' });
    expect(requests()).toEqual([1, 0]);
  });

  test('none for a clean model of a list', async () => {
    const [web] = await new Things(store).all();
    JSON.stringify([web!.config, web!.devices]);
    await web!.save();
    expect(requests()).toEqual([0, 0]);
  });

  test('none for what was set back', async () => {
    const web = await get();
    web.config.a = '2';
    web.profiles.push('x');
    web.config.a = '1';
    web.profiles.pop();
    await web.save();
    expect(requests()).toEqual([1, 0]);
  });

  test('one read and one write for the next change: the write made a version that nobody told', async () => {
    const web = await get();
    web.config.a = '2';
    await web.save();
    web.config.a = '3';
    await web.save();
    expect(requests()).toEqual([2, 2]);
    expect(store.peek('web').config.a).toBe('3');
  });

  test('none for a text that the server does not keep', async () => {
    const web = await get();
    web.config.new = '';
    web.devices.root!.size = '';
    await web.save();
    expect(requests()).toEqual([1, 0]);
    expect(web.isDirty).toBe(false);
    expect(Object.hasOwn(web.config, 'new')).toBe(false);
  });

  test('a write for an empty text where it is kept', async () => {
    store = new MemoryStore(plainRules).seed('web');
    const web = await get();
    web.config.new = '';
    await web.save();
    expect(store.peek('web').config).toEqual({ new: '' });
  });

  test('no write if somebody else has made the same change', async () => {
    const web = await get();
    web.config.a = '2';
    store.elsewhere('web', ({ config }) => (config.a = '2'));
    await web.save();
    expect(requests()).toEqual([2, 0]);
    expect(store.attempts).toHaveLength(1);
    expect(web.isDirty).toBe(false);
  });

  test('a refusal of the server is passed on, and can be tried again', async () => {
    const web = await get();
    web.config.a = '2';
    store.beforeWrite = () => {
      throw new ServerError('PATCH /1.0/things/web: disk full (500)', { status: 500 });
    };
    await failure(web.save(), ServerError);
    expect(web.changes()).toEqual([{ path: ['config', 'a'], from: '1', to: '2' }]);

    store.beforeWrite = undefined;
    await web.save();
    expect(store.peek('web').config.a).toBe('2');
    expect(requests()).toEqual([1, 1]);
  });

  test('a write whose answer got lost is found done', async () => {
    const web = await get();
    web.config.a = '2';
    store.afterWrite = () => {
      throw new ServerError('connection lost');
    };
    await failure(web.save(), ServerError);
    store.afterWrite = undefined;
    await web.save();
    expect(store.writes).toHaveLength(1);
    expect(web.isDirty).toBe(false);
  });

  test('a wrong value is refused before anything is sent', async () => {
    const web = await get();
    Object.assign(web.config, { a: 2 });
    Object.assign(web.devices.eth0!, { mtu: 1500 });
    const error = await failure(web.save(), InvalidInputError);
    expect(error.message).toBe('thing.config.a must be a string, not number 2; write "2"');
    expect(requests()).toEqual([1, 0]);
  });

  test.each([['ours'], [null], [true], [{}]])(
    'onConflict: %p is refused before anything is sent',
    async (onConflict) => {
      const web = await get();
      web.config.a = '2';
      const error = await failure(web.save({ onConflict: onConflict as never }), InvalidInputError);
      expect(error.message).toMatch(/^onConflict must be 'mine', 'theirs' or a function, not /);
      expect(store.attempts).toEqual([]);
    },
  );

  test('a model that is not fetched has nothing to save, and no request is made', async () => {
    const error = await failure(new Things(store).ref('web').save(), NotFetchedError);
    expect(error.message).toBe(
      "Thing 'web' has not been fetched, so there is nothing to save: call `await thing.fetch()` first",
    );
    expect(requests()).toEqual([0, 0]);
  });
});

describe('what a save writes', () => {
  test('is what was asked for, and nothing else changes', async () => {
    const web = await get();
    const before = store.peek('web');
    web.config.new = '1';
    delete web.config.b;
    web.devices.root!.size = '1GiB';
    web.profiles.unshift('first');
    web.description = 'new';
    web.ephemeral = true;
    web.priority = 7;
    web.expiresAt = new Date('2030-01-01');
    await web.save();

    expect(store.writes[0]?.mode).toBe('merge');
    expect(store.peek('web')).toEqual({
      ...before,
      config: { a: '1', 'volatile.x': '1', new: '1' },
      devices: { root: { type: 'disk', path: '/', size: '1GiB' }, eth0: { type: 'nic' } },
      profiles: ['first', 'default'],
      description: 'new',
      ephemeral: true,
      priority: 7,
      expires_at: '2030-01-01T00:00:00Z',
    });
  });

  test('removing a device sends the whole, with what nobody here knows and nothing that only the server sets', async () => {
    store.elsewhere('web', (data) => (data.brand_new = { kept: [1, { deep: null }] }));
    const before = store.peek('web');
    const web = await get();
    delete web.devices.eth0;
    await web.save();

    const [write] = store.writes;
    expect(write?.mode).toBe('replace');
    expect(write?.body).toMatchObject({
      brand_new: { kept: [1, { deep: null }] },
      config: { 'volatile.x': '1' },
    });
    for (const wire of ['name', 'status', 'expanded_config']) expect(write?.body).not.toHaveProperty(wire);
    expect(store.peek('web')).toEqual({ ...before, devices: { root: { type: 'disk', path: '/' } } });
  });

  test('removing all of a map', async () => {
    const web = await get();
    web.config = {};
    web.devices = {};
    web.profiles.length = 0;
    await web.save();
    expect(store.peek('web')).toMatchObject({ config: {}, devices: {}, profiles: [] });
  });

  test('never has volatile keys that were not touched', async () => {
    const web = await get();
    web.config.a = '2';
    await web.save();
    expect(JSON.stringify(store.writes[0]?.body)).not.toContain('volatile');
  });

  test('leaves null alone where nothing was put in', async () => {
    store.seed('web', { config: null, devices: null, profiles: null });
    const web = await get();
    JSON.stringify([web.config, web.devices, web.profiles]);
    web.description = 'new';
    await web.save();
    expect(store.peek('web')).toMatchObject({ config: null, devices: null, profiles: null });

    web.config.a = '1';
    web.profiles.push('x');
    await web.save();
    expect(store.peek('web')).toMatchObject({ config: { a: '1' }, profiles: ['x'], devices: null });
  });

  test('passes on what the server said itself, even if it is no text', async () => {
    store = new MemoryStore({ partial: false }).seed('web', { config: { password: true } });
    const web = await get();
    web.config.a = '1';
    await web.save();
    expect(store.peek('web').config).toEqual({ password: true, a: '1' });
  });
});

describe('fields that the version does not cover', () => {
  test('are read before they are written', async () => {
    const web = await get();
    web.description = 'new';
    await web.save();
    expect(requests()).toEqual([2, 1]);
  });

  test('are read before another write if the reading is old', async () => {
    store.age = 1500;
    const web = await get();
    store.elsewhere('web', (data) => (data.description = 'theirs'));
    web.config.a = '2';
    await web.save();
    expect(requests()).toEqual([2, 1]);
    expect(store.peek('web')).toMatchObject({ description: 'theirs', config: { a: '2' } });
    expect(web.description).toBe('theirs');
  });

  test('are as new as the last fetch()', async () => {
    store.age = 1500;
    const web = await get();
    store.age = 0;
    await web.fetch();
    web.config.a = '2';
    await web.save();
    expect(requests()).toEqual([2, 1]);
  });

  test('cost nothing where there are none', async () => {
    store = new MemoryStore({ ...instanceRules, unversioned: [] }).seed('web');
    const web = await get();
    web.description = 'new';
    await web.save();
    expect(requests()).toEqual([1, 1]);
  });
});

describe('a server that takes no version', () => {
  beforeEach(() => {
    store = new MemoryStore({ partial: true, versionIgnored: true }).seed('web', {
      config: { a: '1', b: '1' },
    });
  });

  test('is read before every write, so that what others wrote is merged', async () => {
    const web = await get();
    web.profiles.push('x');
    store.elsewhere('web', (data) => data.profiles.push('y'));
    web.profiles.length = 0;
    web.config.a = '2';
    delete web.config.b;
    store.elsewhere('web', ({ config }) => (config.c = '1'));
    await web.save();

    expect(requests()).toEqual([2, 1]);
    expect(store.peek('web')).toMatchObject({ config: { a: '2', c: '1' }, profiles: ['y'] });
  });

  test('gets the write too where it never says one', async () => {
    const read = store.read.bind(store);
    store.read = async (key) => ({ data: (await read(key)).data });
    const web = await get();
    web.config.a = '2';
    await web.save();
    expect(store.writes).toEqual([
      { key: 'web', mode: 'merge', body: { config: { a: '2' } }, version: undefined },
    ]);
  });
});
