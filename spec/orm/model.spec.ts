import { inspect } from 'node:util';
import {
  DeletedError,
  InvalidInputError,
  NotFetchedError,
  NotFoundError,
  ReadOnlyError,
} from '../../lib/errors/index.js';
import { failure } from './support/failure.js';
import { MemoryStore } from './support/memory-store.js';
import { Address, Thing, Things } from './support/thing.js';

let store: MemoryStore;
let things: Things;

beforeEach(() => {
  store = new MemoryStore().seed('web', {
    description: 'old',
    config: { a: '1', b: '1' },
    devices: { root: { type: 'disk', path: '/' }, eth0: { type: 'nic' } },
    profiles: ['default', 'gpu'],
    expires_at: '2030-01-01T00:00:00.123456789Z',
    created_at: '2026-01-02T03:04:05.678901234Z',
    status: 'Running',
    used_by: ['/1.0/x'],
    expanded_config: { a: '1', z: '1' },
    expanded_devices: { root: { type: 'disk' } },
    address: { family: 'inet', net_mask: '24' },
    more_addresses: [{ family: 'inet6' }],
  });
  things = new Things(store);
});

const get = () => things.get('web');

describe('reading', () => {
  test('gives each property in its form', async () => {
    const web = await get();
    expect(web.key).toBe('web');
    expect(web.name).toBe('web');
    expect(web.description).toBe('old');
    expect(web.createdAt).toEqual(new Date('2026-01-02T03:04:05.678Z'));
    expect(web.expiresAt).toEqual(new Date('2030-01-01T00:00:00.123Z'));
    expect(web.usedBy).toEqual(['/1.0/x']);
    expect({ ...web.expandedConfig }).toEqual({ a: '1', z: '1' });
    expect(web.address).toBeInstanceOf(Address);
    expect(web.address?.netMask).toBe('24');
    expect(web.moreAddresses.map(({ family }) => family)).toEqual(['inet6']);
  });

  test('gives empty values where the server says nothing or null', async () => {
    store.seed('bare', {
      description: null,
      config: null,
      profiles: null,
      ephemeral: null,
      priority: null,
      used_by: null,
    });
    const bare = await things.get('bare');
    expect([bare.description, bare.status, bare.ephemeral, bare.priority]).toEqual(['', '', false, 0]);
    expect([bare.expiresAt, bare.createdAt]).toEqual([null, null]);
    expect([bare.profiles, bare.usedBy]).toEqual([[], []]);
    expect([bare.config, bare.expandedConfig].map((map) => Object.keys(map))).toEqual([[], []]);
    expect([bare.address, bare.moreAddresses]).toEqual([undefined, undefined]);
  });

  test('gives the same objects each time', async () => {
    const web = await get();
    const read = () => [
      web.config,
      web.devices,
      web.profiles,
      web.address,
      web.moreAddresses,
      web.usedBy,
      web.expandedConfig,
    ];
    for (const [index, value] of read().entries()) expect(read()[index]).toBe(value);
  });

  test('after fetch() gives new typed values', async () => {
    const web = await get();
    expect(web.address?.netMask).toBe('24');
    store.elsewhere('web', (data) => (data.address = { family: 'inet', net_mask: '16' }));
    await web.fetch();
    expect(web.address?.netMask).toBe('16');
  });

  test('a Date that only the server sets changes nothing when it is changed in place', async () => {
    const web = await get();
    web.createdAt?.setFullYear(2050);
    expect(web.createdAt?.getUTCFullYear()).toBe(2026);
    expect(web.isDirty).toBe(false);
  });

  test.each<[string, (web: Thing) => unknown]>([
    ['a key of a map', (web) => ((web.expandedConfig as Record<string, string>).a = '2')],
    ['a new key', (web) => ((web.expandedConfig as Record<string, string>).x = '2')],
    ['a key of a map in a map', (web) => ((web.expandedDevices.root as Record<string, string>).type = 'x')],
    ['a list', (web) => (web.usedBy as string[]).push('x')],
    ['a list of values', (web) => (web.moreAddresses as Address[]).push(new Address())],
  ])('what only the server sets cannot be edited in place: %s', async (_, edit) => {
    const web = await get();
    expect(() => edit(web)).toThrow(TypeError);
    expect(web.isDirty).toBe(false);
  });
});

describe('misuse is a typed error with the remedy, and no request', () => {
  const properties = [
    'description',
    'config',
    'devices',
    'profiles',
    'expiresAt',
    'usedBy',
    'expandedConfig',
    'address',
  ] as const;

  test.each(properties)('reading %s before fetch()', (property) => {
    const web = things.ref('web');
    expect(() => web[property]).toThrow(NotFetchedError);
    expect(() => web[property]).toThrow(
      `Thing 'web' has not been fetched, so its ${property} cannot be read: call \`await thing.fetch()\` first`,
    );
    expect(store.reads).toEqual([]);
  });

  test('assigning before fetch()', () => {
    const web = things.ref('web');
    expect(() => (web.description = 'x')).toThrow(NotFetchedError);
    expect(() => (web.description = 'x')).toThrow(
      'its description cannot be assigned: call `await thing.fetch()` first',
    );
  });

  test('a model that is not fetched knows its key, and that it has no edits', () => {
    const web = things.ref('web');
    expect([web.key, web.name, web.isFetched, web.isDirty, web.changes()]).toEqual([
      'web',
      'web',
      false,
      false,
      [],
    ]);
    expect(web.revert()).toBe(web);
    expect(JSON.stringify(web)).toBe('{"name":"web"}');
  });

  test('fetch() is the remedy', async () => {
    const web = things.ref('web');
    expect(await web.fetch()).toBe(web);
    expect(web.isFetched).toBe(true);
    expect(web.description).toBe('old');
  });

  test('a failed fetch() leaves it unfetched', async () => {
    const gone = things.ref('gone');
    await failure(gone.fetch(), NotFoundError);
    expect(gone.isFetched).toBe(false);
  });

  test.each([
    ['status', 'thing.status is read-only: only the server changes it'],
    ['createdAt', 'thing.createdAt is read-only: only the server changes it'],
    ['expandedConfig', 'thing.expandedConfig is read-only: only the server changes it'],
    ['name', 'thing.name is read-only: to give it another name, use rename()'],
  ])('assigning %s', async (property, message) => {
    for (const web of [await get(), things.ref('web')]) {
      const assign = () => Object.assign(web, { [property]: 'x' });
      expect(assign).toThrow(ReadOnlyError);
      expect(assign).toThrow(message);
    }
    expect(store.attempts).toEqual([]);
  });

  test('assigning key, isDirty or another member that is no property', async () => {
    const web = await get();
    expect(() => Object.assign(web, { key: 'x' })).toThrow(TypeError);
    expect(() => Object.assign(web, { isDirty: false })).toThrow(TypeError);
  });

  test('using a deleted model', async () => {
    const web = await get();
    web.config.a = '2';
    await web.delete();
    const requests = store.reads.length;

    const acts: (() => unknown)[] = [
      () => web.save(),
      () => web.fetch(),
      () => web.delete(),
      () => web.rename('other'),
      () => (web.description = 'x'),
    ];
    for (const act of acts) {
      const error = await failure(act, DeletedError);
      expect(error.message).toBe("Thing 'web' was deleted through this model; get or create a new one");
      expect(error.code).toBe('ERR_LXD_DELETED');
    }
    expect([store.reads.length, store.attempts.length]).toEqual([requests, 0]);
    expect(web.description).toBe('old');
  });

  test('delete({ ifExists }) of what is gone is success', async () => {
    const gone = things.ref('gone');
    await gone.delete({ ifExists: true });
    await gone.delete({ ifExists: true });
    await failure(gone.delete(), DeletedError);
  });

  test('delete({ ifExists }) of a deleted model leaves a new thing of that name alone', async () => {
    const web = await get();
    await web.delete();
    store.seed('web');
    await web.delete({ ifExists: true });
    expect(store.has('web')).toBe(true);
  });

  test('a delete() that failed is none', async () => {
    const gone = things.ref('gone');
    await failure(gone.delete(), NotFoundError);
    await failure(gone.fetch(), NotFoundError);
  });

  test.each([
    ['', "The thing's name is empty"],
    ['..', 'A thing cannot be named ".."'],
    ['a/b', 'The thing\'s name "a/b" has a slash, which no thing may have'],
    [7, "The thing's name must be a string, not number 7"],
    [undefined, "The thing's name must be a string, not undefined"],
  ])('renaming to %j', async (name, message) => {
    const error = await failure(things.ref('web').rename(name as string), InvalidInputError);
    expect(error.message).toBe(message);
    expect(store.has('web')).toBe(true);
  });
});

describe('rename', () => {
  test('takes the model along, and its edits', async () => {
    const web = await get();
    web.config.a = '2';
    expect(await web.rename('www')).toBe(web);

    expect([web.key, web.name, JSON.parse(JSON.stringify(web)).name]).toEqual(['www', 'www', 'www']);
    expect(web.changes()).toEqual([{ path: ['config', 'a'], from: '1', to: '2' }]);
    await web.save();
    expect(store.peek('www').config.a).toBe('2');
  });

  test('needs no fetch()', async () => {
    const web = await things.ref('web').rename('www');
    expect([web.key, web.isFetched]).toEqual(['www', false]);
    expect((await web.fetch()).description).toBe('old');
  });

  test.each([true, false])('leaves no trace in a clean model (from a list: %p)', async (listed) => {
    const web = listed ? (await things.all())[0]! : await get();
    await web.rename('www');
    expect(web.isDirty).toBe(false);
    await web.save();
    expect(store.attempts).toEqual([]);
  });
});

describe('a model shown', () => {
  test.each<[string, (web: Thing) => unknown, string]>([
    ['clean', () => undefined, "Thing('web' Running)"],
    ['dirty', ({ config }) => (config['limits.cpu'] = '2'), "Thing('web' Running, dirty: config.limits.cpu)"],
    [
      'with a device put in',
      (web) => ((web.devices.data = { type: 'disk' }), web.profiles.push('x')),
      "Thing('web' Running, dirty: devices.data, profiles)",
    ],
    [
      'with many edits',
      ({ config }) => Object.assign(config, { a: '2', b: '2', c: '2', d: '2', e: '2' }),
      "Thing('web' Running, dirty: config.a, config.b, config.c, … 2 more)",
    ],
    ['deleted', (web) => web.delete(), "Thing('web' Running, deleted)"],
  ])('%s', async (_, act, text) => {
    const web = await get();
    await act(web);
    expect(inspect(web)).toBe(text);
    expect(inspect({ web }, { breakLength: Infinity })).toBe(`{ web: ${text} }`);
    expect(inspect(web, { depth: 0, showHidden: true })).toBe(text);
  });

  test('before fetch()', () => {
    expect(inspect(things.ref("o'clock"))).toBe(`Thing("o'clock", not fetched)`);
    expect(inspect(things.ref('line\nbreak'))).toBe("Thing('line\\nbreak', not fetched)");
  });

  test('never with a value, which may be a secret', async () => {
    const web = await get();
    web.config['user.password'] = 'hunter2';
    expect(inspect(web, { depth: 9 })).not.toContain('hunter2');
  });

  test('under the name of its class', async () => {
    class Router extends Thing {}
    expect(inspect(things.as(Router).ref('r1'))).toBe("Router('r1', not fetched)");
    expect(String(things.ref('web'))).toBe("Thing 'web'");
  });

  test('as JSON, by the names of the server, with the edits', async () => {
    const web = await get();
    web.config.a = '2';
    delete web.devices.eth0;
    web.expiresAt = new Date('2031-01-01');
    Object.assign(web.config, { b: undefined });

    expect(JSON.parse(JSON.stringify(web))).toEqual({
      ...store.peek('web'),
      config: { a: '2' },
      devices: { root: { type: 'disk', path: '/' } },
      expires_at: '2031-01-01T00:00:00Z',
    });
  });

  test('as JSON is a copy', async () => {
    const web = await get();
    const json = web.toJSON() as { config: Record<string, string> };
    json.config.a = '9';
    expect(web.config.a).toBe('1');
    expect(web.isDirty).toBe(false);
  });

  test('as JSON has times as the server wrote them', async () => {
    const web = await get();
    JSON.stringify([web.expiresAt, web.createdAt]);
    web.config.a = '2';
    expect(web.toJSON()).toMatchObject({
      expires_at: '2030-01-01T00:00:00.123456789Z',
      created_at: '2026-01-02T03:04:05.678901234Z',
    });
  });
});

test('a model has no enumerable keys, so that nothing of it leaks into spreads', async () => {
  expect(Object.keys(await get())).toEqual([]);
});
