import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { socketTimes } from '../../lib/events/socket.js';
import { usual as waitTimes } from '../../lib/operations/follow.js';
import { afterwards, until } from '../rest/test-server.js';
import { proxyTo } from '../support/proxy.js';
import { take } from './event-server.js';

/** A client behind a link that can die in silence, in a hurry to notice; `near` is one beside the server. */
async function linked() {
  const server = await FakeServer.start({ operationTime: 100 });
  server.addInstance({ name: 'web' });
  const proxy = await proxyTo({ path: server.socketPath });
  const client = new Client({ socketPath: proxy.socketPath });
  const near = new Client({ socketPath: server.socketPath });
  const usual = [{ ...socketTimes }, { ...waitTimes }] as const;
  Object.assign(socketTimes, { look: 20, silence: 100, dead: 400 });
  Object.assign(waitTimes, { beat: 200, answer: 200 });
  afterwards(async () => {
    Object.assign(socketTimes, usual[0]);
    Object.assign(waitTimes, usual[1]);
    await Promise.all([client.close(), near.close()]);
    await Promise.all([proxy.close(), server.close()]);
  });
  return { client, near, proxy, server };
}

// None of these ends before the limit of a request, a minute, if the silence is not noticed.
describe('when a link has died in silence', () => {
  it('a watch tells again what is true, and reads are answered, also those under way', async () => {
    const { client, near, proxy } = await linked();
    const changes = client.instances.watch();
    await take(changes, 2);
    await client.instances.get('web'); // a socket that idles, and dies with the others
    proxy.silence();
    const underWay = client.instances.get('web');
    await near.instances.ref('web').start();
    const [change] = await take(changes, 1);
    expect(change).toMatchObject({ type: 'changed', model: { status: 'Running' } });
    expect(await underWay).toMatchObject({ status: 'Running' });
    expect(await client.instances.get('web')).toMatchObject({ status: 'Running' });
  }, 30_000);

  it('waitFor() ends in the truth', async () => {
    const { client, near, proxy } = await linked();
    const waiting = client.instances.ref('web').waitFor('running');
    const profile = client.profiles.ref('default').waitFor(({ description }) => description === 'done');
    await client.events.listen({ types: ['lifecycle'] }).ready;
    await delay(100);
    proxy.silence();
    await near.instances.ref('web').start();
    const other = await near.profiles.get('default');
    other.description = 'done';
    await other.save();
    expect((await waiting).key).toBe('web');
    expect((await profile).description).toBe('done');
  }, 30_000);

  it('the wait for an operation ends with it, without an event socket too', async () => {
    const { client, proxy, server } = await linked();
    const id = server.addOperation({ time: 3_000 });
    const ended = client.operations.ref(id).wait();
    await until(() => server.requests.some(({ path }) => path.endsWith('/wait')));
    await delay(20);
    proxy.silence();
    await ended;
  }, 30_000);
});
