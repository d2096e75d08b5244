import { inspect } from 'node:util';
import './support/no-delays.js';
import { SaveConflictError, type Conflict } from '../../lib/errors/index.js';
import { conflictsOf, disputedIn, storeOfOne } from './support/dispute.js';
import { failure } from './support/failure.js';
import { instanceRules, MemoryStore, type Data } from './support/memory-store.js';

const { Things } = await import('./support/thing.js');

let store: MemoryStore;

beforeEach(() => {
  store = storeOfOne();
});

const disputed = async (theirs?: (data: Data) => unknown) => disputedIn(store, theirs);

describe('the same key changed to different values', () => {
  test('rejects, says what and by whom, and writes nothing', async () => {
    const web = await disputed();
    const before = store.peek('web');
    const error = await failure(web.save(), SaveConflictError);

    expect(error.message).toBe(
      "Thing 'web': you and somebody else changed config › a differently; nothing was written. The model holds your " +
        'edits over the new state: save() again to keep them, revert() to drop them, or save({ onConflict })',
    );
    expect(error.code).toBe('ERR_LXD_SAVE_CONFLICT');
    expect(error.conflicts).toEqual([{ path: ['config', 'a'], base: '1', mine: '2', theirs: '3' }]);
    expect(store.peek('web')).toEqual(before);
    expect(store.attempts).toHaveLength(1);
  });

  test('leaves the edits in the model, over the new state', async () => {
    const web = await disputed(({ config }) => Object.assign(config, { a: '3', c: '3', d: '1' }));
    await failure(web.save(), SaveConflictError);

    expect({ ...web.config }).toEqual({ a: '2', b: '2', c: '3', d: '1', 'volatile.state': 'STOPPED' });
    expect(web.changes()).toEqual([
      { path: ['config', 'a'], from: '3', to: '2' },
      { path: ['config', 'b'], from: '1', to: '2' },
    ]);
  });

  test('save() again writes mine, in one request', async () => {
    const web = await disputed();
    await failure(web.save(), SaveConflictError);
    const reads = store.reads.length;
    await web.save();
    expect(store.peek('web').config).toMatchObject({ a: '2', b: '2' });
    expect([store.reads.length - reads, store.writes.length]).toEqual([0, 1]);
  });

  test('revert() drops mine', async () => {
    const web = await disputed();
    await failure(web.save(), SaveConflictError);
    web.revert();
    await web.save();
    expect(web.config).toMatchObject({ a: '3', b: '1' });
    expect(store.writes).toEqual([]);
  });

  test('taking theirs for one and saving the rest', async () => {
    const web = await disputed();
    for (const { path, theirs } of await conflictsOf(web.save())) web.config[path[1]!] = theirs as string;
    await web.save();
    expect(store.peek('web').config).toMatchObject({ a: '3', b: '2' });
  });

  test('a third change before save() again is another conflict', async () => {
    const web = await disputed();
    await failure(web.save(), SaveConflictError);
    store.elsewhere('web', ({ config }) => (config.a = '4'));
    expect(await conflictsOf(web.save())).toEqual([
      { path: ['config', 'a'], base: '3', mine: '2', theirs: '4' },
    ]);
  });

  test('does not show its values when it is printed', async () => {
    const web = await disputed(({ config }) => (config.a = 'secret'));
    const text = inspect(await failure(web.save(), SaveConflictError), { depth: 9 });
    expect(text).toContain('config › a');
    expect(text).not.toContain('secret');
  });

  test('what the error holds is of that moment', async () => {
    const web = await disputed((data) => (data.profiles = ['theirs']));
    web.profiles.push('mine');
    const [conflict] = await conflictsOf(web.save());
    web.revert();
    (conflict?.theirs as string[]).push('x');
    expect(conflict?.mine).toEqual(['default', 'mine']);
    expect(web.profiles).toEqual(['theirs']);
    expect(web.isDirty).toBe(false);
  });
});

describe('what is a conflict', () => {
  const edit = async (mine: (data: Data) => unknown, theirs: (data: Data) => unknown) => {
    const web = await new Things(store).get('web');
    mine(web as unknown as Data);
    store.elsewhere('web', theirs);
    return conflictsOf(web.save());
  };

  test.each<[string, (data: Data) => unknown, (data: Data) => unknown, Conflict]>([
    [
      'changed here, taken away there',
      ({ config }) => (config.a = '2'),
      ({ config }) => delete config.a,
      { path: ['config', 'a'], base: '1', mine: '2', theirs: undefined },
    ],
    [
      'taken away here, changed there',
      ({ config }) => delete config.a,
      ({ config }) => (config.a = '2'),
      { path: ['config', 'a'], base: '1', mine: undefined, theirs: '2' },
    ],
    [
      'emptied here, changed there',
      ({ config }) => (config.a = ''),
      ({ config }) => (config.a = '2'),
      { path: ['config', 'a'], base: '1', mine: undefined, theirs: '2' },
    ],
    [
      'put in by both',
      ({ config }) => (config.new = '1'),
      ({ config }) => (config.new = '2'),
      { path: ['config', 'new'], base: undefined, mine: '1', theirs: '2' },
    ],
    [
      'an option of a device',
      ({ devices }) => (devices.root!.size = '2'),
      ({ devices }) => (devices.root!.size = '3'),
      { path: ['devices', 'root', 'size'], base: '1', mine: '2', theirs: '3' },
    ],
    [
      'a device changed here and removed there',
      ({ devices }) => (devices.eth0!.name = 'x'),
      ({ devices }) => delete devices.eth0,
      {
        path: ['devices', 'eth0'],
        base: { type: 'nic' },
        mine: { type: 'nic', name: 'x' },
        theirs: undefined,
      },
    ],
    [
      'the order of profiles',
      ({ profiles }) => profiles.push('mine'),
      ({ profiles }) => profiles.push('theirs'),
      {
        path: ['profiles'],
        base: ['default'],
        mine: ['default', 'mine'],
        theirs: ['default', 'theirs'],
      },
    ],
    [
      'the description, which no version covers',
      (data) => (data.description = 'mine'),
      (data) => (data.description = 'theirs'),
      { path: ['description'], base: 'old', mine: 'mine', theirs: 'theirs' },
    ],
    [
      'a time',
      (data) => (data.expiresAt = new Date('2031-01-01')),
      (data) => (data.expires_at = '2032-01-01T00:00:00Z'),
      {
        path: ['expires_at'],
        base: '2030-01-01T00:00:00Z',
        mine: '2031-01-01T00:00:00Z',
        theirs: '2032-01-01T00:00:00Z',
      },
    ],
  ])('%s', async (_, mine, theirs, conflict) => {
    const before = store.writes.length;
    expect(await edit(mine, theirs)).toEqual([conflict]);
    expect(store.writes).toHaveLength(before);
  });

  test('several at once are all told', async () => {
    const paths = await edit(
      (data) => {
        Object.assign(data.config, { a: '2', b: '2', c: '2' });
        data.description = 'mine';
      },
      (data) => {
        Object.assign(data.config, { a: '3', b: '3' });
        data.description = 'theirs';
      },
    );
    expect(paths.map(({ path }) => path.join(' '))).toEqual(['config a', 'config b', 'description']);
  });
});

describe('no conflict is', () => {
  test.each<[string, (data: Data) => unknown, (data: Data) => unknown]>([
    ['the same value', ({ config }) => (config.a = '2'), ({ config }) => (config.a = '2')],
    [
      'the same device',
      ({ devices }) => (devices.x = { type: 'nic' }),
      ({ devices }) => (devices.x = { type: 'nic' }),
    ],
    ['the same removal', ({ devices }) => delete devices.eth0, ({ devices }) => delete devices.eth0],
    ['the same list', ({ profiles }) => profiles.push('x'), ({ profiles }) => profiles.push('x')],
    [
      'the same time, said in another way',
      (data) => (data.expiresAt = new Date('2031-01-01')),
      (data) => (data.expires_at = '2031-01-01T00:00:00Z'),
    ],
    [
      'a key that the server changes by itself',
      ({ config }) => (config.a = '2'),
      ({ config }) => Object.assign(config, { 'volatile.state': 'RUNNING', 'volatile.uuid': 'x' }),
    ],
    [
      'such a key, changed by both: mine is written',
      ({ config }) => (config['volatile.state'] = 'mine'),
      ({ config }) => (config['volatile.state'] = 'theirs'),
    ],
  ])('%s', async (_, mine, theirs) => {
    const web = await new Things(store).get('web');
    mine(web as unknown as Data);
    store.elsewhere('web', theirs);
    await web.save();
    expect(web.isDirty).toBe(false);
    const { name: _name, ...now } = store.peek('web');
    expect(JSON.parse(JSON.stringify(web))).toMatchObject(now);
    await web.fetch();
    expect(web.isDirty).toBe(false);
  });
});

test('without keys of its own the server conflicts over volatile keys as over any', async () => {
  store.rules = { ...instanceRules, serverOwned: undefined };
  const web = await disputed(({ config }) => (config['volatile.state'] = 'RUNNING'));
  web.config['volatile.state'] = 'mine';
  await failure(web.save(), SaveConflictError);
});
