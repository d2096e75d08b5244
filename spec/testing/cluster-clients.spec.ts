import { Client, ClusterMemberError } from '../../lib/index.js';
import { FakeServer, type FakeMembersOptions } from '../../lib/testing/index.js';
import { rejection } from '../resources/support.js';

/** What the users of the fake write: their own code, through a client, against the loss of a member. */
describe.each(['lxd', 'incus'] as const)('a client of a fake cluster, as %s', (product) => {
  const start = (members: FakeMembersOptions = {}) =>
    FakeServer.start({ product, operationTime: 1, https: true, members });

  it('goes on over HTTPS when the member dies that it asks', async () => {
    await using server = await start();
    server.addInstance({ name: 'web', location: 'n2', status: 'Running' });
    await using client = await Client.connect(server.endpoint);
    expect(await client.instances.names()).toEqual(['web']);
    await server.members[0]!.kill();
    expect(await client.instances.names()).toEqual(['web']);
    const web = await client.instances.get('web');
    await web.stop();
    expect(web).toMatchObject({ status: 'Stopped', location: 'n2' });
    await server.members[0]!.restart();
    await server.members[1]!.kill();
    await server.members[2]!.kill();
    await Promise.all([server.members[1]!.restart(), server.members[2]!.restart()]);
    expect((await client.instances.get('web')).status).toBe('Stopped');
  });

  it('has an error of its own for what is on a dead member, and it is there again with that', async () => {
    await using server = await start({ hang: 1 });
    server.addInstance({ name: 'web', location: 'n2', status: 'Running' });
    await using client = await Client.connect(server.endpoint);
    await server.members[1]!.kill();
    await rejection(client.instances.get('web'), ClusterMemberError);
    expect((await client.instances.all())[0]).toMatchObject({ name: 'web', status: 'Error' });
    await server.members[1]!.restart();
    expect((await client.instances.get('web')).status).toBe('Running');
  });

  it('sees a member go offline and come back, by the list of members', async () => {
    await using server = await start({ offlineAfter: 20 });
    await using client = await Client.connect(server.endpoint);
    const second = await client.cluster.members.get('n2');
    await server.members[1]!.kill();
    expect((await second.fetch()).status).toBe('Online');
    await second.waitFor('offline', { interval: 5 });
    expect(second.message).toMatch(/^No heartbeat for [\d.]+m?s \(/);
    await server.members[1]!.restart();
    await second.waitFor('online', { interval: 5 });
    expect(second.message).toBe('Fully operational');
  });

  it('places instances, and makes networks and pools with a part on each member', async () => {
    await using server = await start();
    await using client = await Client.connect(server.endpoint);
    for (const name of ['n1', 'n2', 'n3']) {
      const made = await client
        .useTarget(name)
        .instances.create({ name: `on-${name}`, source: { type: 'none' } });
      expect(made.location).toBe(name);
    }
    const members = { n1: { parent: 'lo' }, n2: { parent: 'lo' }, n3: { parent: 'lo' } };
    const network = await client.networks.create({ name: 'net', type: 'macvlan', members });
    expect(network).toMatchObject({ status: 'Created' });
    expect([...(network.locations ?? [])].sort()).toEqual(['n1', 'n2', 'n3']);
    expect((await client.useTarget('n2').networks.get('net')).config).toMatchObject({ parent: 'lo' });
    const pool = await client.storagePools.create({
      ...{ name: 'pool', driver: 'dir' },
      members: { n1: {}, n2: { source: '/srv' }, n3: {} },
    });
    expect(pool.status).toBe('Created');
    const web = await client.instances.get('on-n1');
    await web.move({ target: 'n3' });
    expect(web.location).toBe('n3');
  });
});
