import { connect } from 'node:net';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { FakeServer, ManualClock, type FakeServerOptions } from '../../lib/testing/index.js';
import { call, type Answer } from './support.js';

const texts = {
  lxd: {
    first:
      /^Get "https:\/\/[\d.:]+\/1\.0\/instances\/two": Unable to connect to: [\d.:]+ \(\[dial tcp [\d.:]+: connect: connection refused\]\)$/,
    then: /^Missing event connection with target cluster member$/,
    wait: { status: 500, error: /^Get "https:\/\/[\d.]+:\d+\/1\.0\/operations\/[-\da-f]+\/wait": EOF$/ },
  },
  incus: {
    first: /^Missing event connection with target cluster member$/,
    then: /^Server isn't ready yet$/,
    wait: { status: 200, error: /^unexpected EOF$/ },
  },
};

/** Whether a promise has settled by the time that all else that is due was done. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let pending = true;
  const settle = (): void => void (pending = false);
  promise.then(settle, settle);
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  return pending;
}

describe.each(['lxd', 'incus'] as const)('the loss of a member of the fake, as %s', (product) => {
  let server: FakeServer;
  let clock: ManualClock;

  const start = async (options: FakeServerOptions = {}): Promise<FakeServer> => {
    clock = new ManualClock();
    const members = { names: ['n1', 'n2', 'n3'], hang: 1000, offlineAfter: 5000 };
    server = await FakeServer.start({ product, clock, operationTime: 60_000, members, ...options });
    server.addInstance({ name: 'one', location: 'n1', status: 'Running' });
    server.addInstance({ name: 'two', location: 'n2', status: 'Running' });
    return server;
  };

  afterEach(() => server.close());

  const get = (path: string, index = 0): Promise<Answer> =>
    call(server.members[index]!.socketPath, 'GET', path);

  const put = async (instance: string, index = 0): Promise<string> => {
    const path = `/1.0/instances/${instance}/state`;
    const { socketPath } = server.members[index]!;
    return (await call(socketPath, 'PUT', path, { action: 'stop', timeout: -1 })).body.operation!;
  };

  it('a killed member is refused, and what was connected to it is cut', async () => {
    await start({ https: true });
    const { socketPath, endpoint } = server.members[1]!;
    const operation = await put('two');
    const waits = [socketPath, endpoint].map((to) => call(to, 'GET', `${operation}/wait`));
    const events = new WebSocket(`ws+unix://${socketPath}:/1.0/events`);
    const closed = once(events, 'close');
    await once(events, 'open');
    expect(await isPending(Promise.race(waits))).toBe(true);
    await server.members[1]!.kill();
    for (const wait of waits) await expect(wait).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await closed)[0]).toBe(1006);
    for (const to of [socketPath, endpoint])
      await expect(call(to, 'GET', '/1.0')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(server.members[1]!.isUp).toBe(false);
  });

  it('a wait for an operation of a killed member ends at once, and the operation is gone', async () => {
    await start();
    const operation = await put('two');
    const wait = get(`${operation}/wait`);
    expect(await isPending(wait)).toBe(true);
    await server.members[1]!.kill();
    const { status, body } = await wait;
    expect(status).toBe(texts[product].wait.status);
    expect(body.error).toMatch(texts[product].wait.error);
    expect((await get('/1.0/operations')).body.metadata).toEqual({});
    await server.members[1]!.restart();
    for (const index of [0, 1, 2]) expect((await get(operation, index)).status).toBe(404);
  });

  it('what is for a killed member fails, at once or after a while', async () => {
    await start();
    await server.members[1]!.kill();
    const { first, then } = texts[product];
    for (const text of [first, then, then]) {
      const answer = get('/1.0/instances/two');
      const isLate = text.source.includes('Missing');
      expect(await isPending(answer)).toBe(isLate);
      if (isLate) clock.advance(1000);
      expect((await answer).body).toMatchObject({ error_code: 500, error: expect.stringMatching(text) });
    }
    for (const path of ['/1.0', '/1.0/resources', '/1.0/storage-pools/default', '/1.0/metrics']) {
      const answer = get(`${path}?target=n2`);
      await isPending(answer);
      clock.advance(1000);
      expect((await answer).body.error).toMatch(then);
    }
    expect((await get('/1.0?target=n9')).body).toMatchObject({
      error_code: 404,
      error: 'Cluster member not found',
    });
  });

  it('all else works without it, and lists have its instances in error', async () => {
    await start();
    await server.members[1]!.kill();
    for (const recursion of [0, 1, 2]) {
      const { body } = await get(`/1.0/instances?recursion=${recursion}`);
      const [one, two] = body.metadata;
      if (recursion === 0) expect([one, two]).toEqual(['/1.0/instances/one', '/1.0/instances/two']);
      else {
        expect(one).toMatchObject({ status: 'Running', location: 'n1' });
        expect(two).toMatchObject({ status: 'Error', status_code: 112, location: 'n2' });
      }
      if (recursion === 2) expect(two.state).toBeNull();
    }
    const client = server.client();
    await client.profiles.create({ name: 'p' });
    expect(await client.profiles.names()).toContain('p');
    const one = await client.instances.get('one');
    one.description = 'x';
    await one.save();
  });

  it('requests for it go on when it is back while they hang', async () => {
    await start();
    await server.members[1]!.kill();
    if (product === 'lxd') await get('/1.0/instances/two');
    const answer = get('/1.0/instances/two');
    expect(await isPending(answer)).toBe(true);
    await server.members[1]!.restart();
    expect((await answer).body.metadata).toMatchObject({ name: 'two', status: 'Running' });
  });

  it('while the leader is dead the database waits for another', async () => {
    await start();
    await server.members[0]!.kill();
    const answers = [1, 2].map((index) => get('/1.0/profiles', index));
    expect(await isPending(Promise.race(answers))).toBe(true);
    expect((await get('/1.0', 1)).status).toBe(200);
    clock.advance(1000);
    for (const answer of answers) expect((await answer).status).toBe(200);
  });

  it('while the leader is frozen too, and it is none any more when it is awake', async () => {
    await start();
    server.members[0]!.freeze();
    const answer = get('/1.0/profiles', 1);
    expect(await isPending(answer)).toBe(true);
    clock.advance(1000);
    expect((await answer).status).toBe(200);
    server.members[0]!.thaw();
    const members = await get('/1.0/cluster/members?recursion=1');
    const roles = (members.body.metadata as { roles: string[] }[]).map((member) => member.roles);
    expect(roles.map((of) => of.includes('database-leader'))).toEqual([false, true, false]);
  });

  it('the list of members has it online for a while, then offline, and online when it is back', async () => {
    await start();
    const listed = async () => {
      const { body } = await get('/1.0/cluster/members/n2');
      const { status, message } = body.metadata as { status: string; message: string };
      return [status, message];
    };
    for (const lose of ['kill', 'freeze'] as const) {
      await Promise.resolve(server.members[1]![lose]());
      clock.advance(4999);
      expect(await listed()).toEqual(['Online', 'Fully operational']);
      clock.advance(1);
      const [status, message] = await listed();
      expect(status).toBe('Offline');
      expect(message).toMatch(/^No heartbeat for 5s \(\d{4}-\d\d-\d\d .* \+0000 UTC\)$/);
      await server.members[1]!.restart();
      expect(await listed()).toEqual(['Online', 'Fully operational']);
    }
  });

  it('has metrics of the instances of the member that is asked', async () => {
    await start();
    for (const [index, name] of ['one', 'two'].entries()) {
      const { text } = await get(`/1.0/metrics?target=n${index + 1}`, 2);
      expect([...text.matchAll(/,name="(\w+)"/g)].map(([, found]) => found)).toEqual([name]);
    }
    expect((await get('/1.0/metrics', 2)).text).not.toContain('name="');
  });

  it('without most of its members the database has no leader', async () => {
    await start();
    await Promise.all([server.members[0]!.kill(), server.members[1]!.kill()]);
    const read = get('/1.0/profiles', 2);
    const written = call(server.members[2]!.socketPath, 'POST', '/1.0/profiles', { name: 'p' });
    expect(await isPending(Promise.race([read, written]))).toBe(true);
    clock.advance(2000);
    expect((await written).body.error).toMatch(/^Failed to begin transaction: /);
    if (product === 'lxd') expect((await read).status).toBe(500);
    else expect(await isPending(read)).toBe(true);
    expect((await get('/1.0', 2)).status).toBe(200);
    await server.members[0]!.restart();
    await read;
    expect((await get('/1.0/profiles', 2)).status).toBe(200);
  });

  it('a frozen member takes connections and says nothing', async () => {
    await start({ https: true });
    const { socketPath, endpoint } = server.members[1]!;
    const operation = await put('two');
    const wait = call(socketPath, 'GET', `${operation}/wait`);
    const events = new WebSocket(`ws+unix://${socketPath}:/1.0/events`);
    await once(events, 'open');
    let heard = 0;
    events.on('message', () => heard++);
    server.members[1]!.freeze();
    const port = Number(new URL(endpoint.endpoint).port);
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.destroy();
    const answers = [socketPath, endpoint].map((to) => call(to, 'GET', '/1.0'));
    await call(server.socketPath, 'POST', '/1.0/profiles', { name: 'p' });
    expect(await isPending(Promise.race([...answers, wait]))).toBe(true);
    expect(heard).toBe(0);
    server.members[1]!.thaw();
    for (const answer of answers) expect((await answer).status).toBe(200);
    await get('/1.0/profiles', 1);
    expect(heard).toBeGreaterThan(0);
    clock.advance(60_000);
    expect((await wait).status).toBe(200);
    events.terminate();
  });

  it('what is for a frozen member waits until it is awake, and its operations go on then', async () => {
    await start();
    const operation = await put('two');
    const wait = get(`${operation}/wait`);
    server.members[1]!.freeze();
    const answer = get('/1.0/instances/two');
    const patch = call(server.socketPath, 'PATCH', '/1.0/instances/two', { description: 'late' });
    clock.advance(100_000);
    expect(await isPending(Promise.race([wait, answer, patch]))).toBe(true);
    expect((await get(`/1.0/instances?recursion=1`)).body.metadata[1]).toMatchObject({ status: 'Error' });
    server.members[1]!.thaw();
    expect((await answer).body.metadata).toMatchObject({ status: 'Stopped' });
    expect((await wait).body.metadata).toMatchObject({ status_code: 200 });
    await patch;
    expect((await get('/1.0/instances/two')).body.metadata).toMatchObject({ description: 'late' });
  });

  it('lists wait for a frozen member for a while, and not for one that is held to be gone', async () => {
    await start();
    server.members[1]!.freeze();
    const list = get('/1.0/instances?recursion=1');
    const plain = get('/1.0/instances');
    const operations = get('/1.0/operations');
    expect((await plain).body.metadata).toHaveLength(2);
    expect(await isPending(Promise.race([list, operations]))).toBe(true);
    clock.advance(1000);
    expect((await list).body.metadata[1]).toMatchObject({ status: 'Error' });
    clock.advance(4000);
    expect((await get('/1.0/instances?recursion=1')).body.metadata[1]).toMatchObject({ status: 'Error' });
    expect((await get('/1.0/operations')).status).toBe(200);
    server.members[1]!.thaw();
    expect((await operations).status).toBe(200);
    expect((await get('/1.0/instances?recursion=1')).body.metadata[1]).toMatchObject({ status: 'Running' });
  });

  it('exec through a survivor is cut by the death of the member that it runs on, and silent while that is frozen', async () => {
    await start();
    await using client = server.client();
    const two = await client.instances.get('two');
    const connected = async () => {
      const sockets = () => server.requests.filter(({ path }) => path.endsWith('/websocket'));
      while (sockets().length < 4) await new Promise((resolve) => setImmediate(resolve));
      await get('/1.0'); // by then the command runs
      server.clearRequests();
    };
    const silent = two.exec(['sh', '-c', 'sleep 1; echo x']);
    await connected();
    server.members[1]!.freeze();
    expect(await isPending(silent)).toBe(true);
    clock.advance(1000);
    expect(await isPending(silent)).toBe(true);
    server.members[1]!.thaw();
    expect((await silent).stdout).toBe('x');
    const died = expect(two.exec(['sleep', '1000'])).rejects.toThrow();
    await connected();
    await server.members[1]!.kill();
    await died;
  });

  it('a member that is killed does no more of what it was at', async () => {
    await start();
    await put('two');
    await server.members[1]!.kill();
    clock.advance(100_000);
    await server.members[1]!.restart();
    expect((await get('/1.0/instances/two')).body.metadata).toMatchObject({ status: 'Running' });
  });

  it('one that was frozen when it was killed does nothing that it was asked', async () => {
    await start();
    server.members[1]!.freeze();
    const { socketPath } = server.members[1]!;
    const late = call(socketPath, 'POST', '/1.0/profiles', { name: 'late' });
    expect(await isPending(late)).toBe(true);
    await server.members[1]!.restart();
    await expect(late).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await get('/1.0/profiles/late')).status).toBe(404);
  });
});
