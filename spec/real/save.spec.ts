import type { Client, Model } from 'tslxd';
import { makeBusybox, makeEmpty, useClient } from './client.js';
import { describeReal, type RealServer } from './harness.js';

type Whole = Record<string, unknown>;
type Maps = Record<string, Record<string, unknown>>;

/** One property set, and what the whole object must be then; what is not named must be as before. */
interface Case<M extends Model> {
  title: string;
  edit: (model: M) => void;
  expected: (before: Whole) => Whole;
}

/** What the server changes by itself with any write, so that it cannot be compared. */
const moving = ['last_used_at', 'expanded_config', 'expanded_devices'];

/** Sets, saves, reads with a bare HTTP call, and compares everything; then the model must agree with the server. */
async function check<M extends Model>(
  server: RealServer,
  path: string,
  model: M,
  test: Case<M>,
): Promise<void> {
  await model.fetch({ discard: true });
  const before = await server.read<Whole>(path);
  test.edit(model);
  await model.save();
  const after = await server.read<Whole>(path);
  const without = (whole: Whole) =>
    Object.fromEntries(Object.entries(whole).filter(([key]) => !moving.includes(key)));
  expect(without(after)).toEqual({ ...without(before), ...test.expected(before) });
  expect(model.isDirty).toBe(false);
}

const config = (before: Whole, changed: Record<string, unknown>, ...gone: string[]) => {
  const merged = { ...(before.config as Whole), ...changed };
  for (const key of gone) Reflect.deleteProperty(merged, key);
  return { config: merged };
};

type Configured = Model & {
  config: Record<string, string>;
  devices: Record<string, Record<string, string>>;
  description: string;
};

const disk = { type: 'disk', source: '/srv', path: '/srv' };

/** What instances and profiles have in common. */
const configured: Case<Configured>[] = [
  {
    title: 'config: two keys set',
    edit: (model) => Object.assign(model.config, { 'user.a': '1', 'user.b': 'ü "quoted"\n' }),
    expected: (before) => config(before, { 'user.a': '1', 'user.b': 'ü "quoted"\n' }),
  },
  {
    title: 'config: one replaced, one deleted',
    edit: (model) => {
      model.config['user.a'] = '2';
      delete model.config['user.b'];
    },
    expected: (before) => config(before, { 'user.a': '2' }, 'user.b'),
  },
  {
    title: 'config: hostile keys',
    edit: (model) =>
      Object.assign(model.config, { 'user.constructor': 'c', 'user.__proto__': 'p', 'user.toString': 't' }),
    expected: (before) =>
      config(before, { 'user.constructor': 'c', 'user.__proto__': 'p', 'user.toString': 't' }),
  },
  {
    title: 'config: an empty text takes the key away',
    edit: (model) => (model.config['user.a'] = ''),
    expected: (before) => config(before, {}, 'user.a'),
  },
  {
    title: 'description',
    edit: (model) => (model.description = 'a new description'),
    expected: () => ({ description: 'a new description' }),
  },
  {
    title: 'devices: two added, with hostile names',
    edit: (model) => {
      model.devices.constructor = { ...disk } as never;
      model.devices.toString = { ...disk, path: '/two' } as never;
    },
    expected: (before) => ({
      devices: { ...(before.devices as Maps), constructor: disk, toString: { ...disk, path: '/two' } },
    }),
  },
  {
    title: 'devices: a key added to one',
    edit: (model) => ((model.devices.constructor as never as Record<string, string>).readonly = 'true'),
    expected: (before) => ({
      devices: { ...(before.devices as Maps), constructor: { ...disk, readonly: 'true' } },
    }),
  },
  {
    title: 'devices: a key taken from one',
    edit: (model) => delete (model.devices.constructor as never as Record<string, string>).readonly,
    expected: (before) => ({ devices: { ...(before.devices as Maps), constructor: disk } }),
  },
  {
    title: 'devices: one removed, and a config key set with it',
    edit: (model) => {
      Reflect.deleteProperty(model.devices, 'toString');
      model.config['user.c'] = '3';
    },
    expected: (before) => {
      const devices = { ...(before.devices as Maps) };
      Reflect.deleteProperty(devices, 'toString');
      return { devices, ...config(before, { 'user.c': '3' }) };
    },
  },
  {
    title: 'devices: the last removed',
    edit: (model) => (model.devices = {}),
    expected: () => ({ devices: {} }),
  },
];

describeReal('every writable property, saved and compared whole', (server) => {
  const { client } = useClient(server);

  describe.each([
    ['a stopped container', (from: Client) => makeEmpty(server, from)],
    ['a running container', async (from: Client) => (await makeBusybox(server, from)).start()],
  ])('%s', (_title, make) => {
    it('changes what was asked and nothing else', async () => {
      const profile = await client.profiles.create({ name: server.uniqueName('second') });
      const instance = await make(client);
      const path = `/1.0/instances/${instance.name}`;
      for (const test of configured) await check(server, path, instance, test as Case<Model> as never);
      await check(server, path, instance, {
        title: 'profiles',
        edit: (model) => model.profiles.push(profile.name),
        expected: () => ({ profiles: ['default', profile.name] }),
      });
      await check(server, path, instance, {
        title: 'ephemeral',
        edit: (model) => (model.ephemeral = true),
        expected: () => ({ ephemeral: true }),
      });
      await check(server, path, instance, {
        title: 'ephemeral, back',
        edit: (model) => (model.ephemeral = false),
        expected: () => ({ ephemeral: false }),
      });
      await check(server, path, instance, {
        title: 'architecture',
        edit: (model) => (model.architecture = 'i686'),
        expected: () => ({ architecture: 'i686' }),
      });
      await instance.delete({ force: true });
      await profile.delete();
    });
  });

  it('a profile', async () => {
    const profile = await client.profiles.create({ name: server.uniqueName('profile') });
    for (const test of configured)
      await check(server, `/1.0/profiles/${profile.name}`, profile, test as never);
    await profile.delete();
  });

  it('a snapshot: its expiry, set and cleared', async () => {
    const instance = await makeEmpty(server, client);
    const snapshot = await instance.snapshots.create('first');
    const path = `/1.0/instances/${instance.name}/snapshots/first`;
    const expiresAt = new Date('2040-01-02T03:04:05Z');
    await check(server, path, snapshot, {
      title: 'expiresAt',
      edit: (model) => (model.expiresAt = expiresAt),
      expected: () => ({ expires_at: '2040-01-02T03:04:05Z' }),
    });
    expect((await snapshot.fetch()).expiresAt).toEqual(expiresAt);
    await check(server, path, snapshot, {
      title: 'no expiry',
      edit: (model) => (model.expiresAt = null),
      expected: () => ({ expires_at: '0001-01-01T00:00:00Z' }),
    });
    expect((await snapshot.fetch()).expiresAt).toBeNull();
    await instance.delete();
  });

  it('an image', async () => {
    const profile = await client.profiles.create({ name: server.uniqueName('of-image') });
    const instance = await makeBusybox(server, client);
    const image = await instance.publish({ properties: { os: 'none', role: 'test' } });
    const path = `/1.0/images/${image.fingerprint}`;
    const properties = (before: Whole) => before.properties as Record<string, string>;
    const cases: Case<typeof image>[] = [
      { title: 'public', edit: (model) => (model.public = true), expected: () => ({ public: true }) },
      {
        title: 'autoUpdate',
        edit: (model) => (model.autoUpdate = true),
        expected: () => ({ auto_update: true }),
      },
      {
        title: 'properties set',
        edit: (model) => (model.properties.release = '1'),
        expected: (before) => ({ properties: { ...properties(before), release: '1' } }),
      },
      {
        title: 'a property removed',
        edit: (model) => delete model.properties.role,
        expected: (before) => ({
          properties: Object.fromEntries(
            Object.entries(properties(before)).filter(([key]) => key !== 'role'),
          ),
        }),
      },
      {
        title: 'profiles',
        edit: (model) => model.profiles.push(profile.name),
        expected: () => ({ profiles: ['default', profile.name] }),
      },
      {
        title: 'expiresAt, with a property',
        edit: (model) => {
          model.expiresAt = new Date('2040-01-02T03:04:05Z');
          model.properties.os = 'some';
        },
        expected: (before) => ({
          expires_at: '2040-01-02T03:04:05Z',
          properties: { ...properties(before), os: 'some' },
        }),
      },
      {
        title: 'no expiry',
        edit: (model) => (model.expiresAt = null),
        expected: () => ({ expires_at: '1970-01-01T00:00:00Z' }),
      },
    ];
    for (const test of cases) await check(server, path, image, test);
    expect((await image.fetch()).expiresAt).toBeNull();
    await image.delete();
    await instance.delete();
    await profile.delete();
  });

  it('the server: a key set, replaced and taken away', async () => {
    const self = client.server;
    const edits = ['images.auto_update_interval', 'user.tslxd'].flatMap((key) =>
      ['7', '8', undefined].map((value) => ({ key, value })),
    );
    for (const { key, value } of edits) {
      await check(server, '/1.0', self, {
        title: `${key} ${String(value)}`,
        edit: (model) => {
          if (value === undefined) Reflect.deleteProperty(model.config, key);
          else model.config[key] = value;
        },
        expected: (before) =>
          value === undefined ? config(before, {}, key) : config(before, { [key]: value }),
      });
    }
  });
});
