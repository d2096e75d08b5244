import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocketServer, type WebSocket } from 'ws';
import {
  ClosedError,
  ConnectionError,
  ForbiddenError,
  NotFoundError,
  ProtocolError,
} from '../../lib/errors/index.js';
import {
  fail,
  rejection,
  serve,
  serveBytes,
  serveHttps,
  serveRaw,
  sync,
  until,
  type Handler,
  type TestServer,
} from './test-server.js';

const refuse: Handler = (response) => fail(response, 404, 'Not found');

/** Lets `opened` have each websocket that is opened to the server. */
function upgrades(
  server: TestServer,
  opened: (socket: WebSocket, request: IncomingMessage) => unknown,
): TestServer {
  const sockets = new WebSocketServer({ noServer: true });
  server.onUpgrade((request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (websocket) => opened(websocket, request));
  });
  return server;
}

function text(data: unknown): string {
  return (data as Buffer).toString();
}

describe.each([
  ['a unix socket', () => serve(refuse)],
  ['https', () => serveHttps(refuse)],
])('over %s', (_, start: () => Promise<TestServer>) => {
  test('messages go both ways', async () => {
    const server = upgrades(await start(), (socket) =>
      socket.on('message', (data, binary) => socket.send(data, { binary })),
    );
    const socket = await server.session().websocket({ path: '/1.0/events' });
    const received: [string, boolean][] = [];
    socket.on('message', (data: Buffer, binary: boolean) => received.push([data.toString(), binary]));
    socket.send('text ä');
    socket.send(Buffer.from('bytes'));
    await until(() => received.length === 2);
    expect(received).toEqual([
      ['text ä', false],
      ['bytes', true],
    ]);
  });

  test('path, query, headers and scope arrive; no Origin does', async () => {
    let seen: IncomingMessage | undefined;
    const server = upgrades(await start(), (_socket, request) => (seen = request));
    const session = server.session({ project: 'p', headers: { 'x-a': '1' } });
    const path = '/1.0/operations/%2E%2E/websocket';
    await session.websocket({ path, query: { secret: 'a b' }, headers: { 'x-b': '2' } });
    await until(() => seen !== undefined);
    expect(seen!.url).toBe('/1.0/operations/%2E%2E/websocket?secret=a+b&project=p');
    expect(seen!.headers).toMatchObject({ 'x-a': '1', 'x-b': '2', 'user-agent': 'tslxd' });
    expect(seen!.headers).not.toHaveProperty('origin');
    expect(seen!.headers).not.toHaveProperty('sec-websocket-extensions');
  });

  test('a refusal is read as the envelope that it is, and its connection ends', async () => {
    const server = await start();
    const error = await rejection(server.session().websocket({ path: '/1.0/events?secret=1' }));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error.message).toBe('GET /1.0/events: Not found (404)');
    await until(() => server.sockets.size === 0);
  });

  test('what was sent before anybody listened is not lost', async () => {
    const server = upgrades(await start(), (socket) => {
      socket.send('first');
      socket.send('second');
    });
    for (const pause of [0, 30]) {
      const socket = await server.session().websocket({ path: '/1.0/events' });
      if (pause) await delay(pause);
      const received: string[] = [];
      socket.on('message', (data: unknown) => received.push(text(data)));
      await until(() => received.length === 2);
      expect(received).toEqual(['first', 'second']);
    }
  });

  test('close() of the client ends it', async () => {
    const server = upgrades(await start(), () => {});
    const session = server.session();
    const socket = await session.websocket({ path: '/1.0/events' });
    const closed = once(socket, 'close');
    session.connection.close();
    await closed;
    await until(() => server.sockets.size === 0);
  });
});

describe('a refusal', () => {
  test.each([
    [
      'an error of another code',
      (response) => fail(response, 403, 'Operation requestor mismatch'),
      ForbiddenError,
    ],
    ['a success', (response) => sync(response), ConnectionError],
    ['a page of a proxy', (response) => response.writeHead(502).end('<html>Bad gateway'), ProtocolError],
    ['nothing', (response) => response.writeHead(400).end(), ProtocolError],
  ] as [string, Handler, new (...args: never[]) => Error][])('%s', async (_, handler, Class) => {
    const server = await serve(handler);
    const error = await rejection(server.session().websocket({ path: '/1.0/events' }));
    expect(error).toBeInstanceOf(Class);
    expect(error.message).toMatch(/^GET \/1\.0\/events: /);
    await until(() => server.sockets.size === 0);
  });

  test('a connection that breaks off', async () => {
    for (const bytes of [
      '',
      'HTTP/1.1 101 Swi',
      'HTTP/1.1 403 Forbidden\r\nContent-Length: 99\r\n\r\n{"type"',
    ]) {
      const server = await serveBytes((socket) => socket.end(bytes));
      const error = await rejection(server.session().websocket({ path: '/1.0/events' }));
      expect(error).toBeInstanceOf(ConnectionError);
      expect(error.message).toMatch(/^GET \/1\.0\/events: .*was lost before the answer was complete/);
    }
  });

  test('an upgrade to something else', async () => {
    const head = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ';
    const server = await serveBytes((socket) => socket.write(`${head}h2c\r\n\r\n`));
    expect(await rejection(server.session().websocket({ path: '/1.0/events' }))).toBeInstanceOf(
      ConnectionError,
    );
    const forged = await serveBytes((socket) =>
      socket.write(`${head}websocket\r\nSec-WebSocket-Accept: x\r\n\r\n`),
    );
    expect(await rejection(forged.session().websocket({ path: '/1.0/events' }))).toBeInstanceOf(
      ConnectionError,
    );
  });
});

test('a connection that is lost ends the websocket without an unhandled error', async () => {
  const server = upgrades(await serve(refuse), (socket) => setTimeout(() => socket.terminate(), 20));
  const socket = await server.session().websocket({ path: '/1.0/events' });
  const [code] = (await once(socket, 'close')) as [number];
  expect(code).toBe(1006);
});

test('what is no websocket frame ends it without an unhandled error', async () => {
  const server = await serve(refuse);
  upgrades(server, (socket) => {
    const raw = (socket as unknown as { _socket: { write(data: string): void } })._socket;
    setTimeout(() => raw.write('nonsense'), 20);
  });
  const socket = await server.session().websocket({ path: '/1.0/events' });
  await new Promise((resolve) => socket.on('close', resolve)); // `once()` would listen to 'error' too
});

describe('close()', () => {
  test('in the middle of the handshake', async () => {
    const server = await serveRaw(() => {});
    let asked = false;
    server.onUpgrade((_request, socket) => {
      socket.resume().once('end', () => socket.end());
      asked = true;
    });
    const session = server.session();
    const pending = rejection(session.websocket({ path: '/1.0/events' }));
    await until(() => asked);
    session.connection.close();
    expect(await pending).toBeInstanceOf(ClosedError);
    await until(() => server.sockets.size === 0);
  });

  test('before the handshake has begun', async () => {
    const server = await serve(refuse);
    const session = server.session();
    const pending = rejection(session.websocket({ path: '/1.0/events' }));
    session.connection.close();
    expect(await pending).toBeInstanceOf(ClosedError);
    expect(server.connections).toBe(0);
  });
});

test('does not use the agent of the process', async () => {
  const server = upgrades(await serve(refuse), () => {});
  await server.session().websocket({ path: '/1.0/events' });
  expect(Object.keys(http.globalAgent.sockets)).toEqual([]);
});
