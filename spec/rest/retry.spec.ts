import { jest } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { AbortedError, ClosedError, ConnectionError } from '../../lib/errors/index.js';
import { retryDelay } from '../../lib/rest/retry.js';
import { rejection, serve, serveBytes, sync } from './test-server.js';

const methods = ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'POST'];
const writes = ['PUT', 'PATCH', 'DELETE', 'POST'];

const body = (method: string) => (writes.includes(method) ? { a: 1 } : undefined);

const broken = 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"type":';

describe('a request that arrived is repeated only if it is a read', () => {
  test.each([
    ['reset before the answer', ''],
    ['reset in the head', 'HTTP/1.1 200 OK\r\nContent-'],
    ['reset in the body', broken],
  ])('%s', async (_, bytes) => {
    const arrived: Record<string, number> = {};
    const sent = methods.map(async (method) => {
      if (method === 'HEAD' && bytes === broken) return; // has no body to lose
      const server = await serveBytes((socket, nth) => {
        arrived[method] = nth;
        socket.write(bytes, () => socket.destroy());
      });
      const error = await rejection(server.session().send({ method, path: '/1.0/x', body: body(method) }));
      expect(error).toBeInstanceOf(ConnectionError);
    });
    await Promise.all(sent); // at once, since they pause
    const { HEAD = 3, ...others } = arrived;
    expect({ HEAD, ...others }).toEqual({ GET: 3, HEAD: 3, PUT: 1, PATCH: 1, DELETE: 1, POST: 1 });
  });

  test('and then it may succeed', async () => {
    const server = await serve((response, _, nth) =>
      nth < 3 ? response.destroy() : sync(response, 'there'),
    );
    expect((await server.session().send({ method: 'GET', path: '/1.0' })).metadata).toBe('there');
    expect(server.seen).toHaveLength(3);
  });
});

describe('a request that did not arrive is tried again, but for a POST', () => {
  test.each(['absent', 'refused'])('%s', async (trouble) => {
    const sent = methods.map(async (method) => {
      const server = await serve((response) => sync(response));
      await server.stop();
      if (trouble === 'refused') await writeFile(server.socketPath, '');
      const warnings: string[] = [];
      const session = server.session({}, { warn: (message) => warnings.push(message) });
      const error = await rejection(session.send({ method, path: '/1.0/x?secret=1', body: body(method) }));
      expect(error).toBeInstanceOf(ConnectionError);
      const start = `${method} /1.0/x: ${server.socketPath}: ${trouble} (`;
      expect(error.message.startsWith(start)).toBe(true);
      expect(warnings).toHaveLength(method === 'POST' ? 0 : 2);
      for (const warning of warnings) {
        expect(warning.startsWith(start)).toBe(true);
        expect(warning).toMatch(/; trying again$/);
      }
    });
    await Promise.all(sent);
  });

  test.each(['GET', 'PUT', 'DELETE'])(
    '%s succeeds once the daemon is back, and arrives once',
    async (method) => {
      const server = await serve((response) => sync(response));
      await server.stop();
      const pending = server.session().send({ method, path: '/1.0/x', body: body(method) });
      setTimeout(() => void server.start(), 30);
      await pending;
      expect(server.lines).toEqual([`${method} /1.0/x`]);
    },
  );
});

test('a streamed body is sent once', async () => {
  for (const made of ['absent', 'reset']) {
    let arrived = 0;
    const server = await serveBytes((socket) => {
      arrived += 1;
      socket.destroy();
    });
    if (made === 'absent') await server.stop();
    const warn = jest.fn();
    const request = { method: 'PUT', path: '/1.0/x', body: Readable.from(['x']) };
    expect(await rejection(server.session({}, { warn }).send(request))).toBeInstanceOf(ConnectionError);
    expect(arrived).toBe(made === 'absent' ? 0 : 1);
    expect(warn).not.toHaveBeenCalled();
  }
});

test('what the server says is never repeated', async () => {
  const server = await serve((response) => response.writeHead(503).end('{"type":"error","error_code":503}'));
  await rejection(server.session().send({ method: 'GET', path: '/1.0' }));
  expect(server.seen).toHaveLength(1);
});

test('abort ends the pause before the next try; so does close()', async () => {
  const server = await serve((response) => sync(response));
  await server.stop();
  for (const Class of [AbortedError, ClosedError]) {
    const controller = new AbortController();
    const session = server.session({}, { warn: () => setTimeout(end, 5) });
    const end = () => (Class === AbortedError ? controller.abort() : session.connection.close());
    const { signal } = controller;
    const error = await rejection(session.send({ method: 'GET', path: '/1.0/x?secret=1', signal }));
    expect(error).toBeInstanceOf(Class);
    if (Class === AbortedError) expect(error.message).toMatch(/^GET \/1\.0\/x: aborted/);
  }
});

describe('retryDelay', () => {
  const failed = (code: string, syscall?: string) =>
    new ConnectionError('x', { cause: Object.assign(new Error(code), { code, syscall }) });

  test('an error of connecting is one only while connecting', () => {
    for (const code of ['ECONNREFUSED', 'ENOENT', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']) {
      expect(retryDelay({ method: 'PUT' }, failed(code, 'connect'), 0)).toBeGreaterThan(0);
      expect(retryDelay({ method: 'PUT' }, failed(code), 0)).toBeGreaterThan(0); // all addresses of a name
      expect(retryDelay({ method: 'PUT' }, failed(code, 'write'), 0)).toBeUndefined();
      expect(retryDelay({ method: 'PUT' }, failed(code, 'read'), 0)).toBeUndefined();
      expect(retryDelay({ method: 'POST' }, failed(code, 'connect'), 0)).toBeUndefined();
    }
  });

  test('grows, varies and ends', () => {
    const delays = (attempt: number) =>
      Array.from({ length: 50 }, () => retryDelay({ method: 'GET' }, failed('ECONNRESET'), attempt)!);
    const [first, second] = [delays(0), delays(1)];
    expect(Math.min(...first)).toBeGreaterThanOrEqual(50);
    expect(Math.max(...first)).toBeLessThanOrEqual(150);
    expect(Math.min(...second)).toBeGreaterThanOrEqual(150);
    expect(Math.max(...second)).toBeLessThanOrEqual(450);
    expect(new Set(first).size).toBeGreaterThan(1);
    expect(retryDelay({ method: 'GET' }, failed('ECONNRESET'), 2)).toBeUndefined();
  });

  test('nothing else is tried again', () => {
    for (const code of ['EACCES', 'ETIMEDOUT', 'HPE_INVALID_CONSTANT', 'EPROTO']) {
      expect(retryDelay({ method: 'GET' }, failed(code), 0)).toBeUndefined();
    }
    expect(retryDelay({ method: 'GET' }, new ConnectionError('x'), 0)).toBeUndefined();
  });
});
