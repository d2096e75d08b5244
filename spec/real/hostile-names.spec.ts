import { makeEmpty, useClient } from './client.js';
import { describeReal } from './harness.js';

type Maps = Record<string, Record<string, string>>;

/** Names that servers accept and that break objects which are used as maps. */
const names = [
  'constructor',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '__proto__',
  'isPrototypeOf',
  'length',
];

describeReal('names that JavaScript has a use of its own for', (server) => {
  const { client, requestsOf } = useClient(server);
  const device = (name: string) => ({ type: 'disk', source: '/srv', path: `/mnt/${name}` });
  // `fromEntries` makes an own key `__proto__`, which a literal would not.
  const devices = Object.fromEntries(names.map((name) => [name, device(name)]));
  const config = Object.fromEntries(names.map((name) => [`user.${name}`, name]));

  /** What the server has, compared key by key: matchers have ideas of their own about `__proto__`. */
  async function read(path: string): Promise<{ devices: [string, unknown][]; user: [string, string][] }> {
    const whole = await server.read<{ devices: Maps; config: Record<string, string> }>(path);
    const user = Object.entries(whole.config).filter(([key]) => key.startsWith('user.'));
    return { devices: Object.entries(whole.devices).sort(byKey), user: user.sort(byKey) };
  }
  const byKey = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : 1);
  const all = { devices: Object.entries(devices).sort(byKey), user: Object.entries(config).sort(byKey) };

  it.each(['instance', 'profile'] as const)('%s: survive creation, PATCH, PUT and lists', async (kind) => {
    const name = server.uniqueName(kind);
    const path = `/1.0/${kind}s/${name}`;
    const model =
      kind === 'instance'
        ? await makeEmpty(server, client, { name, config, devices })
        : await client.profiles.create({ name, config, devices });
    expect(await read(path)).toEqual(all);
    expect(Object.keys(model.devices).sort()).toEqual([...names].sort());

    const patched = await requestsOf(async () => {
      for (const word of names) model.config[`user.${word}`] = `${word}!`;
      await model.save();
    });
    expect(patched.some((line) => line === `PATCH ${path} 200`)).toBe(true);
    const louder = all.user.map(([key, value]) => [key, `${value}!`]);
    expect(await read(path)).toEqual({ ...all, user: louder });

    const put = await requestsOf(async () => {
      for (const word of ['toString', '__proto__']) Reflect.deleteProperty(model.devices, word);
      await model.save();
    });
    expect(put.some((line) => line.startsWith('PUT'))).toBe(true);
    const fewer = all.devices.filter(([key]) => key !== 'toString' && key !== '__proto__');
    expect(await read(path)).toEqual({ devices: fewer, user: louder });

    for (const word of ['toString', '__proto__']) {
      Object.defineProperty(model.devices, word, {
        value: device(word),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    await model.save();
    expect(await read(path)).toEqual({ ...all, user: louder });

    const list = kind === 'instance' ? await client.instances.all() : await client.profiles.all();
    const listed = list.find((one) => one.key === name);
    expect(Object.entries(listed?.devices ?? {}).sort(byKey)).toEqual(all.devices);
    if (listed) listed.config['user.constructor'] = 'c';
    await listed?.save();
    await model.fetch();
    expect([model.config['user.constructor'], model.config['user.toString']]).toEqual(['c', 'toString!']);
    expect(({} as Record<string, unknown>).type).toBeUndefined(); // no prototype was touched
    await model.delete();
  });

  it('survive as properties of an image', async () => {
    const image = await client.images.get(await server.ensureImage());
    const made = await client.containers.create({ name: server.uniqueName('source'), source: image });
    const properties = Object.fromEntries(names.map((name) => [name, `${name} of an image`]));
    const published = await made.publish({ properties });
    const path = `/1.0/images/${published.fingerprint}`;
    const ours = async () =>
      Object.entries((await server.read<{ properties: Record<string, string> }>(path)).properties)
        .filter(([key]) => names.includes(key))
        .sort(byKey);
    expect(await ours()).toEqual(Object.entries(properties).sort(byKey));
    Reflect.deleteProperty(published.properties, 'toString');
    published.properties.constructor = 'c' as never;
    await published.save();
    expect((await ours()).map(([key]) => key)).toEqual(names.filter((name) => name !== 'toString').sort());
    expect((await ours()).find(([key]) => key === 'constructor')).toEqual(['constructor', 'c']);
    await published.delete();
  });
});
