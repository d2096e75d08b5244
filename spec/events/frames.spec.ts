import { createHash } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, isLxdError } from 'tslxd';
import { afterwards, temporaryFolder } from '../rest/test-server.js';

const event = JSON.stringify({
  type: 'lifecycle',
  timestamp: '2026-11-21T01:02:03.004Z',
  project: 'default',
  metadata: { action: 'instance-started', source: '/1.0/instances/web' },
});

const text = (payload: string | Buffer, first = 0x81) => {
  const body = Buffer.from(payload);
  return Buffer.concat([Buffer.from([first, body.length < 126 ? body.length : 126]), ...length(body), body]);
};
const length = ({ length: bytes }: Buffer) => {
  if (bytes < 126) return [];
  const size = Buffer.alloc(2);
  size.writeUInt16BE(bytes);
  return [size];
};

/** What comes in place of a good handshake. */
const handshakes: Record<string, (accept: string) => string | Buffer> = {
  'an empty 200': () => 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
  'a page': () => 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\n<p/>',
  'a redirect': () => 'HTTP/1.1 302 Found\r\nLocation: https://elsewhere/\r\nContent-Length: 0\r\n\r\n',
  'a 101 with the wrong key': () =>
    'HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n',
  'a 101 of another protocol': () => 'HTTP/1.1 101 Switching\r\nUpgrade: sftp\r\nConnection: Upgrade\r\n\r\n',
  'a refusal that ends too early': () => 'HTTP/1.1 403 No\r\nContent-Length: 100\r\n\r\n{"type":"err',
  'no HTTP': () => 'garbage\r\n\r\n',
  'a head that never ends': () => `HTTP/1.1 101 ${'x'.repeat(20_000)}`,
  nothing: () => '',
};

/** What comes after a good one. */
const frames: Record<string, Buffer> = {
  'the reserved bits': text('{}', 0xf1),
  'an unknown opcode': text('{}', 0x83),
  'a masked frame': Buffer.from([0x81, 0x82, 1, 2, 3, 4, 5, 6]),
  'a continuation of nothing': text('{}', 0x80),
  'no UTF-8': text(Buffer.from([0xff, 0xfe])),
  'a ping that is too long': text('x'.repeat(200), 0x89),
  'a length beyond all bounds': Buffer.from([0x81, 127, 255, 255, 255, 255, 255, 255, 255, 255]),
  'a close with a bad code': text(Buffer.from([0, 1]), 0x88),
  'a close with one byte': text(Buffer.from([1]), 0x88),
  'half a frame': text(event).subarray(0, 20),
  'bytes, not text': text(event, 0x82),
  'an event, and the end at once': text(event),
};

/** A server whose first event sockets are odd: `odd` is written to them, and then they end, unless `isOpen`. */
async function server(
  odd: (accept: string) => readonly (string | Buffer)[],
  isOpen: boolean,
): Promise<Client> {
  let left = 3;
  const sockets = new Set<net.Socket>();
  const made = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', (head: Buffer) => {
      const [, path] = /^GET (\S+)/.exec(head.toString()) ?? [];
      const [, key = ''] = /sec-websocket-key: (\S+)/i.exec(head.toString()) ?? [];
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      if (!path?.startsWith('/1.0/events')) {
        const body = JSON.stringify({ type: 'sync', metadata: [] });
        socket.end(
          `HTTP/1.1 200 OK\r\nContent-Length: ${String(body.length)}\r\nConnection: close\r\n\r\n${body}`,
        );
        return;
      }
      if (left-- > 0) {
        void (async () => {
          for (const [index, piece] of odd(accept).entries()) {
            if (index > 0) await delay(20); // what comes with the handshake is another case than what comes after it
            socket.write(piece);
          }
          if (!isOpen) socket.end();
        })();
        return;
      }
      socket.write(good(accept));
      socket.write(text(event.replace('started', 'stopped'))); // one that comes twice in a row is left out
    });
  });
  const socketPath = join(await temporaryFolder(), 'unix.socket');
  made.listen(socketPath);
  await once(made, 'listening');
  const client = new Client({ socketPath, timeout: 500 });
  afterwards(async () => {
    await client.close();
    for (const socket of sockets) socket.destroy();
    made.close();
  });
  return client;
}

const good = (accept: string) =>
  `HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;

/** Everything that stands on the event socket; jest fails a test in which something is uncaught or unhandled. */
async function useAll(client: Client): Promise<void> {
  const signal = AbortSignal.timeout(150);
  const heard: unknown[] = [];
  client.events.on('lifecycle', (one) => heard.push(one), { signal });
  client.events.on('error', () => undefined);
  const calls: Promise<unknown>[] = [
    client.events.listen({ signal }).next(),
    client.events.listen({ types: ['operation'], allProjects: true, signal }).next(),
    client.instances.watch({ signal }).next(),
    client.profiles.ref('default').waitFor(() => false, { signal }),
    client.operations.ref('x').wait({ signal }),
    client.events.ready(),
  ];
  for (const { status, reason } of (await Promise.allSettled(calls)) as PromiseRejectedResult[])
    if (status === 'rejected' && !isLxdError(reason)) throw reason;
}

describe('an event socket', () => {
  it.each(Object.entries(handshakes))('of which the handshake is %s crashes nothing', async (_, odd) => {
    for (const isOpen of [true, false]) await useAll(await server((accept) => [odd(accept)], isOpen));
  });

  it.each(Object.entries(frames))('that brings %s crashes nothing', async (_, odd) => {
    for (const isOpen of [true, false])
      await useAll(await server((accept) => [Buffer.concat([Buffer.from(good(accept)), odd])], isOpen));
  });

  it.each(Object.entries(frames))('that was open and brings %s is opened again', async (_, odd) => {
    const ping = Buffer.from([0x89, 0]);
    const client = await server((accept) => [good(accept), ping, odd], false);
    const events = client.events.listen({ types: ['lifecycle', 'reconnected'] });
    const types: string[] = [];
    for await (const { type } of events) {
      types.push(type);
      if (types.filter((one) => one === 'reconnected').length === 3 && type === 'lifecycle') break;
    }
    expect(types.at(-1)).toBe('lifecycle');
  });
});
