import { InvalidInputError, type Client } from 'tslxd';
import { describeFakes } from './support.js';

const hidden = '(hidden)';
/** Names that end as those of secrets do, in things whose config is the user's own. */
const plain = { 'environment.db_password': 's3cret', 'user.api.token': 't0ken', 'user.api.key': 'k3y' };

interface Configured {
  config: Record<string, string | undefined>;
  readonly isDirty: boolean;
  changes(): unknown;
  toJSON(): Record<string, unknown>;
}

describeFakes('config', (start) => {
  it('of an instance and of a profile is printed as it is, and can be written back', async () => {
    const { client } = await start();
    const web = await client.instances.create({ name: 'web', source: { type: 'none' }, config: plain });
    const profile = await client.profiles.create({ name: 'db', config: plain });
    for (const one of [web, profile]) {
      const { config } = one.toJSON() as { config: Record<string, string> };
      expect(config).toMatchObject(plain);
      const copy = await client.profiles.ensure(`copy-of-${one.name}`, {
        config: Object.fromEntries(Object.keys(plain).map((key) => [key, config[key]!])),
      });
      expect((await client.profiles.get(copy.name)).config).toEqual(plain);
      one.config['environment.db_password'] = 'other';
      expect(one.changes()).toEqual([
        { path: ['config', 'environment.db_password'], from: 's3cret', to: 'other' },
      ]);
      one.config['environment.db_password'] = hidden; // an ordinary value
      await one.save();
    }
  });

  it.each<[string, string, (client: Client) => Promise<Configured>]>([
    ['the server', 'loki.auth.password', async (client) => client.server.fetch()],
    ['a DNS zone', 'peers.a.key', async (client) => client.networks.zones.create('example.net')],
    ['a network', 'bgp.peers.a.password', async (client) => client.networks.create('net')],
    [
      'a storage pool',
      'pure.api.token',
      async (client) => client.storagePools.create({ name: 'pool', driver: 'dir' }),
    ],
  ])('of %s is printed without its secrets, and what stands for one is refused', async (_, key, make) => {
    const { client, server } = await start();
    const one = await make(client);
    one.config[key] = 's3cret';
    one.config['user.password'] = 'shown';
    expect(one.toJSON().config).toMatchObject({ [key]: hidden, 'user.password': 'shown' });
    expect(one.changes()).toEqual([
      { path: ['config', key], from: undefined, to: hidden },
      { path: ['config', 'user.password'], from: undefined, to: 'shown' },
    ]);
    expect(() => (one.config = one.toJSON().config as Record<string, string>)).toThrow(
      new RegExp(`config\\["${key}"\\] is '\\(hidden\\)', which toJSON\\(\\) shows in place of a secret`),
    );
    one.config[key] = hidden;
    server.clearRequests();
    await expect((one as unknown as { save(): Promise<unknown> }).save()).rejects.toThrow(InvalidInputError);
    expect(server.requests).toEqual([]);
  });

  it('with what stands for a secret makes nothing new', async () => {
    const { client, server } = await start({ extensions: ['storage_buckets'] });
    const pool = await client.storagePools.create({ name: 'pool', driver: 'dir' });
    const config = { 'bgp.peers.a.password': hidden };
    const wrong = [
      async () => client.networks.create({ name: 'net', config }),
      async () => client.networks.ensure('net', { config }),
      async () => pool.buckets.ref('data').keys.create({ name: 'a', role: 'admin', secretKey: hidden }),
    ];
    server.clearRequests();
    for (const call of wrong) await expect(call()).rejects.toThrow(/give the secret itself/);
    expect(server.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });
});
