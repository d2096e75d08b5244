import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import {
  AbortedError,
  ClosedError,
  ConnectionError,
  ForbiddenError,
  InvalidInputError,
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
  temporaryFolder,
  until,
} from './test-server.js';

const chunk = Buffer.alloc(64 * 1024, 'x');
const many = 800; // 50 MiB

function endless(): Readable {
  return new Readable({
    read() {
      this.push(chunk);
    },
  });
}

function serveEndless(response: ServerResponse): Readable {
  const source = endless();
  response.once('close', () => source.destroy());
  source.pipe(response);
  return source;
}

/** The number once it grows no more. */
async function settled(number: () => number): Promise<number> {
  for (;;) {
    const before = number();
    await delay(50);
    if (number() === before) return before;
  }
}

/** Reads a request, at the end of which it answers with the length and hash. */
async function digest(request: IncomingMessage): Promise<{ length: number; hash: string }> {
  const hash = createHash('sha256');
  let length = 0;
  for await (const part of request) {
    length += (part as Buffer).length;
    hash.update(part as Buffer);
  }
  return { length, hash: hash.digest('hex') };
}

async function* iterable(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array([0, 255]);
  yield new Uint8Array([10]);
}

describe('down', () => {
  test('a big body arrives byte for byte, and its connection is used again', async () => {
    const server = await serveRaw(async (_, response) => {
      await pipeline(Readable.from(Array.from({ length: many }, () => chunk)), response);
    });
    const session = server.session();
    for (let i = 0; i < 2; i += 1) {
      const { status, body } = await session.stream({ method: 'GET', path: '/1.0/images/x/export' });
      expect(status).toBe(200);
      expect((await digest(body as IncomingMessage)).length).toBe(many * chunk.length);
    }
    expect(server.connections).toBe(1);
  });

  test('over https', async () => {
    const server = await serveHttps((response) => response.end(chunk));
    const { body } = await server.session().stream({ method: 'GET', path: '/1.0/x' });
    expect(Buffer.concat((await body.toArray()) as Buffer[]).equals(chunk)).toBe(true);
  });

  test('a body that nobody reads holds the server back', async () => {
    let written = 0;
    const server = await serveRaw((_, response) => {
      serveEndless(response).on('data', (part: Buffer) => (written += part.length));
    });
    const { body } = await server.session().stream({ method: 'GET', path: '/1.0/x' });
    const held = await settled(() => written);
    expect(held).toBeLessThan(4 * 1024 * 1024);
    for (let i = 0; i < 100; i += 1) if (!body.read()) await once(body, 'readable');
    await until(() => written > held);
    body.destroy();
  });

  test('a body that is destroyed ends the connection', async () => {
    const server = await serveRaw((_, response) => serveEndless(response));
    const { body } = await server.session().stream({ method: 'GET', path: '/1.0/x' });
    body.destroy();
    await until(() => server.sockets.size === 0);
  });

  test.each([
    ['of known length', 'Content-Length: 100\r\n\r\nabc'],
    ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n'],
  ])('a body %s that breaks off is an error after what came', async (_, rest) => {
    const server = await serveBytes((socket) => socket.end(`HTTP/1.1 200 OK\r\n${rest}`));
    const { body } = await server.session().stream({ method: 'GET', path: '/1.0/x?secret=1' });
    let received = '';
    body.on('data', (part: Buffer) => (received += part.toString()));
    const [error] = (await once(body, 'error')) as [Error];
    expect(received).toBe('abc');
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error.message).toMatch(/^GET \/1\.0\/x: .*was lost before the answer was complete/);
  });

  test('a signal ends the body too', async () => {
    const controller = new AbortController();
    const server = await serveRaw((_, response) => serveEndless(response));
    const { body } = await server
      .session()
      .stream({ method: 'GET', path: '/1.0/x', signal: controller.signal });
    const failed = rejection(pipeline(body, new PassThrough().resume()));
    controller.abort();
    expect(await failed).toBeInstanceOf(AbortedError);
    await until(() => server.sockets.size === 0);
  });

  test('so does close()', async () => {
    const server = await serveRaw((_, response) => serveEndless(response));
    const session = server.session();
    const { body } = await session.stream({ method: 'GET', path: '/1.0/x' });
    const failed = rejection(pipeline(body, new PassThrough().resume()));
    session.connection.close();
    expect(await failed).toBeInstanceOf(ClosedError);
  });

  test('close() does not end the process over a body that nobody reads', async () => {
    const server = await serveRaw((_, response) => serveEndless(response));
    const session = server.session();
    const { body } = await session.stream({ method: 'GET', path: '/1.0/x' });
    session.connection.close();
    await new Promise((resolve) => body.on('close', resolve));
  });

  test('a refusal is read as the envelope that it is', async () => {
    const server = await serve((response, { url }) => {
      if (url.endsWith('proxy')) response.writeHead(404, { 'content-type': 'text/html' }).end('<html>');
      else if (url.endsWith('odd')) response.writeHead(404).end('{"type":"sync"}');
      else fail(response, 404, 'Image not found');
    });
    const session = server.session();
    const stream = (path: string) => rejection(session.stream({ method: 'GET', path }));
    const error = await stream('/1.0/images/x/export?secret=1');
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error.message).toBe('GET /1.0/images/x/export: Image not found (404)');
    expect(await stream('/proxy')).toBeInstanceOf(ProtocolError);
    expect(await stream('/odd')).toBeInstanceOf(ProtocolError);
    expect(server.connections).toBe(1);
  });
});

describe('up', () => {
  test('a big stream arrives byte for byte, in chunks or with its length', async () => {
    const lengths: unknown[] = [];
    const server = await serveRaw(async (request, response) => {
      lengths.push(request.headers['content-length'], request.headers['transfer-encoding']);
      sync(response, await digest(request));
    });
    const session = server.session();
    const hash = createHash('sha256');
    for (let i = 0; i < many; i += 1) hash.update(chunk);
    const expected = { length: many * chunk.length, hash: hash.digest('hex') };
    const headers = { 'content-length': String(many * chunk.length) };
    for (const given of [{}, headers]) {
      const body = Readable.from(Array.from({ length: many }, () => chunk));
      const answer = await session.send({ method: 'POST', path: '/1.0/images', body, headers: given });
      expect(answer.metadata).toEqual(expected);
    }
    expect(lengths).toEqual([undefined, 'chunked', headers['content-length'], undefined]);
    expect(server.connections).toBe(1);
  });

  test('a server that does not read holds the stream back', async () => {
    let read = 0;
    const body = endless();
    body.on('data', (part: Buffer) => (read += part.length));
    body.pause();
    const server = await serveRaw((request) => request.pause());
    const controller = new AbortController();
    const { signal } = controller;
    const pending = rejection(server.session().send({ method: 'POST', path: '/1.0/images', body, signal }));
    await until(() => read > 0);
    expect(await settled(() => read)).toBeLessThan(4 * 1024 * 1024);
    controller.abort();
    expect(await pending).toBeInstanceOf(AbortedError);
    expect(body.destroyed).toBe(true);
  });

  test('a stream that fails in the middle is the error, and the server sees no whole body', async () => {
    let whole: boolean | undefined;
    const server = await serveRaw((request) => {
      request.resume().once('close', () => (whole = request.complete));
    });
    const failure = new Error('the disk is gone');
    const body = Readable.from(
      (async function* () {
        yield chunk;
        await delay(20);
        throw failure;
      })(),
    );
    const error = await rejection(server.session().send({ method: 'PUT', path: '/1.0/x?secret=1', body }));
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error.message).toBe('PUT /1.0/x: the body could not be read: the disk is gone');
    expect(error.cause).toBe(failure);
    await until(() => whole !== undefined);
    expect(whole).toBe(false);
  });

  test('a file that is not there is not mistaken for an absent socket', async () => {
    const server = await serveRaw((request) => request.resume());
    const body = createReadStream(join(await temporaryFolder(), 'missing'));
    const error = await rejection(server.session().send({ method: 'PUT', path: '/1.0/x', body }));
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error.message).toMatch(/^PUT \/1\.0\/x: the body could not be read: ENOENT/);
  });

  test('a stream that was read before', async () => {
    const server = await serve((response) => sync(response));
    const body = Readable.from(['x']);
    await body.toArray();
    const error = await rejection(server.session().send({ method: 'PUT', path: '/1.0/x', body }));
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error.message).toMatch(/a stream that was read or destroyed before/);
    expect(server.seen).toEqual([]);
  });

  test('a refusal in the middle of an upload is what the caller gets', async () => {
    const server = await serveRaw((request, response) => {
      request.once('data', () => {
        request.pause();
        fail(response, 403, 'Image size exceeds the limit');
        setTimeout(() => request.resume(), 20);
      });
    });
    const error = await rejection(
      server.session().send({ method: 'POST', path: '/1.0/images', body: endless() }),
    );
    expect(error).toBeInstanceOf(ForbiddenError);
    await until(() => server.sockets.size === 0); // half an upload must not precede another request
  });

  test('a server that goes away in the middle', async () => {
    const server = await serveRaw((request) => {
      request.once('data', () => request.socket.destroy());
    });
    const body = endless();
    const error = await rejection(server.session().send({ method: 'POST', path: '/1.0/images', body }));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error.message).toMatch(/look before you ask again$/);
    expect(body.destroyed).toBe(true);
  });

  test.each([
    ['bytes', Buffer.from([0, 255, 10])],
    ['a typed array that is a part of its buffer', new Uint8Array([9, 0, 255, 10, 9]).subarray(1, 4)],
    ['an async iterable', iterable()],
    ['a web stream', Readable.toWeb(Readable.from([Buffer.from([0, 255, 10])]))],
    ['no bytes', Buffer.alloc(0)],
    ['an empty stream', Readable.from([])],
  ])('%s', async (kind, body) => {
    const got: Buffer[] = [];
    const server = await serveRaw(async (request, response) => {
      expect(request.headers['content-type']).toBe('application/octet-stream');
      got.push(Buffer.concat((await request.toArray()) as Buffer[]));
      sync(response);
    });
    await server.session().send({ method: 'POST', path: '/1.0/x', body });
    expect([...got[0]!]).toEqual(/^(no|an empty) /.test(kind) ? [] : [0, 255, 10]);
  });
});
