import { AlreadyExistsError, ClusterMemberError, InvalidInputError, NotFoundError, type Client } from 'tslxd';
import { rejection, describeFakes } from '../support.js';

const members = { n1: { parent: 'eth0' }, n2: { parent: 'eth1' }, n3: { parent: 'eth0' } };
const macvlan = { name: 'lan', type: 'macvlan', description: 'the LAN' };

describeFakes('what is placed on a cluster', (start) => {
  const begin = async () => start({ members: 3 });
  const configs = async (client: Client) =>
    Promise.all(
      ['n1', 'n2', 'n3'].map(async (target) => (await client.networks.get('lan', { target })).config),
    );

  it('a network has of its own on each member what it is given', async () => {
    const { client } = await begin();
    const lan = await client.networks.create({ ...macvlan, config: { mtu: '1400' }, members });
    expect(lan.toJSON()).toMatchObject({
      status: 'Created',
      description: 'the LAN',
      config: { mtu: '1400' },
    });
    expect(lan.config.parent).toBeUndefined();
    const onN2 = await client.networks.get('lan', { target: 'n2' });
    onN2.config.parent = 'eth2';
    await onN2.save();
    lan.config.mtu = '1300';
    await lan.save();
    expect(await configs(client)).toEqual([
      { mtu: '1300', parent: 'eth0' },
      { mtu: '1300', parent: 'eth2' },
      { mtu: '1300', parent: 'eth0' },
    ]);
    lan.config.parent = 'eth3';
    await rejection(lan.save(), InvalidInputError);
    await client.networks.ensure('lan', { type: 'macvlan', config: { parent: 'eth3', mtu: '1300' } });
    await rejection(client.networks.create(macvlan), AlreadyExistsError);
    await rejection(client.networks.get('lan', { target: 'n9' }), NotFoundError);
    await onN2.delete();
    expect(await client.networks.exists('lan')).toBe(false);
  });

  it('a pool is on all members, and volumes of one name are two', async () => {
    const { client } = await begin();
    const pool = await client.storagePools.create({ name: 'p', driver: 'btrfs', config: { size: '1GiB' } });
    expect([...pool.locations].sort()).toEqual(['n1', 'n2', 'n3']);
    const { members: told } = await pool.resources({ allMembers: true });
    expect([...told.keys()]).toEqual(['n1', 'n2', 'n3']);
    for (const target of ['n1', 'n3']) await pool.volumes.create({ name: 'v' }, { target });
    expect((await pool.volumes.all()).map(({ location }) => location).sort()).toEqual(['n1', 'n3']);
    const one = await pool.volumes.get('v', { target: 'n3' });
    await one.delete();
    const other = await pool.volumes.ref('v').fetch();
    expect(other.location).toBe('n1');
    await other.delete();
  });

  it('metrics come from all members, and nothing is made while one is away', async () => {
    const { client, server } = await begin();
    const { text, failed } = await client.server.metrics({ allMembers: true });
    expect([text.endsWith('# EOF\n'), failed.size]).toEqual([true, 0]);
    await server.members[2]!.kill();
    while (!(await client.cluster.members.get('n3')).status.startsWith('Off'))
      await new Promise((resolve) => setTimeout(resolve, 20));
    const all = await client.server.resources({ allMembers: true });
    expect([[...all.members.keys()], [...all.failed.keys()]]).toEqual([['n1', 'n2'], ['n3']]);
    const error = await rejection(client.networks.create({ ...macvlan, members }), ClusterMemberError);
    expect(error.member).toBe('n3');
  });
});
