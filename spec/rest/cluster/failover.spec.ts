import { setTimeout as delay } from 'node:timers/promises';
import { ConnectionError, OutcomeUnknownError, TimeoutError } from '../../../lib/errors/index.js';
import { rejection, sync, until } from '../test-server.js';
import { Members, type Member } from './members.js';

const get = { method: 'GET', path: '/1.0/x' };
const post = { method: 'POST', path: '/1.0/x', body: { a: 1 } };

/** Each says who it is. */
const named = (member: Member) => (response: Parameters<typeof sync>[0]) => sync(response, member.name);

describe('a member that is killed', () => {
  it('has what comes next go to another one, writes too, and tells where', async () => {
    const { all, session } = await started(3);
    const moved: string[] = [];
    const stop = session.connection.onMoved((address) => moved.push(address));
    expect(await session.send(get)).toMatchObject({ metadata: 'n1' });
    await all[0]!.kill();
    const answers = await Promise.all([session.send(post), session.send(get), session.stream(get)]);
    expect(['n2', 'n3']).toContain(answers[0].metadata);
    expect(answers[1].metadata).toBe(answers[0].metadata);
    const now = all.find(({ name }) => name === answers[0].metadata)!;
    expect(moved).toEqual([now.url]);
    expect(session.connection.description).toBe(now.url);
    expect(now.lines.sort()).toEqual(['GET /1.0/x', 'GET /1.0/x', 'POST /1.0/x']);
    expect(all[0]!.lines).toEqual(['GET /1.0/x']);

    stop();
    await now.kill();
    await session.send(post);
    expect(moved).toHaveLength(1);
  });

  it('has reads under way asked again, and says of a write that nobody knows', async () => {
    const cluster = await Members.start(3, (member) => (response) => {
      if (member.name !== 'n1') sync(response, member.name);
    });
    const session = await cluster.session();
    const reads = [
      session.send(get),
      session.send({ method: 'GET', path: '/1.0/operations/1/wait', timeout: 0 }),
      session.stream({ ...get, path: '/1.0/file' }),
    ];
    const write = rejection(session.send(post));
    await until(() => cluster.all[0]!.lines.length === 4);
    await cluster.all[0]!.kill();
    await Promise.all(reads);
    expect(await write).toBeInstanceOf(OutcomeUnknownError);
    expect(cluster.all.slice(1).flatMap(({ lines }) => lines)).not.toContain('POST /1.0/x');
  });

  it('has the client fail with all that it knows when no other answers', async () => {
    const { all, session } = await started(2);
    for (const one of all) await one.kill();
    expect(await rejection(session.send(get))).toBeInstanceOf(ConnectionError);
    expect(await rejection(session.send(post))).toBeInstanceOf(ConnectionError);
    await all[1]!.start();
    expect(await session.send(post)).toMatchObject({ metadata: 'n2' });
  });

  it('does not have a stream sent twice, but the next one', async () => {
    const { all, session } = await started(2);
    await all[0]!.kill();
    const body = async function* () {
      yield Buffer.from('x');
    };
    expect(await rejection(session.send({ ...post, body: body() }))).toBeInstanceOf(ConnectionError);
    await until(() => session.connection.description === all[1]!.url);
    expect(await session.send({ ...post, body: body() })).toMatchObject({ metadata: 'n2' });
  });

  it('breaks off a stream down that has begun, with an error', async () => {
    const cluster = await Members.start(2, () => (response) => void response.write('x'.repeat(1000)));
    const session = await cluster.session();
    const { body } = await session.stream(get);
    const ended = rejection(body.toArray());
    await cluster.all[0]!.kill();
    expect(await ended).toMatchObject({
      message: expect.stringContaining('the connection was lost before the answer was complete') as string,
    });
  });
});

it('has websockets opened elsewhere, and lets those be that are open', async () => {
  const { all, session } = await started(2);
  for (const { server } of all) {
    const { WebSocketServer } = await import('ws');
    const sockets = new WebSocketServer({ noServer: true });
    server.onUpgrade((request, socket, head) =>
      sockets.handleUpgrade(request, socket, head, () => undefined),
    );
  }
  const open = await session.websocket({ path: '/1.0/events' });
  const ended = new Promise((resolve) => open.once('close', resolve));
  const socket = await session.websocket({ path: '/1.0/events' });
  all[0]!.freeze();
  const next = await session.websocket({ path: '/1.0/events' });
  expect(session.connection.description).toBe(all[1]!.url);
  expect([open, socket, next].map(({ readyState }) => readyState)).toEqual([1, 1, 1]);
  await all[0]!.kill();
  await ended;
  expect(next.readyState).toBe(1);
}, 40_000);

it('is left by what was derived from the client, too, and by nobody twice', async () => {
  const { all, session } = await started(3);
  const moved: string[] = [];
  session.connection.onMoved((address) => moved.push(address));
  const others = ['a', 'b', 'c'].map((project) => session.derive({ project }));
  await all[0]!.kill();
  const answers = await Promise.all(others.map((one) => one.send(post)));
  expect(new Set(answers.map(({ metadata }) => metadata)).size).toBe(1);
  expect(moved).toHaveLength(1);
});

describe('a member that is frozen', () => {
  it('has reads under way asked elsewhere, and ends writes', async () => {
    const { all, session } = await started(3);
    await Promise.all([session.send(get), session.send(get), session.send(get), session.send(get)]);
    await delay(50); // their sockets are idle then
    all[0]!.freeze();
    const begun = performance.now();
    const write = rejection(session.send(post));
    const answers = await Promise.all([
      session.send(get),
      session.stream({ ...get, path: '/1.0/file' }),
      session.send({ method: 'GET', path: '/1.0/operations/1/wait', timeout: 0 }),
    ]);
    expect(['n2', 'n3']).toContain(answers[0].metadata);
    expect(await write).toBeInstanceOf(OutcomeUnknownError);
    expect(performance.now() - begun).toBeLessThan(30_000);
    expect(all.slice(1).flatMap(({ lines }) => lines)).not.toContain('POST /1.0/x');
  }, 40_000);

  it('does not accept a new connection, so that what needs one goes elsewhere', async () => {
    const { all, session } = await started(3);
    all[0]!.freeze();
    session.connection.suspect(); // drops the idle one
    const answer = await session.send(post);
    expect(['n2', 'n3']).toContain(answer.metadata);
  }, 40_000);

  it("does not have a call go on after its caller's time", async () => {
    const { all, session } = await started(3);
    all[0]!.freeze();
    expect(await rejection(session.send({ ...get, timeout: 300 }))).toBeInstanceOf(TimeoutError);
    session.connection.suspect();
    expect(await rejection(session.send({ ...get, timeout: 300 }))).toBeInstanceOf(TimeoutError);
  });

  it('suspect() finds it out while nothing is asked', async () => {
    const { all, session } = await started(2);
    const moved: string[] = [];
    session.connection.onMoved((address) => moved.push(address));
    session.connection.suspect();
    await delay(300);
    expect(moved).toEqual([]);
    all[0]!.freeze();
    session.connection.suspect();
    await until(() => moved.length > 0);
    expect(moved).toEqual([all[1]!.url]);
  }, 40_000);
});

describe('members', () => {
  it('are learnt when the server says that it is of a cluster, and only then', async () => {
    const cluster = await Members.start(2, named);
    const session = cluster.fresh();
    await session.send(get);
    await delay(50);
    expect(cluster.all[0]!.server.lines).toEqual(['GET /1.0/x']);
    await session.send({ method: 'GET', path: '/1.0' });
    await until(() => session.connection.failover?.isPossible === true);
    expect(cluster.all[0]!.server.lines.slice(2)).toEqual(['GET /1.0/cluster/members?recursion=1']);
    expect(session.connection.failover?.addresses.all).toEqual(cluster.all.map(({ url }) => url));
  });

  it.each([
    ['an instance', { location: 'n1' }, true],
    ['a list of them', [{ location: 'n1' }], true],
    ['one of a server alone', { location: 'none' }, false],
    ['what has no place', { name: 'x' }, false],
  ])('are learnt after %s, if that is somewhere', async (_, metadata, learns) => {
    const cluster = await Members.start(2, () => (response) => sync(response, metadata));
    const session = cluster.fresh();
    for (let i = 0; i < 3; i++) await session.send(get);
    await delay(50);
    expect(session.connection.failover?.isPossible).toBe(learns);
    const asked = cluster.all[0]!.server.lines.filter((line) => line.includes('members'));
    expect(asked).toHaveLength(learns ? 1 : 0);
  });

  it('are those that were given, where the server shows none', async () => {
    const cluster = await Members.start(3, named);
    cluster.isListed = false;
    const given = cluster.all.slice(0, 2).map(({ url }) => url);
    const session = cluster.fresh({}, { endpoint: given });
    expect(await session.send(get)).toMatchObject({ metadata: 'n1' });
    await cluster.all[0]!.kill();
    expect(await session.send(post)).toMatchObject({ metadata: 'n2' });
    await cluster.all[0]!.start();
    await cluster.all[1]!.kill();
    expect(await session.send(post)).toMatchObject({ metadata: 'n1' });
  });

  it('that show another certificate are none', async () => {
    const { all, session } = await started(2);
    const { makeCertificate } = await import('../../support/certificates.js');
    const { cert, key } = await makeCertificate({ commonName: 'another' });
    const { createServer } = await import('node:https');
    await all[1]!.kill();
    let seen = 0;
    const other = createServer({ cert, key }, (_, response) => {
      seen++;
      sync(response, 'another');
    });
    await new Promise<void>((resolve) =>
      other.listen(Number(new URL(all[1]!.url).port), '127.0.0.1', resolve),
    );
    try {
      await all[0]!.kill();
      expect(await rejection(session.send(get))).toBeInstanceOf(ConnectionError);
      expect(seen).toBe(0);
    } finally {
      other.close();
    }
  });

  it('without a majority are left for one that has it', async () => {
    const { all, cluster, session } = await started(3, (member) => (response) => {
      if (!cluster.stuck.has(member.name)) sync(response, member.name);
    });
    cluster.stuck.add('n1').add('n2');
    expect(await session.send(get)).toMatchObject({ metadata: 'n3' });
    expect(session.connection.description).toBe(all[2]!.url);
  }, 40_000);
});

async function started(count: number, handler: Parameters<typeof Members.start>[1] = named) {
  const cluster = await Members.start(count, handler);
  const session = await cluster.session();
  return { cluster, all: cluster.all, session };
}
