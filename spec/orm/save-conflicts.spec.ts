import { inspect } from 'node:util';
import './support/no-delays.js';
import { InvalidInputError, SaveConflictError, type Conflict } from '../../lib/errors/index.js';
import { failure } from './support/failure.js';
import { instanceRules, MemoryStore, type Data } from './support/memory-store.js';

const { Things } = await import('./support/thing.js');

let store: MemoryStore;

beforeEach(() => {
  store = new MemoryStore().seed('web', {
    description: 'old',
    config: { a: '1', b: '1', c: '1', 'volatile.state': 'STOPPED' },
    devices: { root: { type: 'disk', size: '1' }, eth0: { type: 'nic' } },
    profiles: ['default'],
    expires_at: '2030-01-01T00:00:00Z',
  });
});

/** A model with an edit, and a server on which somebody has changed the same key. */
async function disputed(theirs: (data: Data) => unknown = ({ config }) => (config.a = '3')) {
  const web = await new Things(store).get('web');
  web.config.a = '2';
  web.config.b = '2';
  store.elsewhere('web', theirs);
  return web;
}

const conflictsOf = async (save: Promise<unknown>) => (await failure(save, SaveConflictError)).conflicts;

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

describe('onConflict', () => {
  test("'mine' writes mine where both changed, and theirs elsewhere", async () => {
    const web = await disputed(({ config }) => Object.assign(config, { a: '3', c: '3' }));
    await web.save({ onConflict: 'mine' });
    expect(store.peek('web').config).toMatchObject({ a: '2', b: '2', c: '3' });
  });

  test("'theirs' keeps theirs, and writes the rest", async () => {
    const web = await disputed(({ config }) => Object.assign(config, { a: '3', c: '3' }));
    await web.save({ onConflict: 'theirs' });
    expect(store.peek('web').config).toMatchObject({ a: '3', b: '2', c: '3' });
    expect(store.writes.map(({ body }) => body.config)).toEqual([{ b: '2' }]);
    expect(web.config.a).toBe('3');
  });

  test("'theirs' writes nothing if nothing is left", async () => {
    const web = await disputed(({ config }) => Object.assign(config, { a: '3', b: '3' }));
    expect(await web.saveReport({ onConflict: 'theirs' })).toEqual({ saved: false, merged: 1 });
    expect(store.writes).toEqual([]);
  });

  test("'theirs' takes a removal too", async () => {
    const web = await disputed(({ config }) => delete config.a);
    await web.save({ onConflict: 'theirs' });
    expect(Object.keys(store.peek('web').config)).not.toContain('a');
    expect('a' in web.config).toBe(false);
  });

  test('a function gives the value to write', async () => {
    const web = await disputed();
    web.profiles.push('mine');
    store.elsewhere('web', ({ profiles }) => profiles.push('theirs'));
    const asked: Conflict[] = [];
    await web.save({
      onConflict: (conflict) => {
        asked.push(conflict);
        return Array.isArray(conflict.mine)
          ? ['default', 'mine', 'theirs']
          : `${String(conflict.mine)}+${String(conflict.theirs)}`;
      },
    });

    expect(asked).toEqual([
      { path: ['config', 'a'], base: '1', mine: '2', theirs: '3' },
      { path: ['profiles'], base: ['default'], mine: ['default', 'mine'], theirs: ['default', 'theirs'] },
    ]);
    expect(store.peek('web')).toMatchObject({
      config: { a: '2+3', b: '2' },
      profiles: ['default', 'mine', 'theirs'],
    });
    expect(web.profiles).toEqual(['default', 'mine', 'theirs']);
    expect(web.isDirty).toBe(false);
  });

  test('a function is asked only about conflicts', async () => {
    const web = await disputed(({ config }) => (config.c = '3'));
    await web.save({
      onConflict: () => {
        throw new Error('not to be asked');
      },
    });
    expect(store.peek('web').config).toMatchObject({ a: '2', b: '2', c: '3' });
  });

  test('a function may take a key away that one side took away', async () => {
    const web = await disputed(({ config }) => delete config.a);
    await web.save({ onConflict: () => undefined });
    expect(Object.keys(store.peek('web').config)).not.toContain('a');
  });

  test('a function cannot change what it is shown', async () => {
    const web = await disputed((data) => (data.profiles = ['theirs']));
    web.profiles.push('mine');
    await web.save({
      onConflict: ({ mine, theirs }) => {
        (mine as string[]).push('x');
        (theirs as string[]).push('y');
        return ['chosen'];
      },
    });
    expect(web.profiles).toEqual(['chosen']);
    expect(store.peek('web').profiles).toEqual(['chosen']);
  });

  test('a function that gives a Date for a time', async () => {
    const web = await new Things(store).get('web');
    web.expiresAt = new Date('2031-01-01');
    store.elsewhere('web', (data) => (data.expires_at = '2032-01-01T00:00:00Z'));
    await web.save({ onConflict: () => new Date('2033-01-01') });
    expect(store.peek('web').expires_at).toBe('2033-01-01T00:00:00Z');
    expect(web.expiresAt).toEqual(new Date('2033-01-01'));
  });

  describe.each([
    ['at a 412', false],
    ['after a fetch()', true],
  ])('%s', (_, fetched) => {
    const ready = async (theirs?: (data: Data) => unknown) => {
      const web = await disputed(theirs);
      if (fetched) await web.fetch();
      return web;
    };

    test('a throwing function fails the save with its error, and the edits stay', async () => {
      const web = await ready();
      const fault = new RangeError('cannot decide');
      await expect(
        web.save({
          onConflict: () => {
            throw fault;
          },
        }),
      ).rejects.toBe(fault);

      expect(store.writes).toEqual([]);
      expect({ ...web.config }).toMatchObject({ a: '2', b: '2' });
      // Nobody has chosen yet, so it is still a conflict.
      expect(await conflictsOf(web.save())).toEqual([
        { path: ['config', 'a'], base: '1', mine: '2', theirs: '3' },
      ]);
    });

    test.each<[string, unknown, string]>([
      ['a number', 7, 'thing.config.a must be a string, not number 7; write "7"'],
      ['null', null, 'thing.config.a must be a string, not null; to remove the key, delete it'],
      ['an object', {}, 'thing.config.a must be a string, not an object'],
      ['a promise', Promise.resolve('2'), 'thing.config.a must be a string, not a Promise'],
      [
        'nothing',
        undefined,
        "Thing 'web': onConflict returned nothing for config › a; return the value to keep, such as `conflict.mine` or " +
          '`conflict.theirs`',
      ],
    ])('a function that gives %s fails it, and the edits stay', async (_name, garbage, message) => {
      const web = await ready();
      const error = await failure(web.save({ onConflict: () => garbage }), InvalidInputError);

      expect(error.message).toBe(message);
      expect(store.writes).toEqual([]);
      expect({ ...web.config }).toMatchObject({ a: '2', b: '2' });
      await web.save({ onConflict: 'mine' });
      expect(store.peek('web').config).toMatchObject({ a: '2', b: '2' });
    });

    test.each<[string, unknown]>([
      ['a text', 'x'],
      ['nothing', undefined],
      ['numbers', [1]],
    ])('a function that gives %s for a list fails it', async (_name, garbage) => {
      const web = await ready((data) => (data.profiles = ['theirs']));
      web.profiles.splice(0, 9, 'mine');
      if (fetched) store.elsewhere('web', (data) => (data.profiles = ['theirs again']));
      await failure(web.save({ onConflict: () => garbage }), InvalidInputError);
      expect(web.profiles).toEqual(['mine']);
      expect(store.writes).toEqual([]);
    });
  });
});

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

test('without keys of its own the server conflicts over volatile keys as over any', async () => {
  store.rules = { ...instanceRules, serverOwned: undefined };
  const web = await disputed(({ config }) => (config['volatile.state'] = 'RUNNING'));
  web.config['volatile.state'] = 'mine';
  await failure(web.save(), SaveConflictError);
});
