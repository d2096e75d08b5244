import {
  AlreadyExistsError,
  CertificateError,
  Client,
  ClusterMemberError,
  ConflictError,
  InUseError,
  InvalidInputError,
  NotFoundError,
  OperationError,
  TrustTokenError,
  UnsupportedError,
  type Progress,
} from 'tslxd';
import { rejection } from '../resources/support.js';
import { makeCertificate } from '../support/certificates.js';
import { booted } from './client.js';
import { absent, describeReal, type RealServer } from './harness.js';
import {
  addStorage,
  allOrNone,
  canStart,
  freeAddress,
  launch,
  listenOn,
  removeAll,
  type OwnDaemon,
} from './own-daemon.js';

// Each product forms a cluster of its own here, through the client alone, and takes it apart again.
describeReal('a cluster that is managed', (product) => {
  if (!canStart(product.product)) {
    absent(`no ${product.name} of one's own can be started here`);
    return;
  }
  describe('from its first member to its last', () => managed(product));
});

function managed(product: RealServer): void {
  const isLxd = product.product === 'lxd';
  let daemons: OwnDaemon[];
  /** Of each daemon, over its unix socket. */
  let clients: Client[];
  /** What the second one shows before it is in a cluster. */
  let before: string;

  beforeAll(async () => {
    daemons = await allOrNone(Array.from({ length: 3 }, async () => launch(product)));
    clients = daemons.map(({ socketPath }) => new Client({ socketPath }));
  }, 90_000);

  afterAll(async () => {
    await Promise.all((clients ?? []).map((client) => client.close()));
    await removeAll(daemons ?? []);
  }, 60_000);

  const one = () => clients[0]!;
  const two = () => clients[1]!;

  it('tells who asks for members of a server that is in no cluster how it becomes one', async () => {
    const { cluster, server } = two();
    before = (await server.fetch()).environment!.certificateFingerprint;
    expect(await cluster.fetch()).toMatchObject({ isEnabled: false, serverName: '', memberConfig: [] });
    for (const work of [
      async () => cluster.members.all(),
      async () => cluster.members.get('n1'),
      async () => cluster.members.createToken('n2'),
      async () => cluster.groups.names(),
      async () => cluster.groups.create('g1'),
    ]) {
      const error = await rejection(work(), UnsupportedError);
      expect(error.message).toContain('client.cluster.bootstrap(name)');
    }
    await expect(cluster.leave({ wipe: true })).rejects.toThrow(ConflictError);
    const { cert: certificate, key } = await makeCertificate({ commonName: 'none', curve: 'P-384' });
    await expect(cluster.updateCertificate({ certificate, key })).rejects.toThrow(UnsupportedError);
  });

  it('becomes one, once, where others can reach it', async () => {
    const { cluster } = one();
    const lost = await rejection(cluster.bootstrap('n1'), InvalidInputError);
    expect(lost.message).toContain('core.https_address');
    for (const name of ['', 'a/b', 'a b'])
      await expect(cluster.bootstrap(name)).rejects.toThrow(InvalidInputError);
    await listenOn(daemons[0]!.server, await freeAddress());
    await addStorage(daemons[0]!.server);
    expect(await cluster.bootstrap('n1')).toBe(cluster);
    expect(cluster).toMatchObject({ isEnabled: true, serverName: 'n1' });
    expect(cluster.memberConfig).toMatchObject([{ entity: 'storage-pool', name: 'default', key: 'source' }]);
    const again = await rejection(cluster.bootstrap('n9'), ConflictError);
    expect(again.message).toContain("already, as 'n1'");
    expect(await cluster.fetch()).toMatchObject({ serverName: 'n1' }); // as it would no more be, had it been asked
    expect(await cluster.members.names()).toEqual(['n1']);
  });

  it('gives tokens, one for each name that is free', async () => {
    const { members } = one().cluster;
    const first = await members.createToken('n2');
    expect(await members.tokens()).toMatchObject([{ name: 'n2', expiresAt: expect.any(Date) as Date }]);
    const second = await members.createToken('n2');
    expect(second).not.toBe(first);
    expect(await members.tokens()).toHaveLength(1);
    await expect(members.createToken('n1')).rejects.toThrow(AlreadyExistsError);
    for (const name of ['', 'a/b', 'a b'])
      await expect(members.createToken(name)).rejects.toThrow(InvalidInputError);
    const [pending] = await members.tokens();
    await pending?.cancel();
    expect(await members.tokens()).toEqual([]);
    await expect(two().cluster.join(second)).rejects.toThrow(/pass address/);
    const address = await freeAddress();
    const used = await rejection(two().cluster.join(second, { address }), TrustTokenError);
    expect(used.message).toContain('Make a new one');
    expect((await two().cluster.fetch()).isEnabled).toBe(false);
    // What it is reached at it keeps all the same.
    expect((await two().server.fetch()).config['core.https_address']).toBe(address);
  });

  it('lets servers in that are empty, and sends no token to another cluster', async () => {
    const { members } = one().cluster;
    const token = await members.createToken('n2');
    const { cluster } = two();
    await expect(cluster.join('no token')).rejects.toThrow(InvalidInputError);
    const content = JSON.parse(Buffer.from(token, 'base64').toString()) as object;
    const forged = { ...content, fingerprint: '0'.repeat(64) };
    const elsewhere = await rejection(
      cluster.join(Buffer.from(JSON.stringify(forged)).toString('base64')),
      CertificateError,
    );
    expect(elsewhere.message).toContain('the token was not sent');

    await two().storagePools.create({ name: 'own', driver: 'dir' });
    const full = await rejection(cluster.join(token), InUseError);
    expect(full.message).toContain('storage pools (own)');
    await two().storagePools.ref('own').delete();

    expect(await cluster.join(token)).toMatchObject({ isEnabled: true, serverName: 'n2' });
    expect(await members.names()).toEqual(['n1', 'n2']);
    expect(await members.tokens()).toEqual([]);
    await expect(cluster.join(token)).rejects.toThrow(ConflictError);
  }, 30_000);

  it('shuts nobody out who joins over HTTPS, and the client goes on', async () => {
    const [, , third] = daemons;
    await listenOn(third!.server, await freeAddress());
    const own = await makeCertificate({ commonName: product.uniqueName('joins') });
    await third!.server.trustClient(own.cert);
    const identity = { clientCert: own.cert, clientKey: own.key };
    const { httpsUrl: endpoint, serverCert } = third!.server;
    await using client = await Client.connect({ endpoint, serverCert, ...identity });
    const token = await one().cluster.members.createToken('n3');
    const stranger = await rejection(client.cluster.join(token), CertificateError);
    expect(stranger.message).toContain('does not trust this client');
    await one().certificates.create({ certificate: own.cert, name: 'joins' });
    await client.cluster.join(token, {
      memberConfig: [{ entity: 'storage-pool', name: 'default', key: 'source', value: '' }],
    });
    expect(client.cluster.serverName).toBe('n3');
    expect(client.credentials().serverCert).not.toBe(serverCert);
    await using later = await Client.connect(client.credentials() as { endpoint: string });
    expect(await later.cluster.members.names()).toEqual(['n1', 'n2', 'n3']);
  }, 30_000);

  it('has members that are written whole', async () => {
    const { members } = one().cluster;
    const all = await members.all();
    expect(all.map(({ name, status }) => [name, status])).toEqual([
      ['n1', 'Online'],
      ['n2', 'Online'],
      ['n3', 'Online'],
    ]);
    const n2 = await members.ref('n2').waitFor(({ database }) => database, { timeout: 20_000 });
    expect(n2).toMatchObject({
      groups: ['default'],
      failureDomain: 'default',
      config: {},
      message: 'Fully operational',
    });
    const other = await clients[2]!.cluster.members.get('n2');
    n2.description = 'the second';
    n2.failureDomain = 'rack2';
    n2.config['user.rack'] = '2';
    n2.config['scheduler.instance'] = 'manual';
    await n2.save();
    other.roles.push('event-hub'); // beside what somebody else has written
    await other.save();
    expect(await n2.fetch()).toMatchObject({
      description: 'the second',
      failureDomain: 'rack2',
      config: { 'user.rack': '2', 'scheduler.instance': 'manual' },
    });
    expect(new Set(n2.roles)).toEqual(new Set(['database', 'event-hub']));
    delete n2.config['scheduler.instance'];
    n2.roles = n2.roles.filter((role) => role !== 'event-hub');
    await n2.save();
    expect(await n2.fetch()).toMatchObject({ description: 'the second', config: { 'user.rack': '2' } });
    expect(await members.exists('n9')).toBe(false);
    await expect(members.ref('n9').rename('n8')).rejects.toThrow(NotFoundError);
    await expect(n2.rename('n1')).rejects.toThrow(AlreadyExistsError);
    if (isLxd) await expect(n2.state()).rejects.toThrow(UnsupportedError);
    else {
      const { system, storagePools } = await n2.state();
      expect(system.totalMemory).toBeGreaterThan(system.freeMemory);
      expect(system.loadAverages).toHaveLength(3);
      expect(storagePools.default?.space.total).toBeGreaterThan(0);
    }
  }, 60_000);

  it('has groups, of which a member can leave', async () => {
    const { groups, members } = one().cluster;
    const group = await groups.create({ name: 'racks', description: 'all racks', members: ['n2', 'n3'] });
    expect(group).toMatchObject({ description: 'all racks' });
    expect([...group.members].sort()).toEqual(['n2', 'n3']);
    expect((await members.get('n2')).groups.sort()).toEqual(['default', 'racks']);
    group.members = ['n3']; // which no PATCH on Incus can say
    group.description = 'one rack';
    await group.save();
    expect(await groups.get('racks')).toMatchObject({ description: 'one rack', members: ['n3'] });
    await expect(groups.create('racks')).rejects.toThrow(AlreadyExistsError);
    await groups.create('other');
    await expect(group.rename('other')).rejects.toThrow(AlreadyExistsError);
    await group.rename('rack');
    expect((await groups.names()).sort()).toEqual(['default', 'other', 'rack']);
    await expect(group.delete()).rejects.toThrow(InUseError);
    await groups.ensure('rack', { members: [] });
    await group.delete();
    await groups.ref('other').delete();
    await expect(groups.ref('other').delete()).rejects.toThrow(NotFoundError);
    await groups.ref('other').delete({ ifExists: true });
    for (const work of [
      async () => groups.ref('default').delete(),
      async () => groups.ref('default').rename('x'),
    ])
      await expect(work()).rejects.toThrow(InvalidInputError);
    await expect(groups.get('other')).rejects.toThrow(NotFoundError);
  }, 30_000);

  it('moves the instances of a member away, and back', async () => {
    const source = { fingerprint: await daemons[0]!.server.ensureImage() };
    const n2 = await one().cluster.members.get('n2');
    const web = await one().instances.create({ name: 'web', source, start: true }, { target: 'n2' });
    await booted(web); // a stop before that is lost, and waits for its 30 s
    const progress: Progress[] = [];
    expect(await n2.evacuate({ onProgress: (step) => progress.push(step) })).toBe(n2);
    expect(n2.status).toBe('Evacuated');
    expect(progress.map(({ text }) => text).join('\n')).toMatch(/"web" in project "default"/);
    expect((await web.fetch()).location).not.toBe('n2');
    await expect(n2.evacuate()).rejects.toThrow(OperationError);
    await n2.evacuate({ ifNeeded: true });
    const late = one().cluster.members.ref('n2').waitFor('online', { timeout: 30_000 });
    const operation = await n2.restore({ wait: false });
    expect((await operation.wait()).status).toBe('Online');
    await late;
    expect((await web.fetch()).location).toBe('n2');
    await expect(n2.restore()).rejects.toThrow(OperationError);
    await n2.restore({ ifNeeded: true });

    await expect(n2.evacuate({ mode: 'nonsense' })).rejects.toThrow(InvalidInputError);
    await expect(n2.restore({ mode: 'stop' })).rejects.toThrow(InvalidInputError);
    await expect(n2.restore({ mode: 'skip' })).rejects.toThrow(UnsupportedError); // these would ignore it
    if (isLxd) await expect(n2.evacuate({ mode: 'stop' })).rejects.toThrow(UnsupportedError);
    else {
      await n2.evacuate({ mode: 'stop' });
      expect(await web.fetch()).toMatchObject({ location: 'n2', status: 'Stopped' });
      await n2.restore();
      expect((await web.fetch()).status).toBe('Running');
    }
    const full = await rejection(n2.delete(), InUseError);
    expect(full.message).toContain('web');
    await web.delete({ force: true });
  }, 60_000);

  it('sees a member go, and lets go of it', async () => {
    const { members } = one().cluster;
    await using watch = members.watch();
    const seen = (async () => {
      for await (const change of watch) {
        if (change.type === 'changed' && change.key === 'n3' && change.model.status === 'Offline')
          return true;
      }
      return false;
    })();
    await daemons[2]!.kill();
    const n3 = await members.ref('n3').waitFor('offline', { timeout: 60_000 });
    expect(n3.message).toContain('No heartbeat');
    expect(await seen).toBe(true);
    await expect(n3.evacuate()).rejects.toThrow(ClusterMemberError);
    await expect(n3.delete()).rejects.toThrow(ClusterMemberError);
    await n3.delete({ force: true });
    await n3.delete({ force: true, ifExists: true });
    expect(await members.names()).toEqual(['n1', 'n2']);
    await expect(members.ref('n3').delete({ force: true })).rejects.toThrow(NotFoundError);
    await members.ref('n3').delete({ force: true, ifExists: true });
  }, 120_000);

  it('shows another certificate, which the client follows', async () => {
    const own = await makeCertificate({ commonName: product.uniqueName('pins') });
    await one().certificates.create({ certificate: own.cert, name: 'pins' });
    const { certificate: serverCert, addresses } = (await one().server.fetch()).environment!;
    const endpoint = `https://${addresses[0]!}`;
    await using client = await Client.connect({
      endpoint,
      serverCert,
      clientCert: own.cert,
      clientKey: own.key,
    });
    const options = { commonName: 'cluster', altNames: ['127.0.0.1'], curve: 'P-384' as const };
    const [next, other] = await Promise.all([makeCertificate(options), makeCertificate(options)]);
    await expect(
      client.cluster.updateCertificate({ certificate: next.cert, key: other.key }),
    ).rejects.toThrow(InvalidInputError);
    await client.cluster.updateCertificate({ certificate: next.cert, key: next.key });
    await using later = await Client.connect(client.credentials() as { endpoint: string });
    expect((await later.cluster.fetch()).serverName).toBe('n1');
    expect((await two().server.fetch()).environment!.certificate.trim()).toBe(next.cert.trim());
  }, 30_000);

  it('is left by a server, which is wiped, only where that is said', async () => {
    const { cluster } = two();
    for (const options of [undefined, {}, { wipe: false }, { wipe: 'yes' }])
      await expect(cluster.leave(options as never)).rejects.toThrow(/wipes this server/);
    await expect(two().useTarget('n1').cluster.leave({ wipe: true })).rejects.toThrow(InvalidInputError);
    expect((await cluster.fetch()).isEnabled).toBe(true);
    await cluster.leave({ wipe: true });
    await using client = await Client.connect({ socketPath: daemons[1]!.socketPath, timeout: 20_000 });
    await client.cluster.fetch();
    expect(client.cluster.isEnabled).toBe(false);
    expect(await client.storagePools.names()).toEqual([]);
    expect((await client.server.fetch()).environment!.certificateFingerprint).toBe(before);
    const { members } = one().cluster;
    expect(await members.names()).toEqual(['n1', 'n2']); // the others were told nothing
  }, 60_000);
}
