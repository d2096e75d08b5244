import './support/no-delays.js';
import { InvalidInputError, SaveConflictError } from '../../lib/errors/index.js';
import { field, Model, part } from '../../lib/orm/index.js';
import { failure } from './support/failure.js';
import type { MemoryStore } from './support/memory-store.js';
import { Wall, wallStore, type Rule } from './support/wall.js';

const http = { action: 'allow', destination_port: '80', protocol: 'tcp', state: 'enabled' };
const https = { ...http, destination_port: '443' };
const ssh = { ...http, destination_port: '22' };

let store: MemoryStore;

const get = async () => new Wall(store, 'web', await store.read('web'));
const rules = () => (store.peek('web') as unknown as { rules: unknown }).rules;

/** Somebody else's edit of the list. */
function elsewhere(edit: (list: Record<string, unknown>[]) => void): void {
  store.elsewhere('web', (data) => {
    edit((data as unknown as { rules: Record<string, unknown>[] }).rules);
  });
}

beforeEach(() => {
  store = wallStore([http, https]);
});

describe('a writable list of objects', () => {
  test('is read by properties, and kept by the server’s names', async () => {
    const web = await get();
    expect(web.rules[0]).toEqual({
      action: 'allow',
      destinationPort: '80',
      protocol: 'tcp',
      state: 'enabled',
    });
    expect(web.rules).toBe(web.rules);
    expect(web.toJSON()).toMatchObject({ rules: [http, https] });
    expect(web.isDirty).toBe(false);
  });

  test.each<[string, (web: Wall) => unknown, unknown[]]>([
    ['push', (web) => web.rules.push({ action: 'drop' }), [http, https, { action: 'drop' }]],
    ['splice', (web) => web.rules.splice(0, 1), [https]],
    [
      'a property assigned',
      ({ rules: [first] }) => (first!.destinationPort = '8080'),
      [{ ...http, destination_port: '8080' }, https],
    ],
    [
      'a property deleted',
      ({ rules: [, second] }) => delete second!.state,
      [http, { action: 'allow', destination_port: '443', protocol: 'tcp' }],
    ],
    ['an item replaced', (web) => (web.rules[1] = { action: 'drop' }), [http, { action: 'drop' }]],
    ['the list replaced', (web) => (web.rules = [{ action: 'drop' }]), [{ action: 'drop' }]],
    ['another order', (web) => web.rules.reverse(), [https, http]],
    [
      'a list and a number',
      (web) => web.rules.push({ action: 'x', targets: ['a'], priority: 2 }),
      [http, https, { action: 'x', targets: ['a'], priority: 2 }],
    ],
  ])('saves %s', async (_, edit, expected) => {
    const web = await get();
    edit(web);
    expect(web.isDirty).toBe(true);
    await web.save();
    expect(rules()).toEqual(expected);
    expect(store.writes.map(({ body }) => body)).toEqual([{ rules: expect.anything() }]);
    expect(web.isDirty).toBe(false);
  });

  test('sends the whole where a part would destroy', async () => {
    store = wallStore([http], false);
    const web = await get();
    web.rules.push({ action: 'drop' });
    await web.save();
    expect(store.writes[0]).toMatchObject({ mode: 'replace', body: { rules: [http, { action: 'drop' }] } });
  });

  test('keeps what a newer server has in an item', async () => {
    store = wallStore([{ ...http, brand_new: { deep_er: [1] } }]);
    const web = await get();
    web.rules[0]!.protocol = 'udp';
    await web.save();
    expect(rules()).toEqual([{ ...http, protocol: 'udp', brand_new: { deep_er: [1] } }]);
  });

  test.each<[string, (web: Wall) => unknown]>([
    ['an empty property', ({ rules: [first] }) => (first!.description = '')],
    ['white space that the server trims', ({ rules: [first] }) => (first!.protocol = ' tcp ')],
    ['an undefined property', ({ rules: [first] }) => (first!.source = undefined)],
    ['false, which is not stored', ({ rules: [first] }) => (first!.log = false)],
    ['an equal list', (web) => (web.rules = structuredClone(web.rules.map((item) => ({ ...item }))))],
  ])('is not changed by %s', async (_, edit) => {
    const web = await get();
    edit(web);
    expect(web.changes()).toEqual([]);
    await web.save();
    expect(store.attempts).toEqual([]);
  });

  test('is clean after a save of what the server spells differently', async () => {
    const web = await get();
    web.rules.push({ action: ' drop ', source: '10.0.0.1, 10.0.0.2', description: '' });
    await web.save();
    expect(rules()).toEqual([http, https, { action: 'drop', source: '10.0.0.1,10.0.0.2' }]);
    await web.fetch();
    expect(web.isDirty).toBe(false);
  });

  test('reads null as empty, and is clean then', async () => {
    store.normalise = undefined;
    store.elsewhere('web', (data) => Object.assign(data, { rules: null }));
    const web = await get();
    expect(web.rules).toEqual([]);
    expect(web.isDirty).toBe(false);
    expect(web.toJSON()).toMatchObject({ rules: null });
    web.rules.push({ action: 'drop' });
    await web.save();
    expect(rules()).toEqual([{ action: 'drop' }]);
  });

  test('tells changes item by item', async () => {
    const web = await get();
    web.rules[0]!.destinationPort = '8080';
    web.rules.splice(1, 1);
    web.rules.push({ action: 'drop' });
    expect(web.changes()).toEqual([
      { path: ['rules', 'allow 80 tcp enabled'], from: http, to: { ...http, destination_port: '8080' } },
      { path: ['rules', 'allow 443 tcp enabled'], from: https, to: undefined },
      { path: ['rules', 'drop'], from: undefined, to: { action: 'drop' } },
    ]);
    web.revert();
    expect(web.changes()).toEqual([]);
    web.rules.reverse();
    expect(web.changes()).toEqual([{ path: ['rules'], from: [http, https], to: [https, http] }]);
  });

  test('stays the same list of the same items over save, fetch and revert', async () => {
    const web = await get();
    const { rules: list } = web;
    const [first, second] = list;
    first!.state = 'logged';
    await web.save();
    expect(web.rules[0]).toBe(first);
    elsewhere((all) => {
      all[1]!.state = 'disabled';
      all.unshift(ssh);
    });
    await web.fetch();
    expect(web.rules).toBe(list);
    expect(list.map((item) => item.destinationPort)).toEqual(['22', '80', '443']);
    expect([list[1], list[2], second!.state]).toEqual([first, second, 'disabled']);
    second!.state = 'x';
    web.revert();
    expect(list[2]).toBe(second);
    expect(second!.state).toBe('disabled');
  });

  test('does not change what the user put in', async () => {
    const web = await get();
    const mine = Object.freeze({ action: 'drop', description: 'mine' });
    web.rules.push(mine);
    await web.save();
    elsewhere((all) => (all[2]!.description = 'theirs'));
    await web.fetch();
    expect(mine.description).toBe('mine');
    expect(web.rules[2]).toEqual({ action: 'drop', description: 'theirs' });
    const [other] = [await get()];
    other.rules = web.rules;
    other.rules[0]!.state = 'x';
    expect(web.rules[0]!.state).toBe('enabled');
  });
});

describe('a wrong item', () => {
  test.each<[string, unknown, string]>([
    ['no array', {}, 'rules must be an array of objects, not an object'],
    ['no object', ['x'], 'rules[0] must be an object, not "x"'],
    ['null', [null], 'rules[0] must be an object, not null'],
    ['a number for a text', [{ action: 1 }], 'rules[0].action must be a string, not number 1'],
    ['a text for a number', [{ priority: '1' }], 'rules[0].priority must be a number, not "1"'],
    ...['"1"', -1, 1.5, NaN, 2 ** 53, null].map((value): [string, unknown, string] => {
      const told = value === null ? 'null; to leave it out, delete it' : String(value);
      const given = typeof value === 'number' ? `number ${told}` : told;
      const weight = value === '"1"' ? '1' : value;
      return [
        `${told} for a count`,
        [{ weight }],
        `rules[0].weight must be a whole number, 0 or more, not ${given}`,
      ];
    }),
    ['a text for a list', [{ targets: 'a' }], 'rules[0].targets must be an array of strings, not "a"'],
    [
      'a list for a text of values',
      [{ source: ['a'] }],
      'rules[0].source must be a string, of values with commas between them, not an array',
    ],
    [
      'null for a text',
      [{ action: null }],
      'rules[0].action must be a string, not null; to leave it out, delete it',
    ],
    [
      'a field that nobody knows',
      [{ action: 'x', sorce: '10.0.0.1' }],
      'rules[0].sorce is not a known field; known fields: action, source, destinationPort, protocol, description, ' +
        'state, targets, priority, weight, log. What only a newer server knows is sent with client.request()',
    ],
    [
      'the server’s name of a field',
      [{ action: 'x', destination_port: '22' }],
      "rules[0].destination_port is the server's name of a field: write destinationPort instead",
    ],
  ])('is refused: %s', async (_, value, message) => {
    const web = await get();
    expect(() => Object.assign(web, { rules: value })).toThrow(`thing.${message}`);
    if (Array.isArray(value)) {
      web.rules.splice(0, 2, ...(value as Rule[]));
      const error = await failure(web.save(), InvalidInputError);
      expect(error.message).toBe(`thing.${message}`);
    }
    expect(store.attempts).toEqual([]);
  });
});

describe('a declaration that would read back something else', () => {
  class Value {
    @part() readonly a!: string;
  }

  test.each([
    ['a writable value', { writable: true, type: () => Value }],
    ['items that cannot be written', { items: { fields: { a: 'string' } } }],
    ['items of another form', { writable: true, form: 'list', items: { fields: { a: 'string' } } }],
    ['objects without items', { writable: true, form: 'objects' }],
  ] as const)('is refused: %s', (_, options) => {
    class Wrong extends Model {}
    expect(() => field(options)(Wrong.prototype, 'ports')).toThrow(InvalidInputError);
  });
});

describe('two people', () => {
  /** What is there after both have saved, mine last. */
  async function race(
    mine: (list: Rule[]) => unknown,
    theirs: (list: Record<string, unknown>[]) => void,
  ): Promise<unknown> {
    const web = await get();
    mine(web.rules);
    elsewhere(theirs);
    await web.save();
    expect(web.isDirty).toBe(false);
    return rules();
  }

  const logged = (rule: object) => ({ ...rule, state: 'logged' });

  test('who change different items do not meet, neighbours neither', async () => {
    const result = await race(
      ([first]) => (first!.state = 'logged'),
      (list) => (list[1]!.state = 'logged'),
    );
    expect(result).toEqual([logged(http), logged(https)]);
  });

  test('who both add have both, theirs first', async () => {
    const result = await race(
      (list) => list.push({ action: 'drop' }),
      (list) => list.push(ssh),
    );
    expect(result).toEqual([http, https, ssh, { action: 'drop' }]);
  });

  test('who add the same have it once', async () => {
    const result = await race(
      (list) => list.unshift({ action: 'drop', source: 'a, b' }),
      (list) => list.push({ action: 'drop', source: 'a,b' }),
    );
    expect(result).toEqual([http, https, { action: 'drop', source: 'a,b' }]);
  });

  test('who take away and add do not meet', async () => {
    const result = await race(
      (list) => list.splice(0, 1),
      (list) => list.splice(1, 0, ssh),
    );
    expect(result).toEqual([ssh, https]);
  });

  test('of whom one reorders do not meet', async () => {
    const result = await race(
      (list) => list.reverse(),
      (list) => {
        list[0]!.state = 'logged';
        list.push(ssh);
      },
    );
    expect(result).toEqual([https, ssh, logged(http)]); // it stood behind https
  });

  test.each<[string, (list: Rule[]) => unknown, (list: Record<string, unknown>[]) => void, object]>([
    [
      'change the same item',
      ([first]) => (first!.state = 'mine'),
      (list) => (list[0]!.state = 'theirs'),
      {
        path: ['rules', 'allow 80 tcp enabled'],
        base: http,
        mine: { ...http, state: 'mine' },
        theirs: { ...http, state: 'theirs' },
      },
    ],
    [
      'change and take away the same item',
      ([first]) => (first!.state = 'mine'),
      (list) => list.splice(0, 1),
      { base: http, mine: { ...http, state: 'mine' }, theirs: undefined },
    ],
    [
      'take away and change the same item',
      (list) => list.splice(0, 1),
      (list) => (list[0]!.state = 'theirs'),
      { base: http, mine: undefined, theirs: { ...http, state: 'theirs' } },
    ],
  ])('who %s are told, and nothing is written', async (_, mine, theirs, conflict) => {
    const web = await get();
    mine(web.rules);
    elsewhere(theirs);
    const there = rules();
    const error = await failure(web.save(), SaveConflictError);
    expect(error.message).toContain('changed rules › allow 80 tcp enabled differently');
    expect(error.conflicts).toMatchObject([conflict]);
    expect(rules()).toEqual(there);
    expect(store.writes).toEqual([]);
  });

  test.each<[string, 'mine' | 'theirs' | (() => unknown), string]>([
    ['mine', 'mine', 'mine'],
    ['theirs', 'theirs', 'theirs'],
    ['a value', () => ({ ...http, state: 'both' }), 'both'],
  ])('are reconciled by %s', async (_, onConflict, state) => {
    for (const isFetched of [false, true]) {
      store = wallStore([http, https]);
      const web = await get();
      web.rules[0]!.state = 'mine';
      elsewhere((list) => (list[0]!.state = 'theirs'));
      if (isFetched) {
        await web.fetch();
        await failure(web.save(), SaveConflictError);
        await web.fetch();
        elsewhere((list) => (list[0]!.state = 'theirs again'));
        await web.fetch();
      }
      const expected = isFetched && state === 'theirs' ? 'theirs again' : state;
      await web.save({ onConflict });
      expect(rules()).toEqual([{ ...http, state: expected }, https]);
    }
  });

  test('refuses a reconciled item that is wrong', async () => {
    const web = await get();
    web.rules[0]!.state = 'mine';
    elsewhere((list) => (list[0]!.state = 'theirs'));
    await failure(web.save({ onConflict: () => ({ action: 1 }) }), InvalidInputError);
    expect(store.writes).toEqual([]);
  });

  test('who order it differently are told', async () => {
    store = wallStore([http, https, ssh]);
    const web = await get();
    web.rules.reverse();
    elsewhere((list) => list.push(...list.splice(0, 1)));
    const error = await failure(web.save(), SaveConflictError);
    expect(error.conflicts.map(({ path }) => path)).toEqual([['rules']]);
  });
});
