import { diff } from '../../lib/orm/diff.js';
import type { Json, JsonMap } from '../../lib/orm/index.js';

const parsed = (text: string) => JSON.parse(text) as JsonMap;

describe('diff', () => {
  test.each<[string, Json, Json, unknown[]]>([
    ['nothing', { a: '1' }, { a: '1' }, []],
    ['a key put in', {}, { a: '1' }, [{ path: ['a'], from: undefined, to: '1' }]],
    ['a key taken away', { a: '1' }, {}, [{ path: ['a'], from: '1', to: undefined }]],
    ['a key set to undefined', { a: '1' }, { a: undefined }, [{ path: ['a'], from: '1', to: undefined }]],
    ['another value', { a: '1' }, { a: '2' }, [{ path: ['a'], from: '1', to: '2' }]],
    ['another type', { a: '1' }, { a: 1 }, [{ path: ['a'], from: '1', to: 1 }]],
    ['null for nothing', {}, { a: null }, [{ path: ['a'], from: undefined, to: null }]],
    [
      'depth',
      { a: { b: { c: '1' } } },
      { a: { b: { c: '2' } } },
      [{ path: ['a', 'b', 'c'], from: '1', to: '2' }],
    ],
    [
      'a map put in, as one change',
      {},
      { a: { b: '1' } },
      [{ path: ['a'], from: undefined, to: { b: '1' } }],
    ],
    [
      'a map emptied, key by key',
      { a: { b: '1' } },
      { a: {} },
      [{ path: ['a', 'b'], from: '1', to: undefined }],
    ],
    [
      'a list, as one value',
      { a: ['1', '2'] },
      { a: ['2', '1'] },
      [{ path: ['a'], from: ['1', '2'], to: ['2', '1'] }],
    ],
    ['a dotted key, as one name', { 'a.b': '1' }, { 'a.b': '2' }, [{ path: ['a.b'], from: '1', to: '2' }]],
    ['an empty key', { '': '1' }, {}, [{ path: [''], from: '1', to: undefined }]],
    ['scalars', '1', '2', [{ path: [], from: '1', to: '2' }]],
  ])('tells %s', (_, base, mine, changes) => {
    expect(diff(base, mine)).toEqual(changes);
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'takes %s for an ordinary key',
    (key) => {
      const [without, one, two] = ['{}', `{"${key}":"1"}`, `{"${key}":"2"}`].map(parsed) as [
        Json,
        Json,
        Json,
      ];

      expect(diff(without, one)).toEqual([{ path: [key], from: undefined, to: '1' }]);
      expect(diff(one, two)).toEqual([{ path: [key], from: '1', to: '2' }]);
      expect(diff(one, without)).toEqual([{ path: [key], from: '1', to: undefined }]);
      expect(diff(one, parsed(`{"${key}":"1"}`))).toEqual([]);
    },
  );

  test('begins its paths where it is told', () => {
    expect(diff({ a: '1' }, { a: '2' }, ['config'])).toEqual([{ path: ['config', 'a'], from: '1', to: '2' }]);
  });
});
