import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ClosedError } from '../../lib/errors/index.js';
import { Connection } from '../../lib/rest/connection.js';
import { runChild } from '../support/child.js';
import { rejection, serve, serveHttps, serveRaw, sync, until } from './test-server.js';

const get = { method: 'GET', path: '/1.0' };

describe('close()', () => {
  test('ends what is under way with a ClosedError, without trying again', async () => {
    for (const start of [() => serve(() => {}), () => serveHttps(() => {})]) {
      const server = await start();
      const session = server.session();
      const pending = [
        rejection(session.send(get)),
        rejection(session.send({ method: 'POST', path: '/1.0/x?secret=1', body: {} })),
        rejection(session.stream(get)),
      ];
      await until(() => server.seen.length === 3);
      session.connection.close();
      for (const error of await Promise.all(pending)) {
        expect(error).toBeInstanceOf(ClosedError);
        expect(error.message).toMatch(/^(GET|POST) \/1\.0(\/x)?: the client is closed; make a new Client$/);
      }
      await until(() => server.sockets.size === 0);
      await delay(20);
      expect(server.seen).toHaveLength(3);
    }
  });

  test('ends idle connections', async () => {
    const server = await serve((response) => sync(response));
    const session = server.session();
    await session.send(get);
    expect(server.sockets.size).toBe(1);
    session.connection.close();
    await until(() => server.sockets.size === 0);
  });

  test('lets nothing out any more, not even what was asked just before', async () => {
    const server = await serve((response) => sync(response));
    const session = server.session();
    const before = [session.send(get), session.stream(get), session.websocket(get)].map(rejection);
    session.connection.close();
    const after = [session.send(get), session.stream(get), session.websocket(get)].map(rejection);
    const derived = rejection(session.derive({ project: 'p' }).send(get));
    for (const error of await Promise.all([...before, ...after, derived])) {
      expect(error).toBeInstanceOf(ClosedError);
    }
    expect(server.connections).toBe(0);
  });

  test('ends the search for a local server, whatever it would find', async () => {
    const { LXD_SOCKET } = process.env;
    process.env.LXD_SOCKET = '/nonexistent/unix.socket';
    try {
      const connection = new Connection({});
      const asked = rejection(connection.open());
      connection.close();
      expect(await asked).toBeInstanceOf(ClosedError);
    } finally {
      if (LXD_SOCKET === undefined) delete process.env.LXD_SOCKET;
      else process.env.LXD_SOCKET = LXD_SOCKET;
    }
  });

  test('in the midst of many requests', async () => {
    const server = await serve((response) => setTimeout(() => sync(response), 5));
    const session = server.session();
    const pending = Array.from({ length: 50 }, () => session.send(get).catch((error: unknown) => error));
    await until(() => server.seen.length > 0);
    session.connection.close();
    for (const result of await Promise.all(pending)) {
      if (result instanceof Error) expect(result).toBeInstanceOf(ClosedError);
    }
    await until(() => server.sockets.size === 0);
  });

  test('may be called twice', async () => {
    const server = await serve((response) => sync(response));
    const session = server.session();
    await session.send(get);
    session.connection.close();
    session.connection.close();
  });
});

test('a process ends by itself, closed in the midst of everything and after a failure', async () => {
  const exits = ['busy', 'failure'].map(async (how) => {
    const server = await serveRaw((request, response) => {
      if (request.url === '/1.0/stream') response.writeHead(200).write('{'); // what else comes is never answered
    });
    server.onUpgrade((_request, socket) => socket.resume().once('end', () => socket.end()));
    const child = join(import.meta.dirname, 'exits.child.ts');
    const { stdout, stderr } = await runChild(child, [how, server.socketPath]);
    expect(stderr).toBe('');
    const [done = NaN, exit = NaN] = stdout.trim().split('\n').map(Number);
    expect(exit - done).toBeLessThan(4000); // the servers keep an idle connection for 5 s
  });
  await Promise.all(exits);
});
