import './support/no-delays.js';
import { InvalidInputError, type Conflict } from '../../lib/errors/index.js';
import { conflictsOf, disputedIn, storeOfOne } from './support/dispute.js';
import { failure } from './support/failure.js';
import { MemoryStore, type Data } from './support/memory-store.js';

const { Things } = await import('./support/thing.js');

let store: MemoryStore;

beforeEach(() => {
  store = storeOfOne();
});

const disputed = async (theirs?: (data: Data) => unknown) => disputedIn(store, theirs);

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

describe('after a save that was refused', () => {
  const refused = async () => {
    const web = await disputed();
    await conflictsOf(web.save());
    return web;
  };

  test.each([
    ['mine', '2'],
    ['theirs', '3'],
    [() => '9', '9'],
  ] as const)('onConflict: %p decides', async (onConflict, value) => {
    const web = await refused();
    await web.save({ onConflict });
    expect(store.peek('web').config).toMatchObject({ a: value, b: '2' });
    expect(web.config.a).toBe(value);
  });

  test('a function is asked once of each conflict, as it was told', async () => {
    const web = await refused();
    store.elsewhere('web', ({ config }) => (config.b = '7'));
    const asked: Conflict[] = [];
    await web.save({
      onConflict: (conflict) => {
        asked.push(conflict);
        return conflict.theirs;
      },
    });
    expect(asked).toEqual([
      { path: ['config', 'a'], base: '1', mine: '2', theirs: '3' },
      { path: ['config', 'b'], base: '1', mine: '2', theirs: '7' },
    ]);
    expect(store.peek('web').config).toMatchObject({ a: '3', b: '7' });
  });

  test('those of several refusals are decided together', async () => {
    const web = await refused();
    store.elsewhere('web', ({ config }) => (config.b = '7'));
    await conflictsOf(web.save());
    await web.save({ onConflict: 'theirs' });
    expect(store.peek('web').config).toMatchObject({ a: '3', b: '7' });
  });

  test.each([
    ['edited since', (web: Awaited<ReturnType<typeof refused>>) => void (web.config.a = '5'), '5'],
    ['dropped since', (web: Awaited<ReturnType<typeof refused>>) => void web.revert(), '3'],
  ])('what was %s is no conflict any more', async (_, edit, value) => {
    const web = await refused();
    edit(web);
    await web.save({ onConflict: () => 'asked' });
    expect(store.peek('web').config.a).toBe(value);
  });

  test('what was saved over it is no conflict of a later edit', async () => {
    const web = await refused();
    await web.save();
    store.elsewhere('web', ({ config }) => (config.a = '1'));
    await web.fetch();
    web.config.a = '2';
    await web.save({ onConflict: 'theirs' });
    expect(store.peek('web').config.a).toBe('2');
  });
});
