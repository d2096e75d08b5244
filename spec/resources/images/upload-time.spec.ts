import { createServer } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, InvalidInputError, TimeoutError } from 'tslxd';
import { describeFakes, rejection, sent } from '../support.js';

describeFakes('the time of an upload', (start) => {
  it.each([
    ['an image', (client: Client, timeout: number) => client.images.create(Buffer.from('x'), { timeout })],
    ['a backup', (client: Client, timeout: number) => client.instances.import(Buffer.from('x'), { timeout })],
  ])('of %s is limited by the timeout that was given', async (_what, upload) => {
    const { server, client } = await start();
    server.failNext('POST /1.0/**', { stall: Infinity });
    const error = await rejection(upload(client, 200), TimeoutError);
    // A busy machine may need it all before the request is sent.
    expect(error.message).toMatch(/POST \/1\.0\/(images|instances): (no answer.*|not sent) within \d+ ms/);
    server.clearRequests();
    await expect(upload(client, -1)).rejects.toThrow(InvalidInputError);
    expect(sent(server)).toEqual([]);
  });
});

test('an export that fails while nobody reads does not end the process', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tslxd-upload-'));
  const socketPath = join(folder, 'unix.socket');
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\ncontent-length: 1000000\r\n\r\n';
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write(`${head}begun`));
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  try {
    const client = new Client({ socketPath });
    const stream = client.images.ref('ab'.repeat(32)).export();
    const [first] = await new Promise<[Buffer]>((resolve) => {
      stream.once('data', (data: Buffer) => {
        stream.pause();
        resolve([data]);
      });
    });
    expect(String(first)).toBe('begun');
    await client.close(); // an error that nobody hears
    await new Promise((resolve) => stream.once('close', resolve));
    expect(stream.errored).toBeInstanceOf(Error);
  } finally {
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
});
