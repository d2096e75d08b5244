import { OperationExpiredError } from '../../lib/errors/index.js';
import { FakeServer } from '../../lib/testing/index.js';
import { call } from './support.js';

describe.each(['lxd', 'incus'] as const)('restart(), as %s', (product) => {
  it('keeps what there is, and forgets what was under way', async () => {
    await using server = await FakeServer.start({ product, operationTime: 60_000 });
    server.addInstance({ name: 'web', status: 'Running' });
    const client = server.client();
    const web = await client.instances.get('web');
    const stop = await web.stop({ wait: false });
    const waiting = stop.wait();
    const expired = expect(waiting).rejects.toThrow(OperationExpiredError);
    await server.restart({ downtime: 50 });
    await expired;
    expect((await client.instances.get('web')).status).toBe('Running');
    expect((await call(server.socketPath, 'GET', `/1.0/operations/${stop.id}`)).status).toBe(404);
  });

  it('lets listeners find it again', async () => {
    await using server = await FakeServer.start({ product, operationTime: 1 });
    const client = server.client();
    const heard: string[] = [];
    client.events.on('lifecycle', ({ metadata }) => heard.push(metadata.action));
    const reconnected = new Promise<void>((resolve) => client.events.on('reconnected', () => resolve()));
    await client.events.ready();
    await server.restart();
    await reconnected;
    await client.profiles.create({ name: 'p' });
    while (heard.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(heard).toEqual(['profile-created']);
  });
});
