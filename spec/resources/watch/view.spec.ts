import { Known } from '../../../lib/resources/watch/known.js';
import type { View } from '../../../lib/resources/watch/view.js';

const at = (key: string) => ({ key, project: 'default' });
const thing = (created: string, more: object = {}) => ({ created_at: created, ...more });

function told(view: View): string[] {
  const lines: string[] = [];
  for (let next = view.next(); next; next = view.next())
    lines.push(`${next.type} ${next.key}${next.type === 'renamed' ? ` from ${next.from}` : ''}`);
  return lines;
}

describe('what a slow consumer is told at last', () => {
  let known: Known;
  let view: View;
  beforeEach(() => {
    known = new Known();
    view = known.view();
    known.set(at('a'), thing('1'));
    told(view);
  });

  it.each<[string, () => void, string[]]>([
    [
      'what came and went is nothing',
      () => {
        known.set(at('b'), thing('2'));
        known.set(at('b'), undefined);
      },
      [],
    ],
    [
      'what changed twice is one change',
      () => {
        known.set(at('a'), thing('1', { n: 1 }));
        known.set(at('a'), thing('1', { n: 2 }));
      },
      ['changed a'],
    ],
    [
      'what changed and changed back is nothing',
      () => {
        known.set(at('a'), thing('1', { n: 1 }));
        known.set(at('a'), thing('1'));
      },
      [],
    ],
    [
      'a thing made anew under its name is another',
      () => {
        known.set(at('a'), thing('2'));
      },
      ['removed a', 'added a'],
    ],
    [
      'renamed twice is renamed once',
      () => {
        known.rename(at('b'), 'a', thing('1'));
        known.rename(at('c'), 'b', thing('1'));
      },
      ['renamed c from a'],
    ],
    [
      'renamed to and fro is nothing',
      () => {
        known.rename(at('b'), 'a', thing('1'));
        known.rename(at('a'), 'b', thing('1'));
      },
      [],
    ],
    [
      'renamed and deleted is gone, by the name that was told',
      () => {
        known.rename(at('b'), 'a', thing('1'));
        known.set(at('b'), undefined);
      },
      ['removed a'],
    ],
    [
      'renamed, and another has taken its name',
      () => {
        known.rename(at('b'), 'a', thing('1'));
        known.set(at('a'), thing('2'));
      },
      ['renamed b from a', 'added a'],
    ],
    [
      'renamed to a name of which another was told, which is gone',
      () => {
        known.set(at('b'), thing('2'));
        told(view);
        known.set(at('b'), undefined);
        known.rename(at('b'), 'a', thing('1'));
      },
      ['removed b', 'renamed b from a'],
    ],
    [
      'what was never told is not renamed',
      () => {
        known.set(at('x'), thing('2'));
        known.rename(at('y'), 'x', thing('2'));
      },
      ['added y'],
    ],
    [
      'what is not in the whole list is gone',
      () => {
        known.reset([], new Set());
      },
      ['removed a'],
    ],
    [
      'but for what was read since',
      () => {
        known.reset([], new Set(['default/a']));
      },
      [],
    ],
  ])('%s', (_, happens, expected) => {
    happens();
    expect(told(view)).toEqual(expected);
  });

  it('of a thousand that come and go there is nothing to look at', () => {
    for (let index = 0; index < 1000; index++) {
      const [one, two] = [`i${String(index)}`, `j${String(index)}`];
      known.set(at(one), thing('2'));
      if (index % 3 === 0) known.rename(at(two), one, thing('2'));
      known.set(at(one), undefined);
      known.set(at(two), undefined);
    }
    expect(view.pending).toBe(0);
  });
});
