import type { Client } from 'tslxd';
import { describeFakes, inOneGo, sent, type Start } from './support.js';

interface Script {
  what: string;
  run: (client: Client) => Promise<unknown>;
  /** What it may cost on servers whose writes are answered when they are done. */
  most: number;
  /** How many of them are operations on LXD 6.8 and newer, each waited for with a request more. */
  operations?: number;
}

const saved = async <M extends { config: Record<string, string>; save(): Promise<unknown> }>(
  read: Promise<M>,
) => {
  const model = await read;
  model.config['user.a'] = '1';
  await model.save();
};

/** The commonest scripts of networks, storage and projects. A save that looks back reads twice after its write. */
const scripts: Script[] = [
  {
    what: 'ensure a network that is as wanted', // one look, which finds nothing to do
    run: (client) => client.networks.ensure('net0', { config: { 'ipv4.address': '10.9.0.1/24' } }),
    most: 1,
  },
  {
    what: 'ensure a network that is not there', // the look, the creation, and what the server made of it
    run: (client) => client.networks.ensure('net1', { config: { 'ipv4.address': 'auto' } }),
    most: 3,
    operations: 1,
  },
  {
    what: 'ensure a network that differs', // the look, the write, and two looks back
    run: (client) => client.networks.ensure('net0', { config: { 'user.a': '1' } }),
    most: 4,
    operations: 1,
  },
  {
    what: 'get, change and save a network',
    run: (client) => saved(client.networks.get('net0')),
    most: 4,
    operations: 1,
  },
  {
    what: 'the same without looking back',
    run: async (client) => {
      const network = await client.networks.get('net0');
      network.config['user.a'] = '1';
      await network.save({ verify: false });
    },
    most: 2,
    operations: 1,
  },
  {
    what: 'list networks with their config', // never one request for each
    run: async (client) => {
      for (const { config } of await client.networks.all()) Object.keys(config);
    },
    most: 1,
  },
  {
    what: 'get, change and save an ACL',
    run: (client) => saved(client.networks.acls.get('web')),
    most: 4,
    operations: 1,
  },
  {
    what: 'ensure an ACL that is as wanted',
    run: (client) => client.networks.acls.ensure('web', { ingress: [{ action: 'allow', state: 'enabled' }] }),
    most: 1,
  },
  {
    what: 'get, change and save a forward', // no server looks at its version, so it is read again before the write
    run: (client) => saved(client.networks.ref('net0').forwards.get('192.0.2.1')),
    most: 5,
    operations: 1,
  },
  {
    what: 'ensure a forward that is as wanted',
    run: (client) => client.networks.ref('net0').forwards.ensure('192.0.2.1', { description: 'in' }),
    most: 1,
  },
  {
    what: 'get, change and save a zone',
    run: (client) => saved(client.networks.zones.get('lab.example')),
    most: 4,
    operations: 1,
  },
  {
    what: 'add a record to a zone', // and what the server made of it
    run: (client) => client.networks.zones.ref('lab.example').records.create('new'),
    most: 2,
    operations: 1,
  },
  {
    what: 'ensure a pool and a volume that are as wanted', // one look at each
    run: async (client) => {
      const pool = await client.storagePools.ensure('default', { driver: 'dir' });
      await pool.volumes.ensure('data', { config: { size: '1GiB' } });
    },
    most: 2,
  },
  {
    what: 'create a volume', // and what the server made of it
    run: (client) => client.storagePools.ref('default').volumes.create('new'),
    most: 2,
    operations: 1,
  },
  {
    what: 'get, change and save a volume',
    run: (client) => saved(client.storagePools.ref('default').volumes.get('data')),
    most: 4,
    operations: 1,
  },
  {
    what: 'take a snapshot of a volume and restore it', // an operation everywhere, waited for; then the model, and the PUT
    run: async (client) => {
      const volume = client.storagePools.ref('default').volumes.ref('data');
      await volume.snapshots.create('before');
      await volume.restore('before');
    },
    most: 4,
    operations: 1,
  },
  {
    what: 'ensure a project that is as wanted',
    run: (client) => client.projects.ensure('lab', { config: { 'user.a': '1' } }),
    most: 1,
  },
  {
    what: 'get, change and save a project',
    run: async (client) => {
      const lab = await client.projects.get('lab');
      lab.description = 'mine';
      await lab.save();
    },
    most: 4,
  },
  {
    what: 'list the instances of a project that has some', // an empty list costs a question whether it is there
    run: (client) => client.useProject('lab').instances.all(),
    most: 1,
  },
  {
    what: 'delete what is gone already',
    run: (client) => client.networks.acls.ref('gone').delete({ ifExists: true }),
    most: 1,
  },
  {
    what: 'delete a network that is gone already', // and the look whether it is an interface of the host
    run: (client) => client.networks.ref('gone').delete({ ifExists: true }),
    most: 2,
  },
];

const newer = ['storage_and_network_operations', 'storage_and_profile_operations'];

async function world(start: Start, extensions: readonly string[]) {
  const { server, client } = await start({ extensions: (own) => [...own, ...extensions] });
  const net = await client.networks.create({
    name: 'net0',
    config: { 'ipv4.address': '10.9.0.1/24', 'ipv6.address': 'none' },
  });
  await net.forwards.create({ listenAddress: '192.0.2.1', description: 'in' });
  await client.networks.acls.create({ name: 'web', ingress: [{ action: 'allow', state: 'enabled' }] });
  await client.networks.zones.create('lab.example');
  await client.storagePools.ref('default').volumes.create({ name: 'data', config: { size: '1GiB' } });
  await client.projects.create({ name: 'lab', config: { 'user.a': '1' } });
  const devices = { root: { type: 'disk', path: '/', pool: 'default' } };
  await client.useProject('lab').instances.create({ name: 'one', source: { type: 'none' }, devices });
  server.clearRequests();
  return { server, client };
}

describeFakes('the requests of', (start, product) => {
  const dialects = product === 'lxd' ? [[], newer] : [[]];
  describe.each(dialects.map((extensions) => [extensions] as const))('with %j', (extensions) => {
    it.each(scripts)('$what', async ({ run, most, operations = 0 }) => {
      const { server, client } = await world(start, extensions);
      await inOneGo(() => run(client));
      const lines = sent(server);
      const all = most + (extensions.length > 0 ? operations : 0);
      expect({ lines, tooMany: lines.slice(all) }).toEqual({ lines, tooMany: [] });
      expect(lines).toHaveLength(all); // fewer is a promise that is no longer tried
    });
  });
});
