import './support/no-delays.js';
import type { WriteRules } from '../../lib/orm/plan.js';
import { instanceRules, MemoryStore, plainRules } from './support/memory-store.js';

const { Things } = await import('./support/thing.js');

/** A fetched model on a server with these rules. */
async function start(rules: Partial<WriteRules>, config: Record<string, string> = {}) {
  const store = new MemoryStore({ ...plainRules, emptyIsUnset: ['config'], ...rules }).seed('web', {
    config,
  });
  return { store, web: await new Things(store).get('web') };
}

describe('rules of writes', () => {
  test('always: a part has the map, empty where nothing of it changes', async () => {
    const { store, web } = await start({ always: ['config'] });
    web.description = 'x';
    await web.save();
    web.config.a = '1';
    await web.save();
    expect(store.writes.map(({ body }) => body)).toEqual([
      { description: 'x', config: {} },
      { config: { a: '1' } },
    ]);
  });

  test('kept: keys that only the server sets are brought back, whatever is assigned', async () => {
    const { store, web } = await start(
      { partial: false, kept: /^(volatile\.|source$)/ },
      { source: '/srv', 'volatile.x': '1', size: '1' },
    );
    web.config = { size: '2' };
    await web.save();
    expect(store.peek('web').config).toEqual({ source: '/srv', 'volatile.x': '1', size: '2' });
    expect({ ...web.config }).toEqual({ source: '/srv', 'volatile.x': '1', size: '2' });
    expect(web.isDirty).toBe(false);
  });

  test.each<[string, Record<string, string>, string]>([
    ['a value that it fills in', { 'ipv4.address': 'auto' }, '10.0.0.1'],
    ['a key that it fills in when it is taken away', { 'ipv4.address': '' }, '10.0.0.1'],
  ])('filledIn: %s is read after the write', async (_, edit, address) => {
    const { store, web } = await start(
      { filledIn: { config: /^(auto)?$/ }, unset: { config: 'empty' } },
      { 'ipv4.address': '10.9.0.1' },
    );
    Object.assign(web.config, edit);
    store.afterWrite = () => store.elsewhere('web', ({ config }) => (config['ipv4.address'] = '10.0.0.1'));
    await web.save();
    expect(web.config['ipv4.address']).toBe(address);
    expect([store.reads.length, web.isDirty]).toEqual([2, false]);
    web.config['user.x'] = '1';
    await web.save();
    expect(store.reads).toHaveLength(2); // and that reading has a version
  });

  test('a server that tells no version of a thing: read and compared before each write', async () => {
    const { store, web } = await start({}, { a: '1' });
    const { read } = store;
    store.read = async (...args) => ({ ...(await read.apply(store, args)), version: undefined });
    for (const value of ['2', '3']) {
      web.config.a = value;
      store.elsewhere('web', ({ config }) => (config[`theirs${value}`] = '1'));
      await web.save();
    }
    expect(store.peek('web').config).toEqual({ a: '3', theirs2: '1', theirs3: '1' });
  });

  test('unversioned: what is sent along is read first, unless the last reading is fresh', async () => {
    const age = async (rules: Partial<WriteRules>, ms: number, edit: (web: Web) => unknown) => {
      const { store, web } = await start({ ...rules, unversioned: ['description'] }, { a: '1' });
      store.age = ms;
      await web.fetch();
      const before = store.reads.length;
      edit(web);
      await web.save();
      return store.reads.length - before;
    };
    type Web = Awaited<ReturnType<typeof start>>['web'];
    const config = (web: Web) => (web.config.a = '2');
    const description = (web: Web) => (web.description = '2');
    const resend = { resend: instanceRules.resend! };
    expect(await age(resend, 0, description)).toBe(1);
    expect(await age(resend, 60, config)).toBe(1);
    expect(await age({}, 60, config)).toBe(0); // it is not sent
    expect(await age({ partial: false }, 60, config)).toBe(1);
  });
});
