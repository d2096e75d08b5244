import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mergeLists } from '../../lib/orm/merge-lists.js';
import { editOfList, list, numRuns } from './support/fuzz.js';

const threeLists = list.chain((base) =>
  fc.record({ base: fc.constant(base), mine: editOfList(base), theirs: editOfList(base) }),
);

/** Unrelated lists too: a side may have been replaced altogether. */
const anyLists = fc.oneof(threeLists, fc.record({ base: list, mine: list, theirs: list }));

const only = (items: unknown[], where: unknown[]) => items.filter((item) => where.includes(item));
const without = (items: unknown[], where: unknown[]) => items.filter((item) => !where.includes(item));

describe('mergeLists, where it merges,', () => {
  test('invents, drops and doubles nothing, and does what either side did', () => {
    fc.assert(
      fc.property(anyLists, ({ base, mine, theirs }) => {
        const merged = mergeLists(base, mine, theirs);
        fc.pre(merged !== undefined);
        assert.equal(new Set(merged).size, merged.length);
        assert.deepEqual(without(merged, [...mine, ...theirs]), []);
        assert.deepEqual(without(only(only(base, mine), theirs), merged), []);
        for (const side of [mine, theirs]) {
          assert.deepEqual(without(without(side, base), merged), []); // put in
          assert.deepEqual(only(without(base, side), merged), []); // taken away
        }
      }),
      { numRuns },
    );
  });

  test('keeps the order of both sides', () => {
    fc.assert(
      fc.property(anyLists, ({ base, mine, theirs }) => {
        const merged = mergeLists(base, mine, theirs);
        fc.pre(merged !== undefined);
        for (const side of [mine, theirs]) assert.deepEqual(only(merged, side), only(side, merged));
        const kept = only(only(base, mine), theirs);
        assert.deepEqual(only(merged, kept), kept);
      }),
      { numRuns },
    );
  });

  test('says the same to both sides', () => {
    fc.assert(
      fc.property(anyLists, ({ base, mine, theirs }) => {
        assert.deepEqual(mergeLists(base, mine, theirs), mergeLists(base, theirs, mine));
      }),
      { numRuns },
    );
  });

  test('follows the only side that did anything', () => {
    fc.assert(
      fc.property(threeLists, ({ base, mine }) => {
        // A side that moved something is refused here, where only merge() knows that the other did nothing.
        const moved = only(mine, base).join() !== only(base, mine).join();
        assert.deepEqual(mergeLists(base, mine, base), moved ? undefined : mine);
      }),
      { numRuns },
    );
  });
});
