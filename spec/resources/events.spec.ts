import { BadRequestError, ServerError, type InstanceChange } from 'tslxd';
import { describeFakes, rejection, sent } from './support.js';

describeFakes('events and what stands on them', (start) => {
  it('tell what is done, in the order in which it is done', async () => {
    const { client } = await start();
    const lifecycle = client.events.listen({ types: ['lifecycle'] });
    await lifecycle.ready;
    const web = await client.instances.create({ name: 'web', source: { type: 'none' } });
    await web.start();
    await web.stop({ force: true });
    await web.rename('new');
    await web.delete();
    const actions: string[] = [];
    for await (const { metadata } of lifecycle) {
      actions.push(`${metadata.action} ${metadata.source}`);
      if (metadata.action === 'instance-deleted') break;
    }
    expect(actions).toEqual([
      'instance-created /1.0/instances/web',
      'instance-started /1.0/instances/web',
      'instance-stopped /1.0/instances/web',
      'instance-renamed /1.0/instances/new',
      'instance-deleted /1.0/instances/new',
    ]);
  });

  it('are refused as the real servers do', async () => {
    const { client, server } = await start();
    const type = server.product === 'lxd' ? 'network-acl' : 'ovn';
    const Class = server.product === 'lxd' ? ServerError : BadRequestError;
    const error = await rejection(client.events.listen({ types: [type] }).next(), Class);
    expect(error.message).toMatch(`"${type}" isn't a supported event type`);
  });

  it('watch() tells of changes, over a lost socket too', async () => {
    const { client, server } = await start();
    server.addInstance({ name: 'old', status: 'Running' });
    const changes = client.instances.watch();
    const told: string[] = [];
    const until = async (type: InstanceChange['type'], key: string) => {
      for (;;) {
        const { value } = await changes.next();
        if (!value) return;
        told.push(value.type === 'synced' ? 'synced' : `${value.type} ${value.key} ${value.model.status}`);
        if (value.type === type && (value.type === 'synced' || value.key === key)) return;
      }
    };
    await until('synced', '');
    const web = await client.instances.create({ name: 'web', source: { type: 'none' } });
    await until('added', 'web');
    server.dropEvents();
    await web.start();
    await until('changed', 'web');
    await client.instances.ref('old').delete({ force: true });
    await until('removed', 'old');
    await changes.return();
    expect(told.filter((line) => !line.startsWith('changed old'))).toEqual([
      'added old Running',
      'synced',
      'added web Stopped',
      'changed web Running',
      expect.stringMatching(/^removed old/),
    ]);
  });

  it('waitFor() is woken by them, without looking in between', async () => {
    const { client, server } = await start();
    server.addInstance({ name: 'web' });
    const web = client.instances.ref('web');
    const running = web.waitFor('running', { interval: 50 });
    await new Promise((resolve) => setTimeout(resolve, 1400));
    server.clearRequests();
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(sent(server)).toEqual([]);
    await web.start();
    await running;
  });

  it('operations for which nobody waits take one socket, and tell their end', async () => {
    const { client, server } = await start({ operationTime: 100 });
    const names = Array.from({ length: 20 }, (_, index) => server.addInstance({ name: `i${String(index)}` }));
    server.clearRequests();
    const operations = await Promise.all(
      names.map(async (name) => client.instances.ref(name).start({ wait: false })),
    );
    await Promise.all(operations.map(async (operation) => operation.wait()));
    expect(sent(server).filter((line) => line.endsWith('/wait'))).toEqual([]);
  });
});
