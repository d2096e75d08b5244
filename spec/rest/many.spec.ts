import { getEventListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Readable } from 'node:stream';
import type { Session } from '../../lib/rest/session.js';
import { serve, serveHttps, serveRaw, sync, until } from './test-server.js';

const many = 120;
const big = 1024 * 1024;

const calls: Record<string, (session: Session, path: string, signal?: AbortSignal) => Promise<unknown>> = {
  send: (session, path, signal) => session.send({ method: 'DELETE', path, signal }),
  upload: (session, path, signal) => session.send({ method: 'POST', path, body: Buffer.from('x'), signal }),
  'upload of a stream': (session, path, signal) =>
    session.send({ method: 'POST', path, body: Readable.from([Buffer.from('x')]), signal }),
  'stream, read': async (session, path, signal) =>
    (await session.stream({ method: 'GET', path, signal })).body.toArray(),
  'stream, destroyed': async (session, path, signal) =>
    void (await session.stream({ method: 'GET', path, signal })).body.destroy(),
  'stream, small and left alone': (session, path, signal) => session.stream({ method: 'GET', path, signal }),
  'stream of a refusal': async (session, path, signal) => {
    await expect(session.stream({ method: 'GET', path: `${path}/refused`, signal })).rejects.toThrow(
      'No (404)',
    );
  },
};

describe.each([
  ['a unix socket', serve],
  ['https', serveHttps],
])('over %s', (_, start) => {
  const answering = () =>
    start(async (response, { url }) => {
      await delay(1);
      if (!url.endsWith('refused')) sync(response);
      else response.writeHead(404).end('{"type":"error","error":"No","error_code":404}');
    });

  test.each(Object.entries(calls))('many at once take turns: %s', async (__, call) => {
    const server = await answering();
    const session = server.session();
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, server.sockets.size)), 1);
    await Promise.all(Array.from({ length: many }, (___, nth) => call(session, `/1.0/${String(nth)}`)));
    clearInterval(watch);
    expect(server.seen).toHaveLength(many);
    expect(most).toBeLessThanOrEqual(40); // those that are about to close are counted, too
    await until(() => server.sockets.size <= 32);
  });

  test.each(Object.entries(calls))('all may share one signal: %s', async (__, call) => {
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    const { signal } = new AbortController();
    const server = await answering();
    const session = server.session();
    await Promise.all(Array.from({ length: 50 }, (___, nth) => call(session, `/1.0/${String(nth)}`, signal)));
    await delay(20);
    process.off('warning', note);
    expect(warnings).toEqual([]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('nobody waits for a turn for ever', () => {
  const large = () => serveRaw((_, response) => response.end(Buffer.alloc(big)));
  const get = { method: 'GET', path: '/1.0/x' };

  test('where more streams are opened than may run, and none is read before all are open', async () => {
    const server = await large();
    const session = server.session();
    const opened = await Promise.all(Array.from({ length: 50 }, () => session.stream(get)));
    for (const { body } of opened) {
      let length = 0;
      for await (const chunk of body) length += (chunk as Buffer).length;
      expect(length).toBe(big);
    }
  });

  test('where each stream is sent on as an upload', async () => {
    const server = await serveRaw(async (request, response) => {
      if (request.method === 'GET') return response.end(Buffer.alloc(big));
      let length = 0;
      for await (const chunk of request) length += (chunk as Buffer).length;
      sync(response, length);
    });
    const session = server.session();
    const copy = async () => {
      const { body } = await session.stream(get);
      return (await session.send({ method: 'POST', path: '/1.0/y', body })).metadata;
    };
    expect(await Promise.all(Array.from({ length: 50 }, copy))).toEqual(Array(50).fill(big));
  });

  test('where each upload waits for a stream of its own', async () => {
    const server = await serveRaw(async (request, response) => {
      if (request.method === 'GET') return response.end(Buffer.alloc(big));
      request.resume().on('end', () => sync(response));
      return undefined;
    });
    const session = server.session();
    async function* lazily() {
      const { body } = await session.stream(get);
      for await (const chunk of body) yield chunk as Buffer;
    }
    const copies = Array.from({ length: 50 }, () =>
      session.send({ method: 'POST', path: '/1.0/y', body: lazily() }),
    );
    await Promise.all(copies);
  });

  test('a turn is given back by what is aborted, fails or is closed', async () => {
    const server = await serve((response, { url }) => (url === '/1.0/x' ? undefined : sync(response)));
    const session = server.session();
    for (let round = 0; round < 3; round += 1) {
      const controller = new AbortController();
      const { signal } = controller;
      const pending = Array.from({ length: 100 }, () =>
        session.stream({ ...get, signal }).catch(() => 'gone'),
      );
      await until(() => server.seen.length >= 32 * (round + 1));
      controller.abort();
      expect(await Promise.all(pending)).toEqual(Array(100).fill('gone'));
    }
    expect(server.seen.length).toBeLessThanOrEqual(3 * 32);
    (await session.stream({ ...get, path: '/1.0/y' })).body.destroy();
  });
});
