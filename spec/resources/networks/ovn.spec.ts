import { UnsupportedError, type Client, type Network } from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { sent } from '../support.js';

// Load balancers, pools and peers need OVN, which no server here has.

const added = {
  lxd: ['network_load_balancer', 'network_load_balancer_pool'],
  newer: ['network_load_balancer', 'network_load_balancer_pool', 'storage_and_network_operations'],
  incus: [],
};

describe.each([
  ['lxd', added.lxd],
  ['lxd', added.newer],
  ['incus', added.incus],
] as const)('OVN networks on the fake %s with %j', (product, extensions) => {
  let server: FakeServer;
  let client: Client;
  let ovn: Network;

  beforeAll(async () => {
    server = await FakeServer.start({
      product,
      operationTime: 1,
      extensions: (own) => [...own, ...extensions],
    });
    client = server.client();
    const config = { 'ipv4.address': '10.9.0.1/24', 'ipv6.address': 'fd42:9::1/64' };
    ovn = await client.networks.create({ name: 'ovn0', type: 'ovn', config });
    await client.networks.create({ name: 'ovn1', type: 'ovn' });
    server.addInstance({
      name: 'web',
      status: 'Running',
      devices: { eth0: { type: 'nic', network: 'ovn0', 'ipv4.address': '10.9.0.7' } },
    });
  });
  afterAll(() => server.close());

  const backends = [
    { name: 'one', targetAddress: '10.9.0.2', targetPort: '8080' },
    { name: 'two', targetAddress: '10.9.0.3' },
  ];

  it('have load balancers, whose backends and ports are edited in place', async () => {
    const balancer = await ovn.loadBalancers.create({
      listenAddress: '::ffff:198.51.100.1',
      description: 'kept',
      backends,
      ports: [{ protocol: 'tcp', listenPort: '80', targetBackend: ['one', 'two'] }],
    });
    expect([balancer.key, balancer.location, balancer.backends.length]).toEqual(['198.51.100.1', '', 2]);
    const theirs = await ovn.loadBalancers.get('198.51.100.1');
    theirs.backends[0]!.targetPort = '8081';
    await theirs.save();
    balancer.backends.push({ name: 'three', targetAddress: '10.9.0.4' });
    balancer.ports[0]!.targetBackend?.push('three');
    balancer.ports.push({ protocol: 'tcp', listenPort: '443', targetBackend: ['three'] });
    const before = server.requests.length;
    await balancer.save();
    const writes = server.requests.slice(before).filter(({ method }) => method !== 'GET');
    expect(writes.map(({ method }) => method)).toEqual(['PUT']);
    const now = await ovn.loadBalancers.get('198.51.100.1');
    expect(now.backends.map(({ name, targetPort }) => [name, targetPort])).toEqual([
      ['one', '8081'],
      ['two', ''],
      ['three', ''],
    ]);
    expect(now.ports.map(({ targetBackend }) => targetBackend)).toEqual([['one', 'two', 'three'], ['three']]);
    expect(now.description).toBe('kept');
    now.backends.splice(0, 1);
    await expect(now.save()).rejects.toThrow(/backend name "one"/);
    await expect(ovn.forwards.create('198.51.100.2').then((one) => one.delete())).resolves.toBeUndefined();
    await now.revert().delete();
    expect(await ovn.loadBalancers.names()).toEqual([]);
  });

  it('tell how their load balancers are, where the server knows', async () => {
    const balancer = await ovn.loadBalancers.create({ listenAddress: '198.51.100.3', backends });
    if (product === 'incus') expect((await balancer.state()).backendHealth).toEqual({});
    else await expect(balancer.state()).rejects.toMatchObject({ extension: 'network_load_balancer_state' });
    await balancer.delete();
  });

  it('have pools of instances, on LXD', async () => {
    const { loadBalancerPools: pools } = ovn;
    if (product === 'incus') {
      await expect(pools.create('webs')).rejects.toThrow(/Incus has no network load balancer pools/);
      return;
    }
    const pool = await pools.create({ name: 'webs', instances: [{ name: 'web' }] });
    expect([pool.config, pool.usedBy]).toEqual([{ protocol: 'tcp' }, []]);
    const ports = [{ protocol: 'tcp', listenPort: '80', targetPool: 'webs' }];
    const balancer = await ovn.loadBalancers.create({ listenAddress: '198.51.100.4', ports });
    pool.instances[0]!.targetPort = '8080';
    await pool.save();
    expect((await pool.fetch()).usedBy).toEqual(['/1.0/networks/ovn0/load-balancers/198.51.100.4']);
    const state = { name: 'web', address: '10.9.0.7', port: '8080', listenAddress: '198.51.100.4' };
    expect(await pool.state()).toMatchObject([state]);
    await balancer.delete();
    expect(await pool.state()).toEqual([]);
    await expect(pool.rename('others')).rejects.toThrow(UnsupportedError);
    await pool.delete();
  });

  it('have peers, which are there once both halves are', async () => {
    const there = client.networks.ref('ovn1');
    const peer = await ovn.peers.create({
      name: 'to-1',
      targetNetwork: 'ovn1',
      config: { 'user.a': '1' },
    });
    expect([peer.status, peer.targetProject, peer.config]).toEqual(['Pending', 'default', { 'user.a': '1' }]);
    const other = await there.peers.create({ name: 'to-0', targetNetwork: 'ovn0' });
    expect([other.status, (await peer.fetch()).status]).toEqual(['Created', 'Created']);
    peer.description = 'link';
    await peer.save();
    expect((await ovn.peers.get('to-1')).config).toEqual({ 'user.a': '1' });
    await other.delete();
    expect([(await peer.fetch()).status, peer.targetNetwork]).toEqual(['Errored', '']);
    await expect(ovn.peers.create({ name: 'x' })).rejects.toThrow(/Target network/);
    await peer.delete();
  });
});

it('where the server has none, nothing is sent but one question what it has', async () => {
  const extensions = (own: readonly string[]) => own.filter((name) => !/^network_(forward|peer)/.test(name));
  await using server = await FakeServer.start({ product: 'lxd', extensions });
  await using client = server.client();
  const network = client.networks.ref('lxdbr0');
  for (const kind of [network.forwards, network.loadBalancers, network.loadBalancerPools, network.peers])
    await expect(kind.names()).rejects.toThrow(UnsupportedError);
  await expect(client.networks.allocations()).rejects.toThrow(UnsupportedError);
  expect(new Set(sent(server))).toEqual(new Set(['GET /1.0']));
});
