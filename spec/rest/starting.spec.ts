import type { ServerResponse } from 'node:http';
import { Client, ConnectionError, UnavailableError, type ClientOptions } from '../../lib/index.js';
import { afterwards, fail, rejection, serve, serveRaw, sync, until, type TestServer } from './test-server.js';

const root = {
  api_extensions: ['dev_incus_events'],
  api_version: '1.0',
  auth: 'trusted',
  config: {},
  environment: { server: 'incus', server_version: '6.0.4' },
};

const starting = (response: ServerResponse) => fail(response, 503, 'LXD is starting up');

async function connect(
  server: TestServer,
  options: ClientOptions & { signal?: AbortSignal } = {},
): Promise<Client> {
  const client = await Client.connect({ ...server.options, ...options });
  afterwards(() => client.close());
  return client;
}

describe('a daemon that is starting', () => {
  test('is an UnavailableError at once, if no time is given', async () => {
    const server = await serve(starting);
    const error = await rejection(connect(server));
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error.message).toBe('GET /1.0: LXD is starting up (503)');
    expect(error).toMatchObject({ code: 'ERR_LXD_UNAVAILABLE', status: 503 });
    expect(server.seen).toHaveLength(1);
    await until(() => server.sockets.size === 0);
  });

  test('is waited for', async () => {
    const server = await serve((response, _, nth) => (nth < 3 ? starting(response) : sync(response, root)));
    const client = await connect(server, { timeout: 5000 });
    expect(client.server.version).toBe('6.0.4');
    expect(server.lines).toEqual(['GET /1.0', 'GET /1.0', 'GET /1.0']);
  });

  test('is waited for as long as was said, and then is the error', async () => {
    const server = await serve(starting);
    expect(await rejection(connect(server, { timeout: 700 }))).toBeInstanceOf(UnavailableError);
    expect(server.seen.length).toBeGreaterThan(1);
    await until(() => server.sockets.size === 0);
  });

  test('may have no socket yet', async () => {
    const server = await serve((response) => sync(response, root));
    await server.stop();
    setTimeout(() => void server.start(), 100);
    expect((await connect(server, { timeout: 5000 })).server.product).toBe('incus');
  });

  test('that never comes is the error that tells why', async () => {
    const server = await serve(starting);
    await server.stop();
    const error = await rejection(connect(server, { timeout: 300 }));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error.message).toContain(`${server.socketPath}: absent (ENOENT)`);
  });

  test('that accepts but never answers is a TimeoutError', async () => {
    const server = await serveRaw(() => {});
    const error = await rejection(connect(server, { timeout: 100 }));
    expect(error).toMatchObject({ code: 'ERR_LXD_TIMEOUT' });
    await until(() => server.sockets.size === 0);
  });

  test('abort ends the wait', async () => {
    const controller = new AbortController();
    const server = await serve((response) => {
      starting(response);
      setTimeout(() => controller.abort(), 20);
    });
    const error = await rejection(connect(server, { timeout: 60_000, signal: controller.signal }));
    expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR' });
    expect(server.seen).toHaveLength(1);
    await until(() => server.sockets.size === 0);
  });
});

test('a 503 page of a proxy is not a starting daemon', async () => {
  const server = await serve((response) => response.writeHead(503).end('<html>Service Unavailable'));
  const error = await rejection(connect(server, { timeout: 1000 }));
  expect(error).toMatchObject({ code: 'ERR_LXD_PROTOCOL', status: 503 });
  expect(server.seen).toHaveLength(1);
});
