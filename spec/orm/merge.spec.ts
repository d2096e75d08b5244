import type { Conflict } from '../../lib/errors/index.js';
import type { Json } from '../../lib/orm/index.js';
import { merge } from '../../lib/orm/merge.js';

function merged(base: Json, mine: Json, theirs: Json) {
  const conflicts: Conflict[] = [];
  const value = merge(base, mine, theirs, (conflict) => {
    conflicts.push(conflict);
    return 'CHOSEN';
  });
  return { value, conflicts };
}

const data = (options: Record<string, string> = {}) => ({ data: { type: 'disk', ...options } });

describe('merge', () => {
  test.each<[string, Json, Json, Json, Json]>([
    [
      'different keys of one map',
      { a: '1', b: '1' },
      { a: '2', b: '1' },
      { a: '1', b: '2' },
      { a: '2', b: '2' },
    ],
    ['new keys of both', {}, { a: '1' }, { b: '1' }, { a: '1', b: '1' }],
    [
      'keys taken away by both',
      { a: '1', b: '1', c: '1' },
      { b: '1', c: '1' },
      { a: '1', c: '1' },
      { c: '1' },
    ],
    ['the same key to the same value', { a: '1' }, { a: '2' }, { a: '2' }, { a: '2' }],
    ['the same key taken away by both', { a: '1', b: '1' }, { b: '1' }, { b: '1' }, { b: '1' }],
    ['the same new device', {}, data(), data(), data()],
    [
      'options of one device',
      data({ a: '1' }),
      data({ a: '2' }),
      data({ a: '1', b: '1' }),
      data({ a: '2', b: '1' }),
    ],
    [
      'a device taken away, another changed',
      { ...data(), x: {} },
      { x: {} },
      { ...data(), x: { a: '1' } },
      { x: { a: '1' } },
    ],
    ['lists', ['a'], ['a', 'x'], ['y', 'a'], ['y', 'a', 'x']],
    ['a change of mine alone', '1', '2', '1', '2'],
    ['a change of theirs alone', '1', '1', '2', '2'],
    [
      'theirs where mine is undefined in name only',
      { a: '1' },
      { a: '1', b: undefined },
      { a: '2' },
      { a: '2' },
    ],
  ])('joins %s', (_, base, mine, theirs, expected) => {
    const { value, conflicts } = merged(base, mine, theirs);
    expect(JSON.parse(JSON.stringify(value))).toEqual(expected);
    expect(conflicts).toEqual([]);
  });

  test.each<[string, Json, Json, Json, Conflict, Json]>([
    [
      'the same key to different values',
      { a: '1', b: '1' },
      { a: '2', b: '2' },
      { a: '3', b: '1' },
      { path: ['a'], base: '1', mine: '2', theirs: '3' },
      { a: 'CHOSEN', b: '2' },
    ],
    [
      'a key changed here and taken away there',
      { a: '1' },
      { a: '2' },
      {},
      { path: ['a'], base: '1', mine: '2', theirs: undefined },
      { a: 'CHOSEN' },
    ],
    [
      'a key taken away here and changed there',
      { a: '1' },
      {},
      { a: '2' },
      { path: ['a'], base: '1', mine: undefined, theirs: '2' },
      { a: 'CHOSEN' },
    ],
    [
      'two new values of one key',
      {},
      { a: '1' },
      { a: '2' },
      { path: ['a'], base: undefined, mine: '1', theirs: '2' },
      { a: 'CHOSEN' },
    ],
    [
      'one option of one device',
      data({ size: '1' }),
      data({ size: '2' }),
      data({ size: '3' }),
      { path: ['data', 'size'], base: '1', mine: '2', theirs: '3' },
      data({ size: 'CHOSEN' }),
    ],
    [
      'a device changed here and taken away there',
      data({ size: '1' }),
      data({ size: '2' }),
      {},
      { path: ['data'], base: data({ size: '1' }).data, mine: data({ size: '2' }).data, theirs: undefined },
      { data: 'CHOSEN' },
    ],
    [
      'lists whose order would be a guess',
      { p: ['a'] },
      { p: ['a', 'x'] },
      { p: ['a', 'y'] },
      { path: ['p'], base: ['a'], mine: ['a', 'x'], theirs: ['a', 'y'] },
      { p: 'CHOSEN' },
    ],
    [
      'a list here and a map there',
      { p: ['a'] },
      { p: [] },
      { p: {} },
      { path: ['p'], base: ['a'], mine: [], theirs: {} },
      { p: 'CHOSEN' },
    ],
  ])('asks about %s', (_, base, mine, theirs, conflict, expected) => {
    const { value, conflicts } = merged(base, mine, theirs);
    expect(conflicts).toEqual([conflict]);
    expect(JSON.parse(JSON.stringify(value))).toEqual(expected);
  });

  test('leaves a key out where undefined is chosen', () => {
    const value = merge({ a: '1' }, { a: '2' }, { a: '3' }, () => undefined) as object;
    expect(Object.keys(value)).toEqual([]);
  });
});
