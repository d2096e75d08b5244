import './support/no-delays.js';
import {
  ConflictError,
  InUseError,
  InvalidInputError,
  NotFoundError,
  operationFailure,
  responseError,
} from '../../lib/errors/index.js';
import { failure } from './support/failure.js';
import { MemoryStore } from './support/memory-store.js';
import type { ThingInput } from './support/thing.js';

const { Things } = await import('./support/thing.js');

let store: MemoryStore;
let things: InstanceType<typeof Things>;

beforeEach(() => {
  store = new MemoryStore();
  things = new Things(store);
});

const wanted: ThingInput = {
  description: 'wanted',
  config: { a: '1', 'limits.cpu': '2' },
  devices: { root: { type: 'disk', path: '/' } },
  profiles: ['default'],
  expiresAt: new Date('2030-01-01'),
  source: 'an image',
};

describe('ensure', () => {
  test('creates what is missing', async () => {
    const web = await things.ensure('web', wanted);
    expect([web.key, web.isFetched, web.description]).toEqual(['web', true, 'wanted']);
    expect(store.peek('web').config).toEqual(wanted.config);
    expect(store.attempts).toEqual([]);
  });

  test('run twice changes nothing and writes nothing', async () => {
    await things.ensure('web', wanted);
    const before = store.peek('web');
    const web = await things.ensure('web', wanted);
    expect(store.peek('web')).toEqual(before);
    expect(store.attempts).toEqual([]);
    expect(web.isDirty).toBe(false);
  });

  test('asks the server to choose only where it has not chosen yet', async () => {
    store.rules = { ...store.rules, filledIn: { config: /^auto$/ } };
    store.seed('web', { config: { 'ipv4.address': '10.0.0.1/24', 'ipv6.address': 'none', 'ipv4.dhcp': '' } });
    const chosen = { 'ipv4.address': 'auto' };
    await things.ensure('web', { config: chosen });
    expect(store.attempts).toEqual([]);
    await things.ensure('web', {
      config: { ...chosen, 'ipv6.address': 'auto', 'ipv4.dhcp': 'auto', new: 'auto' },
    });
    expect(store.peek('web').config).toEqual({
      'ipv4.address': '10.0.0.1/24',
      'ipv6.address': 'auto',
      'ipv4.dhcp': 'auto',
      new: 'auto',
    });
  });

  test('its limits hold for the save of what is there, as for a creation', async () => {
    store.seed('web', { name: 'web', description: 'old', config: {} });
    const write = store.write.bind(store);
    const limits: unknown[] = [];
    store.write = (...call) => {
      limits.push(call[4]);
      return write(...call);
    };
    const { signal } = new AbortController();
    const onProgress = () => undefined;
    await things.ensure('web', { description: 'new' }, { signal, timeout: 60_000, onProgress });
    expect(limits).toEqual([{ signal, timeout: expect.any(Number), onProgress }]);
  });

  test('writes just what differs, and keeps what is not named', async () => {
    store.seed('web', {
      ...wanted,
      expires_at: '2030-01-01T00:00:00Z',
      description: 'old',
      config: { a: '0', 'limits.cpu': '2', theirs: '1', 'volatile.x': '1' },
      devices: { root: { type: 'disk', path: '/' }, eth0: { type: 'nic' } },
      ephemeral: true,
    });
    await things.ensure('web', wanted);

    expect(store.writes.map(({ body }) => body)).toEqual([{ config: { a: '1' }, description: 'wanted' }]);
    expect(store.peek('web')).toMatchObject({
      config: { a: '1', 'limits.cpu': '2', theirs: '1', 'volatile.x': '1' },
      devices: { root: { type: 'disk', path: '/' }, eth0: { type: 'nic' } },
      ephemeral: true,
    });
  });

  test('makes a named device just so, and a list', async () => {
    store.seed('web', { devices: { root: { type: 'disk', size: '1' } }, profiles: ['default', 'x'] });
    await things.ensure('web', wanted);
    expect(store.peek('web')).toMatchObject({
      devices: { root: { type: 'disk', path: '/' } },
      profiles: ['default'],
    });
    expect(store.peek('web').devices.root).not.toHaveProperty('size');
  });

  test('leaves what was passed in alone', async () => {
    store.seed('web');
    const input = JSON.stringify(wanted);
    const web = await things.ensure('web', wanted);
    web.config.a = '9';
    web.devices.root!.path = '/9';
    web.profiles.push('9');
    expect(JSON.stringify(wanted)).toBe(input);
  });

  test.each<[string, ThingInput]>([
    ['an undefined property', { description: undefined }],
    ['no property', {}],
    ['what only a creation takes', { source: 'another image' }],
    ['what is there already, though it cannot be changed', { status: 'Running' }],
    ['an empty text for a key that is not there', { config: { x: '' } }],
    ['no time for no time', { expiresAt: null }],
  ])('writes nothing for %s', async (_, input) => {
    store.seed('web', { status: 'Running', description: 'old' });
    await things.ensure('web', input);
    expect(store.attempts).toEqual([]);
    expect(store.peek('web').description).toBe('old');
  });

  test('refuses what cannot be changed any more, before any write', async () => {
    store.seed('web', { status: 'Running' });
    const error = await failure(
      things.ensure('web', { status: 'Stopped', description: 'x' }),
      InvalidInputError,
    );
    expect(error.message).toBe('Thing \'web\' exists with status "Running", which cannot become "Stopped"');
    expect(store.attempts).toEqual([]);
  });

  test('refuses wrong values', async () => {
    store.seed('web');
    const input = { config: { a: 1 } } as unknown as ThingInput;
    await failure(things.ensure('web', input), InvalidInputError);
    expect(store.attempts).toEqual([]);
  });

  test('merges what others write meanwhile, and wins where both mean the same key', async () => {
    store.seed('web', { config: { a: '0' } });
    store.beforeWrite = () => {
      store.beforeWrite = undefined;
      store.elsewhere('web', ({ config }) => Object.assign(config, { a: '7', b: '7' }));
    };
    await things.ensure('web', { config: { a: '1' } });
    expect(store.peek('web').config).toEqual({ a: '1', b: '7' });
  });

  test('of two scripts at once creates one thing, and both have it', async () => {
    const both = await Promise.all([things.ensure('web', wanted), new Things(store).ensure('web', wanted)]);
    expect(both.map(({ description }) => description)).toEqual(['wanted', 'wanted']);
    expect(store.attempts).toEqual([]);
  });

  test('of many scripts at once, each wanting something of its own, brings all of it', async () => {
    await Promise.all(
      Array.from({ length: 8 }, async (_, n) =>
        new Things(store).ensure('web', { config: { [`k${String(n)}`]: 'x' } }),
      ),
    );
    expect(Object.keys(store.peek('web').config)).toHaveLength(8);
  });

  /** Somebody else creates it just before we do, and the server says so in its words. */
  test.each([
    ['409', responseError(409, 'refused')],
    ['LXD', responseError(400, 'Instance "web" already exists')],
    ['Incus', operationFailure('failed: This "instances" entry already exists', { status: 400 })],
    ['the database', responseError(500, 'UNIQUE constraint failed: instances.name')],
  ])('knows a creation that came second by %s', async (_, refusal) => {
    store.create = async (key) => {
      store.seed(key, { config: { theirs: '1' } });
      throw refusal;
    };
    await things.ensure('web', { config: { a: '1' } });
    expect(store.peek('web').config).toEqual({ a: '1', theirs: '1' });
  });

  test('does not take a creation that needs what others use for one that came second', async () => {
    store.create = async () => {
      throw responseError(500, 'Parent in use by another network');
    };
    await expect(things.ensure('web', wanted)).rejects.toThrow(InUseError);
    expect(store.reads).toHaveLength(1);
  });

  test('creates it anew if somebody deletes it between the look and the write', async () => {
    store.seed('web', { description: 'old' });
    store.beforeWrite = () => store.drop('web');
    const web = await things.ensure('web', wanted);
    expect(web.description).toBe('wanted');
  });

  test('gives up if that goes on', async () => {
    let looks = 0;
    store.afterRead = () => looks++;
    store.create = async () => {
      throw new ConflictError('always there first');
    };
    await expect(things.ensure('web', wanted)).rejects.toThrow('always there first');
    expect(store.reads).toHaveLength(5);
    expect(looks).toBe(0);
  });

  test('passes on why a creation failed', async () => {
    store.create = async () => {
      throw new NotFoundError('Image not found (404)');
    };
    await expect(things.ensure('web', wanted)).rejects.toThrow('Image not found');
    expect(store.reads).toHaveLength(1);
  });

  test('stops where the signal says', async () => {
    await expect(things.ensure('web', wanted, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(store.has('web')).toBe(false);
  });
});
