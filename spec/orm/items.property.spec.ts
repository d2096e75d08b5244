import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Conflict } from '../../lib/errors/index.js';
import { diffItems, mergeItems } from '../../lib/orm/merge-items.js';
import { sameItems, type ItemSpec } from '../../lib/orm/items.js';
import type { Json } from '../../lib/orm/json.js';
import { numRuns } from './support/fuzz.js';

type Item = Record<string, string>;

const spec: ItemSpec = { fields: {} };

/** An item that is known by three fields and has one that is edited; new ones share nothing with any other. */
const made = (id: number, state: string): Item => ({
  a: `a${String(id)}`,
  b: `b${String(id)}`,
  c: `c${String(id)}`,
  state,
});
const fresh = (id: string): Item => ({ [`new-${id}`]: id });

/** What one side does: an entry for each item of the base, and new items with the place that they are put in. */
interface Deeds {
  fates: ('keep' | 'remove' | 'x' | 'y')[];
  added: { id: string; at: number }[];
}

const deeds = (length: number): fc.Arbitrary<Deeds> =>
  fc.record({
    fates: fc.array(fc.constantFrom('keep', 'keep', 'keep', 'remove', 'x', 'y'), {
      minLength: length,
      maxLength: length,
    }),
    added: fc.uniqueArray(fc.record({ id: fc.constantFrom('p', 'q', 'r', 's'), at: fc.nat(length) }), {
      maxLength: 3,
      selector: ({ id }) => id,
    }),
  });

function applied(base: Item[], { fates, added }: Deeds): Item[] {
  const result: Item[] = [];
  for (let index = 0; index <= base.length; index++) {
    result.push(...added.filter(({ at }) => at === index).map(({ id }) => fresh(id)));
    const [item, fate] = [base[index], fates[index]];
    if (item && fate === 'keep') result.push(item);
    else if (item && fate !== 'remove') result.push({ ...item, state: String(fate) });
  }
  return result;
}

const cases = fc.nat(6).chain((length) =>
  fc.record({
    base: fc.constant(Array.from({ length }, (_, id) => made(id, 'was'))),
    mine: deeds(length),
    theirs: deeds(length),
  }),
);

/** Any lists of few different items, doubles too: what a rewrite from scratch makes. */
const anyItem = fc.record(
  { a: fc.constantFrom('1', '2'), b: fc.constantFrom('1', '2', '3') },
  { noNullPrototype: true },
);
const anyList = fc.array(anyItem, { maxLength: 6 });

function merged(base: Json, mine: Json, theirs: Json): { list: Item[]; conflicts: Conflict[] } {
  const conflicts: Conflict[] = [];
  const resolve = (conflict: Conflict) => {
    conflicts.push(conflict);
    return conflict.mine as Json;
  };
  return { list: mergeItems(base, mine, theirs, spec, resolve, ['rules']) as Item[], conflicts };
}

const text = (item: unknown) => JSON.stringify(item);
const texts = (list: unknown[]) => list.map(text).sort();
const count = (list: Item[], item: string) => list.filter((other) => text(other) === item).length;

describe('mergeItems', () => {
  test('does for each item what an oracle that knows their identity does', () => {
    fc.assert(
      fc.property(cases, ({ base, mine, theirs }) => {
        const { list, conflicts } = merged(base, applied(base, mine), applied(base, theirs));
        const wanted: Item[] = [];
        const disputed: Item[] = [];
        for (const [index, item] of base.entries()) {
          const [left, right] = [mine.fates[index], theirs.fates[index]];
          if (left !== right && left !== 'keep' && right !== 'keep') disputed.push(item);
          const fate = left === 'keep' ? right : left;
          if (fate === 'keep') wanted.push(item);
          else if (fate !== 'remove') wanted.push({ ...item, state: String(fate) });
        }
        const added = new Set([...mine.added, ...theirs.added].map(({ id }) => id));
        assert.deepEqual(texts(list), texts([...wanted, ...[...added].map(fresh)]));
        assert.deepEqual(texts(conflicts.map((conflict) => conflict.base)), texts(disputed));
      }),
      { numRuns },
    );
  });

  test('keeps the order of both sides, where nobody changed it', () => {
    fc.assert(
      fc.property(cases, ({ base, mine, theirs }) => {
        const sides = [applied(base, mine), applied(base, theirs)];
        const ids = new Set(mine.added.map(({ id }) => id));
        fc.pre(!theirs.added.some(({ id }) => ids.has(id))); // the same item at two places
        const { list, conflicts } = merged(base, sides[0], sides[1]);
        fc.pre(conflicts.length === 0);
        for (const side of sides) {
          const [all, there] = [list.map(text), side.map(text)];
          assert.deepEqual(
            all.filter((item) => there.includes(item)),
            there.filter((item) => all.includes(item)),
          );
        }
      }),
      { numRuns },
    );
  });

  test('of any lists invents and drops nothing, doubles counted', () => {
    fc.assert(
      fc.property(anyList, anyList, anyList, (base, mine, theirs) => {
        const { list, conflicts } = merged(base, mine, theirs);
        fc.pre(conflicts.length === 0);
        for (const item of new Set(texts([...base, ...mine, ...theirs]))) {
          const [was, left, right] = [base, mine, theirs].map((side) => count(side, item)) as [
            number,
            number,
            number,
          ];
          const removed = Math.max(0, was - left, was - right);
          const added = Math.max(0, left - was, right - was);
          assert.equal(count(list, item), was - removed + added, item);
        }
      }),
      { numRuns: numRuns * 4 },
    );
  });

  test('says the same to both sides', () => {
    fc.assert(
      fc.property(anyList, anyList, anyList, (base, mine, theirs) => {
        const [left, right] = [merged(base, mine, theirs), merged(base, theirs, mine)];
        assert.equal(left.conflicts.length, right.conflicts.length);
        if (left.conflicts.length === 0) assert.deepEqual(texts(left.list), texts(right.list));
      }),
      { numRuns: numRuns * 4 },
    );
  });

  test('follows the only side that did anything, to the letter', () => {
    fc.assert(
      fc.property(anyList, anyList, (base, side) => {
        assert.deepEqual(merged(base, side, base), { list: side, conflicts: [] });
        assert.deepEqual(merged(base, base, side), { list: side, conflicts: [] });
      }),
      { numRuns },
    );
  });
});

describe('diffItems', () => {
  test('tells all that differs, and nothing else', () => {
    fc.assert(
      fc.property(anyList, anyList, (base, mine) => {
        const changes = diffItems(base, mine, spec, ['rules']);
        assert.equal(changes.length === 0, sameItems(base, mine, spec));
        if (changes.some(({ path }) => path.length === 1)) return; // another order: the whole list
        const left = base.map(text);
        for (const { from } of changes) if (from) left.splice(left.indexOf(text(from)), 1);
        assert.deepEqual(
          [...left, ...changes.flatMap(({ to }) => (to ? [text(to)] : []))].sort(),
          texts(mine),
        );
      }),
      { numRuns },
    );
  });
});
