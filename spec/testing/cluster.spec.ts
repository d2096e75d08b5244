import { Client, createIdentity } from '../../lib/index.js';
import { InvalidInputError } from '../../lib/errors/index.js';
import { FakeServer, type FakeServerOptions } from '../../lib/testing/index.js';
import { call } from './support.js';

type Members = FakeServerOptions['members'];

describe.each(['lxd', 'incus'] as const)('a cluster of the fake, as %s', (product) => {
  it('has members with addresses of their own and one certificate', async () => {
    await using server = await FakeServer.start({ product, members: 3, https: true });
    expect(server.members.map(({ name }) => name)).toEqual(['n1', 'n2', 'n3']);
    expect(server.socketPath).toBe(server.members[0]!.socketPath);
    expect(server.endpoint).toEqual(server.members[0]!.endpoint);
    expect(new Set(server.members.map(({ socketPath }) => socketPath)).size).toBe(3);
    expect(new Set(server.members.map(({ endpoint }) => endpoint.endpoint)).size).toBe(3);
    expect(new Set(server.members.map(({ endpoint }) => endpoint.serverCert)).size).toBe(1);
    for (const { name, endpoint } of server.members) {
      await using client = await Client.connect(endpoint);
      const { environment, config } = await client.server.fetch();
      expect(environment).toMatchObject({
        serverClustered: true,
        serverName: name,
        addresses: [new URL(endpoint.endpoint).host],
        certificate: endpoint.serverCert,
      });
      expect(config).toMatchObject({ 'core.https_address': new URL(endpoint.endpoint).host });
    }
  });

  it('is one server: what is made through one member, all have, and say where it is', async () => {
    await using server = await FakeServer.start({ product, operationTime: 1, members: ['a', 'b'] });
    const [first, second] = server.members.map((member) => member.client());
    await first!.profiles.create({ name: 'p' });
    expect(await second!.profiles.names()).toContain('p');
    server.addInstance({ name: 'web', location: 'b' });
    const heard = new Promise<string>((resolve) =>
      first!.events.on('lifecycle', ({ metadata, location }) => {
        if (metadata.action === 'instance-started') resolve(location ?? '');
      }),
    );
    await first!.events.ready();
    const web = await first!.instances.get('web');
    expect(web.location).toBe('b');
    const { operation } = (
      await call(server.socketPath, 'PUT', '/1.0/instances/web/state', { action: 'start' })
    ).body;
    for (const { socketPath } of server.members) {
      const { body } = await call(socketPath, 'GET', operation!);
      expect(body.metadata).toMatchObject({ location: 'b' });
    }
    expect(await heard).toBe('b');
  });

  it('has trust tokens that LXD 5.0 lets in at the member that gave them, and Incus at any', async () => {
    await using server = await FakeServer.start({ product, members: 2, https: true });
    const [first, second] = server.members.map((member) => member.endpoint);
    const offer = async () => server.client().certificates.createToken({ name: 'guest' });
    await using guest = await Client.connect({ token: await offer(), ...createIdentity() });
    expect(guest.credentials().endpoint).toBe(first!.endpoint);
    const { clientCert, clientKey } = createIdentity();
    const asked = call({ endpoint: second!.endpoint, clientCert, clientKey }, 'POST', '/1.0/certificates', {
      type: 'client',
      [product === 'lxd' ? 'password' : 'trust_token']: await offer(),
    });
    const { status, body } = await asked;
    if (product === 'incus') expect(status).toBe(201);
    else expect([status, body.error]).toEqual([500, 'Bad certificate add operation data']);
    expect(await server.client().certificates.tokens()).toEqual([]);
  });

  it('logs which member was asked', async () => {
    await using server = await FakeServer.start({ product, members: 2 });
    for (const { socketPath } of server.members) await call(socketPath, 'GET', '/1.0');
    expect(server.requests.map(({ member }) => member)).toEqual(['n1', 'n2']);
  });

  it('has volumes and forwards of the same name on several members, which go with their pool and network', async () => {
    await using server = await FakeServer.start({ product, operationTime: 1, members: 2 });
    const client = server.client();
    const pool = await client.storagePools.create({ name: 'p', driver: 'dir', members: { n1: {}, n2: {} } });
    for (const name of ['n1', 'n2'])
      await call(server.socketPath, 'POST', `/1.0/storage-pools/p/volumes/custom?target=${name}`, {
        name: 'v',
      });
    const { body } = await call(server.socketPath, 'GET', '/1.0/storage-pools/p/volumes/custom');
    expect(body.metadata).toEqual(
      ['n1', 'n2'].map((name) => `/1.0/storage-pools/p/volumes/custom/v?target=${name}`),
    );
    await expect(pool.delete()).rejects.toThrow(/in use/);
    for (const name of ['n1', 'n2'])
      await call(server.socketPath, 'DELETE', `/1.0/storage-pools/p/volumes/custom/v?target=${name}`);
    await pool.delete();
    server.add('/1.0/storage-pools/default/volumes/custom', { name: 'w' });
    const all = await call(
      server.members[1]!.socketPath,
      'GET',
      '/1.0/storage-pools/default/volumes/custom/w',
    );
    expect(all.body.metadata).toMatchObject({ name: 'w', location: 'n1' });
  });

  it('is one that a server becomes, with what it has', async () => {
    await using server = await FakeServer.start({ product, operationTime: 1, https: true });
    server.addInstance({ name: 'web' });
    server.add('/1.0/storage-pools/default/volumes/custom', { name: 'v' });
    const enable = { server_name: 'n1', enabled: true };
    const { operation } = (await call(server.socketPath, 'PUT', '/1.0/cluster', enable)).body;
    await call(server.socketPath, 'GET', `${operation}/wait`);
    const client = server.client();
    expect((await client.instances.get('web')).location).toBe('n1');
    const volume = await call(server.socketPath, 'GET', '/1.0/storage-pools/default/volumes/custom/v');
    expect(volume.body.metadata).toMatchObject({ location: 'n1' });
    const { body } = await call(server.socketPath, 'GET', '/1.0/storage-pools/default');
    expect(body.metadata).toMatchObject({ config: {}, locations: ['n1'] });
  });

  it('is none without members: it has none, and says so', async () => {
    await using server = await FakeServer.start({ product });
    expect(server.members).toEqual([]);
    expect(() => server.addInstance({ location: 'n1' })).toThrow(InvalidInputError);
    const { environment } = (await call(server.socketPath, 'GET', '/1.0')).body.metadata;
    expect(environment).toMatchObject({ server_clustered: false });
  });

  it.each([
    0,
    1.5,
    NaN,
    -1,
    '3' as unknown as number,
    [],
    ['n1', 'n1'],
    ['a b'],
    [''],
    [1 as unknown as string],
    null as unknown as number,
    { count: 2, names: ['a'] },
    { count: 0 },
    { hang: -1 },
    { offlineAfter: '1s' as unknown as number },
    { size: 3 } as object,
  ] satisfies Members[])('refuses %j as its members', async (members) => {
    await expect(FakeServer.start({ product, members })).rejects.toThrow(InvalidInputError);
  });

  it('has all members up again after reset() and restart()', async () => {
    await using server = await FakeServer.start({ product, members: 3, https: true });
    for (const again of ['reset', 'restart'] as const) {
      await server.members[1]!.kill();
      server.members[2]!.freeze();
      expect(server.members.map(({ isUp }) => isUp)).toEqual([true, false, false]);
      await Promise.resolve(server[again]());
      expect(server.members.map(({ isUp }) => isUp)).toEqual([true, true, true]);
      for (const { socketPath, endpoint } of server.members)
        for (const to of [socketPath, endpoint])
          expect((await call(to, 'GET', '/1.0/profiles')).status).toBe(200);
    }
  });
});
