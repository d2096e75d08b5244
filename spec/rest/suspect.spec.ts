import { jest } from '@jest/globals';
import { ConnectionError } from '../../lib/errors/index.js';
import { rejection, serve, serveHttps, sync, until, type Handler } from './test-server.js';

const get = { method: 'GET', path: '/1.0/x' };

describe.each([
  ['a unix socket', serve],
  ['https', serveHttps],
])('over %s', (_, start) => {
  afterEach(() => jest.restoreAllMocks());

  /** Has the clocks say that it is later. */
  function later(ms: number): void {
    jest.restoreAllMocks();
    const [now, passed] = [Date.now.bind(Date), performance.now.bind(performance)];
    jest.spyOn(Date, 'now').mockImplementation(() => now() + ms);
    jest.spyOn(performance, 'now').mockImplementation(() => passed() + ms);
  }

  test('a connection that was idle for half a minute by the clock is not used again', async () => {
    const server = await start((response) => sync(response));
    const session = server.session();
    await session.send(get);
    await session.send(get);
    expect(server.connections).toBe(1);
    later(29_000);
    await session.send(get);
    expect(server.connections).toBe(1);
    later(29_000 + 31_000);
    await Promise.all([session.send(get), session.stream(get).then(({ body }) => body.resume())]);
    expect(server.connections).toBe(3);
    await until(() => server.sockets.size < 3);
  });

  test('suspect() drops idle connections', async () => {
    const server = await start((response) => sync(response));
    const session = server.session();
    await session.send(get);
    session.connection.suspect();
    await until(() => server.sockets.size === 0);
    await session.send(get);
    expect(server.connections).toBe(2);
  });

  test('suspect() before anything was asked, and after close()', async () => {
    const server = await start((response) => sync(response));
    const session = server.session();
    session.connection.suspect();
    await session.send(get);
    session.connection.close();
    session.connection.suspect();
  });

  /** Answers each request the second time only, and what has a body in its middle at once. */
  const second = (): Handler => {
    const asked = new Set<string>();
    return (response, { method, url }) => {
      if (asked.has(method + url)) sync(response, url);
      asked.add(method + url);
    };
  };

  test('suspect() has reads asked again that have waited for seconds, and lets all else be', async () => {
    const server = await start(second());
    const session = server.session();
    const reads = [
      session.send(get),
      session.send({ method: 'GET', path: '/1.0/operations/1/wait', timeout: 0 }),
      session.stream({ ...get, path: '/1.0/file' }),
    ];
    const writes = [
      session.send({ method: 'PUT', path: '/1.0/put', body: {} }),
      session.send({ method: 'POST', path: '/1.0/post', body: Buffer.from('x') }),
    ].map(rejection);
    await until(() => server.seen.length === 5);
    session.connection.suspect();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(server.seen).toHaveLength(5); // they have waited for less
    later(3500);
    session.connection.suspect();
    expect(await reads[0]).toMatchObject({ metadata: '/1.0/x' });
    expect(await reads[1]).toMatchObject({ metadata: '/1.0/operations/1/wait' });
    expect(await reads[2]).toMatchObject({ status: 200 });
    expect(server.lines.slice(5).sort()).toEqual([
      'GET /1.0/file',
      'GET /1.0/operations/1/wait',
      'GET /1.0/x',
    ]);
    session.connection.close();
    await Promise.all(writes);
    expect(server.seen).toHaveLength(8);
  });

  test('a read that is asked again in vain too often fails', async () => {
    const server = await start(() => undefined);
    const session = server.session();
    const failed = rejection(session.send(get));
    for (const times of [1, 2, 3]) {
      await until(() => server.seen.length === times);
      later(3500);
      session.connection.suspect();
      jest.restoreAllMocks();
    }
    expect(await failed).toBeInstanceOf(ConnectionError);
  });
});
