import { setTimeout as delay } from 'node:timers/promises';
import { FakeServer } from '../../lib/testing/index.js';
import { startCluster, type Cluster } from '../real/cluster.js';
import { absent, describeReal } from '../real/harness.js';
import { canStart } from '../real/own-daemon.js';
import * as steps from './cluster-steps.js';
import { said, type ClusterStep, type ClusterWalker } from './cluster-walk.js';
import { call, type Answer } from './support.js';

describeReal('the fake and real clusters of three answer alike', (server) => {
  if (!canStart(server.product)) {
    absent("no cluster of one's own can be started here");
    return;
  }

  let real: Cluster;
  let fake: FakeServer;
  let walkers: [ClusterWalker, ClusterWalker];

  beforeAll(async () => {
    real = await startCluster(server);
    const { product } = server;
    fake = await FakeServer.start({ product, members: 3, https: true, operationTime: 1 });
    walkers = [
      {
        sockets: real.members.map(({ daemon }) => daemon.socketPath),
        addresses: real.members.map(({ daemon }) => new URL(daemon.server.httpsUrl).host),
      },
      {
        sockets: fake.members.map(({ socketPath }) => socketPath),
        addresses: fake.members.map(({ endpoint }) => new URL(endpoint.endpoint).host),
      },
    ];
  }, 90_000);

  afterAll(async () => {
    await fake?.close();
    await real?.remove();
  }, 60_000);

  /** Asks both the same, and compares what they say. */
  async function walk(list: readonly ClusterStep[]): Promise<void> {
    const odd: unknown[] = [];
    for (const step of list) {
      const [ofReal, ofFake] = [await said(walkers[0], step), await said(walkers[1], step)];
      try {
        expect(ofFake).toEqual(ofReal);
      } catch {
        odd.push({ step, real: ofReal, fake: ofFake });
      }
    }
    expect(odd).toEqual([]);
  }

  const both = async (method: string, path: string, body?: object, at = 0): Promise<[Answer, Answer]> => [
    await call(walkers[0].sockets[at]!, method, path, body),
    await call(walkers[1].sockets[at]!, method, path, body),
  ];

  it('to reads of a member, and what a target does', () => walk(steps.reads));

  it('to networks in two phases', () => walk(steps.networks));

  it('to forwards, of which each member has its own', async () => {
    for (const { method, path, body } of steps.bridgeParts) await both(method, path, body);
    await walk(steps.networkForwards);
  });

  it('to pools in two phases', () => walk(steps.pools));

  it('to volumes, of which each member has its own', () => walk(steps.storageVolumes));

  it('to instances that are placed and moved', () => walk(steps.instances));

  it('while a member is frozen: what is for it waits, and goes on when it is awake', async () => {
    const [slow, quick] = [real.members[2]!.daemon, fake.members[2]!];
    slow.freeze();
    quick.freeze();
    try {
      const asked = walkers.map((walker) =>
        said(walker, { method: 'GET', path: '/1.0/instances/three/state' }),
      );
      const direct = walkers.map(({ sockets }) => call(sockets[2]!, 'GET', '/1.0'));
      const first = await Promise.race([...asked, ...direct, delay(1500, 'nobody')]);
      expect(first).toBe('nobody');
      const listed = await both('GET', '/1.0/instances');
      expect(listed.map(({ body }) => body.metadata as unknown)).toEqual([
        ['/1.0/instances/three'],
        ['/1.0/instances/three'],
      ]);
      slow.thaw();
      quick.thaw();
      const [ofReal, ofFake] = await Promise.all(asked);
      expect(ofFake).toMatchObject({ status: (ofReal as { status: number }).status });
      for (const answer of direct) expect((await answer).status).toBe(200);
    } finally {
      slow.thaw();
      quick.thaw();
    }
  }, 60_000);

  it('when a member dies: waits for its operations end, lists have errors, what is for it fails', async () => {
    const token = { name: 'walk', type: 'client', token: true };
    const operations = (await both('POST', '/1.0/certificates', token, 2)).map(({ body }) => body.operation);
    const waits = walkers.map(({ sockets }, index) =>
      call(sockets[0]!, 'GET', `${operations[index]}/wait?timeout=60`),
    );
    expect(await Promise.race([...waits, delay(500, 'nobody')])).toBe('nobody');
    await Promise.all([real.members[2]!.daemon.kill(), fake.members[2]!.kill()]);
    const ended = (await Promise.all(waits)).map(({ status, body }, index) => {
      const text = body.error?.replaceAll(walkers[index]!.addresses[2]!, '<n3>');
      return { status, code: body.error_code, text: text?.replaceAll(operations[index]!, '<operation>') };
    });
    expect(ended[1]).toEqual(ended[0]);
    for (const { sockets } of walkers)
      await expect(call(sockets[2]!, 'GET', '/1.0')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    // Who asks before the others have noticed, gets other words from LXD.
    const early = { method: 'GET', path: '/1.0/instances/three' };
    const [ofReal, ofFake] = await Promise.all(walkers.map((walker) => said(walker, early)));
    if (JSON.stringify(ofReal).includes('Unable to connect')) expect(ofFake).toEqual(ofReal);
    await walk(steps.afterDeath);
  }, 120_000);
});
