import { rejection, until } from '../rest/test-server.js';
import { ClosedError } from 'tslxd';
import { EventServer, lifecycle, take } from './event-server.js';

let server: EventServer;
beforeEach(async () => {
  server = await EventServer.start();
});

describe('the shared socket', () => {
  it('is one for a client and its derived ones, however many listen', async () => {
    const client = server.client();
    const listening = Array.from({ length: 50 }, () => client.events.listen({ types: ['lifecycle'] }));
    const derived = client.useProject('default').events.listen({ types: ['lifecycle'] });
    await Promise.all([...listening, derived].map(({ ready }) => ready));
    server.send(lifecycle('instance-started'));
    for (const events of [...listening, derived]) expect(await take(events, 1)).toHaveLength(1);
    expect(server.queries).toEqual(['type=lifecycle&project=default']);
    expect(server.connections.size).toBe(1);
  });

  it('comes to ask for more without a gap, and without an event twice', async () => {
    const client = server.client();
    const first = client.events.listen({ types: ['lifecycle'] });
    await first.ready;
    let sent = 0;
    const timer = setInterval(() => server.send(lifecycle('instance-started', `i${String(sent++)}`)), 1);
    const more = client.events.listen({ types: ['operation'], project: 'two' });
    await more.ready;
    const most = client.events.listen();
    await most.ready;
    await new Promise((resolve) => setTimeout(resolve, 50));
    clearInterval(timer);
    const names = (await take(first, sent)).map(({ metadata }) => metadata.source.split('/').pop());
    expect(names).toEqual(Array.from({ length: sent }, (_, index) => `i${String(index)}`));
    expect(server.queries).toEqual([
      'type=lifecycle&project=default',
      'type=lifecycle,operation&all-projects=true',
      'all-projects=true',
    ]);
    await until(() => server.listeners.size === 1);
  });

  it('is one for each project where the server shows no other', async () => {
    server.refuse = (query) => (query.has('all-projects') ? 403 : undefined);
    const client = server.client();
    const one = client.events.listen({ types: ['lifecycle'] });
    const two = client.events.listen({ types: ['lifecycle'], project: 'two' });
    await Promise.all([one.ready, two.ready]);
    expect(server.listeners.size).toBe(2);
    server.send(lifecycle('instance-started', 'a', { project: 'two' }));
    expect(await take(two, 1)).toHaveLength(1);
    await two.return();
    await until(() => server.listeners.size === 1);
  });

  it('is closed by a listener that leaves before it is open', async () => {
    const client = server.client();
    const events = client.events.listen();
    await events.return();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(server.listeners.size).toBe(0);
    const other = client.events.listen();
    await other.ready;
    expect(server.listeners.size).toBe(1);
  });
});

describe('a lost socket', () => {
  it('is opened again, and those who ask are told', async () => {
    const { events } = server.client();
    const all = events.listen();
    const quiet = events.listen({ types: ['lifecycle'] });
    let reconnected = 0;
    events.on('reconnected', () => (reconnected += 1));
    await Promise.all([all.ready, quiet.ready, events.ready()]);
    const before = Date.now();
    server.drop();
    await until(() => server.listeners.size === 1);
    const [notice] = await take(all, 1);
    expect(notice).toMatchObject({ type: 'reconnected', metadata: { lostAt: expect.any(Date) } });
    if (notice?.type === 'reconnected')
      expect(notice.metadata.lostAt.getTime()).toBeGreaterThanOrEqual(before - 1);
    server.send(lifecycle('instance-started'));
    expect(await take(quiet, 1)).toMatchObject([{ type: 'lifecycle' }]);
    expect(reconnected).toBe(1);
    expect(server.queries[1]).toBe(server.queries[0]);
  });

  it('is looked for until the daemon is back', async () => {
    const events = server.client().events.listen();
    await events.ready;
    await server.stop();
    await new Promise((resolve) => setTimeout(resolve, 400));
    await server.listen();
    expect(await take(events, 1)).toMatchObject([{ type: 'reconnected' }]);
  });

  it('survives a server that is starting, and ends at one that refuses', async () => {
    const events = server.client().events.listen();
    await events.ready;
    let tries = 0;
    server.refuse = () => [503, 500, 403][tries++];
    server.drop();
    const error = await rejection(events.next());
    expect(error.message).toMatch('(403)');
    expect(tries).toBe(3);
  });

  it('may be closed while it is lost', async () => {
    const client = server.client();
    const events = client.events.listen();
    await events.ready;
    await server.stop();
    const pending = rejection(events.next());
    await new Promise((resolve) => setTimeout(resolve, 50));
    await client.close();
    expect(await pending).toBeInstanceOf(ClosedError);
  });

  it('may be joined while it is lost', async () => {
    const { events } = server.client();
    await events.listen({ types: ['lifecycle'] }).ready;
    await server.stop();
    await new Promise((resolve) => setTimeout(resolve, 30));
    const late = events.listen({ types: ['operation'] });
    await server.listen();
    await late.ready;
    server.send({ type: 'operation', metadata: { id: 'x' } });
    expect(await take(late, 1)).toMatchObject([{ metadata: { id: 'x' } }]);
  });
});
