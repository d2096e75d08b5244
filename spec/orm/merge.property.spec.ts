import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Conflict } from '../../lib/errors/index.js';
import type { Json } from '../../lib/orm/index.js';
import { diff } from '../../lib/orm/diff.js';
import { merge } from '../../lib/orm/merge.js';
import {
  at,
  canonical,
  changed,
  editOfFields,
  fields,
  numRuns,
  threeWays,
  type Fields,
} from './support/fuzz.js';

const json = (value: unknown) => value as Json;

/** The merge, and what it could not decide; those keep mine. */
function merged(base: unknown, mine: unknown, theirs: unknown) {
  const conflicts: Conflict[] = [];
  const value = merge(json(base), json(mine), json(theirs), (conflict) => {
    conflicts.push(conflict);
    return json(conflict.mine);
  });
  return { value, conflicts };
}

const covers = (conflict: Conflict, path: readonly string[]) =>
  conflict.path.every((name, index) => name === path[index]);

const listGone = (was: string[], now: string[]) => was.filter((item) => !now.includes(item));

describe('merge', () => {
  test('keeps every change of either side, or reports it', () => {
    fc.assert(
      fc.property(threeWays, ({ base, mine, theirs }) => {
        const { value, conflicts } = merged(base, mine, theirs);
        for (const side of [mine, theirs]) {
          for (const path of changed(base, side)) {
            if (path[0] === 'profiles' || conflicts.some((conflict) => covers(conflict, path))) continue;
            assert.equal(canonical(at(value, path)), canonical(at(side, path)));
          }
          if (conflicts.some(({ path }) => path[0] === 'profiles')) continue;
          const profiles = at(value, ['profiles']) as string[];
          assert.deepEqual(listGone(listGone(side.profiles, base.profiles), profiles), []);
          assert.deepEqual(
            listGone(base.profiles, side.profiles).filter((gone) => profiles.includes(gone)),
            [],
          );
        }
      }),
      { numRuns },
    );
  });

  test('changes nothing that neither side changed', () => {
    fc.assert(
      fc.property(threeWays, ({ base, mine, theirs }) => {
        const { value } = merged(base, mine, theirs);
        const touched = new Set([...changed(base, mine), ...changed(base, theirs)].map(canonical));
        assert.deepEqual(
          changed(base, value).filter((path) => !touched.has(canonical(path))),
          [],
        );
      }),
      { numRuns },
    );
  });

  test('reports only what both sides changed to different values, as it was and is', () => {
    fc.assert(
      fc.property(threeWays, ({ base, mine, theirs }) => {
        for (const { path, ...values } of merged(base, mine, theirs).conflicts) {
          const [was, ours, other] = [base, mine, theirs].map((side) => canonical(at(side, path)));
          assert.equal(new Set([was, ours, other]).size, 3);
          assert.deepEqual([values.base, values.mine, values.theirs].map(canonical), [was, ours, other]);
        }
      }),
      { numRuns },
    );
  });

  test('of one side alone is that side', () => {
    fc.assert(
      fc.property(
        fields.chain((base) => fc.tuple(fc.constant(base), editOfFields(base))),
        ([base, side]) => {
          for (const { value, conflicts } of [merged(base, base, side), merged(base, side, base)]) {
            assert.equal(canonical(value), canonical(side));
            assert.deepEqual(conflicts, []);
          }
          assert.deepEqual(merged(base, side, side), { value: side, conflicts: [] });
        },
      ),
      { numRuns },
    );
  });

  test('is the same from both sides, with the conflicts mirrored', () => {
    fc.assert(
      fc.property(threeWays, ({ base, mine, theirs }) => {
        const ours = merged(base, mine, theirs);
        const other = merged(base, theirs, mine);
        const told = (conflicts: Conflict[]) =>
          conflicts
            .map((conflict) =>
              canonical({
                ...conflict,
                sides: [conflict.mine, conflict.theirs].map(canonical).sort(),
                mine: 0,
                theirs: 0,
              }),
            )
            .sort();
        assert.deepEqual(told(ours.conflicts), told(other.conflicts));
        if (ours.conflicts.length === 0) assert.equal(canonical(ours.value), canonical(other.value));
      }),
      { numRuns },
    );
  });

  test('leaves its arguments as they were', () => {
    fc.assert(
      fc.property(threeWays, (sides) => {
        const before = canonical(sides);
        merged(sides.base, sides.mine, sides.theirs);
        assert.equal(canonical(sides), before);
      }),
      { numRuns: Math.ceil(numRuns / 5) },
    );
  });
});

describe('diff', () => {
  /** The changes carried out on a copy, with nothing of lib's. */
  function applied(base: unknown, path: readonly string[], to: unknown): unknown {
    const [name, ...rest] = path;
    if (name === undefined) return to;
    const entries = new Map(Object.entries(base ?? {}));
    const value = applied(entries.get(name), rest, to);
    if (value === undefined) entries.delete(name);
    else entries.set(name, value);
    return Object.fromEntries(entries);
  }

  test('applied to the base gives the other side', () => {
    fc.assert(
      fc.property(threeWays, ({ mine, theirs }) => {
        const changes = diff(json(mine), json(theirs));
        const result = changes.reduce<unknown>((value, { path, to }) => applied(value, path, to), mine);
        assert.equal(canonical(result), canonical(theirs));
        for (const { path, from } of changes) assert.equal(canonical(at(mine, path)), canonical(from));
      }),
      { numRuns },
    );
  });

  test('finds nothing between equals, whatever the order of their keys', () => {
    fc.assert(
      fc.property(fields, (value) => {
        const turned = JSON.parse(JSON.stringify(value)) as Fields;
        turned.config = Object.fromEntries(Object.entries(turned.config).reverse());
        turned.devices = Object.fromEntries(Object.entries(turned.devices).reverse());
        assert.deepEqual(diff(json(value), json(turned)), []);
      }),
      { numRuns: Math.ceil(numRuns / 5) },
    );
  });
});
