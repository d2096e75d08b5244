import {
  ConnectionError,
  ForbiddenError,
  NotFoundError,
  OperationError,
  ServerError,
  TimeoutError,
} from '../../lib/errors/index.js';
import { FakeServer, ManualClock, type Fault } from '../../lib/testing/index.js';
import { call, describeFakes } from './support.js';

describeFakes('failNext', (subject) => {
  const client = () => subject.server.client();

  it('refuses with an envelope, once', async () => {
    subject.server.addInstance({ name: 'web' });
    const fault = subject.server.failNext('GET /1.0/instances/*', { status: 503 });
    await expect(client().instances.get('web')).rejects.toThrow(ServerError);
    expect(fault).toMatchObject({ left: 0, requests: [{ path: '/1.0/instances/web', status: 503 }] });
    await expect(client().instances.get('web')).resolves.toMatchObject({ name: 'web' });
  });

  it('finds its requests by method and path, expression or function, as often as it is told', async () => {
    const { server } = subject;
    server.addInstance({ name: 'web', snapshots: ['one'] });
    server.failNext('PUT /1.0/instances/web', { status: 500 });
    server.failNext(/instances\/web\/snap/, { status: 404, error: 'Gone fishing' });
    server.failNext(({ query }) => query.recursion === '2', { status: 403 }, { times: 2 });
    const web = await client().instances.get('web');
    await expect(web.snapshots.get('one')).rejects.toThrow('Gone fishing');
    for (let count = 0; count < 2; count++) {
      await expect(client().instances.all({ recursion: 2 })).rejects.toThrow();
    }
    await expect(client().instances.all({ recursion: 2 })).resolves.toHaveLength(1);
    const any = server.failNext('/1.0/**', { status: 404 }, { times: Infinity });
    await expect(client().instances.get('web')).rejects.toThrow(NotFoundError);
    any.cancel();
    await expect(client().instances.get('web')).resolves.toBeDefined();
  });

  it('drops the connection before or after the work', async () => {
    const { server } = subject;
    for (const drop of ['before', 'after'] as const) {
      server.failNext('POST /1.0/profiles', { drop });
      await expect(client().profiles.create({ name: drop })).rejects.toThrow(ConnectionError);
    }
    await expect(client().profiles.names()).resolves.toEqual(['after', 'default']);
  });

  it('cuts the body of an answer', async () => {
    const { server } = subject;
    const fingerprint = server.addImage({ data: Buffer.alloc(1 << 20, 'x') });
    server.failNext('GET /1.0/images/*/export', { cut: 0.5 });
    const path = '/1.0/images/{fingerprint}/export';
    const body = await client().request('GET', path, { fingerprint });
    let length = 0;
    const read = async () => {
      for await (const chunk of body) length += (chunk as Buffer).length;
    };
    await expect(read()).rejects.toThrow(ConnectionError);
    expect(length).toBe(1 << 19);
    server.addInstance({ name: 'web' });
    server.failNext('GET /1.0/instances/web', { cut: 0 });
    await expect(call(server.socketPath, 'GET', '/1.0/instances/web')).rejects.toThrow();
  });

  it('stalls an answer, for a while or for good', async () => {
    const { server } = subject;
    server.addInstance({ name: 'web' });
    server.failNext('GET /1.0/instances/web', { stall: 20 });
    await expect(client().instances.get('web')).resolves.toBeDefined();
    server.failNext('GET /1.0/instances/web', { stall: Infinity });
    await expect(client().instances.get('web', { timeout: 50 })).rejects.toThrow(TimeoutError);
  });

  it('makes the operation fail at a stage, with nothing done', async () => {
    const { server } = subject;
    server.addInstance({ name: 'web' });
    server.failNext('PUT /1.0/instances/web/state', { operation: 'No space left on device', percent: 99 });
    const web = await client().instances.get('web');
    const seen: (number | undefined)[] = [];
    const start = web.start({ onProgress: ({ percent }) => seen.push(percent) });
    await expect(start).rejects.toThrow(OperationError);
    await expect(web.start()).resolves.toMatchObject({ status: 'Running' });
    if (seen.length > 0) expect(seen).toEqual([99]);
  });

  it('has a save read again after a 412', async () => {
    const { server } = subject;
    server.addInstance({ name: 'web' });
    const web = await client().instances.get('web');
    web.config['user.a'] = '1';
    const fault = server.failNext('PATCH /1.0/instances/web', { status: 412 });
    await web.save();
    expect(fault.requests).toHaveLength(1);
    expect((await client().instances.get('web')).config['user.a']).toBe('1');
  });

  it('says of what is no fault and no request what they are', () => {
    const { server } = subject;
    for (const fault of [{}, { status: 200 }, { cut: 2 }, { drop: 'now' }, { status: 500, stall: 1 }]) {
      expect(() => server.failNext('GET /1.0', fault as Fault)).toThrow(/fault/);
    }
    for (const match of ['', 'GET', 'get /1.0', '1.0']) {
      expect(() => server.failNext(match, { status: 500 })).toThrow("write e.g. 'GET /1.0/instances/*'");
    }
    expect(() => server.failNext('GET /1.0', { status: 500 }, { times: 0 })).toThrow('times must be 1');
  });

  it('refuses websockets too, which are logged as other requests', async () => {
    const { server } = subject;
    const fault = server.failNext('GET /1.0/events', { status: 403 });
    const listening = client().events.listen()[Symbol.asyncIterator]();
    await expect(listening.next()).rejects.toThrow(ForbiddenError);
    expect(fault.requests).toMatchObject([{ path: '/1.0/events', status: 403 }]);
  });

  it('forgets its faults at reset', async () => {
    subject.server.failNext('GET /1.0', { status: 500 });
    subject.server.reset();
    await expect(client().server.fetch()).resolves.toBeDefined();
  });
});

it('stalls by the clock of the specs', async () => {
  const clock = new ManualClock();
  await using server = await FakeServer.start({ clock });
  server.failNext('GET /1.0', { stall: 60_000 });
  const answer = call(server.socketPath, 'GET', '/1.0');
  while (server.requests.length === 0) await new Promise(setImmediate);
  await new Promise(setImmediate);
  clock.advance(60_000);
  expect((await answer).status).toBe(200);
});
