import { jest } from '@jest/globals';
import { getEventListeners, once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { endpointFromOptions } from '../../lib/connect/options.js';
import { AbortedError, ConnectionError, LxdError, TimeoutError } from '../../lib/errors/index.js';
import { GotTransport } from '../../lib/rest/got-transport.js';
import type { Transport } from '../../lib/rest/transport.js';
import {
  afterwards,
  rejection,
  serve,
  serveBytes,
  serveRaw,
  sync,
  temporaryFolder,
  until,
} from './test-server.js';

const get = { method: 'GET', path: '/1.0' };

function at(socketPath: string): Transport {
  const transport = new GotTransport(endpointFromOptions({ socketPath })!);
  afterwards(() => transport.close());
  return transport;
}

describe('no server', () => {
  test('an absent socket', async () => {
    const socketPath = join(await temporaryFolder(), 'unix.socket');
    for (const verb of ['request', 'stream', 'websocket'] as const) {
      const error = await rejection<ConnectionError>(at(socketPath)[verb](get));
      expect(error).toBeInstanceOf(ConnectionError);
      expect(error.message).toBe(
        `GET /1.0: ${socketPath}: absent (ENOENT); is the server installed, and running?`,
      );
      expect(error).toMatchObject({ method: 'GET', path: '/1.0', cause: { code: 'ENOENT' } });
    }
  });

  test('a socket on which nobody listens', async () => {
    const socketPath = join(await temporaryFolder(), 'unix.socket');
    await writeFile(socketPath, '');
    const error = await rejection(at(socketPath).request(get));
    expect(error.message).toMatch(/: refused \(ECONNREFUSED\); nothing listens on it/);
  });

  test('a port on which nobody listens', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const transport = new GotTransport(endpointFromOptions({ endpoint: `https://127.0.0.1:${port}` })!);
    for (const verb of ['request', 'stream', 'websocket'] as const) {
      const error = await rejection(transport[verb](get));
      expect(error).toBeInstanceOf(ConnectionError);
      expect(error.message).toMatch(/: refused \(ECONNREFUSED\); nothing listens there/);
    }
    transport.close();
  });
});

describe('a server that goes away', () => {
  const heads = {
    'before the answer': '',
    'in the middle of the status line': 'HTTP/1.1 20',
    'in the middle of a header': 'HTTP/1.1 200 OK\r\nContent-Ty',
    'between headers and body': 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n',
    'in the middle of a body of known length': 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"type":"sync"',
    'in the middle of a chunk': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{"type":"sync"',
    'between chunks': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n',
  };

  test.each(Object.entries(heads))('%s', async (_, bytes) => {
    for (const end of ['destroy', 'end'] as const) {
      const server = await serveBytes((socket) => socket.write(bytes, () => socket[end]()));
      const error = await rejection(
        server.transport().request({ method: 'PUT', path: '/1.0/x?a=1', body: '{}' }),
      );
      expect(error).toBeInstanceOf(ConnectionError);
      expect(error.message).toMatch(
        /^PUT \/1\.0\/x: .*the connection was lost before the answer was complete/,
      );
      expect(error.message).toMatch(/; the server may have done what was asked: look before you ask again$/);
      expect(error).toMatchObject({ cause: { code: 'ECONNRESET' } });
    }
  });

  test('a body without a length ends where the connection ends', async () => {
    const server = await serveBytes((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n{"type":"sy'));
    expect(await server.transport().request(get)).toMatchObject({ status: 200, body: '{"type":"sy' });
    const error = await rejection(server.session().send(get));
    expect(error).toMatchObject({ code: 'ERR_LXD_PROTOCOL', status: 200 });
    expect(error.message).toMatch(
      /^GET \/1\.0: the answer is JSON that ends too early or is damaged \(HTTP 200/,
    );
  });

  test('the daemon restarts: an idle connection is replaced by a new one', async () => {
    const server = await serve((response) => sync(response));
    const transport = server.transport();
    await transport.request(get);
    await server.stop();
    await server.start();
    await delay(10); // that the connection is gone has to get about
    for (const method of ['GET', 'POST', 'PUT']) {
      expect((await transport.request({ method, path: '/1.0' })).status).toBe(200);
    }
    expect(server.connections).toBe(2);
  });
});

test('what is no HTTP is told as such', async () => {
  const server = await serveBytes((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
  const error = await rejection(server.transport().request(get));
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error.message).toMatch(/^GET \/1\.0: .*: Parse Error: .*\(HPE_\w+\)$/);
});

describe('abort', () => {
  test.each(['request', 'stream', 'websocket'] as const)('before a %s: nothing is sent', async (verb) => {
    const server = await serve((response) => sync(response));
    const reason = new Error('changed my mind');
    const error = await rejection(server.transport()[verb]({ ...get, signal: AbortSignal.abort(reason) }));
    expect(error).toBeInstanceOf(AbortedError);
    expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', method: 'GET', path: '/1.0' });
    expect(error.cause).toBe(reason);
    await delay(20);
    expect(server.seen).toEqual([]);
  });

  test.each(['request', 'stream', 'websocket'] as const)('during a %s: the connection ends', async (verb) => {
    const controller = new AbortController();
    const server = await serveRaw(() => controller.abort());
    server.transport();
    const error = await rejection(server.transport()[verb]({ ...get, signal: controller.signal }));
    expect(error).toBeInstanceOf(AbortedError);
    await until(() => server.sockets.size === 0);
  });

  test('in the middle of an answer', async () => {
    const controller = new AbortController();
    const server = await serveRaw((_, response) => response.writeHead(200).write('{'));
    const pending = rejection(server.transport().request({ ...get, signal: controller.signal }));
    setTimeout(() => controller.abort(), 30);
    expect(await pending).toBeInstanceOf(AbortedError);
  });

  test('a signal is let go of afterwards', async () => {
    const controller = new AbortController();
    const server = await serve((response) => sync(response));
    const transport = server.transport();
    for (let i = 0; i < 15; i += 1) await transport.request({ ...get, signal: controller.signal });
    const { body } = await transport.stream({ ...get, signal: controller.signal });
    body.resume();
    await once(body, 'close');
    await transport.websocket({ ...get, signal: controller.signal });
    await server.stop();
    await rejection(transport.request({ ...get, signal: controller.signal }));
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });
});

describe('timeout', () => {
  test.each([
    ['request', 'GET', ''],
    ['request', 'PUT', '; the server may still carry it out'],
    ['stream', 'GET', ''],
    ['websocket', 'GET', ''],
  ] as const)('of a %s %s', async (verb, method, end) => {
    const server = await serveRaw(() => {});
    const error = await rejection(server.transport()[verb]({ method, path: '/1.0/x?secret=1', timeout: 50 }));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error.message).toBe(`${method} /1.0/x: no answer from ${server.socketPath} within 50 ms${end}`);
    expect(error).toMatchObject({ method, path: '/1.0/x' });
    await until(() => server.sockets.size === 0);
  });

  test.each(['request', 'stream'] as const)('is for the whole answer of a %s', async (verb) => {
    const server = await serveRaw((_, response) => response.writeHead(200).write('{"type":'));
    const transport = server.transport();
    const whole = async () => {
      const { body } = await transport[verb]({ ...get, timeout: 100 });
      if (typeof body !== 'string') await body.toArray();
    };
    const error = await rejection(whole());
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error.message).toMatch(/^GET \/1\.0: the answer of .* was not complete within 100 ms$/);
    await until(() => server.sockets.size === 0);
  });
});

describe('a connection that is not accepted within 10 s', () => {
  afterEach(() => jest.useRealTimers());

  test.each(['request', 'stream', 'websocket'] as const)(
    'ends a %s, though it may take forever',
    async (verb) => {
      let accepted = 0;
      const silent = net.createServer((socket) => {
        accepted += 1;
        socket.resume().on('error', () => {});
      });
      silent.listen(0, '127.0.0.1');
      await once(silent, 'listening');
      afterwards(() => silent.close());
      const { port } = silent.address() as net.AddressInfo;
      const transport = new GotTransport(endpointFromOptions({ endpoint: `https://127.0.0.1:${port}` })!);
      afterwards(() => transport.close());
      jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
      const pending = rejection(transport[verb](get));
      for (let i = 0; accepted === 0 || i < 20; i += 1) await new Promise((resolve) => setImmediate(resolve));
      jest.advanceTimersByTime(9_999);
      jest.advanceTimersByTime(1);
      const error = await pending;
      expect(error).toBeInstanceOf(TimeoutError);
      expect(error.message).toMatch(/^GET \/1\.0: https:\S+ did not accept the connection within 10000 ms$/);
    },
  );
});

test('a printed error shows no header, no body and no query', async () => {
  const server = await serveBytes((socket, nth) => {
    if (nth === 1) socket.destroy();
    else if (nth === 2) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{');
    else if (nth === 3) socket.end('nonsense\r\n\r\n');
  });
  const transport = server.transport();
  const request = {
    method: 'PUT',
    path: '/1.0/images/x/export?secret=QUERY',
    headers: { authorization: 'Bearer HEADER', 'content-type': 'text/plain' },
    timeout: 60,
  };
  const errors = [];
  for (let i = 0; i < 4; i += 1)
    errors.push(await rejection(transport.request({ ...request, body: 'BODY' })));
  await server.stop();
  errors.push(await rejection(transport.request({ ...request, body: Buffer.from('BODY') })));
  transport.close();
  errors.push(await rejection(transport.request({ ...request, body: 'BODY' })));
  for (const error of errors) {
    expect(error).toBeInstanceOf(LxdError);
    expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/QUERY|HEADER|BODY/);
    expect(JSON.stringify(error)).not.toMatch(/QUERY|HEADER|BODY/);
  }
});
