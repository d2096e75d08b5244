import { Client, ClusterMemberError } from 'tslxd';
import { rejection } from '../resources/support.js';
import { startCluster, type Access, type Cluster, type ClusterMember } from './cluster.js';
import { absent, describeReal, type RealServer } from './harness.js';
import { canStart } from './own-daemon.js';

describeReal('a member of a cluster that dies', failoverSpecs);

function failoverSpecs(product: RealServer): void {
  if (!canStart(product.product)) {
    absent("no cluster of one's own can be started here");
    return;
  }

  let cluster: Cluster;
  let access: Access;
  let client: Client;
  const moved: string[] = [];

  beforeAll(async () => {
    cluster = await startCluster(product);
    await cluster.settled();
    await cluster.server.ensureImage();
    access = await cluster.access();
    client = await Client.connect({ ...access, log: { warn: (message) => moved.push(message) } });
    const source = { alias: cluster.server.imageAlias };
    for (const { name } of cluster.members)
      await client.useTarget(name).instances.create({ name: `on-${name}`, source });
  }, 120_000);

  afterAll(async () => {
    await client?.close();
    await cluster?.remove();
  }, 60_000);

  const here = (): ClusterMember =>
    cluster.members.find(({ daemon }) => daemon.server.httpsUrl === client.credentials().endpoint)!;
  const statusesOf = async () =>
    Object.fromEntries((await client.instances.all()).map(({ name, status }) => [name, status]));

  it('killed: reads and writes go on at another one, its things end in a ClusterMemberError', async () => {
    const dead = here();
    await dead.daemon.kill();
    const thing = rejection(client.instances.get(`on-${dead.name}`), ClusterMemberError);
    const [names, profile, statuses] = await Promise.all([
      client.profiles.names(),
      client.profiles.create({ name: 'made-elsewhere' }),
      statusesOf(),
    ]);
    expect(names).toContain('default');
    expect(profile.name).toBe('made-elsewhere');
    const alive = cluster.members.filter((one) => one !== dead).map(({ name }) => [`on-${name}`, 'Stopped']);
    expect(statuses).toEqual({ [`on-${dead.name}`]: 'Error', ...Object.fromEntries(alive) });
    expect(here()).not.toBe(dead);
    expect(await thing).toMatchObject({ retryable: true });
    await dead.daemon.start();
    await cluster.settled();
  }, 120_000);

  it('frozen: what was asked there is answered elsewhere, its things end in a ClusterMemberError', async () => {
    const frozen = here();
    frozen.daemon.freeze();
    try {
      const thing = rejection(client.instances.get(`on-${frozen.name}`), ClusterMemberError);
      const [names, profile] = await Promise.all([
        client.profiles.names(),
        client.profiles.get('made-elsewhere'),
      ]);
      expect(names).toContain('default');
      expect(profile.name).toBe('made-elsewhere');
      expect(here()).not.toBe(frozen);
      expect(await thing).toMatchObject({ retryable: true });
    } finally {
      frozen.daemon.thaw();
    }
    await cluster.settled();
  }, 120_000);

  it('a list of addresses is as good, also where the first is dead when the client connects', async () => {
    const [first, second] = cluster.members as [ClusterMember, ClusterMember];
    await first.daemon.kill();
    const endpoint = [first, second].map(({ daemon }) => daemon.server.httpsUrl);
    await using given = await Client.connect({ ...access, endpoint });
    expect(given.credentials().endpoint).toBe(second.daemon.server.httpsUrl);
    expect(await given.profiles.names()).toContain('default');
    await first.daemon.start();
  }, 120_000);
}
