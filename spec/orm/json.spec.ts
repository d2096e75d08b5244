import {
  copy,
  emptyMap,
  isMap,
  own,
  same,
  seal,
  unionKeys,
  type Json,
  type JsonMap,
} from '../../lib/orm/json.js';
import { entriesOf, hostileKeys, mapOf } from './support/hostile.js';

const hostile = () => mapOf(hostileKeys, (key) => `of ${key}`) as JsonMap;
const parsed = (text: string) => JSON.parse(text) as JsonMap;

describe('isMap', () => {
  test.each([[{}], [Object.create(null)], [parsed('{"constructor":1}')]])('%p is one', (value) => {
    expect(isMap(value)).toBe(true);
  });

  test.each([[null], [undefined], ['{}'], [1], [true], [[]], [new Date()], [() => ({})]])(
    '%p is none',
    (value) => {
      expect(isMap(value)).toBe(false);
    },
  );
});

describe('own', () => {
  test.each(hostileKeys)('gives nothing inherited for the key %j', (key) => {
    expect(own({}, key)).toBeUndefined();
    expect(own(hostile(), key)).toBe(`of ${key}`);
  });

  test('of no map is nothing', () => {
    expect(own(undefined, 'a')).toBeUndefined();
  });
});

describe('copy', () => {
  test('is deep, and keeps every key', () => {
    const source = { a: [{ b: hostile() }], c: null, d: 0, e: false, f: '' };
    const made = copy(source) as typeof source;

    expect(JSON.parse(JSON.stringify(made))).toEqual(JSON.parse(JSON.stringify(source)));
    expect(entriesOf(made.a[0]?.b)).toEqual(entriesOf(hostile()));
    made.a[0]!.b.x = 'new';
    expect(source.a[0]?.b.x).toBeUndefined();
  });

  test('makes maps without a prototype, at every depth', () => {
    const made = copy(parsed('{"a":{"b":[{"c":{}}]}}')) as { a: { b: { c: object }[] } };
    for (const map of [made, made.a, made.a.b[0], made.a.b[0]!.c])
      expect(Object.getPrototypeOf(map)).toBeNull();
  });

  test('keeps an own __proto__ key as data', () => {
    const made = copy(parsed('{"__proto__":{"polluted":true}}')) as JsonMap;
    expect(Object.keys(made)).toEqual(['__proto__']);
    expect(made.polluted).toBeUndefined();
    expect(({} as JsonMap).polluted).toBeUndefined();
  });

  test('leaves out undefined, which in a list becomes null, as JSON does', () => {
    const source = { a: undefined, b: [undefined, 1] };
    expect(Object.keys(copy(source) as JsonMap)).toEqual(['b']);
    expect(JSON.stringify(copy(source))).toBe(JSON.stringify(source));
  });
});

describe('same', () => {
  test.each<[Json, Json]>([
    [null, null],
    [undefined, undefined],
    ['a', 'a'],
    [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ],
    [{ a: undefined }, {}],
    [{ a: { b: [{}] } }, { a: { b: [{}] } }],
    [{}, emptyMap()],
    [parsed('{"__proto__":"x"}'), parsed('{"__proto__":"x"}')],
  ])('%j and %j', (a, b) => {
    expect(same(a, b)).toBe(true);
    expect(same(b, a)).toBe(true);
  });

  test.each<[Json, Json]>([
    [null, undefined],
    ['1', 1],
    ['', null],
    [false, undefined],
    [[], {}],
    [
      [1, 2],
      [2, 1],
    ],
    [[1], [1, 2]],
    [{ a: null }, {}],
    [{}, { a: '' }],
    [parsed('{"__proto__":"x"}'), {}],
    [parsed('{"constructor":"x"}'), {}],
    [{ toString: 'x' }, { valueOf: 'x' }],
    [{}, parsed('{"__proto__":{}}')],
  ])('not %j and %j', (a, b) => {
    expect(same(a, b)).toBe(false);
    expect(same(b, a)).toBe(false);
  });
});

test('unionKeys names each key once, in the order of first sight', () => {
  expect(unionKeys({ b: 1, a: 1 }, undefined, { a: 2, c: 3 }, parsed('{"__proto__":1}'))).toEqual([
    'b',
    'a',
    'c',
    '__proto__',
  ]);
});

describe('seal', () => {
  test('makes a kept value safe to hand out, without a copy', () => {
    const value = parsed('{"config":{"constructor":"c","__proto__":"p"},"list":[{"a":"1"}]}');
    const { config, list } = value as { config: JsonMap; list: JsonMap[] };

    expect(seal(value)).toBe(value);
    expect(() => (config.a = '1')).toThrow(TypeError);
    expect(() => list.push({})).toThrow(TypeError);
    expect(() => (list[0]!.a = '2')).toThrow(TypeError);
    expect(entriesOf(config)).toEqual([
      ['__proto__', 'p'],
      ['constructor', 'c'],
    ]);
    expect(config.toString).toBeUndefined();
    expect(seal(value)).toBe(value);
  });

  test.each([[undefined], [null], ['text'], [1]])('leaves %p', (value) => {
    expect(seal(value)).toBe(value);
  });
});
