import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AlreadyExistsError,
  Client,
  ClusterMemberError,
  ConflictError,
  InvalidInputError,
  LxdError,
  NotFoundError,
  UnsupportedError,
  type Instance,
} from 'tslxd';
import { rejection, watching } from '../resources/support.js';
import { startCluster, type Cluster } from './cluster.js';
import { absent, describeReal, type RealServer } from './harness.js';
import { canStart } from './own-daemon.js';

describeReal('what is placed on a cluster of three', placeSpecs);

function placeSpecs(product: RealServer): void {
  if (!canStart(product.product)) {
    absent("no cluster of one's own can be started here");
    return;
  }

  let cluster: Cluster;
  let server: RealServer;
  let client: Client;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tslxd-place-'));
    cluster = await startCluster(product);
    server = cluster.server;
    await server.ensureImage();
    client = new Client({ socketPath: server.socketPath });
  }, 90_000);

  afterAll(async () => {
    await client?.close();
    await cluster?.remove();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  // The members share the interfaces of this machine, where no two can make a bridge of one name.
  const macvlan = { type: 'macvlan' };

  /** An empty folder for each member. */
  async function sources(label: string): Promise<Record<'n1' | 'n2' | 'n3', { source: string }>> {
    const of = async (member: string) => {
      const source = join(folder, `${label}-${member}`);
      await mkdir(source);
      return { source };
    };
    return { n1: await of('n1'), n2: await of('n2'), n3: await of('n3') };
  }

  it('a network is made on all members, and has of its own on each what it is given', async () => {
    const { networks } = client;
    const config = { parent: 'lo', mtu: '1400' };
    const same = await networks.create({ ...macvlan, name: 'same', description: 'of all', config });
    expect([...same.locations].sort()).toEqual(['n1', 'n2', 'n3']);
    expect(same.toJSON()).toMatchObject({
      status: 'Created',
      description: 'of all',
      config: { mtu: '1400' },
    });
    const again = await networks.ensure('same', { ...macvlan, description: 'ensured', config });
    expect(again.toJSON()).toMatchObject({ description: 'ensured', config: { mtu: '1400' } });
    await rejection(networks.create({ ...macvlan, name: 'same' }), AlreadyExistsError);

    const members = { n1: { parent: 'lo' }, n2: { parent: 'eth0' }, n3: { parent: 'lo' } };
    const own = await networks.create({ ...macvlan, name: 'own', members });
    expect(own.config.parent).toBeUndefined();
    const onN2 = await networks.get('own', { target: 'n2' });
    expect(onN2.config.parent).toBe('eth0');
    onN2.config.parent = 'lo';
    await onN2.save();
    onN2.description = 'changed at n2';
    await onN2.save();
    expect((await own.fetch()).description).toBe('changed at n2');
    onN2.config.mtu = '1300';
    expect((await rejection(onN2.save(), InvalidInputError)).message).toContain('without the target n2');
    own.config.parent = 'eth0';
    expect((await rejection(own.save(), InvalidInputError)).message).toContain("{ target: 'member' }");
    own.revert().config.mtu = '1350';
    await own.save();
    expect((await networks.get('own', { target: 'n1' })).config).toEqual({ mtu: '1350', parent: 'lo' });
    await rejection(networks.get('own', { target: 'n9' }), NotFoundError);

    const bad = { ...members, n2: { parent: 'nope0' } };
    const error = await rejection(networks.create({ ...macvlan, name: 'bad', members: bad }), LxdError);
    expect(error.message).toContain('nope0');
    const wrong = { ...members, n1: { mtu: '1300' } };
    await rejection(networks.create({ ...macvlan, name: 'bad', members: wrong }), InvalidInputError);
    // What is of the host's already, one member says only when another has made its part.
    const taken = { name: server.uniqueName('br').slice(0, 15), config: { 'ipv6.address': 'none' } };
    await rejection(
      networks.create({ ...taken, config: { 'ipv4.address': 'none', ...taken.config } }),
      LxdError,
    );
    await rejection(networks.create({ name: 'ovn', type: 'ovn' }), LxdError);
    const left = (await networks.all()).filter(({ managed }) => managed).map(({ name }) => name);
    expect(left.sort()).toEqual(['own', 'same']);
    expect(await networks.exists(taken.name)).toBe(false);
    await Promise.all([same.delete(), onN2.delete()]);
  });

  it('a pool is made on all members, undone where one cannot, and said to be half made', async () => {
    const { storagePools } = client;
    const members = await sources('dirs');
    const dirs = await storagePools.create({ name: 'dirs', driver: 'dir', description: 'folders', members });
    expect(dirs.toJSON()).toMatchObject({ status: 'Created', description: 'folders', config: {} });
    expect((await storagePools.get('dirs', { target: 'n2' })).config.source).toBe(members.n2.source);

    const wanted = { driver: 'btrfs', config: { size: '256MiB', 'user.a': 'b' } };
    const loops = await storagePools.ensure('loops', wanted);
    await storagePools.ensure('loops', wanted);
    const onN3 = await storagePools.get('loops', { target: 'n3' });
    expect(onN3.config).toMatchObject(wanted.config);
    onN3.config.size = '300MiB';
    await onN3.save();
    const sizes = (['n1', 'n2', 'n3'] as const).map(async (target) => {
      return (await storagePools.get('loops', { target })).config.size;
    });
    expect(await Promise.all(sizes)).toEqual(['256MiB', '256MiB', '300MiB']);
    loops.config.size = '300MiB';
    await rejection(loops.save(), InvalidInputError);
    const { members: told, failed } = await loops.resources({ allMembers: true });
    expect([[...told.keys()], failed.size]).toEqual([['n1', 'n2', 'n3'], 0]);
    for (const { space } of told.values()) expect(space.total).toBeGreaterThan(0);

    const bad = await sources('bad');
    bad.n2.source += '/nope';
    const error = await rejection(
      storagePools.create({ name: 'bad', driver: 'dir', members: bad }),
      LxdError,
    );
    expect(error.message).toContain('bad-n2/nope');
    expect((await storagePools.names()).sort()).toEqual(['default', 'dirs', 'loops']);
    bad.n2.source = join(bad.n2.source, '..');
    const mended = await storagePools.create({ name: 'bad', driver: 'dir', members: bad });

    await server.run('POST', '/1.0/storage-pools?target=n2', { name: 'half', driver: 'dir' });
    for (const work of [
      async () => storagePools.create({ name: 'half', driver: 'dir' }),
      async () => storagePools.ensure('half', { driver: 'dir' }),
    ])
      expect((await rejection(work(), AlreadyExistsError)).message).toMatch(
        /begun on n2 and never finished \(its status is Pending\)/,
      );
    const half = await storagePools.get('half');
    await Promise.all([half.delete(), mended.delete()]);
  });

  it('two scripts that ensure one pool at the same time get one pool', async () => {
    const { storagePools } = client;
    const both = await Promise.all([1, 2].map(async () => storagePools.ensure('both', { driver: 'dir' })));
    expect(both.map(({ status }) => status)).toEqual(['Created', 'Created']);
    await both[0]!.delete();
  });

  it('volumes of one name on two members are two, wherever they are seen', async () => {
    const { volumes } = client.storagePools.ref('dirs');
    await using seen = watching(volumes);
    await seen.seen('synced');
    for (const target of ['n1', 'n2'])
      await volumes.create({ name: 'data', description: target }, { target });
    await seen.seen('added data');
    expect(await volumes.names()).toEqual(['data', 'data']);
    const all = await volumes.all();
    expect(all.map(({ location, description }) => [location, description])).toEqual([
      ['n1', 'n1'],
      ['n2', 'n2'],
    ]);
    const everywhere = (await client.storagePools.volumes.all()).filter(({ name }) => name === 'data');
    expect(everywhere.map(({ location }) => location).sort()).toEqual(['n1', 'n2']);
    expect((await rejection(volumes.get('data'), ConflictError)).message).toContain('n1 and n2 have one');
    await rejection(volumes.ref('data').fetch(), LxdError);

    const watched = new Set<string>();
    for await (const change of volumes.watch()) {
      if (change.type === 'synced') break;
      const { location, description } = change.model;
      watched.add(`${location} ${description}`);
      if (location === 'n2') await change.model.delete(); // and not the other
    }
    expect([...watched]).toEqual(['n1 n1', 'n2 n2']);
    await seen.seen('removed data');
    const left = await volumes.get('data');
    expect(left.location).toBe('n1');
    await left.delete();
    await rejection(volumes.create('v', { target: '@default' }), InvalidInputError);
    await rejection(volumes.create('v', { target: 'n9' }), NotFoundError);
  });

  it('a volume on another member is found by its name, with its snapshots, and moved', async () => {
    const { volumes } = client.storagePools.ref('loops');
    const config = { 'user.a': 'b', size: '50MiB' };
    await volumes.create({ name: 'far', description: 'away', config }, { target: 'n3' });
    const far = await volumes.ref('far').fetch();
    await far.snapshots.create({ name: 'one', description: 'first', expiresAt: new Date('2040-01-01') });
    await far.snapshots.create('two');
    expect((await far.snapshots.names()).sort()).toEqual(['one', 'two']);
    const [one] = await far.snapshots.all();
    expect(one).toMatchObject({ name: 'one', expiresAt: new Date('2040-01-01') });
    expect((await rejection(far.state(), UnsupportedError)).message).toContain("the cluster member 'n3'");
    await using there = new Client({ socketPath: cluster.members[2]!.daemon.socketPath });
    expect((await (await there.storagePools.ref('loops').volumes.get('far')).state()).used).toBeDefined();
    if (product.product === 'lxd') {
      await rejection(far.move({ target: 'n1' }), UnsupportedError); // of 5.0
    } else {
      await far.move({ target: 'n1' });
      expect(far.toJSON()).toMatchObject({ location: 'n1', description: 'away', config });
      const [first, second] = await far.snapshots.all();
      expect([first, second]).toMatchObject([
        { name: 'one', description: 'first', expiresAt: new Date('2040-01-01') },
        { name: 'two', expiresAt: null },
      ]);
      const block = await volumes.create({ name: 'block', contentType: 'block', config }, { target: 'n2' });
      await rejection(block.move({ target: 'n1' }), UnsupportedError);
      const copy = await block.copy('block-copy', { target: 'n1' });
      const sort = { location: 'n1', content_type: 'block', config: { 'user.a': 'b' } };
      expect(copy.toJSON()).toMatchObject(sort);
      await Promise.all([block.delete(), copy.delete()]);
    }
    await far.delete();
  });

  it('instances go to a group of members, too; a target of a client is one member', async () => {
    const source = { alias: server.imageAlias };
    const make = async (target: string): Promise<Instance> =>
      client.instances.create({ name: server.uniqueName('g'), source }, { target });
    const [web] = [await make('@default')];
    expect(['n1', 'n2', 'n3']).toContain(web.location);
    const copy = await web.copy(server.uniqueName('copy'), { target: '@default' });
    const moved = web.move({ target: '@default' });
    if (product.product === 'lxd')
      expect((await rejection(moved, UnsupportedError)).message).toContain('say which member'); // 5.0
    else expect(['n1', 'n2', 'n3']).toContain((await moved).location);
    await rejection(make('@nope'), LxdError);
    await rejection(make('@'), InvalidInputError);
    expect(() => client.useTarget('@default')).toThrow(InvalidInputError);

    // What is of the whole cluster is the same by way of any member, even of none.
    const nowhere = client.useTarget('n9');
    expect(await nowhere.instances.names()).toEqual(await client.instances.names());
    expect(await nowhere.images.names()).toEqual(await client.images.names());
    await rejection(nowhere.server.fetch(), NotFoundError);
    await rejection(nowhere.storagePools.ref('dirs').fetch(), NotFoundError);
    expect((await client.useTarget('n2').server.fetch()).environment?.serverName).toBe('n2');
    await Promise.all([web.delete(), copy.delete()]);
  });

  it('metrics and resources come from all members, but for one that is away, which is named', async () => {
    const source = { alias: server.imageAlias };
    const running: Instance[] = [];
    for (const target of ['n1', 'n2'])
      running.push(await client.instances.create({ name: target, source, start: true }, { target }));
    const { text } = await client.server.metrics({ allMembers: true });
    for (const name of ['n1', 'n2']) expect(text).toMatch(new RegExp(`name="${name}".*member="${name}"`));
    expect(text.match(/^# TYPE \S*_memory_MemTotal_bytes /gm)).toHaveLength(1);
    expect(text.endsWith('# EOF\n')).toBe(true);
    const all = await client.server.resources({ allMembers: true });
    expect([...all.members.keys()]).toEqual(['n1', 'n2', 'n3']);
    await Promise.all(running.map(async (one) => one.delete({ force: true })));

    await cluster.members[2]!.daemon.kill();
    const isOffline = async () => {
      const members = await server.read<{ server_name: string; status: string }[]>(
        '/1.0/cluster/members?recursion=1',
      );
      return members.some(({ status }) => status === 'Offline');
    };
    while (!(await isOffline())) await new Promise((resolve) => setTimeout(resolve, 250));
    const { members, failed } = await client.server.resources({ allMembers: true });
    expect([...members.keys()]).toEqual(['n1', 'n2']);
    expect(failed.get('n3')).toBeInstanceOf(ClusterMemberError);
    const error = await rejection(
      client.storagePools.create({ name: 'new', driver: 'dir' }),
      ClusterMemberError,
    );
    expect(error.member).toBe('n3');
    expect(await client.storagePools.exists('new')).toBe(false);
  }, 60_000);
}
