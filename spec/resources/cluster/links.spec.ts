import { inspect } from 'node:util';
import {
  AlreadyExistsError,
  CertificateError,
  ConflictError,
  createIdentity,
  InUseError,
  InvalidInputError,
  UnsupportedError,
  type Client,
  type ClusterLinkInput,
} from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { rejection, sent } from '../support.js';

// Of LXD 6.9 and newer, which no machine here has: by its source.

const extensions = (own: readonly string[]) => [
  ...own,
  ...['access_management', 'access_management_tls', 'cluster_links', 'cluster_links_used_by'],
  ...['cluster_links_unidirectional', 'cluster_links_public', 'instance_placement_groups', 'replicators'],
];

interface Side {
  server: FakeServer;
  client: Client;
}

async function start(): Promise<Side> {
  const server = await FakeServer.start({ https: true, operationTime: 1, extensions });
  const client = server.client();
  await client.server.fetch();
  server.clearRequests();
  return { server, client };
}

const shown = ({ client }: Side) => client.server.environment?.certificateFingerprint;

describe('links', () => {
  let here: Side;
  let there: Side;
  beforeAll(async () => {
    [here, there] = await Promise.all([start(), start()]);
  });
  afterAll(async () => {
    await Promise.all([here, there].map(({ server }) => server.close()));
  });
  beforeEach(async () => {
    for (const { server, client } of [here, there]) {
      server.reset();
      await client.server.fetch();
      server.clearRequests();
    }
  });

  const address = ({ server }: Side) => server.endpoint.endpoint.replace('https://', '');

  it('are made on both sides by a token, which is good once', async () => {
    const token = await there.client.cluster.links.createToken({ name: 'here', description: 'the other' });
    const waiting = await there.client.cluster.links.get('here');
    expect([waiting.type, waiting.description, waiting.config]).toEqual(['bidirectional', 'the other', {}]);
    await expect(waiting.state()).rejects.toThrow('No cluster link member addresses found');
    const link = await here.client.cluster.links.create({ name: 'there', token, config: { 'user.a': '1' } });
    expect(sent(here.server)).toEqual(['POST /1.0/cluster/links', 'GET /1.0/cluster/links/there']);
    expect(link.config).toEqual({ 'user.a': '1', 'volatile.addresses': address(there) });
    expect(inspect(link)).toBe("ClusterLink('there' bidirectional)");
    await waiting.fetch();
    expect(waiting.config).toEqual({ 'volatile.addresses': address(here) });
    for (const one of [link, waiting])
      expect((await one.state()).members.map(({ status }) => status)).toEqual(['Active']);
    const again = await rejection(here.client.cluster.links.create({ name: 'twice', token }), Error);
    expect(again.message).not.toContain(token);
    await there.server.close();
    expect((await link.state()).members).toEqual([
      expect.objectContaining({ address: address(there), status: 'Unreachable', serverName: '' }),
    ]);
    there = await start();
  });

  it('in one direction, and public ones whose certificate was compared', async () => {
    const { links } = here.client.cluster;
    const token = await there.client.cluster.links.createToken({ name: 'here', type: 'unidirectional' });
    expect(await there.client.cluster.links.names()).toEqual([]);
    const one = await links.create({ name: 'images', type: 'unidirectional', token });
    expect((await one.state()).members.map(({ status }) => status)).toEqual(['Active']);
    const identities = await there.client.auth.identities.all();
    expect(identities.map(({ name, type }) => [name, type])).toContainEqual([
      'here',
      'Cluster link certificate',
    ]);

    const wanted = { name: 'open', type: 'public', remoteAddress: address(there) } as const;
    const { clientCert: other } = createIdentity({ name: 'other' });
    const error = await rejection(links.create({ ...wanted, certificate: other }), CertificateError);
    expect(error.offered).toBe(shown(there));
    expect(await links.names()).toEqual(['images']);
    here.server.clearRequests();
    const open = await links.create({ ...wanted, certificate: there.server.endpoint.serverCert });
    expect(sent(here.server)).toEqual([
      'POST /1.0/cluster/links',
      'POST /1.0/cluster/links',
      'GET /1.0/cluster/links/open',
    ]);
    expect(open.config).toEqual({ 'volatile.addresses': address(there) });
    expect((await open.state()).members.map(({ status }) => status)).toEqual(['Unauthenticated']);
    const certificate = shown(there)!
      .replace(/..(?=.)/g, '$&:')
      .toUpperCase();
    const known = await rejection(links.create({ ...wanted, certificate }), AlreadyExistsError);
    expect(known.message).toContain('open');
    expect(await links.names()).toEqual(['images', 'open']); // what was there is left alone
  });

  it.each<[Partial<ClusterLinkInput>, string]>([
    [{}, "A bidirectional cluster link needs 'token'; createToken() at the other cluster gives one"],
    [{ type: 'unidirectional' }, "needs 'token'"],
    [{ type: 'public' }, "A public cluster link needs 'remoteAddress' and 'certificate'"],
    [{ type: 'public', remoteAddress: 'a', certificate: 'b' }, 'cluster link.certificate must be PEM text'],
    [{ type: 'public', remoteAddress: 'a', certificate: 'b', token: 'c' }, "has no 'token'"],
    [
      { type: 'unidirectional', token: 'a', authGroups: ['b'] },
      "A unidirectional cluster link has no 'authGroups'",
    ],
    [{ token: 'a', authGroups: [1] as never }, 'authGroups must be a list of names'],
    [{ type: 'odd', token: 'a' }, "type must be one of 'bidirectional', 'unidirectional', 'public'"],
    [{ token: 'a', config: { a: 1 } as never }, 'config'],
    [{ token: 'a', odd: 1 } as never, "has no 'odd'"],
  ])('of %j are refused before anything is sent', async (input, message) => {
    const { links } = here.client.cluster;
    const error = await rejection(links.create({ name: 'backup', ...input }), InvalidInputError);
    expect(error.message).toContain(message);
    await rejection(links.createToken({ name: 'backup', type: 'public' }), InvalidInputError);
    await rejection(links.createToken({ name: '' }), InvalidInputError);
    expect(sent(here.server)).toEqual([]);
  });

  it("are written whole, keep what is the server's, and follow their names", async () => {
    const token = await there.client.cluster.links.createToken({ name: 'here' });
    const link = await here.client.cluster.links.create({ name: 'there', token, config: { 'user.a': '1' } });
    delete link.config['user.a'];
    link.description = 'new';
    await link.save();
    expect((await link.fetch()).config).toEqual({ 'volatile.addresses': address(there) });
    await link.rename('far');
    here.server.add('/1.0/replicators', { name: 'nightly', config: { cluster: 'far' } });
    expect((await link.fetch()).usedBy).toEqual(['/1.0/replicators/nightly']);
    await rejection(link.rename('near'), InUseError);
    await rejection(link.delete(), InUseError);
    await here.client.cluster.replicators.ref('nightly').delete();
    await link.delete();
    expect(await here.client.cluster.links.names()).toEqual([]);
  });

  it('print no token', async () => {
    const token = await there.client.cluster.links.createToken({ name: 'here' });
    const [name] = await here.client.cluster.links.names();
    expect(name).toBeUndefined();
    const error = await rejection(
      here.client.cluster.links.create({ name: 'x', token: `${token.slice(0, -8)}AAAAAAAA` }),
      Error,
    );
    for (const text of [inspect(error, { depth: 9 }), JSON.stringify(error)])
      expect(text).not.toContain(token.slice(0, 40));
  });
});

describe('replicators', () => {
  it('run and restore, and know how it went', async () => {
    await using server = await FakeServer.start({ operationTime: 1, extensions });
    const client = server.client();
    server.add('/1.0/cluster/links', { name: 'backup', type: 'bidirectional' });
    const { replicators } = client.cluster;
    const config = { cluster: 'backup', schedule: '@daily' };
    const nightly = await replicators.create({ name: 'nightly', config });
    expect([nightly.lastRunAt, nightly.lastRunStatus, nightly.project]).toEqual([null, 'Pending', 'default']);
    expect(inspect(nightly)).toBe("Replicator('nightly' Pending)");
    expect(await nightly.run()).toBe(nightly);
    expect([nightly.lastRunAt instanceof Date, nightly.lastRunStatus]).toEqual([true, 'Completed']);
    server.addInstance({ name: 'web', status: 'Running' });
    await expect(nightly.restore()).rejects.toThrow('Instance "web" is running');
    await client.instances.ref('web').stop({ force: true });
    await nightly.restore();
    await rejection(replicators.create({ name: 'other', config }), AlreadyExistsError);
    await expect(replicators.create('bare')).rejects.toThrow('"cluster" is required');
    delete nightly.config.schedule;
    await nightly.save();
    expect((await nightly.fetch()).config).toEqual({ cluster: 'backup' });
  });
});

it('a replicator that runs says so, and runs once', async () => {
  await using server = await FakeServer.start({ operationTime: 60_000, extensions });
  server.add('/1.0/cluster/links', { name: 'backup', type: 'bidirectional' });
  server.add('/1.0/replicators', { name: 'nightly', config: { cluster: 'backup' } });
  const nightly = server.client().cluster.replicators.ref('nightly');
  await nightly.run({ wait: false });
  expect((await nightly.state()).status).toBe('Running');
  expect((await nightly.fetch()).lastRunStatus).toBe('Running');
  await rejection(nightly.run(), ConflictError);
});

describe('placement groups', () => {
  it('say who is in them, and are kept while they are used', async () => {
    await using server = await FakeServer.start({ members: 3, operationTime: 1, extensions });
    const { placementGroups } = server.client().cluster;
    const group = await placementGroups.create({
      name: 'apart',
      config: { policy: 'spread', rigor: 'strict' },
    });
    server.addProfile({ name: 'web', config: { 'placement.group': 'apart' } });
    expect((await group.fetch()).usedBy).toEqual(['/1.0/profiles/web']);
    await rejection(group.rename('together'), InUseError);
    await rejection(group.delete(), InUseError);
    await expect(placementGroups.create('bare')).rejects.toThrow('Missing required config key');
    await server.client().profiles.ref('web').delete();
    group.description = 'one on each';
    await (await group.save()).rename('one-each');
    expect(await placementGroups.names()).toEqual(['one-each']);
  });

  it('need a cluster', async () => {
    await using server = await FakeServer.start({ extensions });
    const { placementGroups } = server.client().cluster;
    const config = { policy: 'spread', rigor: 'strict' };
    await expect(placementGroups.create({ name: 'a', config })).rejects.toThrow('not clustered');
  });
});

it.each(['lxd', 'incus'] as const)('%s without them is asked for none', async (product) => {
  await using server = await FakeServer.start({ product });
  const client = server.client();
  await client.server.fetch();
  server.clearRequests();
  const { links, placementGroups, replicators } = client.cluster;
  for (const call of [
    () => links.all(),
    () => links.create({ name: 'a', token: 'b' }),
    () => links.createToken({ name: 'a' }),
    () => links.ref('a').state(),
    () => placementGroups.create({ name: 'a' }),
    () => replicators.names(),
    () => replicators.ref('a').run(),
    () => replicators.ref('a').state(),
  ])
    await rejection(call(), UnsupportedError);
  expect(sent(server)).toEqual([]);
});
