import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { pump } from '../../../lib/resources/migrate/pump.js';
import type { Websocket } from '../../../lib/rest/transport.js';
import { afterwards } from '../../rest/test-server.js';

/** A connection: what we hold of it, and what a server of its own holds. */
async function connection(): Promise<{ near: WebSocket; far: WebSocket }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const near = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  const [[far]] = (await Promise.all([once(server, 'connection'), once(near, 'open')])) as [
    [WebSocket],
    unknown,
  ];
  near.on('error', () => undefined);
  far.on('error', () => undefined);
  afterwards(() => {
    near.terminate();
    far.terminate();
    server.close();
  });
  return { near, far };
}

/** Two connections with a pump between. */
async function pumped() {
  const [one, other] = await Promise.all([connection(), connection()]);
  const over = pump(one.near as unknown as Websocket, other.near as unknown as Websocket);
  return { one, other, over };
}

function messages(socket: WebSocket): (string | Buffer)[] {
  const seen: (string | Buffer)[] = [];
  socket.on('message', (data: Buffer, isBinary) => seen.push(isBinary ? data : data.toString()));
  return seen;
}

/** Short enough for a failed expectation. */
const shown = (data: string | Buffer) =>
  typeof data === 'string' ? `text ${data}` : `bytes ${createHash('sha256').update(data).digest('hex')}`;

test('carries texts as texts and bytes as bytes, both ways, in order, empty ones too', async () => {
  const { one, other, over } = await pumped();
  const [there, back] = [messages(other.far), messages(one.far)];
  const sent = [Buffer.from([0, 255, 1]), '', 'text', Buffer.alloc(0), '{"a":"ä"}', randomBytes(200_000)];
  for (const each of sent) one.far.send(each);
  for (const each of sent.toReversed()) other.far.send(each);
  while (there.length < sent.length || back.length < sent.length) await new Promise(setImmediate);
  one.far.close();
  await over;
  expect(there.map(shown)).toEqual(sent.map(shown));
  expect(back.map(shown)).toEqual(sent.toReversed().map(shown));
});

test.each([1000, 1001, 4321, undefined])(
  'a goodbye with code %s comes out at the other end',
  async (code) => {
    const { one, other, over } = await pumped();
    const closed = once(other.far, 'close');
    one.far.close(code);
    expect((await closed)[0]).toBe(code ?? 1005);
    await over;
  },
);

test('a cut at one end closes the other, after all that came before it', async () => {
  const { one, other, over } = await pumped();
  const seen = messages(other.far);
  one.far.send(randomBytes(300_000));
  one.far.send('last', () => one.far.terminate());
  await once(other.far, 'close');
  await over;
  expect(seen.map((each) => each.length)).toEqual([300_000, 4]);
  expect(one.near.readyState).toBe(WebSocket.CLOSED);
});

test('one that is closed already closes the other', async () => {
  const [one, other] = await Promise.all([connection(), connection()]);
  one.near.terminate();
  await once(one.near, 'close');
  await Promise.all([
    pump(one.near as unknown as Websocket, other.near as unknown as Websocket),
    once(other.far, 'close'),
  ]);
});

test('a slow reader slows the sender down: next to nothing is held in between', async () => {
  const { one, other, over } = await pumped();
  const chunk = 256 * 1024;
  let most = 0;
  one.near.on('message', () => (most = Math.max(most, other.near.bufferedAmount)));
  other.far.pause();
  const sent = createHash('sha256');
  for (let index = 0; index < 200; index++) {
    const bytes = randomBytes(chunk);
    sent.update(bytes);
    one.far.send(bytes);
  }
  while (!one.near.isPaused) await new Promise(setImmediate);
  const got = createHash('sha256');
  other.far.on('message', (data: Buffer) => void got.update(data));
  other.far.resume();
  one.far.close();
  await Promise.all([over, once(other.far, 'close')]);
  expect(got.digest('hex')).toBe(sent.digest('hex'));
  expect(most).toBeLessThan(1024 * 1024 + 2 * chunk);
});
