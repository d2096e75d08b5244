import {
  AbortedError,
  AlreadyExistsError,
  Client,
  ClusterMemberError,
  ConnectionError,
  InvalidInputError,
  Operation,
  OperationError,
  ServerError,
  type Progress,
} from 'tslxd';
import { rejection } from '../support.js';
import { ClusterDaemon } from './cluster-daemon.js';

describe('a network or pool of a cluster', () => {
  let daemon: ClusterDaemon;
  let client: Client;
  beforeEach(async () => {
    daemon = new ClusterDaemon();
    await daemon.listen();
    client = new Client({ socketPath: daemon.socketPath });
  });
  afterEach(async () => {
    await client.close();
    await daemon.stop();
  });

  const macvlan = { name: 'lan', type: 'macvlan' };
  const failing = (step: RegExp, error = 'no such device') => {
    daemon.refuse = (asked) => (step.test(asked) ? { status: 500, error } : undefined);
  };

  it('is defined on each member, then made, with what is a member’s own taken out of the config', async () => {
    const made = await client.networks.create({
      ...macvlan,
      description: 'the LAN',
      config: { parent: 'eth0', mtu: '1400' },
    });
    expect(made.locations).toEqual(['n1', 'n2', 'n3']);
    expect(daemon.written).toEqual([
      ...['n1', 'n2', 'n3'].map(
        (member) =>
          `POST /1.0/networks?target=${member} {"name":"lan","type":"macvlan","config":{"parent":"eth0"}}`,
      ),
      'POST /1.0/networks {"name":"lan","type":"macvlan","description":"the LAN","config":{"mtu":"1400"}}',
    ]);
  });

  it('has what each member is given, which counts more than what all are given', async () => {
    await client.storagePools.create({
      name: 'fast',
      driver: 'zfs',
      config: { size: '10GiB', 'zfs.clone_copy': 'false' },
      members: { n3: {}, n1: { source: '/dev/sdb' }, n2: { source: 'tank', size: '' } },
    });
    expect(daemon.written).toEqual([
      'POST /1.0/storage-pools?target=n1 {"name":"fast","driver":"zfs","config":{"size":"10GiB","source":"/dev/sdb"}}',
      'POST /1.0/storage-pools?target=n2 {"name":"fast","driver":"zfs","config":{"size":"","source":"tank"}}',
      'POST /1.0/storage-pools?target=n3 {"name":"fast","driver":"zfs","config":{"size":"10GiB"}}',
      'POST /1.0/storage-pools {"name":"fast","driver":"zfs","config":{"zfs.clone_copy":"false"}}',
    ]);
  });

  it('takes the size of a pool on one volume group of the cluster for that of all', async () => {
    await client.storagePools.create({
      name: 'vg',
      driver: 'lvmcluster',
      config: { source: 'v', size: '1GiB' },
    });
    expect(daemon.written.at(0)).toContain('"config":{"source":"v"}');
    expect(daemon.written.at(-1)).toContain('"config":{"size":"1GiB"}');
  });

  it('says how far it is', async () => {
    const seen: Progress[] = [];
    await client.networks.create(macvlan, { onProgress: (progress) => seen.push(progress) });
    expect(seen).toEqual([
      { stage: 'define', percent: 25, text: 'n1' },
      { stage: 'define', percent: 50, text: 'n2' },
      { stage: 'define', percent: 75, text: 'n3' },
    ]);
  });

  it('has its description, where the server has lost it', async () => {
    daemon.losesDescription = true;
    const made = await client.networks.create({ ...macvlan, description: 'the LAN' });
    expect(made.description).toBe('the LAN');
    expect(daemon.things.get('lan')?.body.description).toBe('the LAN');
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['a member left out', { n1: {}, n3: {} }, /network\.members: the cluster has n2 as well/],
    ['an unknown member', { n1: {}, n2: {}, n3: {}, n9: {} }, /no member 'n9'; it has n1, n2, n3/],
    ['a value that is no string', { n1: { parent: 1 }, n2: {}, n3: {} }, /network\.members\.n1/],
    ['what is no config', { n1: 'eth0', n2: {}, n3: {} }, /network\.members\.n1/],
  ])('is refused with %s before anything is written', async (_, members, message) => {
    const work = client.networks.create({
      ...macvlan,
      members: members as Record<string, Record<string, string>>,
    });
    expect((await rejection(work, InvalidInputError)).message).toMatch(message);
    expect(daemon.written).toEqual([]);
  });

  it('is refused while a member is offline, which is named', async () => {
    daemon.states.n2 = 'Offline';
    const error = await rejection(client.networks.create(macvlan), ClusterMemberError);
    expect(error.member).toBe('n2');
    expect(daemon.written).toEqual([]);
  });

  it('takes no target: it is on all of them', async () => {
    const work = client.networks.create(macvlan, { target: 'n1' });
    expect((await rejection(work, InvalidInputError)).message).toContain('not on one cluster member');
    expect(daemon.written).toEqual([]);
    await client.useTarget('n2').networks.create(macvlan);
    expect(daemon.written.at(-1)).toMatch(/^POST \/1\.0\/networks \{/);
  });

  it.each([
    ['a member refuses it', /target=n2/],
    ['it cannot be made', /networks \{/],
  ])('is undone where %s', async (_, step) => {
    failing(step);
    const error = await rejection(client.networks.create(macvlan), ServerError);
    expect(error.message).toContain('no such device');
    expect(daemon.written.at(-1)).toBe('DELETE /1.0/networks/lan');
    expect(daemon.things.size).toBe(0);
  });

  it('is undone where it fails in an operation that nobody waits for', async () => {
    const operation = await client.networks.create(macvlan, { wait: false });
    expect(operation).toBeInstanceOf(Operation);
    expect((await operation.wait()).name).toBe('lan');
    failing(/networks \{/);
    await rejection(client.networks.create({ ...macvlan, name: 'wan' }, { wait: false }), ServerError);
    expect(daemon.written.at(-1)).toBe('DELETE /1.0/networks/wan');
  });

  it('says so where it cannot be undone', async () => {
    failing(/networks \{|DELETE/);
    const error = await rejection(client.networks.create(macvlan), OperationError);
    expect(error.message).toMatch(/no such device.*; whether something of 'lan' is left there is not known/);
  });

  it('is undone when it is aborted, after the step that was under way', async () => {
    const abort = new AbortController();
    daemon.before = (asked) => asked.includes('target=n2') && abort.abort();
    await rejection(client.networks.create(macvlan, { signal: abort.signal }), AbortedError);
    expect(daemon.written.map((line) => line.split(' ', 2).join(' '))).toEqual([
      'POST /1.0/networks?target=n1',
      'POST /1.0/networks?target=n2',
      'DELETE /1.0/networks/lan',
    ]);
  });

  it('is left alone where the server goes away in the last step, which it may be at', async () => {
    daemon.refuse = (asked) => (asked.includes('networks {') ? 'cut' : undefined);
    await rejection(client.networks.create(macvlan), ConnectionError);
    expect(daemon.written.filter((line) => line.startsWith('DELETE'))).toEqual([]);
  });

  it('stays where it was made and cannot be read', async () => {
    daemon.refuse = (asked) =>
      daemon.things.get('lan')?.status === 'Created' && asked.startsWith('GET')
        ? { status: 500, error: 'database is locked' }
        : undefined;
    await rejection(client.networks.create(macvlan), ServerError);
    expect(daemon.things.get('lan')?.status).toBe('Created');
  });

  it('of somebody else is left alone', async () => {
    daemon.before = (asked) => {
      if (asked.includes('target=n1'))
        daemon.things.set('lan', { status: 'Pending', locations: ['n1'], body: {} });
    };
    await rejection(client.networks.create(macvlan), AlreadyExistsError);
    daemon.before = (asked) => {
      if (asked.startsWith('POST /1.0/networks {')) daemon.things.get('wan')!.status = 'Created';
    };
    await rejection(client.networks.create({ ...macvlan, name: 'wan' }), AlreadyExistsError);
    expect(daemon.written.filter((line) => line.startsWith('DELETE'))).toEqual([]);
  });

  it('that is there is said before anything is written, and that it is half made', async () => {
    daemon.things.set('lan', { status: 'Created', locations: ['n1', 'n2', 'n3'], body: {} });
    const there = await rejection(client.networks.create(macvlan), AlreadyExistsError);
    expect(there.message).toBe("There is a network 'lan' already; ensure() takes one that is there");
    daemon.things.set('lan', { status: 'Pending', locations: ['n3', 'n1'], body: {} });
    const half = await rejection(client.networks.create(macvlan), AlreadyExistsError);
    expect(half.message).toMatch(/begun on n1, n3 and never finished \(its status is Pending\): delete it/);
    expect(daemon.written).toEqual([]);
  });

  it('that somebody else is at is waited for by ensure()', async () => {
    daemon.things.set('lan', { status: 'Pending', locations: ['n1'], body: { type: 'macvlan' } });
    let looks = 0;
    daemon.refuse = (asked) => {
      if (asked.startsWith('GET /1.0/networks/lan') && ++looks === 2)
        daemon.things.get('lan')!.status = 'Created';
      return undefined;
    };
    expect((await client.networks.ensure('lan', { type: 'macvlan' })).status).toBe('Created');
    expect(daemon.written).toEqual([]);
  });

  it('is ensured twice with what members have of their own, which is for its creation', async () => {
    const wanted = { type: 'macvlan', config: { parent: 'eth0', mtu: '1400' } };
    await client.networks.ensure('lan', wanted);
    const before = daemon.written.length;
    await client.networks.ensure('lan', wanted);
    await client.networks.ensure('lan', { ...wanted, members: { n1: { parent: 'eth1' }, n2: {}, n3: {} } });
    expect(daemon.written).toHaveLength(before);
  });

  it('is not written in a dry run, which says the first step', async () => {
    const input = { driver: 'dir', config: { source: '/srv' } };
    expect(await client.storagePools.ensure('p', input, { dryRun: true })).toEqual({
      method: 'POST',
      path: '/1.0/storage-pools?target=n1',
      body: { name: 'p', driver: 'dir', config: { source: '/srv' } },
    });
    expect(daemon.written).toEqual([]);
  });

  it('is made in one step where it is the same everywhere, and undone where that fails', async () => {
    await client.networks.create({ name: 'net', type: 'ovn' });
    expect(daemon.written).toEqual(['POST /1.0/networks {"name":"net","type":"ovn","config":{}}']);
    const members = { n1: {}, n2: {}, n3: {} };
    const work = client.networks.create({ name: 'net2', type: 'ovn', members });
    expect((await rejection(work, InvalidInputError)).message).toContain('an OVN network is the same');
    failing(/networks \{/);
    await rejection(client.networks.create({ name: 'net3', type: 'ovn' }), ServerError);
    expect(daemon.written.at(-1)).toBe('DELETE /1.0/networks/net3');
  });

  it('is made in one step by a single server, which has no members', async () => {
    daemon.clustered = false;
    await client.networks.create({ ...macvlan, config: { parent: 'eth0' } });
    expect(daemon.written).toEqual([
      'POST /1.0/networks {"name":"lan","type":"macvlan","config":{"parent":"eth0"}}',
    ]);
    expect(daemon.read.map((line) => line.split('?')[0])).not.toContain('GET /1.0/cluster/members');
    const work = client.networks.create({ ...macvlan, name: 'wan', members: { n1: {} } });
    expect((await rejection(work, InvalidInputError)).message).toContain('this is none');
  });

  it('is made on all members of a cluster that the server has joined since', async () => {
    daemon.told = false;
    await client.networks.create(macvlan);
    expect(daemon.things.get('lan')?.locations).toEqual(['n1', 'n2', 'n3']);
  });

  it('says what belongs where, when a server refuses a key', async () => {
    failing(/networks \{/, 'Config key "tunnel.a.local" is cluster member specific');
    const work = client.networks.create({ ...macvlan, config: { 'tunnel.a.local': '192.0.2.1' } });
    expect((await rejection(work, InvalidInputError)).message).toContain('belongs into members');
    expect(daemon.things.size).toBe(0);
  });
});
