import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Conflict } from '../../lib/errors/index.js';
import { Drafts } from '../../lib/orm/drafts.js';
import { emptyMap, type Json, type JsonMap } from '../../lib/orm/index.js';
import { merge, type Resolve } from '../../lib/orm/merge.js';
import { canonical, changed, numRuns, threeWays, type Fields } from './support/fuzz.js';

const json = (value: unknown) => JSON.parse(JSON.stringify(value)) as JsonMap;

/** Brings a draft to a value by edits in place, as a user does: set, delete, splice, and now and then a whole device. */
function editInPlace(draft: JsonMap, value: JsonMap): void {
  for (const name of Object.keys(draft)) if (!Object.hasOwn(value, name)) Reflect.deleteProperty(draft, name);
  for (const [name, item] of Object.entries(value)) {
    if (typeof item === 'object' && Object.hasOwn(draft, name))
      editInPlace(draft[name] as JsonMap, item as JsonMap);
    else draft[name] = item;
  }
}

function drafted({ base, mine }: { base: Fields; mine: Fields }) {
  const drafts = new Drafts({ data: json(base), version: '1' });
  const config = drafts.open('config', emptyMap) as Fields['config'];
  const devices = drafts.open('devices', emptyMap) as Fields['devices'];
  const profiles = drafts.open('profiles', () => []) as string[];
  editInPlace(config, json(mine.config));
  editInPlace(devices, json(mine.devices));
  profiles.splice(0, profiles.length, ...mine.profiles);
  drafts.assign(['description'], mine.description);
  return { drafts, config, devices, profiles };
}

function noting(conflicts: Conflict[]): Resolve {
  return (conflict) => {
    conflicts.push(conflict);
    return conflict.mine as Json;
  };
}

describe('Drafts', () => {
  test('see every edit', () => {
    fc.assert(
      fc.property(threeWays, (sides) => {
        const { drafts } = drafted(sides);
        const places = (paths: (readonly string[])[]) => paths.map(canonical).sort();
        const { base, mine } = sides;
        assert.deepEqual(places(drafts.changes().map(({ path }) => path)), places(changed(base, mine)));
        assert.equal(canonical(drafts.merged()), canonical(mine));
        assert.equal(canonical(drafts.base), canonical(base));
      }),
      { numRuns },
    );
  });

  test('over a new state are the merge of both, in the same objects', () => {
    fc.assert(
      fc.property(threeWays, (sides) => {
        const { base, mine, theirs } = sides;
        const { drafts, ...held } = drafted(sides);
        const [told, expected]: [Conflict[], Conflict[]] = [[], []];
        const wanted = merge(json(base), json(mine), json(theirs), noting(expected));

        drafts.rebase({ data: json(theirs), version: '2' }, noting(told));

        assert.equal(canonical(drafts.merged()), canonical(wanted));
        assert.deepEqual(told.map(canonical).sort(), expected.map(canonical).sort());
        assert.equal(canonical(drafts.base), canonical(theirs));
        assert.equal(drafts.version, '2');
        for (const wire of ['config', 'devices', 'profiles'] as const)
          assert.equal(drafts.get(wire), held[wire]);
      }),
      { numRuns },
    );
  });

  test('reverted are what the server said, in the same objects', () => {
    fc.assert(
      fc.property(threeWays, fc.boolean(), (sides, rebased) => {
        const { drafts, ...held } = drafted(sides);
        if (rebased) drafts.rebase({ data: json(sides.theirs) }, noting([]));

        drafts.revert();

        assert.deepEqual(drafts.changes(), []);
        assert.equal(canonical(drafts.merged()), canonical(rebased ? sides.theirs : sides.base));
        for (const wire of ['config', 'devices', 'profiles'] as const) {
          assert.equal(drafts.get(wire), held[wire]);
          assert.equal(canonical(held[wire]), canonical((rebased ? sides.theirs : sides.base)[wire]));
        }
      }),
      { numRuns },
    );
  });

  test('never change what was put into them', () => {
    fc.assert(
      fc.property(threeWays, (sides) => {
        const { drafts, devices } = drafted({ base: sides.base, mine: sides.base });
        const mine = json(sides.mine.devices) as Fields['devices'];
        for (const name of Object.keys(devices)) Reflect.deleteProperty(devices, name);
        for (const [name, device] of Object.entries(mine)) devices[name] = device;

        drafts.rebase({ data: json(sides.theirs) }, ({ theirs }) => theirs as Json);
        drafts.revert();

        assert.equal(canonical(mine), canonical(sides.mine.devices));
      }),
      { numRuns },
    );
  });
});
