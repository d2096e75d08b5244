import { Client } from 'tslxd';
import { FakeServer, type FakeServerOptions } from 'tslxd/testing';
import { memberTimes } from '../../lib/events/member-news.js';
import { usual as waitTimes } from '../../lib/operations/follow.js';
import { socketTimes } from '../../lib/events/socket.js';
import { afterwards, until } from '../rest/test-server.js';
import { take } from './event-server.js';

// A client of a cluster over HTTPS whose member dies, or freezes, while it listens.

describe.each(['lxd', 'incus'] as const)('listening at a member of the fake %s', (product) => {
  async function cluster(options: FakeServerOptions = {}) {
    const usual = [{ ...socketTimes }, { ...memberTimes }] as const;
    Object.assign(socketTimes, { look: 50, silence: 300, dead: 900 });
    Object.assign(memberTimes, { poll: 100 });
    afterwards(() => {
      Object.assign(socketTimes, usual[0]);
      Object.assign(memberTimes, usual[1]);
    });
    const server = await FakeServer.start({ product, members: 3, https: true, ...options });
    afterwards(() => server.close());
    server.addInstance({ name: 'web', location: 'n2' });
    const client = await Client.connect(server.members[0]!.endpoint);
    afterwards(() => client.close());
    return { server, client, near: server.members[2]!.client() };
  }

  it.each(['kill', 'freeze'] as const)(
    'that is lost (%s) goes on at another, and tells all once',
    async (how) => {
      const { server, client, near } = await cluster();
      const events = client.events.listen({ types: ['lifecycle', 'reconnected'] });
      await events.ready;
      await client.instances.get('web'); // it knows of the others by now
      await near.instances.ref('web').start();
      const began = new Date();
      expect(await take(events, 1)).toMatchObject([{ metadata: { action: 'instance-started' } }]);
      await server.members[0]![how]();
      const [reconnected] = await take(events, 1);
      expect(reconnected).toMatchObject({ type: 'reconnected' });
      const { lostAt } = (reconnected as { metadata: { lostAt: Date } }).metadata;
      expect(lostAt.getTime()).toBeGreaterThanOrEqual(began.getTime() - 1000);
      await near.instances.ref('web').stop({ force: true });
      await near.profiles.create({ name: 'last' });
      const actions: string[] = [];
      for await (const event of events) {
        if (event.type !== 'lifecycle') continue;
        actions.push(event.metadata.action);
        if (event.metadata.action === 'profile-created') break;
      }
      expect(actions).toEqual(expect.arrayContaining(['profile-created']));
      expect(actions.filter((action) => action === 'instance-stopped')).toHaveLength(1);
    },
  );

  it.each(['kill', 'freeze'] as const)(
    'a watch sees what is on a lost member (%s) go and come back',
    async (how) => {
      const { server, client } = await cluster();
      server.addInstance({ name: 'own', location: 'n1', status: 'Running' });
      const changes = client.instances.watch();
      await take(changes, 3);
      await server.members[0]![how]();
      const told = (status: string) => [{ type: 'changed', key: 'own', model: { status } }];
      expect(await take(changes, 1)).toMatchObject(told('Error'));
      if (how === 'kill') await server.members[0]!.restart();
      else server.members[0]!.thaw();
      expect(await take(changes, 1)).toMatchObject(told('Running'));
    },
  );

  it.each(['kill', 'freeze'] as const)('a wait goes on at another (%s), in the truth', async (how) => {
    const { server, client } = await cluster({ operationTime: 1500 });
    const usual = { ...waitTimes };
    Object.assign(waitTimes, { beat: 200, answer: 500 });
    afterwards(() => Object.assign(waitTimes, usual));
    const operation = await client.instances.ref('web').start({ wait: false });
    await until(() => server.requests.some(({ path }) => path === '/1.0/cluster/members')); // it knows of the others
    const starting = operation.wait();
    await server.members[0]![how]();
    expect(await starting).toMatchObject({ key: 'web' });
    expect(operation.state).toBe('succeeded');
  });
});
