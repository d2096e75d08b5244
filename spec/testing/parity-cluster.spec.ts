import { Client } from '../../lib/index.js';
import { FakeServer } from '../../lib/testing/index.js';
import { startCluster, type Cluster } from '../real/cluster.js';
import { absent, describeReal, type RealServer } from '../real/harness.js';
import { canStart, freeAddress, launch, listenOn, type OwnDaemon } from '../real/own-daemon.js';
import { until } from '../rest/test-server.js';
import { Pair } from './parity.js';
import { call } from './support.js';

// Of three, and of none: what is asked of clusters has no answer on the servers that all specs share.
describeReal('the fake cluster and a real one answer alike', (product) => {
  if (!canStart(product.product)) absent(`no cluster of one's own can be started here: ${product.name}`);
  else {
    describe('one of three', () => ofThree(product));
    describe('a server in none', () => ofNone(product));
  }
});

type Step = readonly [method: string, path: string, body?: object];

function ofThree(product: RealServer): void {
  const isLxd = product.product === 'lxd';
  let real: Cluster;
  let fake: FakeServer;
  let pair: Pair;
  let clients: Client[];
  /** What both tell, in the order in which they do. */
  const told: string[][] = [[], []];

  beforeAll(async () => {
    [real, fake] = await Promise.all([
      startCluster(product),
      FakeServer.start({ product: product.product, operationTime: 1, members: 3 }),
    ]);
    pair = new Pair(real.server.socketPath, fake.socketPath);
    clients = [real.server.socketPath, fake.socketPath].map((socketPath) => new Client({ socketPath }));
    fake.add('/1.0/storage-pools', { name: 'default', driver: 'dir' });
    for (const [index, client] of clients.entries()) {
      client.events.on('lifecycle', ({ metadata: { action, source } }) => {
        if (/^cluster-(member|group)-/.test(action)) told[index]!.push(`${action} ${source}`);
      });
      await client.cluster.members.ref('n3').waitFor(({ database }) => database, { timeout: 20_000 });
      await client.events.listen({ types: ['lifecycle'] }).ready;
    }
  }, 120_000);

  afterAll(async () => {
    await Promise.all((clients ?? []).map((client) => client.close()));
    await Promise.all([real?.remove(), fake?.close()]);
  }, 60_000);

  /** Both are asked all of these, and read what came of it alike, but for where they listen. */
  async function walk(steps: readonly Step[], look: readonly string[] = []): Promise<void> {
    for (const [method, path, body] of steps) {
      await pair.same(method, path, body);
      for (const place of method === 'GET' ? [path] : look) await alike(place, `${method} ${path}`);
    }
  }

  async function alike(path: string, after: string): Promise<void> {
    const said = await Promise.all(
      [real.server.socketPath, fake.socketPath].map(async (socket) => {
        const { body } = await call(socket, 'GET', path);
        const text = JSON.stringify(body.metadata ?? null);
        return JSON.parse(text.replaceAll(/https:\/\/[\d.]+:\d+/g, 'https://host')) as unknown;
      }),
    );
    expect({ after, path, said: said[1] }).toEqual({ after, path, said: said[0] });
  }

  const members = '/1.0/cluster/members';
  const groups = '/1.0/cluster/groups';
  const whole = {
    roles: ['database'],
    groups: ['default'],
    failure_domain: 'default',
    description: '',
    config: {},
  };

  it('about what it is, and its members', async () => {
    await walk([
      ['GET', '/1.0/cluster'],
      ['GET', members],
      ['GET', `${members}?recursion=1`],
      ['GET', `${members}/n2`],
      ['GET', `${members}/n9`],
      ['GET', `${members}/n9/state`],
      ['GET', groups],
      ['GET', `${groups}?recursion=1`],
      ['GET', `${groups}/default`],
      ['GET', `${groups}/nope`],
    ]);
    await pair.same('GET', `${members}/n2/state`);
    for (const filter of ['nope', 'server_name+eq+n2', 'status+eq+Offline'])
      await pair.same('GET', `${members}?filter=${filter}`);
  });

  it('about writes to members', async () => {
    const one = `${members}/n2`;
    const put = (change: object): Step => ['PUT', one, { ...whole, ...change }];
    await walk(
      [
        put({ description: 'second' }),
        put({ config: { 'user.a': 'b' } }),
        put({ config: { 'scheduler.instance': 'bogus' } }),
        put({ config: { bogus: 'x' } }),
        put({ config: { 'scheduler.instance': 'manual', 'user.b': '' } }),
        put({ groups: ['nope'] }),
        put({ groups: [] }),
        put({ roles: [] }),
        put({ roles: ['database', 'bogus'] }),
        put({ roles: ['database', 'event-hub'] }),
        put({ failure_domain: '' }),
        put({ failure_domain: 'rack1' }),
        put({ roles: 'x' }),
        ['PUT', one, {}],
        ['PATCH', one, { description: 'x' }],
        ['PATCH', one, { ...whole, config: { 'user.x': '1' } }],
        ['PATCH', one, { ...whole, config: { 'user.y': '1' } }],
        ['PATCH', one, { ...whole, config: { 'user.x': '' } }],
        ['PUT', `${members}/n9`, whole],
        ['PATCH', `${members}/n9`, whole],
        put({}),
      ],
      [one],
    );
    await pair.same('PUT', one, whole, { 'If-Match': 'x' });
    await walk([
      ['POST', `${members}/n3`, { server_name: 'n2' }],
      ['POST', `${members}/n9`, { server_name: 'n8' }],
      ['DELETE', `${members}/n9`],
    ]);
  });

  it('about groups', async () => {
    await walk(
      [
        ...['g1', 'g1', '', 'a/b', 'a b', 'a_b'].map((name): Step => ['POST', groups, { name }]),
        ['POST', groups, { name: 'g2', description: 'two', members: ['n2', 'n3'] }],
        ['POST', groups, { name: 'g3', members: ['n9'] }],
        ['POST', groups, { name: 'g4', config: { 'user.a': 'b' } }],
        ['PATCH', `${groups}/g2`, { description: 'new' }],
        ['PATCH', `${groups}/g2`, { members: ['n3'] }],
        ['PUT', `${groups}/g2`, { description: 'put', members: ['n1'] }],
        ['PATCH', `${groups}/g2`, { description: 'one' }],
        ['PUT', `${groups}/g2`, { members: ['n9'] }],
        ['POST', `${groups}/g2`, { name: 'g1' }],
        ['POST', `${groups}/g4`, { name: 'a b' }],
        ['POST', `${groups}/a%20b`, { name: 'g4' }],
        ['POST', `${groups}/g2`, { name: 'g5' }],
        ['POST', `${groups}/default`, { name: 'g6' }],
        ['POST', `${groups}/nope`, { name: 'g6' }],
        ['DELETE', `${groups}/g5`],
        ['PUT', `${groups}/g5`, {}],
        ['DELETE', `${groups}/g5`],
        ['DELETE', `${groups}/g5`],
        ['PUT', `${groups}/nope`, {}],
        ['DELETE', `${groups}/default`],
        ['PUT', `${groups}/default`, { members: ['n1', 'n2'] }],
        ['PUT', `${groups}/default`, { members: ['n1', 'n2', 'n3'] }],
        ['DELETE', `${groups}/g1`],
        ['DELETE', `${groups}/a%20b`],
      ],
      [`${groups}?recursion=1`],
    );
    const all = { members: ['n1', 'n2', 'n3'] };
    for (const method of ['PUT', 'PATCH'])
      await pair.same(method, `${groups}/default`, all, { 'If-Match': 'x' });
  });

  it('about tokens', async () => {
    await walk([
      // LXD makes a token, for which nobody can wait.
      ...(isLxd ? [] : [['POST', members, { server_name: 'n2' }] as const]),
      ['POST', members, { server_name: 1 }],
      ['PUT', '/1.0/cluster', { enabled: true }],
      ['PUT', '/1.0/cluster', { enabled: true, server_name: 'n1', cluster_address: '127.0.0.1:2' }],
      ['PUT', '/1.0/cluster/certificate', {}],
      ['PUT', '/1.0/cluster/certificate', { cluster_certificate: 'x', cluster_certificate_key: 'y' }],
    ]);
    const seen: unknown[] = [];
    for (const client of clients) {
      const first = await client.cluster.members.createToken('n4');
      const second = await client.cluster.members.createToken('n4');
      expect(first).not.toBe(second);
      const [token, ...more] = (await client.cluster.members.tokens()).filter(({ name }) => name === 'n4');
      expect(more).toEqual([]);
      seen.push({
        name: token?.name,
        addresses: token?.addresses.length,
        expires: token?.expiresAt !== null,
      });
      for (const one of await client.cluster.members.tokens()) await one.cancel();
    }
    expect(seen[1]).toEqual(seen[0]);
  });

  it('about members that are evacuated and restored', async () => {
    const one = `${members}/n2`;
    const state = `${one}/state`;
    await real.server.run('POST', '/1.0/instances?target=n2', { name: 'c1', source: { type: 'none' } });
    fake.addInstance({ name: 'c1', location: 'n2' });
    await walk(
      [
        ['DELETE', one],
        ['POST', state, { action: 'bogus' }],
        ['POST', state, {}],
        ['POST', `${members}/n9/state`, { action: 'evacuate' }],
        ['POST', state, { action: 'restore' }],
        ['POST', state, { action: 'evacuate', mode: isLxd ? '' : 'auto' }],
        ['POST', state, { action: 'evacuate' }],
        ['POST', state, { action: 'restore' }],
        ['POST', state, { action: 'restore' }],
      ],
      [one],
    );
    for (const client of clients) {
      const moved = await client.instances.get('c1');
      expect([moved.location, moved.config['volatile.evacuate.origin']]).toEqual(['n2', undefined]);
    }
    if (!isLxd) {
      await walk([['POST', state, { action: 'evacuate', mode: 'bogus' }]]);
      await walk(
        [
          ['POST', state, { action: 'evacuate', mode: 'stop' }],
          ['POST', state, { action: 'restore' }],
        ],
        [one],
      );
    }
    await walk([['DELETE', '/1.0/instances/c1']]);
  });

  it('about members that go', async () => {
    await Promise.all([real.members[2]!.daemon.kill(), fake.members[2]!.kill()]);
    for (const client of clients)
      await client.cluster.members.ref('n3').waitFor('offline', { timeout: 60_000 });
    await walk([
      ['DELETE', `${members}/n3?force=1`],
      ['GET', members],
      ['DELETE', `${members}/n3?force=1`],
    ]);
  }, 90_000);

  it('about what they tell of all that', async () => {
    await until(() => told[0]!.length === told[1]!.length, 5000).catch(() => undefined);
    expect(told[1]).toEqual(told[0]);
    expect(told[0]!.length).toBeGreaterThan(10);
  });
}

function ofNone(product: RealServer): void {
  let daemon: OwnDaemon;
  let fake: FakeServer;
  let pair: Pair;
  beforeAll(async () => {
    [daemon, fake] = await Promise.all([
      launch(product),
      FakeServer.start({ product: product.product, operationTime: 1 }),
    ]);
    pair = new Pair(daemon.socketPath, fake.socketPath);
  }, 60_000);
  afterAll(async () => {
    await Promise.all([daemon?.remove(), fake?.close()]);
  }, 60_000);

  it('about all of that, and becomes one', async () => {
    const members = '/1.0/cluster/members';
    const groups = '/1.0/cluster/groups';
    const steps: Step[] = [
      ['GET', '/1.0/cluster'],
      ['GET', members],
      ['GET', `${members}?recursion=1`],
      ['GET', `${members}/n1`],
      ['POST', members, { server_name: 'n2' }],
      ['GET', groups],
      ['GET', `${groups}/default`],
      ['POST', groups, { name: 'g' }],
      ['PUT', `${members}/n1`, {}],
      ['PATCH', `${members}/n1`, {}],
      ['POST', `${members}/n1`, { server_name: 'x' }],
      ['DELETE', `${members}/n1`],
      ['GET', `${members}/n1/state`],
      ['POST', `${members}/n1/state`, { action: 'evacuate' }],
      ['PUT', '/1.0/cluster/certificate', {}],
      ['PUT', `${groups}/default`, {}],
      ['PATCH', `${groups}/default`, {}],
      ['DELETE', `${groups}/default`],
      ['POST', `${groups}/default`, { name: 'y' }],
      ['PUT', '/1.0/cluster', { enabled: true }],
      ['PUT', '/1.0/cluster', { enabled: true, server_name: 'n1' }],
      ['PUT', '/1.0/cluster', { enabled: true, server_name: 'n1', cluster_address: '127.0.0.1:2' }],
    ];
    for (const [method, path, body] of steps) await pair.same(method, path, body);
    const address = await freeAddress();
    await listenOn(daemon.server, address);
    const own = fake.client();
    await own.server.fetch();
    own.server.config['core.https_address'] = address;
    await own.server.save();
    await pair.same('PUT', '/1.0/cluster', { enabled: true, server_name: 'n1' });
    for (const path of ['/1.0/cluster', members, `${members}/n1`, groups, `${groups}/default`])
      await pair.same('GET', path);
    await pair.same('DELETE', `${members}/n1`);
    await pair.same('PUT', '/1.0/cluster', { enabled: true, server_name: 'n1' });
  }, 60_000);
}
