import { jest } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import { AbortedError, LxdError, TimeoutError } from '../../lib/errors/index.js';
import type { Scope, Session } from '../../lib/rest/session.js';
import { rejection, serve, serveHttps, sync, until } from './test-server.js';

const piece = Buffer.alloc(20_000, 'x');

/** The parts of an answer that may stall. */
const stalls: Record<string, (response: ServerResponse) => void> = {
  'before its head': () => undefined,
  'behind its head': (response) => response.writeHead(200).flushHeaders(),
  'in its middle': (response) => response.writeHead(200).write(piece),
  'behind the head of a refusal': (response) => response.writeHead(404).flushHeaders(),
  'in the middle of a refusal': (response) => response.writeHead(500).write('{"type":'),
  'in the middle of a listing': (response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).write('{"type":'),
  'behind a redirect': (response) => response.writeHead(302, { location: '/1.0/x' }).flushHeaders(),
};

const read = async ({ body }: { body: Readable }) => Buffer.concat((await body.toArray()) as Buffer[]).length;

const get = { method: 'GET', path: '/1.0/x' };

const calls: Record<string, (session: Session, timeout?: number) => Promise<unknown>> = {
  send: (session, timeout) => session.send({ ...get, timeout }),
  'send bytes': (session, timeout) =>
    session.send({ ...get, method: 'POST', body: Buffer.from('x'), timeout }),
  'stream and read': async (session, timeout) => read(await session.stream({ ...get, timeout })),
  websocket: (session, timeout) => session.websocket({ ...get, timeout }),
  upgrade: (session, timeout) => session.upgrade({ ...get, timeout }, 'sftp'),
};

describe.each([
  ['a unix socket', serve],
  ['https', serveHttps],
])('over %s', (_, start) => {
  test.each(Object.entries(stalls))('an answer that stalls %s', async (where, stall) => {
    const server = await start((response) => stall(response));
    await Promise.all(
      Object.entries(calls).flatMap(([what, call]) =>
        [call(server.session(), 250), call(server.session({ timeout: 250 }))].map(async (pending) => {
          // What may not follow a redirect, or has followed it too often, says so at once.
          const soon = where === 'behind a redirect' && what !== 'send';
          const error = await rejection(pending);
          expect([what, error]).toEqual([what, expect.any(soon ? LxdError : TimeoutError)]);
        }),
      ),
    );
    await until(() => server.sockets.size === 0);
  });

  describe('a file that is long on its way', () => {
    const slowly = () =>
      start(async (response) => {
        response.writeHead(200);
        for (let i = 0; i < 15; i += 1) {
          response.write(piece);
          await delay(40);
        }
        response.end();
      });

    test("does not die of the client's timeout", async () => {
      const server = await slowly();
      expect(await read(await server.session({ timeout: 300 }).stream(get))).toBe(15 * piece.length);
    });

    test('does of one of its own', async () => {
      const server = await slowly();
      const error = await rejection(
        server
          .session()
          .stream({ ...get, timeout: 300 })
          .then(read),
      );
      expect(error).toBeInstanceOf(TimeoutError);
      expect(error.message).toMatch(/^GET \/1\.0\/x: the answer of \S+ was not complete within 300 ms$/);
    });
  });

  test('a reader that takes its time is not the silence of the server', async () => {
    const server = await start((response) => response.end(Buffer.alloc(4_000_000)));
    const { body } = await server.session({ timeout: 100 }).stream(get);
    let length = 0;
    for await (const chunk of body) {
      if (length === 0) await delay(500);
      length += (chunk as Buffer).length;
    }
    expect(length).toBe(4_000_000);
  });

  test('after a reader has paused, the server is waited for anew, and no longer', async () => {
    const server = await start((response) => response.writeHead(200).write(Buffer.alloc(600_000)));
    const { body } = await server.session({ timeout: 150 }).stream(get);
    await delay(400); // more than lies in the buffers has come
    const error = await rejection(read({ body }));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error.message).toMatch(/sent no more of the answer for 150 ms$/);
  });

  test('a time covers the turn, too, and nothing is sent after it', async () => {
    const server = await start((response, { url }) => (url === '/fast' ? sync(response) : undefined));
    const session = server.session();
    const ending = new AbortController();
    const { signal } = ending;
    const slow = Array.from({ length: 10 }, () => rejection(session.send({ ...get, signal })));
    await until(() => server.seen.length === 10);
    const error = await rejection(session.send({ method: 'POST', path: '/late', body: {}, timeout: 100 }));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error.message).toBe('POST /late: not sent within 100 ms, since its turn had not come');
    ending.abort();
    for (const late of await Promise.all(slow)) expect(late).toBeInstanceOf(AbortedError);
    await session.send({ method: 'GET', path: '/fast' });
    expect(server.lines).not.toContain('POST /late');
  });

  test('and the tries', async () => {
    const server = await start((response) => void response.destroy());
    const begun = performance.now();
    await rejection(server.session().send({ ...get, timeout: 20 }));
    expect(server.seen.length).toBeLessThan(3);
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  test.each<[string, Scope, number | undefined]>([
    ['of the call', {}, 0],
    ['of the call, Infinity', {}, Infinity],
    ['of the client', { timeout: 0 }, undefined],
    ['of the client, Infinity', { timeout: Infinity }, undefined],
  ])('no limit: %s', async (__, scope, timeout) => {
    const server = await start(async (response) => {
      await delay(20);
      response.writeHead(200).write('x');
    });
    const timers = jest.spyOn(globalThis, 'setTimeout');
    const { body } = await server.session(scope).stream({ ...get, timeout });
    expect(timers.mock.calls.map(([, ms]) => ms)).not.toContain(60_000);
    timers.mockRestore();
    body.destroy();
  });
});
