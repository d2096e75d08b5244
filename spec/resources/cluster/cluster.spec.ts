import { inspect } from 'node:util';
import {
  AlreadyExistsError,
  CertificateError,
  Client,
  ConflictError,
  InUseError,
  InvalidInputError,
  OperationError,
  UnsupportedError,
} from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { makeCertificate } from '../../support/certificates.js';
import { describeFakes, rejection, sent } from '../support.js';

const writes = (server: FakeServer) => sent(server).filter((line) => !line.startsWith('GET '));
const token = (change: object = {}) =>
  Buffer.from(
    JSON.stringify({
      ...{ server_name: 'n2', fingerprint: 'a'.repeat(64), addresses: ['127.0.0.1:1'], secret: 'told' },
      ...{ expires_at: '0001-01-01T00:00:00Z', ...change },
    }),
  ).toString('base64');

describeFakes('client.cluster', (start, product) => {
  it('is there on a server that is in none, and says what to do', async () => {
    const { server, client } = await start();
    expect(await client.cluster.fetch()).toMatchObject({ isEnabled: false, serverName: '' });
    const { members, groups } = client.cluster;
    for (const work of [
      async () => members.all(),
      async () => members.names(),
      async () => members.get('n1'),
      async () => members.createToken('n2'),
      async () => groups.all(),
      async () => groups.create('racks'),
      async () => client.cluster.updateCertificate(await pair()),
    ]) {
      const error = await rejection(work(), UnsupportedError);
      expect(error.message).toContain('client.cluster.bootstrap(name)');
    }
    await expect(client.cluster.leave({ wipe: true })).rejects.toThrow(ConflictError);
    expect(writes(server).filter((line) => !line.includes('groups'))).toEqual([]);
  });

  it('is formed by a server that has an address of its own, once', async () => {
    const { server, client } = await start();
    server.addInstance({ name: 'web' });
    for (const address of ['', '[::]:8443', ':8443', '0.0.0.0']) {
      await client.server.fetch();
      client.server.config['core.https_address'] = address;
      await client.server.save();
      await expect(client.cluster.bootstrap('n1')).rejects.toThrow(/core\.https_address/);
    }
    client.server.config['core.https_address'] = '127.0.0.1:8443';
    await client.server.save();
    for (const name of ['', 'a/b', 'a b', '..', 1, undefined])
      await expect(client.cluster.bootstrap(name as string)).rejects.toThrow(InvalidInputError);
    const { cluster } = client;
    expect(await cluster.bootstrap('n1')).toBe(cluster);
    expect([cluster.isEnabled, cluster.serverName]).toEqual([true, 'n1']);
    expect((await cluster.members.all()).map(({ name, url }) => [name, url])).toEqual([
      ['n1', 'https://127.0.0.1:8443'],
    ]);
    expect((await client.instances.get('web')).location).toBe('n1');
    server.clearRequests();
    await expect(cluster.bootstrap('n2')).rejects.toThrow(ConflictError);
    await expect(cluster.join(token(), { address: '127.0.0.1:2' })).rejects.toThrow(ConflictError);
    expect(writes(server)).toEqual([]);
    await cluster.leave({ wipe: true });
    expect((await cluster.fetch()).isEnabled).toBe(false);
    expect(await client.instances.names()).toEqual([]);
  });

  it('is left only where that is said, and never through a target', async () => {
    const { server, client } = await start({ members: 2 });
    for (const options of [undefined, {}, { wipe: false }, { wipe: 1 }]) {
      const error = await rejection(client.cluster.leave(options as never), InvalidInputError);
      expect(error.message).toContain('members.ref(name).delete() at another member');
    }
    const { cluster } = client.useTarget('n2');
    await expect(cluster.leave({ wipe: true })).rejects.toThrow(/its target 'n2'/);
    await expect(cluster.bootstrap('n3')).rejects.toThrow(/its target 'n2'/);
    await expect(cluster.join(token())).rejects.toThrow(/its target 'n2'/);
    expect(writes(server)).toEqual([]);
  });

  it('is joined by who is empty, with a token that is compared before it is sent', async () => {
    const { server, client } = await start();
    await using there = await FakeServer.start({ product, members: 1, https: true });
    const { cluster } = client;
    const address = '127.0.0.1:2';
    for (const given of ['', 'nonsense', token({ secret: '' }), token({ fingerprint: 'x' }), 1, undefined])
      await expect(cluster.join(given as string, { address })).rejects.toThrow(InvalidInputError);
    const trust = token({ server_name: undefined, client_name: 'x' });
    await expect(cluster.join(trust, { address })).rejects.toThrow(/has a client trusted/);
    for (const options of [
      { address: '' },
      { address: ':8443' },
      { address: 'https://a' },
      { name: 'a/b' },
      { memberConfig: {} },
      { memberConfig: [{ entity: 'network' }] },
      { clusterCertificate: 'x' },
      { odd: 1 },
    ])
      await expect(cluster.join(token(), { address, ...options } as never)).rejects.toThrow(
        InvalidInputError,
      );
    await expect(cluster.join(token())).rejects.toThrow(/pass address/);
    server.addInstance({ name: 'web' });
    const full = await rejection(cluster.join(token(), { address }), InUseError);
    expect(full.message).toContain('instances (web)');
    await empty(client);
    server.clearRequests();

    const { endpoint } = there.endpoint;
    const other = token({ addresses: [new URL(endpoint).host] });
    const error = await rejection(cluster.join(other, { address }), CertificateError);
    expect(error.message).toContain('the token was not sent');
    expect(error.message).not.toContain('told');
    const { cert: clusterCertificate } = await makeCertificate({ commonName: 'another' });
    await expect(cluster.join(other, { address, clusterCertificate })).rejects.toThrow(CertificateError);
    expect(writes(server)).toEqual([]);

    const good = await there.client().cluster.members.createToken('n9');
    await rejection(cluster.join(good, { address }), Error); // which a fake cannot do
    const put = server.requests.find(({ method, path }) => method === 'PUT' && path === '/1.0/cluster');
    const proof = product === 'lxd' ? 'cluster_password' : 'cluster_token';
    expect(put?.body).toEqual({
      ...{ enabled: true, server_name: 'n9', server_address: address, member_config: [] },
      ...{ cluster_address: new URL(endpoint).host, [proof]: good },
      cluster_certificate: there.endpoint.serverCert,
    });
  });

  it('replaces its certificate with a pair', async () => {
    const { server, client } = await start({ members: 1 });
    const [one, other] = [await pair(), await pair()];
    for (const given of [
      undefined,
      {},
      { certificate: one.certificate },
      { ...one, key: other.key },
      { ...one, key: one.certificate },
      { ...one, odd: 1 },
    ]) {
      const error = await rejection(client.cluster.updateCertificate(given as never), InvalidInputError);
      for (const { key } of [one, other]) expect(error.message).not.toContain(key.slice(40, 80));
    }
    expect(writes(server)).toEqual([]);
    await client.cluster.updateCertificate(one);
    expect(writes(server)).toEqual(['PUT /1.0/cluster/certificate']);
  });

  it('lets servers in by tokens, one for each free name', async () => {
    const { client } = await start({ members: 2 });
    const { members } = client.cluster;
    const first = await members.createToken('n3');
    const second = await members.createToken('n3');
    expect(JSON.parse(Buffer.from(second, 'base64').toString())).toMatchObject({ server_name: 'n3' });
    expect(first).not.toBe(second);
    const trust = await client.certificates.createToken({ name: 'somebody' });
    const [pending, ...more] = await members.tokens();
    expect([pending?.name, more]).toEqual(['n3', []]);
    expect((await client.certificates.tokens()).map(({ name }) => name)).toEqual(['somebody']);
    expect(trust).not.toBe(second);
    const { secret } = JSON.parse(Buffer.from(second, 'base64').toString()) as { secret: string };
    const [operation] = (await client.operations.all()).filter(
      ({ metadata }) => metadata.serverName === 'n3',
    );
    for (const shown of [pending, operation, operation?.metadata, members, client.cluster])
      expect(
        inspect(shown, { depth: 9 }) + JSON.stringify(shown === operation?.metadata ? 0 : shown),
      ).not.toContain(secret);
    await pending?.cancel();
    expect(await members.tokens()).toEqual([]);
    await expect(members.createToken('n2')).rejects.toThrow(AlreadyExistsError);
    for (const name of ['', 'a/b', 1, undefined])
      await expect(members.createToken(name as string)).rejects.toThrow(InvalidInputError);
  });
});

describeFakes('cluster.members', (start, product) => {
  it('are written whole, whoever else writes', async () => {
    const { server, client } = await start({ members: 3 });
    const [one, other] = [await client.cluster.members.get('n1'), await client.cluster.members.get('n1')];
    one.description = 'the first';
    one.config['user.rack'] = '1';
    await one.save();
    other.failureDomain = 'rack1';
    other.roles.push('event-hub');
    await other.save();
    expect(writes(server).every((line) => line === 'PUT /1.0/cluster/members/n1')).toBe(true);
    expect(await one.fetch()).toMatchObject({
      ...{ description: 'the first', failureDomain: 'rack1', config: { 'user.rack': '1' } },
      roles: ['event-hub', 'database-leader', 'database'],
    });
    one.groups = [];
    await expect(one.save()).rejects.toThrow(/at least one group/);
  });

  it('are evacuated and restored, in a mode that the server knows', async () => {
    const { server, client } = await start({ members: 2 });
    server.addInstance({ name: 'web', status: 'Running', location: 'n2' });
    const n2 = client.cluster.members.ref('n2');
    const texts: string[] = [];
    expect(await n2.evacuate({ onProgress: ({ text }) => texts.push(text) })).toBe(n2);
    expect(n2.status).toBe('Evacuated');
    expect(texts).toContain('Starting "web" in project "default"');
    const web = await client.instances.get('web');
    expect([web.location, web.status, web.config['volatile.evacuate.origin']]).toEqual([
      'n1',
      'Running',
      'n2',
    ]);
    await expect(n2.evacuate()).rejects.toThrow(OperationError);
    expect((await n2.evacuate({ ifNeeded: true })).status).toBe('Evacuated');
    const operation = await n2.restore({ wait: false });
    expect((await operation.wait()).status).toBe('Online');
    expect((await web.fetch()).location).toBe('n2');
    await n2.restore({ ifNeeded: true });
    await expect(n2.restore()).rejects.toThrow(OperationError);

    server.clearRequests();
    for (const options of [{ mode: 'nonsense' }, { mode: 1 }, { mode: '' }, { ifNeeded: 1 }, { force: true }])
      await expect(n2.evacuate(options as never)).rejects.toThrow(InvalidInputError);
    await expect(n2.restore({ mode: 'stop' })).rejects.toThrow(InvalidInputError);
    await expect(n2.restore({ mode: 'skip' })).rejects.toThrow(UnsupportedError);
    if (product === 'lxd') await expect(n2.evacuate({ mode: 'stop' })).rejects.toThrow(UnsupportedError);
    expect(writes(server)).toEqual([]);
  });

  it('are evacuated as newer servers do', async () => {
    const more = ['clustering_evacuation_mode', 'clustering_restore_skip_mode', 'cluster_member_state'];
    const { server, client } = await start({ members: 2, extensions: (own) => [...own, ...more] });
    server.addInstance({ name: 'web', status: 'Running', location: 'n2' });
    const n2 = client.cluster.members.ref('n2');
    await n2.evacuate({ mode: 'stop' });
    expect(await client.instances.get('web')).toMatchObject({ location: 'n2', status: 'Stopped' });
    await n2.restore();
    expect(await client.instances.get('web')).toMatchObject({ status: 'Running' });
    if (product === 'lxd') {
      await n2.evacuate();
      await n2.restore({ mode: 'skip' });
      expect((await client.instances.get('web')).location).toBe('n1');
      await expect(n2.evacuate({ mode: 'force-stop' })).rejects.toThrow(UnsupportedError);
    }
    const { system } = await n2.state();
    expect(system.totalMemory).toBeGreaterThan(system.freeMemory);
  });

  it('are seen to go and to come back', async () => {
    const { server, client } = await start({ members: { count: 3, offlineAfter: 20, hang: 5 } });
    const n3 = await client.cluster.members.get('n3');
    await server.members[2]!.kill();
    expect(await n3.waitFor('offline', { interval: 5 })).toBe(n3);
    expect(n3.message).toContain('No heartbeat');
    await server.members[2]!.restart();
    await n3.waitFor('online', { interval: 5 });
    await n3.waitFor(({ status }) => status === 'Online');
    await expect(n3.waitFor('gone' as never)).rejects.toThrow(InvalidInputError);
    await expect(n3.waitFor(undefined as never)).rejects.toThrow(InvalidInputError);
  });

  it('are removed when they have nothing, or are forced', async () => {
    const { server, client } = await start({ members: { count: 3, offlineAfter: 20, hang: 5 } });
    server.addInstance({ name: 'web', location: 'n2' });
    const { members } = client.cluster;
    const error = await rejection(members.ref('n2').delete(), InUseError);
    expect(error.message).toContain('web');
    await expect(members.ref('n2').delete({ force: 'yes' } as never)).rejects.toThrow(InvalidInputError);
    const n2 = await members.get('n2');
    await n2.delete({ force: true });
    await n2.delete({ force: true, ifExists: true });
    await members.ref('n2').delete({ force: true, ifExists: true });
    await members.ref('n2').delete({ ifExists: true });
    expect(await members.names()).toEqual(['n1', 'n3']);
    expect(await client.instances.names()).toEqual([]);
    await members.ref('n3').rename('n4');
    await expect(members.ref('n4').rename('n1')).rejects.toThrow(AlreadyExistsError);
    expect(await members.names()).toEqual(['n1', 'n4']);
  });

  it('are in groups, with names that both servers would take and regret', async () => {
    const { server, client } = await start({ members: 2 });
    const { groups } = client.cluster;
    const racks = await groups.create({ name: 'racks', members: ['n1'] });
    server.clearRequests();
    for (const name of ['a b', 'a_b', 'a/b', '', 1])
      await expect(racks.rename(name as string)).rejects.toThrow(InvalidInputError);
    expect(sent(server)).toEqual([]);
    const [one, other] = [await groups.get('racks'), await groups.get('racks')];
    one.members.push('n2');
    await one.save();
    other.description = 'all of them'; // no server would say that it is not what was read
    await other.save();
    expect(await groups.get('racks')).toMatchObject({ description: 'all of them', members: ['n1', 'n2'] });
    await expect(racks.delete()).rejects.toThrow(InUseError);
    expect(() => groups.watch()).toThrow(UnsupportedError);
  });

  it('are of a class of your own', async () => {
    const { client } = await start({ members: 2 });
    const { ClusterMember } = await import('tslxd');
    class Host extends ClusterMember {
      get isHere() {
        return this.status === 'Online';
      }
    }
    const [host] = await client.cluster.members.as(Host).all();
    expect(host?.isHere).toBe(true);
    await using second = new Client({ socketPath: '/nowhere' });
    expect(String(second.cluster)).toBe('The cluster');
  });
});

/** Has a fake forget what it has at first. */
async function empty(client: Client): Promise<void> {
  await client.instances.ref('web').delete({ force: true });
  const profile = await client.profiles.get('default');
  profile.devices = {};
  await profile.save();
  for (const { managed, name } of await client.networks.all())
    if (managed) await client.networks.ref(name).delete();
  for (const name of await client.storagePools.names()) await client.storagePools.ref(name).delete();
}

async function pair() {
  const { cert: certificate, key } = await makeCertificate({ commonName: 'cluster', curve: 'P-384' });
  return { certificate, key };
}
