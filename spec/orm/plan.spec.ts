import { diff } from '../../lib/orm/diff.js';
import type { JsonMap } from '../../lib/orm/index.js';
import { planWrite, type WriteRules } from '../../lib/orm/plan.js';
import { instanceRules } from './support/memory-store.js';

const base: JsonMap = {
  description: 'old',
  config: { 'limits.cpu': '1', 'user.a': '1', 'volatile.eth0.hwaddr': '00:16:3e:00:00:01' },
  devices: { root: { type: 'disk', path: '/', pool: 'p' }, eth0: { type: 'nic' } },
  profiles: ['default'],
  brand_new: { kept: [1] },
};

const config = base.config as JsonMap;
const devices = base.devices as JsonMap;

function plan(rules: WriteRules, mine: JsonMap, from = base) {
  const { mode, body } = planWrite(rules, from, mine, diff(from, mine));
  return [mode, JSON.parse(JSON.stringify(body))] as const;
}

const withoutCpu = { 'user.a': '1', 'volatile.eth0.hwaddr': '00:16:3e:00:00:01' };

describe('planWrite', () => {
  test.each<[string, JsonMap, JsonMap]>([
    ['a key set', { config: { ...config, 'limits.cpu': '2' } }, { config: { 'limits.cpu': '2' } }],
    ['a key put in', { config: { ...config, new: '1' } }, { config: { new: '1' } }],
    ['a key taken away', { config: withoutCpu }, { config: { 'limits.cpu': '' } }],
    ['a list', { profiles: ['default', 'x'] }, { profiles: ['default', 'x'] }],
    [
      'one option of a device: the whole device, since only the names of devices are merged',
      { devices: { ...devices, root: { type: 'disk', path: '/', pool: 'p', size: '1GiB' } } },
      { devices: { root: { type: 'disk', path: '/', pool: 'p', size: '1GiB' } } },
    ],
    [
      'an option taken away from a device',
      { devices: { ...devices, root: { type: 'disk', path: '/' } } },
      { devices: { root: { type: 'disk', path: '/' } } },
    ],
    [
      'a new device',
      { devices: { ...devices, gpu: { type: 'gpu' } } },
      { devices: { gpu: { type: 'gpu' } } },
    ],
  ])('sends %s and the description, which the server would blank', (_, edit, sent) => {
    expect(plan(instanceRules, { ...base, ...edit })).toEqual(['merge', { ...sent, description: 'old' }]);
  });

  test('sends a new description once', () => {
    expect(plan(instanceRules, { ...base, description: 'new' })).toEqual(['merge', { description: 'new' }]);
  });

  test('sends an empty description as one', () => {
    const mine = { ...base, description: '', profiles: [] };
    expect(plan(instanceRules, mine)).toEqual(['merge', { description: '', profiles: [] }]);
  });

  test('sends no description where the server has none', () => {
    const from = { config: { a: '1' } };
    expect(plan(instanceRules, { config: { a: '2' } }, from)).toEqual(['merge', { config: { a: '2' } }]);
  });

  test('replaces the whole, unknown fields with it, where a key cannot be taken away', () => {
    const mine = { ...base, devices: { root: devices.root } };
    expect(plan(instanceRules, mine)).toEqual(['replace', mine]);
  });

  test('says null where that takes a key away', () => {
    const rules: WriteRules = { ...instanceRules, unset: { config: 'empty', devices: 'null' } };
    const mine = { ...base, devices: { root: devices.root } };
    expect(plan(rules, mine)).toEqual(['merge', { devices: { eth0: null }, description: 'old' }]);
  });

  test('replaces the whole for a field that parts ignore, and only for it', () => {
    const rules: WriteRules = { partial: true, replaceOnly: ['profiles'] };
    const mine = { ...base, profiles: [] };
    expect(plan(rules, mine)).toEqual(['replace', mine]);
    expect(plan(rules, { ...base, description: 'new' })).toEqual(['merge', { description: 'new' }]);
  });

  test('replaces the whole where there are no partial writes', () => {
    const mine = { ...base, description: 'new' };
    expect(plan({ partial: false }, mine)).toEqual(['replace', mine]);
  });

  test('sends all keys of a map that was none', () => {
    const from = { config: null };
    expect(plan({ partial: true }, { config: { a: '1', b: '2' } }, from)).toEqual([
      'merge',
      { config: { a: '1', b: '2' } },
    ]);
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'a.b'])(
    'sends the key %j like an ordinary one, in config and as a device',
    (key) => {
      const named = (value: unknown) => Object.fromEntries([[key, value]]) as JsonMap;
      const from = { config: {}, devices: {} };
      const mine = { config: named('1'), devices: named({ type: 'nic' }) };

      const { mode, body } = planWrite({ partial: true }, from, mine, diff(from, mine));
      expect(mode).toBe('merge');
      expect(JSON.stringify(body)).toBe(JSON.stringify(mine));

      const rules: WriteRules = { partial: true, unset: { config: 'empty', devices: 'null' } };
      const back = planWrite(rules, mine, from, diff(mine, from));
      expect(JSON.stringify(back.body)).toBe(JSON.stringify({ config: named(''), devices: named(null) }));
    },
  );
});
