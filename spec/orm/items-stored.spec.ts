import { InvalidInputError } from '../../lib/errors/index.js';
import type { WriteRules } from '../../lib/orm/index.js';
import { failure } from './support/failure.js';
import type { MemoryStore } from './support/memory-store.js';
import { Wall, wallStore, type Rule } from './support/wall.js';

const http = { action: 'allow', destination_port: '80', protocol: 'tcp', state: 'enabled' };
const https = { ...http, destination_port: '443' };

let store: MemoryStore;

const get = async () => new Wall(store, 'web', await store.read('web'));
const rules = () => (store.peek('web') as unknown as { rules: unknown }).rules;

beforeEach(() => {
  store = wallStore([http, https]);
});

describe('a list of objects', () => {
  test.each<[string, Partial<WriteRules>, (web: Wall) => unknown]>([
    ['a save that was looked at', { checkedLoosely: true }, () => undefined],
    ['fetch()', {}, (web) => web.fetch()],
    ['fetch() with another edit', {}, (web) => ((web.description = 'x'), web.fetch())],
    ['fetch({ discard: true })', {}, (web) => web.fetch({ discard: true })],
    ['a fetch and revert()', {}, async (web) => (await web.fetch()).revert()],
  ])('shows what the server has made of it after %s', async (_, how, then) => {
    Object.assign(store.rules, how);
    const web = await get();
    const { rules: list } = web;
    const open = { action: ' drop ', source: '10.0.0.1 , 10.0.0.2', description: '' };
    const frozen = Object.freeze({ action: 'allow', source: '10.0.0.3 , 10.0.0.4' });
    list.push(open, frozen);
    list[0]!.source = 'a , b';
    const [first] = list;
    await web.save();
    await then(web);
    expect(web.rules).toBe(list);
    expect(list).toEqual((await get()).rules);
    expect([list[0], list[2]]).toEqual([
      { ...first, source: 'a,b' },
      { action: 'drop', source: '10.0.0.1,10.0.0.2' },
    ]);
    expect([list[0] === first, list[2] === open]).toEqual([true, true]); // who holds one goes on editing it
    expect(frozen.source).toBe('10.0.0.3 , 10.0.0.4');
    open.source = '10.0.0.9';
    expect(web.changes()).toContainEqual(
      expect.objectContaining({ to: { action: 'drop', source: '10.0.0.9' } }),
    );
  });

  test('shows what the server says after revert() of what is the same to it', async () => {
    const web = await get();
    const [first] = web.rules;
    Object.assign(first!, { protocol: ' tcp ', description: '' });
    expect(web.isDirty).toBe(false);
    expect(web.revert().rules[0]).toBe(first);
    expect(first).toEqual((await get()).rules[0]);
  });

  test('is not written again because the server has made something else of it', async () => {
    Object.assign(store.rules, { checkedLoosely: true });
    const { normalise } = store;
    store.normalise = (data) => {
      const result = normalise!(data);
      const list = result.rules as Record<string, string>[];
      return {
        ...result,
        rules: list.map(({ description, ...rule }) => ({ ...rule, action: rule.action!.toLowerCase() })),
      };
    };
    const web = await get();
    web.rules.push({ action: 'DROP', source: 'a', description: 'dropped' });
    await web.save();
    expect(store.writes).toHaveLength(1);
    expect(web.rules[2]).toEqual({ action: 'drop', source: 'a' });
    expect(web.isDirty).toBe(false);
  });
});

test('a field that the server sent is known in other items too, by its property', async () => {
  store = wallStore([{ ...http, brand_new: 'a' }, https]);
  const web = await get();
  Object.assign(web.rules[1]!, { brandNew: 'b' });
  web.rules = [...web.rules, { action: 'drop', sorce: undefined } as Rule];
  await web.save();
  expect(rules()).toEqual([{ ...http, brand_new: 'a' }, { ...https, brand_new: 'b' }, { action: 'drop' }]);
  Object.assign(web.rules[1]!, { brand_new: 'c' });
  const error = await failure(web.save(), InvalidInputError);
  expect(error.message).toContain('rules[1].brand_new is the server');
  expect(store.writes).toHaveLength(1);
});
