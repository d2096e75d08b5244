import './support/no-delays.js';
import { InvalidInputError } from '../../lib/errors/index.js';
import { mergeItems } from '../../lib/orm/merge-items.js';
import { field, Model } from '../../lib/orm/index.js';
import { sameItems } from '../../lib/orm/items.js';
import { mergeSets, sameSets } from '../../lib/orm/merge-sets.js';
import { MemoryStore } from './support/memory-store.js';

class Member extends Model {
  @field({ key: true }) readonly name!: string;
  @field({ wire: 'profiles', writable: true, form: 'set' }) groups!: string[];
}

const storeOf = (profiles: string[] | null) => new MemoryStore({ partial: true }).seed('one', { profiles });
const get = async (store: MemoryStore) => new Member(store, 'one', await store.read('one'));

describe('a list whose order means nothing', () => {
  test.each([
    [[], ['a'], ['b'], ['b', 'a']],
    [['a', 'b'], ['b'], ['a', 'b', 'c'], ['b', 'c']],
    [['a', 'b'], ['b', 'a'], ['a'], ['a']],
    [['a'], [], ['a', 'b'], ['b']],
    [['a'], ['a', 'b'], [], ['b']],
    [[], ['a'], ['a'], ['a']],
  ])('of %j, mine %j and theirs %j make %j', (base, mine, theirs, merged) => {
    expect(mergeSets(base, mine, theirs)).toEqual(merged);
  });

  test('is the same in another order', async () => {
    expect([sameSets(['a', 'b'], ['b', 'a']), sameSets(['a'], ['b']), sameSets(['a'], ['a', 'b'])]).toEqual([
      true,
      false,
      false,
    ]);
    const one = await get(storeOf(['a', 'b']));
    one.groups.reverse();
    expect([one.isDirty, one.changes()]).toEqual([false, []]);
    one.groups = ['b', 'a'];
    expect(one.isDirty).toBe(false);
  });

  test('takes what both sides add, without a conflict', async () => {
    const store = storeOf(null);
    const one = await get(store);
    one.groups.push('a');
    store.elsewhere('one', (data) => (data.profiles = ['b']));
    await one.save();
    expect(store.peek('one')).toMatchObject({ profiles: ['b', 'a'] });
    expect(one.groups).toEqual(['b', 'a']);
  });

  test('has nothing twice', async () => {
    const one = await get(storeOf(['a', 'a']));
    one.groups.reverse(); // as the server sent it
    expect(await one.save()).toBe(one);
    one.groups.push('b', 'b');
    await expect(one.save()).rejects.toThrow(InvalidInputError);
    await expect(one.save()).rejects.toThrow(/groups\[\d\] is a duplicate/);
    expect(() => (one.groups = 'a' as never)).toThrow(/array of strings/);
  });
});

describe('a list of objects whose order means nothing', () => {
  const spec = { fields: { a: 'string' }, unordered: true } as const;
  const [x, y, z] = [{ a: 'x' }, { a: 'y' }, { a: 'z' }];
  const never = () => {
    throw new Error('asked');
  };

  test('is the same in another order, and merges where both sides have another', () => {
    expect(sameItems([x, y], [y, x], spec)).toBe(true);
    expect(sameItems([x, y], [y, y], spec)).toBe(false);
    expect(sameItems([x, y], [y, x], { fields: spec.fields })).toBe(false);
    const merged = mergeItems(
      [x, y, z],
      [z, y, x, { a: 'mine' }],
      [y, x, z, { a: 'theirs' }],
      spec,
      never,
      [],
    );
    expect(new Set((merged as { a: string }[]).map(({ a }) => a))).toEqual(
      new Set(['x', 'y', 'z', 'mine', 'theirs']),
    );
  });
});
