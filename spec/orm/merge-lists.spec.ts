import { mergeLists } from '../../lib/orm/merge-lists.js';

const letters = (text: string) => Array.from(text);

describe('mergeLists', () => {
  test.each([
    // base, mine, theirs, merged
    ['', 'x', '', 'x'],
    ['ab', 'abx', 'ab', 'abx'],
    ['ab', 'xab', 'aby', 'xaby'],
    ['ab', 'axb', 'aby', 'axby'],
    ['abc', 'ac', 'abcx', 'acx'],
    ['abc', 'ac', 'ab', 'a'],
    ['abc', 'c', 'a', ''],
    ['abcd', 'ad', 'abd', 'ad'],
    ['ab', 'abx', 'abx', 'abx'],
    ['ab', '', '', ''],
    ['ab', 'xyab', 'b', undefined], // in what place of the gap is x, that a took up?
    ['a', 'ax', 'ay', undefined], // x before or after y?
    ['', 'x', 'y', undefined],
    ['ab', 'ba', 'abx', undefined], // a new order, and something new in the old one
    ['ab', 'b', 'ba', undefined], // a taken away here, moved there
    ['abc', 'acb', 'cab', undefined],
    ['ab', 'xab', 'abx', undefined], // both put x in, in different places
    ['ab', 'xab', 'ab', 'xab'],
  ])('%j: %j and %j give %j', (base, mine, theirs, expected) => {
    const [was, one, two] = [base, mine, theirs].map(letters) as [string[], string[], string[]];
    const merged = expected === undefined ? undefined : letters(expected);
    expect(mergeLists(was, one, two)).toEqual(merged);
    expect(mergeLists(was, two, one)).toEqual(merged);
  });

  test.each([
    ['a doubled element', ['a', 'a'], ['a'], ['a']],
    ['an object', [{ a: '1' }], [], [{ a: '1' }]],
    ['a number', [1], [1, 2], [1]],
    ['null', ['a'], ['a', null], ['a']],
  ])('has no word for lists with %s', (_, base, mine, theirs) => {
    expect(mergeLists(base, mine, theirs)).toBeUndefined();
  });
});
