import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import {
  Client,
  ClusterMemberError,
  ExecError,
  NotFoundError,
  OutcomeUnknownError,
  type Instance,
  type Watch,
} from 'tslxd';
import { rejection } from '../resources/support.js';
import { startCluster, type Cluster, type ClusterMember } from './cluster.js';
import { absent, describeReal, type RealServer } from './harness.js';
import { canStart } from './own-daemon.js';

describeReal('waits, events and commands at a cluster that loses a member', waitsSpecs);

function waitsSpecs(product: RealServer): void {
  if (!canStart(product.product)) {
    absent("no cluster of one's own can be started here");
    return;
  }

  let cluster: Cluster;
  let client: Client;
  let web: Instance;

  beforeAll(async () => {
    cluster = await startCluster(product);
    await cluster.settled();
    await cluster.server.ensureImage();
    client = await Client.connect(await cluster.access());
    const input = { name: 'web', source: { alias: cluster.server.imageAlias }, start: true };
    await client.useTarget('n2').instances.create(input);
    web = await client.instances.get('web');
  }, 150_000);

  afterAll(async () => {
    await client?.close();
    await cluster?.remove();
  }, 60_000);

  const member = (name: string): ClusterMember => cluster.members.find((one) => one.name === name)!;

  /** Until the instance reads so. */
  async function seen(changes: Watch<Instance>, status: string): Promise<void> {
    for (;;) {
      const { done, value } = await changes.next();
      if (done) throw new Error(`the watch ended before it read ${status}`);
      if ('model' in value && value.model.status === status) return;
    }
  }

  it('the one that runs things: how they ended is not known, and a watch sees it go and come back', async () => {
    await using changes = client.instances.watch();
    await seen(changes, 'Running');
    const command = web.exec(['sh', '-c', 'echo begun; sleep 120']);
    await once(command.stdout, 'data');
    const id = command.operationId!;
    const ended = rejection(Promise.resolve(command), OutcomeUnknownError);
    const recorded = rejection(
      Promise.resolve(web.exec(['sleep', '120'], { record: true })),
      OutcomeUnknownError,
    );
    await delay(1000); // until it runs
    await member('n2').daemon.kill();
    const error = await ended;
    expect(error).not.toBeInstanceOf(ExecError);
    expect(error).toMatchObject({ operation: id, stdout: 'begun' });
    expect(error.message).toMatch(/cluster member n2.*how the command ended is not known$/);
    expect((await recorded).message).toContain('the cluster member n2, which was at it, went away');
    await rejection(client.operations.get(id), ClusterMemberError);
    await seen(changes, 'Error');
    await member('n2').daemon.start();
    await cluster.settled();
    await seen(changes, 'Running');
    await rejection(client.operations.get(id), NotFoundError);
  }, 150_000);

  it('the one that was asked: waits and events go on at another', async () => {
    await using events = client.events.listen({ types: ['lifecycle', 'reconnected'] });
    await events.ready;
    const before = client.credentials().endpoint;
    const asked = cluster.members.find(({ daemon }) => daemon.server.httpsUrl === before)!;
    expect(asked.name).not.toBe('n2');
    const recorded = web.exec(['sleep', '6'], { record: true });
    await delay(1000); // until it runs
    await asked.daemon.kill();
    for await (const { type } of events) if (type === 'reconnected') break;
    expect(await recorded).toMatchObject({ exitCode: 0 });
    expect(client.credentials().endpoint).not.toBe(before);
    await using more = client.events.listen({ types: ['lifecycle'], actions: ['instance-updated'] });
    await more.ready;
    web.description = 'seen';
    await web.save();
    expect((await more.next()).value).toMatchObject({ type: 'lifecycle' });
  }, 120_000);
}
