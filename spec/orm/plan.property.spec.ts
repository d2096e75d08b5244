import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Drafts } from '../../lib/orm/drafts.js';
import { emptyMap, type JsonMap } from '../../lib/orm/index.js';
import { planWrite, type WriteRules } from '../../lib/orm/plan.js';
import { canonical, changed, editOfFields, fields, numRuns, type Fields } from './support/fuzz.js';
import { MemoryStore } from './support/memory-store.js';

const unset = fc.constantFrom('empty', 'null', 'replace');
const wires = ['description', 'config', 'devices', 'profiles'];

/** Every kind of server that the rules can describe. */
const servers: fc.Arbitrary<WriteRules> = fc
  .record({
    partial: fc.constantFrom(true, true, true, false),
    unset: fc.record({ config: unset, devices: unset }),
    resend: fc.constantFrom([], ['description']),
    replaceOnly: fc.constantFrom([], [], ['profiles']),
  })
  .map((rules) => ({
    ...rules,
    emptyIsUnset: (['config', 'devices'] as const).filter((field) => rules.unset[field] === 'empty'),
  }));

const edit = fields.chain((base) => fc.tuple(fc.constant(base), editOfFields(base)));

/** Drafts over the base, with every edit made in them. */
function drafted(base: Fields, mine: Fields): Drafts {
  const drafts = new Drafts({ data: JSON.parse(JSON.stringify(base)) as JsonMap });
  for (const wire of wires) {
    drafts.open(wire, emptyMap);
    drafts.assign([wire], JSON.parse(JSON.stringify(mine[wire as keyof Fields])) as JsonMap);
  }
  return drafts;
}

function planned(rules: WriteRules, base: Fields, mine: Fields) {
  const drafts = drafted(base, mine);
  return planWrite(rules, drafts.base, drafts.merged(), drafts.changes());
}

describe('planWrite', () => {
  test('makes exactly what was asked for of what the server has', async () => {
    await fc.assert(
      fc.asyncProperty(servers, edit, async (rules, [base, mine]) => {
        const store = new MemoryStore(rules).seed('web', { ...base, brand_new: { kept: [1] } });
        const before = store.peek('web');
        const { mode, body } = planned(rules, before, mine);

        await store.write('web', mode, body, undefined);

        assert.equal(canonical(store.peek('web')), canonical({ ...before, ...mine }));
      }),
      { numRuns },
    );
  });

  test('sends no key that did not change, but what the server would reset', () => {
    fc.assert(
      fc.property(servers, edit, (rules, [base, mine]) => {
        const { mode, body } = planned(rules, base, mine);
        fc.pre(mode === 'merge');
        const touched = new Set(changed(base, mine).map((path) => canonical(path.slice(0, 2))));
        const sent = Object.entries(body).flatMap(([field, value]) =>
          typeof value === 'object' && value && !Array.isArray(value)
            ? Object.keys(value).map((name) => [field, name])
            : [[field]],
        );
        const more = sent.filter((path) => !touched.has(canonical(path)));
        assert.deepEqual(
          more.filter(([field = '']) => !rules.resend?.includes(field)),
          [],
        );
        assert.equal(sent.length, touched.size + more.length);
      }),
      { numRuns },
    );
  });

  test('replaces the whole only where a part cannot say it', () => {
    fc.assert(
      fc.property(servers, edit, (rules, [base, mine]) => {
        const { mode } = planned(rules, base, mine);
        const needed = (['config', 'devices'] as const).some(
          (field) =>
            rules.unset?.[field] === 'replace' &&
            Object.keys(base[field]).some((name) => !Object.hasOwn(mine[field], name)),
        );
        const ignored = rules.replaceOnly?.length && canonical(base.profiles) !== canonical(mine.profiles);
        assert.equal(mode, !rules.partial || needed || ignored ? 'replace' : 'merge');
      }),
      { numRuns },
    );
  });
});
