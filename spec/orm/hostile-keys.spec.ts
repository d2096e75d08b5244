import './support/no-delays.js';
import { inspect } from 'node:util';
import type { WriteRules } from '../../lib/orm/index.js';
import { entriesOf, hostileKeys, mapOf } from './support/hostile.js';
import { instanceRules, MemoryStore } from './support/memory-store.js';

const { Things } = await import('./support/thing.js');

const text = (key: string) => `of ${key}`;
const device = (key: string) => ({ type: 'nic', ...mapOf([key], text) });

const servers: [string, WriteRules][] = [
  ['PATCH', instanceRules],
  ['PATCH with null for a device', { ...instanceRules, unset: { config: 'empty', devices: 'null' } }],
  ['PUT', { partial: false }],
];

describe.each(servers)('over %s', (_, rules) => {
  let store: MemoryStore;

  /** A thing with all of these keys, as a server would send it. */
  const seed = (keys = hostileKeys) =>
    (store = new MemoryStore(rules).seed(
      'web',
      JSON.stringify({
        config: mapOf(keys, text),
        devices: mapOf(keys, device),
        expanded_config: mapOf(keys, text),
        brand_new: mapOf(keys, text),
      }),
    ));

  const get = async () => new Things(store).get('web');

  test('all of them survive a load, an edit of others and a save', async () => {
    seed();
    const before = store.peek('web');
    const web = await get();
    expect(entriesOf(web.config)).toEqual(entriesOf(before.config));
    expect(entriesOf(web.expandedConfig)).toEqual(entriesOf(before.config));
    expect(Object.keys(web.devices).sort()).toEqual([...hostileKeys].sort());

    web.config.harmless = '1';
    web.devices.harmless = { type: 'nic' };
    web.description = 'new';
    await web.save();

    const after = store.peek('web');
    expect(entriesOf(after.config)).toEqual(entriesOf({ ...before.config, harmless: '1' }));
    expect(entriesOf(after.brand_new)).toEqual(entriesOf(before.brand_new));
    for (const key of hostileKeys) expect(entriesOf(after.devices[key])).toEqual(entriesOf(device(key)));
    expect(web.isDirty).toBe(false);
  });

  test.each(hostileKeys)('%j can be put in, changed, and taken away', async (key) => {
    seed([]);
    const web = await get();
    web.config[key] = '1';
    web.devices[key] = { type: 'nic' };
    expect(web.changes().map(({ path }) => path)).toEqual([
      ['config', key],
      ['devices', key],
    ]);
    await web.save();
    expect(entriesOf(store.peek('web').config)).toEqual([[key, '1']]);
    expect(entriesOf(store.peek('web').devices)).toEqual([[key, { type: 'nic' }]]);

    web.config[key] = '2';
    web.devices[key] = { type: 'nic', ...mapOf([key], () => '2') };
    await web.save();
    expect(entriesOf(store.peek('web').config)).toEqual([[key, '2']]);
    expect(entriesOf(store.peek('web').devices[key])).toEqual(
      entriesOf({ type: 'nic', ...mapOf([key], () => '2') }),
    );

    delete web.config[key];
    delete web.devices[key];
    await web.save();
    expect(store.peek('web')).toMatchObject({ config: {}, devices: {} });
    expect(Object.keys(store.peek('web').config)).toEqual([]);
    expect(Object.keys(store.peek('web').devices)).toEqual([]);
  });

  test('each is merged like an ordinary key, or conflicts like one', async () => {
    const [first, ...rest] = hostileKeys as [string, ...string[]];
    for (const key of rest) {
      seed([first]);
      const web = await get();
      web.config[key] = 'mine';
      store.elsewhere('web', (data) => (data.config = { ...data.config, harmless: 'theirs' }));
      await web.save();
      expect(entriesOf(store.peek('web').config)).toEqual(
        entriesOf({ ...mapOf([first], text), ...mapOf([key], () => 'mine'), harmless: 'theirs' }),
      );

      web.config[key] = 'mine again';
      store.elsewhere('web', (data) => (data.config = { ...data.config, ...mapOf([key], () => 'theirs') }));
      await web.fetch();
      await expect(web.save()).rejects.toMatchObject({
        conflicts: [{ path: ['config', key], base: 'mine', mine: 'mine again', theirs: 'theirs' }],
      });
      await web.save({ onConflict: 'theirs' });
      expect(Object.getOwnPropertyDescriptor(store.peek('web').config, key)?.value).toBe('theirs');
    }
  });

  test('reverting brings them back', async () => {
    seed();
    const web = await get();
    const before = JSON.stringify(web);
    web.config = {};
    for (const key of hostileKeys) delete web.devices[key];
    web.revert();
    expect(entriesOf(web.config)).toEqual(entriesOf(mapOf(hostileKeys, text)));
    expect(JSON.stringify(web)).toBe(before);
  });

  test('assigned as a whole, they are all there', async () => {
    seed([]);
    const web = await get();
    web.config = mapOf(hostileKeys, text);
    web.devices = mapOf(hostileKeys, device);
    await web.save();
    expect(entriesOf(store.peek('web').config)).toEqual(entriesOf(mapOf(hostileKeys, text)));
    expect(Object.keys(store.peek('web').devices).sort()).toEqual([...hostileKeys].sort());
  });

  test('Object.assign of an own __proto__ sets a key, not a prototype', async () => {
    seed([]);
    const web = await get();
    Object.assign(web.config, JSON.parse('{"__proto__":"x"}'));
    Object.assign(web.devices, JSON.parse('{"__proto__":{"type":"nic"}}'));
    await web.save();
    expect(JSON.stringify(store.peek('web').config)).toBe('{"__proto__":"x"}');
    expect(JSON.stringify(store.peek('web').devices)).toBe('{"__proto__":{"type":"nic"}}');
    expect((web.devices as Record<string, unknown>).type).toBeUndefined();
  });

  test('ensure takes them too, and is done the second time', async () => {
    seed([]);
    const input = { config: mapOf(hostileKeys, text), devices: mapOf(hostileKeys, device) };
    await new Things(store).ensure('web', input);
    expect(entriesOf(store.peek('web').config)).toEqual(entriesOf(input.config));
    const writes = store.writes.length;
    await new Things(store).ensure('web', input);
    expect(store.writes).toHaveLength(writes);
  });
});

test('a map has nothing but its keys', async () => {
  const web = await new Things(new MemoryStore().seed('web')).get('web');
  for (const key of hostileKeys) {
    expect(web.config[key]).toBeUndefined();
    expect(key in web.devices).toBe(false);
    expect(web.expandedConfig[key]).toBeUndefined();
  }
});

test('a field of a newer server with such a name reaches a PUT, and no prototype', async () => {
  const store = new MemoryStore({ partial: false }).seed(
    'web',
    '{"__proto__":{"polluted":"yes"},"constructor":"c"}',
  );
  store.read = async () => ({
    data: JSON.parse('{"name":"web","__proto__":{"polluted":"yes"},"constructor":"c","config":{}}'),
  });
  const web = await new Things(store).get('web');
  web.config.a = '1';
  await web.save();

  expect(JSON.stringify(store.writes[0]?.body)).toBe(
    '{"__proto__":{"polluted":"yes"},"constructor":"c","config":{"a":"1"}}',
  );
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  expect(inspect(web)).toBe("Thing('web')");
});
