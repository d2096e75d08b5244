import { SaveConflictError } from '../../lib/errors/index.js';
import type { Change } from '../../lib/orm/index.js';
import { MemoryStore } from './support/memory-store.js';
import { Things, type Thing } from './support/thing.js';

let store: MemoryStore;
let things: Things;

beforeEach(() => {
  store = new MemoryStore().seed('web', {
    description: 'old',
    config: { a: '1', b: '1' },
    devices: { root: { type: 'disk', path: '/' }, eth0: { type: 'nic' } },
    profiles: ['default', 'gpu'],
    expires_at: '2030-01-01T00:00:00.123456789Z',
  });
  things = new Things(store);
});

const get = () => things.get('web');

describe('an edit', () => {
  const was = { type: 'disk', path: '/' };

  test.each<[string, (web: Thing) => unknown, Change[]]>([
    ['set in a map', ({ config }) => (config.a = '2'), [{ path: ['config', 'a'], from: '1', to: '2' }]],
    [
      'put into a map',
      ({ config }) => (config['limits.cpu'] = '2'),
      [{ path: ['config', 'limits.cpu'], from: undefined, to: '2' }],
    ],
    ['delete', ({ config }) => delete config.a, [{ path: ['config', 'a'], from: '1', to: undefined }]],
    [
      'set to undefined',
      ({ config }) => Object.assign(config, { a: undefined }),
      [{ path: ['config', 'a'], from: '1', to: undefined }],
    ],
    [
      'Object.assign',
      ({ config }) => Object.assign(config, { b: '2', c: '1' }),
      [
        { path: ['config', 'b'], from: '1', to: '2' },
        { path: ['config', 'c'], from: undefined, to: '1' },
      ],
    ],
    [
      'replacing a map',
      (web) => (web.config = { b: '1', c: '1' }),
      [
        { path: ['config', 'c'], from: undefined, to: '1' },
        { path: ['config', 'a'], from: '1', to: undefined },
      ],
    ],
    [
      'set in a device',
      ({ devices }) => (devices.root!.size = '1GiB'),
      [{ path: ['devices', 'root', 'size'], from: undefined, to: '1GiB' }],
    ],
    [
      'delete in a device',
      ({ devices }) => delete devices.root!.path,
      [{ path: ['devices', 'root', 'path'], from: '/', to: undefined }],
    ],
    [
      'a new device',
      ({ devices }) => (devices.data = { type: 'disk' }),
      [{ path: ['devices', 'data'], from: undefined, to: { type: 'disk' } }],
    ],
    [
      'delete of a device',
      ({ devices }) => delete devices.root,
      [{ path: ['devices', 'root'], from: was, to: undefined }],
    ],
    [
      'replacing a device',
      ({ devices }) => (devices.root = { type: 'disk' }),
      [{ path: ['devices', 'root', 'path'], from: '/', to: undefined }],
    ],
    [
      'edits of a new device after it was put in',
      ({ devices }) => {
        const data: Record<string, string> = (devices.data = {});
        data.type = 'disk';
      },
      [{ path: ['devices', 'data'], from: undefined, to: { type: 'disk' } }],
    ],
    [
      'push',
      ({ profiles }) => profiles.push('x'),
      [{ path: ['profiles'], from: ['default', 'gpu'], to: ['default', 'gpu', 'x'] }],
    ],
    [
      'splice',
      ({ profiles }) => profiles.splice(0, 1),
      [{ path: ['profiles'], from: ['default', 'gpu'], to: ['gpu'] }],
    ],
    [
      'sort',
      ({ profiles }) => profiles.reverse(),
      [{ path: ['profiles'], from: ['default', 'gpu'], to: ['gpu', 'default'] }],
    ],
    [
      'an index',
      ({ profiles }) => (profiles[1] = 'x'),
      [{ path: ['profiles'], from: ['default', 'gpu'], to: ['default', 'x'] }],
    ],
    [
      'length',
      ({ profiles }) => (profiles.length = 0),
      [{ path: ['profiles'], from: ['default', 'gpu'], to: [] }],
    ],
    [
      'replacing a list',
      (web) => (web.profiles = ['x']),
      [{ path: ['profiles'], from: ['default', 'gpu'], to: ['x'] }],
    ],
    ['a text', (web) => (web.description = 'new'), [{ path: ['description'], from: 'old', to: 'new' }]],
    ['an empty text', (web) => (web.description = ''), [{ path: ['description'], from: 'old', to: '' }]],
    ['a boolean', (web) => (web.ephemeral = true), [{ path: ['ephemeral'], from: false, to: true }]],
    ['a number', (web) => (web.priority = 5), [{ path: ['priority'], from: 0, to: 5 }]],
    [
      'a time',
      (web) => (web.expiresAt = new Date('2031-01-01')),
      [{ path: ['expires_at'], from: '2030-01-01T00:00:00.123456789Z', to: '2031-01-01T00:00:00Z' }],
    ],
    [
      'a time changed in place',
      ({ expiresAt }) => expiresAt!.setTime(Date.UTC(2040, 0)),
      [{ path: ['expires_at'], from: '2030-01-01T00:00:00.123456789Z', to: '2040-01-01T00:00:00Z' }],
    ],
    [
      'a time assigned, read and changed in place',
      (web) => ((web.expiresAt = new Date('2031-01-01')), web.expiresAt.setTime(Date.UTC(2040, 0))),
      [{ path: ['expires_at'], from: '2030-01-01T00:00:00.123456789Z', to: '2040-01-01T00:00:00Z' }],
    ],
    [
      'no time',
      (web) => (web.expiresAt = null),
      [{ path: ['expires_at'], from: '2030-01-01T00:00:00.123456789Z', to: '0001-01-01T00:00:00Z' }],
    ],
  ])('by %s is seen, and gone after revert()', async (_, edit, changes) => {
    for (const web of [await get(), (await things.all())[0]!]) {
      edit(web);
      expect(web.changes()).toEqual(changes);
      expect(web.isDirty).toBe(true);

      expect(web.revert()).toBe(web);
      expect(web.changes()).toEqual([]);
      expect(JSON.stringify(web)).toBe(JSON.stringify((await things.all())[0]));
    }
    expect(store.attempts).toEqual([]);
  });

  test.each<[string, (web: Thing) => unknown]>([
    ['a key set back', ({ config }) => ((config.a = '2'), (config.a = '1'))],
    ['a key deleted and put in again', ({ config }) => (delete config.a, (config.a = '1'))],
    ['a new key deleted', ({ config }) => ((config.x = '1'), delete config.x)],
    ['a map replaced by its equal', (web) => (web.config = { b: '1', a: '1' })],
    ['a map assigned to itself', (web) => Object.assign(web, { config: web.config })],
    ['a device replaced by its equal', ({ devices }) => (devices.eth0 = { type: 'nic' })],
    ['a list pushed and popped', ({ profiles }) => (profiles.push('x'), profiles.pop())],
    ['a text set back', (web) => ((web.description = 'x'), (web.description = 'old'))],
    ['the time that was read', (web) => Object.assign(web, { expiresAt: web.expiresAt })],
    [
      'a time set back',
      (web) => ((web.expiresAt = null), (web.expiresAt = new Date('2030-01-01T00:00:00.123Z'))),
    ],
    [
      'a time set back in place',
      ({ expiresAt }) => (expiresAt!.setTime(0), expiresAt!.setTime(1893456000123)),
    ],
    ['a time that is broken and mended', brokenAndMended],
    ['none of all this', (web) => [web.config, web.devices, web.profiles, web.expiresAt]],
  ])('is none: %s', async (_, edit) => {
    const web = await get();
    edit(web);
    expect(web.changes()).toEqual([]);
    expect(web.isDirty).toBe(false);
  });

  test('of a time in place is saved, and the Date stays the one to change', async () => {
    const web = await get();
    const { expiresAt } = web;
    expect(web.expiresAt).toBe(expiresAt);
    expiresAt!.setTime(Date.UTC(2040, 0));
    await web.save();
    expect(store.peek('web').expires_at).toBe('2040-01-01T00:00:00Z');
    expect([web.isDirty, web.expiresAt === expiresAt]).toEqual([false, true]);
    await web.fetch();
    expiresAt!.setTime(Date.UTC(2041, 0));
    store.elsewhere('web', (data) => (data.config.b = 'theirs'));
    await web.save();
    expect(store.peek('web')).toMatchObject({ expires_at: '2041-01-01T00:00:00Z', config: { b: 'theirs' } });
  });

  test('of a time in place is a conflict with what somebody else has made of it', async () => {
    const web = await get();
    web.expiresAt!.setTime(Date.UTC(2040, 0));
    store.elsewhere('web', (data) => (data.expires_at = '2050-01-01T00:00:00Z'));
    await expect(web.save()).rejects.toThrow(SaveConflictError);
    await web.save();
    expect(store.peek('web').expires_at).toBe('2040-01-01T00:00:00Z');
  });

  test('of a Date that was read before the time got another value is none, and the Date stays as it is', async () => {
    for (const then of [
      (web: Thing) => Promise.resolve((web.expiresAt = new Date('2031-01-01'))),
      async (web: Thing) => {
        store.elsewhere('web', (data) => (data.expires_at = '2031-01-01T00:00:00Z'));
        await web.fetch();
      },
    ]) {
      const web = await get();
      const before = web.expiresAt;
      web.expiresAt = new Date('2030-06-01');
      web.revert();
      const { expiresAt } = web;
      await then(web);
      expect([before, expiresAt].map((time) => time!.getUTCFullYear())).toEqual([2030, 2030]);
      expiresAt.setTime(Date.UTC(2040, 0));
      expect(web.expiresAt).toEqual(new Date('2031-01-01'));
    }
  });

  test('of a time in place to none at all is refused by save()', async () => {
    const web = await get();
    web.expiresAt!.setTime(NaN);
    await expect(web.save()).rejects.toThrow(
      'thing.expiresAt must be a Date, or null for none, not "Invalid Date"',
    );
    expect(store.attempts).toEqual([]);
    web.revert();
    expect([web.isDirty, web.expiresAt?.getUTCFullYear()]).toEqual([false, 2030]);
  });

  test('is of the model, not of what was assigned', async () => {
    const web = await get();
    const [config, profiles] = [{ a: '2' }, ['x']];
    Object.assign(web, { config, profiles });
    web.config.a = '3';
    web.profiles.push('y');
    expect([config, profiles]).toEqual([{ a: '2' }, ['x']]);
  });

  test('what changes() gave is a value of that moment', async () => {
    const web = await get();
    web.config.a = '2';
    const before = web.changes();
    web.config.a = '3';
    expect(before).toEqual([{ path: ['config', 'a'], from: '1', to: '2' }]);
  });
});

/** Looked at while it is no time. */
function brokenAndMended(web: Thing): void {
  const { expiresAt } = web;
  expiresAt!.setTime(NaN);
  if (!web.isDirty || web.expiresAt !== expiresAt) throw new Error('not seen');
  expiresAt!.setTime(1893456000123);
}
