import './support/no-delays.js';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SaveConflictError, type Conflict } from '../../lib/errors/index.js';
import type { Json, JsonMap, WriteRules } from '../../lib/orm/index.js';
import { merge } from '../../lib/orm/merge.js';
import { at, canonical, numRuns, threeWays, type Fields } from './support/fuzz.js';
import { instanceRules, MemoryStore } from './support/memory-store.js';

const { Things } = await import('./support/thing.js');

const rules = fc.constantFrom<WriteRules>(
  { ...instanceRules, serverOwned: undefined },
  { ...instanceRules, serverOwned: undefined, unset: { config: 'empty', devices: 'null' } },
  { partial: true },
  { partial: false },
  { partial: true, versionIgnored: true },
  { partial: true, replaceOnly: ['profiles'], unversioned: ['profiles'] },
);

const wires = ['description', 'config', 'devices', 'profiles'] as const;

const cases = fc
  .record({
    rules,
    sides: threeWays,
    listed: fc.boolean(),
    fetched: fc.boolean(),
    /** When the other writer comes: before the save, or in the middle of it. */
    late: fc.boolean(),
    /** Whether what was read is too old to vouch for what no version covers. */
    old: fc.boolean(),
  })
  .map((all) => (all.old ? all : { ...all, sides: versioned(all.rules, all.sides) }));

type Sides = Record<'base' | 'mine' | 'theirs', Fields>;

/** With a fresh reading, a change of theirs that no version covers is not seen: so there is none. */
function versioned({ unversioned = [] }: WriteRules, sides: Sides): Sides {
  const kept = wires.filter((wire) => unversioned.includes(wire)).map((wire) => [wire, sides.base[wire]]);
  return { ...sides, theirs: { ...sides.theirs, ...Object.fromEntries(kept) } };
}

const copied = (value: unknown) => JSON.parse(JSON.stringify(value)) as JsonMap;

const only = (data: object) => canonical(Object.fromEntries(wires.map((wire) => [wire, at(data, [wire])])));

function expected({ base, mine, theirs }: Sides) {
  const conflicts: Conflict[] = [];
  const value = merge(copied(base), copied(mine), copied(theirs), (conflict) => {
    conflicts.push(conflict);
    return conflict.mine as Json;
  });
  return { value: value as object, conflicts };
}

test('whatever two writers do to one thing, save() loses nothing: it merges, or it says so and writes nothing', async () => {
  let [merged, refused] = [0, 0];
  await fc.assert(
    fc.asyncProperty(cases, async ({ rules, sides, listed, fetched, late, old }) => {
      const { base, mine, theirs } = sides;
      const store = new MemoryStore(rules).seed('web', { ...base });
      if (old) store.age = 5000;
      const things = new Things(store);
      const model = listed ? (await things.all())[0]! : await things.get('web');
      Object.assign(model, copied(mine));
      const write = () => {
        store.elsewhere('web', (data) => Object.assign(data, copied(theirs)));
        store.beforeWrite = undefined;
      };
      // Where no version tells, what comes after the last reading is overwritten: that much is documented.
      const seen = !rules.versionIgnored && !rules.unversioned;
      if (late && seen && !fetched) store.beforeWrite = write;
      else write();
      if (fetched) await model.fetch();

      const { value, conflicts } = expected(sides);
      const clean = canonical(base) === canonical(mine);
      const error: unknown = await model.save().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      store.beforeWrite?.(); // a save that had nothing to write left the other one waiting

      if (conflicts.length === 0 || (clean && !fetched)) {
        assert.equal(error, undefined);
        merged++;
      } else {
        assert(error instanceof SaveConflictError);
        const told = (all: readonly Conflict[]) => all.map(canonical).sort();
        assert.deepEqual(told(error.conflicts), told(conflicts));
        assert.equal(only(store.peek('web')), only(theirs));
        assert.equal(store.writes.length, 0);
        refused++;
        await model.save();
      }
      assert.equal(only(store.peek('web')), only(value));
      assert.equal(model.isDirty, false);
      await model.fetch();
      assert.equal(only(JSON.parse(JSON.stringify(model)) as object), only(value));
      assert.equal(model.isDirty, false);
    }),
    { numRuns },
  );
  expect(merged).toBeGreaterThan(0);
  expect(refused).toBeGreaterThan(0);
});

test('onConflict decides just the conflicts', async () => {
  await fc.assert(
    fc.asyncProperty(
      cases,
      fc.constantFrom('mine', 'theirs'),
      async ({ rules, sides, fetched, old }, onConflict) => {
        const { base, mine, theirs } = sides;
        const store = new MemoryStore(rules).seed('web', { ...base });
        if (old) store.age = 5000;
        const model = await new Things(store).get('web');
        Object.assign(model, copied(mine));
        store.elsewhere('web', (data) => Object.assign(data, copied(theirs)));
        if (fetched) await model.fetch();
        await model.fetch(); // no harm in a second time
        await model.save({ onConflict });

        const value = merge(
          copied(base),
          copied(mine),
          copied(theirs),
          (conflict) => conflict[onConflict] as Json,
        );
        assert.equal(only(store.peek('web')), only(value as object));
      },
    ),
    { numRuns: Math.ceil(numRuns / 2) },
  );
});
