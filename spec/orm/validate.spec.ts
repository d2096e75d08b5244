import { InvalidInputError } from '../../lib/errors/index.js';
import { assertField, assertKey, assertNewName, describe as describeValue } from '../../lib/orm/index.js';
import type { Field, FieldForm } from '../../lib/orm/fields.js';
import { MemoryStore } from './support/memory-store.js';
import { Things } from './support/thing.js';

const named = (form: FieldForm, scalar?: Field['scalar']): Field => ({
  property: 'it',
  wire: 'it',
  form,
  writable: true,
  ...(scalar ? { scalar } : {}),
});

const proto = JSON.parse('{"__proto__":7}') as object;

describe('assertField refuses', () => {
  test.each<[Field, unknown, string]>([
    [named('map'), { a: 1 }, 'thing.it.a must be a string, not number 1; write "1"'],
    [
      named('map'),
      { 'limits.cpu': true },
      'thing.it["limits.cpu"] must be a string, not boolean true; write "true"',
    ],
    [named('map'), { a: null }, 'thing.it.a must be a string, not null; to remove the key, delete it'],
    [named('map'), { a: ['x'] }, 'thing.it.a must be a string, not an array'],
    [named('map'), { a: { b: '1' } }, 'thing.it.a must be a string, not an object'],
    [named('map'), { a: new Date(0) }, 'thing.it.a must be a string, not a Date'],
    [named('map'), { a: 5n }, 'thing.it.a must be a string, not bigint 5n'],
    [named('map'), { a: NaN }, 'thing.it.a must be a string, not number NaN'],
    [named('map'), { '': 1 }, 'thing.it[""] must be a string, not number 1'],
    [named('map'), { 'ä"': 1 }, 'thing.it["ä\\""] must be a string, not number 1'],
    [named('map'), proto, 'thing.it.__proto__ must be a string, not number 7'],
    [named('map'), null, 'thing.it must be an object of strings, not null'],
    [named('map'), undefined, 'thing.it must be an object of strings, not undefined'],
    [named('map'), 'a=1', 'thing.it must be an object of strings, not "a=1"'],
    [named('map'), ['a'], 'thing.it must be an object of strings, not an array'],
    [named('map'), new Map([['a', '1']]), 'thing.it must be an object of strings, not a Map'],
    [named('map'), new Set(['a']), 'thing.it must be an object of strings, not a Set'],
    [
      named('map'),
      new URLSearchParams('a=1'),
      'thing.it must be an object of strings, not a URLSearchParams',
    ],
    [named('map'), Promise.resolve({}), 'thing.it must be an object of strings, not a Promise'],
    [named('maps'), { root: 'disk' }, 'thing.it.root must be an object of strings, not "disk"'],
    [
      named('maps'),
      { 'my disk': { size: 1 } },
      'thing.it["my disk"].size must be a string, not number 1; write "1"',
    ],
    [named('maps'), { root: null }, 'thing.it.root must be an object of strings, not null'],
    [named('maps'), [], 'thing.it must be an object of objects, not an array'],
    [named('maps'), new Map(), 'thing.it must be an object of objects, not a Map'],
    [named('list'), 'default', 'thing.it must be an array of strings, not "default"'],
    [named('list'), new Set(['default']), 'thing.it must be an array of strings, not a Set'],
    [named('list'), ['a', 1], 'thing.it[1] must be a string, not number 1'],
    [named('list'), ['a', undefined], 'thing.it[1] must be a string, not undefined'],
    [named('list'), Object.assign(['a'], { length: 2 }), 'thing.it[1] must be a string, not undefined'],
    [named('time'), 'tomorrow', 'thing.it must be a Date, or null for none, not "tomorrow"'],
    [named('time'), new Date(NaN), 'thing.it must be a Date, or null for none, not an invalid Date'],
    [named('time'), 0, 'thing.it must be a Date, or null for none, not number 0'],
    [named('time'), undefined, 'thing.it must be a Date, or null for none, not undefined'],
    [named('scalar', 'string'), 7, 'thing.it must be a string, not number 7'],
    [named('scalar', 'string'), null, 'thing.it must be a string, not null'],
    [named('scalar', 'string'), undefined, 'thing.it must be a string, not undefined'],
    [named('scalar', 'boolean'), 'true', 'thing.it must be a boolean, not "true"'],
    [named('scalar', 'number'), '7', 'thing.it must be a number, not "7"'],
  ])('%j %p', (field, value, message) => {
    expect(() => assertField(field, value, 'thing')).toThrow(InvalidInputError);
    expect(() => assertField(field, value, 'thing')).toThrow(message);
  });
});

describe('assertField takes', () => {
  class Disk {
    type = 'disk';
  }

  test.each<[Field, unknown]>([
    [named('map'), {}],
    [named('map'), { a: '1', b: '', c: undefined }],
    [named('map'), Object.create(null)],
    [named('map'), { then: '1', constructor: '2', toString: '3' }],
    [named('maps'), { root: { type: 'disk' }, gone: undefined }],
    [named('maps'), { root: new Disk() }],
    [named('list'), []],
    [named('list'), ['a', '']],
    [named('time'), null],
    [named('time'), new Date(0)],
    [named('time'), '2030-01-01'],
    [named('scalar', 'string'), ''],
    [named('scalar', 'boolean'), false],
    [named('scalar', 'number'), 0],
    [named('scalar'), 7],
  ])('%j %p', (field, value) => {
    expect(() => assertField(field, value, 'thing')).not.toThrow();
  });

  test('what came from the server, whatever it is, and nothing like it', () => {
    const check = (value: unknown) => () =>
      assertField(named('map'), value, 'thing', { password: true, n: 1 });
    expect(check({ password: true, n: 1 })).not.toThrow();
    expect(check({ password: false })).toThrow('thing.it.password must be a string');
    expect(check({ other: true })).toThrow('thing.it.other must be a string');
  });
});

test('a refused assignment changes nothing', async () => {
  const web = await new Things(new MemoryStore().seed('web', { config: { a: '1' } })).get('web');
  for (const bad of [
    { config: { a: 1 } },
    { config: new Map() },
    { profiles: 'x' },
    { expiresAt: 'soon' },
    { priority: '1' },
  ])
    expect(() => Object.assign(web, bad)).toThrow(InvalidInputError);
  expect(web.isDirty).toBe(false);
});

test.each([
  [null, 'null'],
  [undefined, 'undefined'],
  ['a"b', '"a\\"b"'],
  [1.5, 'number 1.5'],
  [true, 'boolean true'],
  [Symbol('x'), 'symbol Symbol(x)'],
  [() => 1, 'function [Function (anonymous)]'],
  [[], 'an array'],
  [{}, 'an object'],
  [new Date(0), 'a Date'],
  [new Date(NaN), 'an invalid Date'],
  [new Map(), 'a Map'],
])('%p is called %s', (value, name) => {
  expect(describeValue(value)).toBe(name);
});

test.each(['a', 'a/b', ' ', '../x', 'constructor'])('%j may be a key', (key) => {
  expect(() => assertKey(key, 'thing')).not.toThrow();
});

test.each(['a', 'a b', '...', 'constructor'])('%j may be a new name, as far as we know', (name) => {
  expect(() => assertNewName(name, 'thing')).not.toThrow();
});
