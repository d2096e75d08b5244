import { join } from 'node:path';
import {
  Client,
  createIdentity,
  NotFoundError,
  TrustTokenError,
  UnsupportedError,
  type Instance,
} from 'tslxd';
import { rejection } from '../resources/support.js';
import { startCluster, type Cluster } from './cluster.js';
import { booted } from './client.js';
import { absent, describeReal, type RealServer } from './harness.js';
import { canStart, removeAll, startOwnDaemon } from './own-daemon.js';

describeReal('a cluster of three', clusterSpecs, 'lxd');

function clusterSpecs(product: RealServer): void {
  if (!canStart('lxd')) {
    absent("no cluster of one's own can be started here");
    return;
  }

  let cluster: Cluster;
  let server: RealServer;
  let client: Client;

  beforeAll(async () => {
    cluster = await startCluster(product);
    server = cluster.server;
    await server.ensureImage();
    client = new Client({ socketPath: server.socketPath });
  }, 90_000);

  afterAll(async () => {
    await client?.close();
    await cluster?.remove();
  }, 60_000);

  async function make(target: string, start = false): Promise<Instance> {
    const name = server.uniqueName(target);
    const source = { alias: server.imageAlias };
    await client.useTarget(target).instances.create({ name, source, start });
    return client.instances.get(name); // wherever it goes
  }

  it('instances are made where they are wanted, and seen from every member', async () => {
    const made: Instance[] = [];
    for (const { name } of cluster.members) made.push(await make(name));
    expect(made.map(({ location }) => location)).toEqual(['n1', 'n2', 'n3']);
    for (const { daemon } of cluster.members) {
      await using member = new Client({ socketPath: daemon.socketPath });
      const all = await member.instances.all();
      expect(Object.fromEntries(all.map(({ name, location }) => [name, location]))).toMatchObject(
        Object.fromEntries(made.map(({ name, location }) => [name, location])),
      );
    }
    await expect(make('n9')).rejects.toThrow(NotFoundError);
    await Promise.all(made.map((one) => one.delete()));
  });

  it('a token lets in at the member that made it, to all of them; another one uses it up', async () => {
    const [first, second] = cluster.members.map(({ daemon }) => daemon.server.httpsUrl);
    const offer = async () => client.certificates.createToken({ name: server.uniqueName('token') });
    await using guest = await Client.connect({ token: await offer(), ...createIdentity() });
    const { endpoint, ...credentials } = guest.credentials();
    expect(endpoint).toBe(first);
    await using elsewhere = await Client.connect({ ...credentials, endpoint: second });
    expect([guest.server.auth, elsewhere.server.auth]).toEqual(['trusted', 'trusted']);

    const token = await offer();
    const error = await rejection(
      Client.connect({ token, endpoint: second, ...createIdentity() }),
      TrustTokenError,
    );
    expect(error.message).toContain(
      'another member of the cluster had issued the token, and it is used up now',
    );
    const used = await rejection(Client.connect({ token, ...createIdentity() }), TrustTokenError);
    expect(used.message).toContain('used or cancelled');
  });

  it('commands, files, events and waits go to the member that an instance is on', async () => {
    const web = await make('n3', true);
    await booted(web);
    expect((await web.exec(['hostname'])).stdout).toBe(web.name);
    expect((await web.exec(['cat'], { input: 'to n3 and back' })).stdout).toBe('to n3 and back');
    await web.files.writeFile('/root/text', 'on n3');
    expect((await web.exec(['cat', '/root/text'])).stdout).toBe('on n3');
    const stopped = web.waitFor('stopped');
    await using member = new Client({ socketPath: cluster.members[1]!.daemon.socketPath });
    await (await member.instances.get(web.name)).stop();
    expect(await (await stopped).fetch()).toMatchObject({ status: 'Stopped', location: 'n3' });
    await web.delete();
  });

  it('an instance moves to another member with its snapshots; a copy is made on one', async () => {
    const web = await make('n1');
    await web.files.writeFile('/root/text', 'moved');
    await web.snapshots.create({ name: 'one' });
    await web.move({ target: 'n2' });
    expect(web.location).toBe('n2');
    expect(await web.snapshots.names()).toEqual(['one']);
    expect(await web.files.readFile('/root/text', 'utf8')).toBe('moved');
    const copy = await web.copy(server.uniqueName('copy'), { target: 'n3' });
    expect(copy.location).toBe('n3');
    expect(await copy.files.readFile('/root/text', 'utf8')).toBe('moved');
    await Promise.all([web.delete(), copy.delete()]);
  });

  it('backups are made on the member that an instance is on, and imported on the one that is asked', async () => {
    const web = await make('n3');
    await web.files.writeFile('/root/text', 'exported');
    const file = join(cluster.members[0]!.daemon.socketPath, '..', 'web.tar');
    await web.exportTo(file);
    expect(await web.backups.names()).toEqual([]);
    const kept = await web.backups.create('kept');
    await expect(web.move({ target: 'n2' })).rejects.toThrow(/has backups/);
    await kept.delete();
    const name = server.uniqueName('imported');
    // The servers ignore a target here, so it is said.
    await expect(client.useTarget('n2').instances.import(file, { name })).rejects.toThrow(UnsupportedError);
    const made = await client.instances.import(file, { name });
    expect(made.location).toBe('n1');
    await made.move({ target: 'n2' });
    expect(made.location).toBe('n2');
    expect(await made.files.readFile('/root/text', 'utf8')).toBe('exported');
    await Promise.all([web.delete(), made.delete()]);
  });

  it('a member is evacuated and restored, which the models see', async () => {
    const [still, runs] = await Promise.all([make('n2'), make('n2', true)]);
    await booted(runs);
    const members = '/1.0/cluster/members/{name}/state';
    const request = (action: 'evacuate' | 'restore') =>
      client.request('POST', members, { name: 'n2', body: { action, mode: '' } });

    // It is away for a moment, which ends no wait.
    const seen = runs.waitFor(({ location, status }) => location !== 'n2' && status === 'Running', {
      interval: 20,
    });
    await request('evacuate');
    await seen;
    await still.fetch();
    expect(['n1', 'n3']).toContain(runs.location);
    expect(['n1', 'n3']).toContain(still.location);
    expect(runs.status).toBe('Running');
    expect(still.status).toBe('Stopped');
    expect((await runs.exec(['hostname'])).stdout).toBe(runs.name);
    expect(await server.read(`/1.0/cluster/members/n2`)).toMatchObject({ status: 'Evacuated' });

    await request('restore');
    await Promise.all([still.fetch(), runs.fetch()]);
    expect([still, runs].map(({ location }) => location)).toEqual(['n2', 'n2']);
    expect([still, runs].map(({ status }) => status)).toEqual(['Stopped', 'Running']);
    await Promise.all([still.delete(), runs.delete({ force: true })]);
  }, 60_000);

  it('an instance comes from another server to a member, and goes back', async () => {
    const other = await startOwnDaemon(product, { https: true });
    try {
      await other.server.ensureImage();
      await using outside = new Client({ socketPath: other.socketPath });
      const alias = other.server.imageAlias;
      const web = await outside.instances.create({ name: server.uniqueName('in'), source: { alias } });
      const inside = await web.moveTo(client, { target: 'n3' });
      expect(inside.location).toBe('n3');
      const named = await client.useTarget('n3').instances.get(inside.name);
      await expect(named.copyTo(client)).rejects.toThrow(/clients of one server/);
      for (const mode of ['pull', 'push', 'relay'] as const) {
        const copy = await named.copyTo(outside, { mode });
        expect(copy.location).toBe('none');
        await copy.delete();
      }
      await inside.delete();
    } finally {
      await removeAll([other]);
    }
  });
}
