import { jest } from '@jest/globals';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { InvalidInputError, NotFoundError, TimeoutError } from '../../lib/errors/index.js';
import { Connection } from '../../lib/rest/connection.js';
import { Session, type ApiRequest, type Scope } from '../../lib/rest/session.js';
import {
  afterwards,
  fail,
  rejection,
  serve,
  serveRaw,
  started,
  sync,
  type TestServer,
} from './test-server.js';

const answering = () => serve((response) => sync(response));

/** What the search for a local server sees, until the end of the spec. */
function environment(variables: Record<string, string>): void {
  const before = { ...process.env };
  for (const name of ['LXD_SOCKET', 'LXD_DIR', 'INCUS_SOCKET', 'INCUS_DIR']) delete process.env[name];
  Object.assign(process.env, variables);
  afterwards(() => {
    for (const name of Object.keys(variables)) delete process.env[name];
    Object.assign(process.env, before);
  });
}

async function urlOf(scope: Scope, request: Omit<ApiRequest, 'method'>): Promise<string> {
  const server = await answering();
  await server.session(scope).send({ method: 'GET', ...request });
  return server.seen[0]!.url;
}

describe('project and member', () => {
  const both = { project: 'p', target: 'm' };

  test.each<[string, Scope, Omit<ApiRequest, 'method'>, string]>([
    ['none', {}, { path: '/1.0/x' }, '/1.0/x'],
    ['both', both, { path: '/1.0/x' }, '/1.0/x?project=p&target=m'],
    ['after a query', both, { path: '/1.0/x', query: { a: 1 } }, '/1.0/x?a=1&project=p&target=m'],
    ['after a query in the path', both, { path: '/1.0/x?a=1' }, '/1.0/x?a=1&project=p&target=m'],
    [
      'the query names the project',
      both,
      { path: '/1.0/x', query: { project: 'q' } },
      '/1.0/x?project=q&target=m',
    ],
    [
      'the query names the member',
      both,
      { path: '/1.0/x', query: { target: 'n' } },
      '/1.0/x?target=n&project=p',
    ],
    ['the path names the project', both, { path: '/1.0/x?project=q' }, '/1.0/x?project=q&target=m'],
    ['the path names the member', both, { path: '/1.0/x?target=n' }, '/1.0/x?target=n&project=p'],
    ['an empty project of the path', both, { path: '/1.0/x?project=' }, '/1.0/x?project=&target=m'],
    [
      'all projects',
      both,
      { path: '/1.0/x', query: { 'all-projects': true } },
      '/1.0/x?all-projects=true&target=m',
    ],
    [
      'all projects, as text',
      both,
      { path: '/1.0/x', query: { 'all-projects': 'true' } },
      '/1.0/x?all-projects=true&target=m',
    ],
    [
      'all projects, as number',
      both,
      { path: '/1.0/x', query: { 'all-projects': 1 } },
      '/1.0/x?all-projects=1&target=m',
    ],
    [
      'all projects, in the path',
      both,
      { path: '/1.0/x?all-projects=true' },
      '/1.0/x?all-projects=true&target=m',
    ],
    [
      'not all projects',
      both,
      { path: '/1.0/x', query: { 'all-projects': false } },
      '/1.0/x?all-projects=false&project=p&target=m',
    ],
    ['hostile names', { project: 'a&b=c ä' }, { path: '/1.0/x' }, '/1.0/x?project=a%26b%3Dc+%C3%A4'],
    [
      'undefined in the query',
      both,
      { path: '/1.0/x', query: { project: undefined } },
      '/1.0/x?project=p&target=m',
    ],
    ['a list', {}, { path: '/1.0/x', query: { a: ['1', '2'], b: undefined } }, '/1.0/x?a=1&a=2'],
  ])('%s', async (_, scope, request, url) => {
    expect(await urlOf(scope, request)).toBe(url);
  });

  test('a derived session replaces what it names and keeps the rest', async () => {
    const server = await answering();
    const session = server.session({ ...both, headers: { 'x-a': '1' } });
    await session.derive({ project: 'q' }).send({ method: 'GET', path: '/a' });
    await session.derive({ target: 'n' }).stream({ method: 'GET', path: '/b' });
    await session.send({ method: 'GET', path: '/c' });
    expect(server.lines).toEqual([
      'GET /a?project=q&target=m',
      'GET /b?project=p&target=n',
      'GET /c?project=p&target=m',
    ]);
    expect(server.seen.every(({ headers }) => headers['x-a'] === '1')).toBe(true);
    expect(server.connections).toBe(1);
  });

  test("the user's own socket of Incus has a project, which the scope overrides", async () => {
    const server = await serve((response) => sync(response), 'unix.socket.user');
    environment({ INCUS_DIR: dirname(server.socketPath) });
    const connection = new Connection({});
    afterwards(() => connection.close());
    await new Session(connection).send({ method: 'GET', path: '/a' });
    await new Session(connection, { project: 'p' }).send({ method: 'GET', path: '/b' });
    expect(server.lines).toEqual([`GET /a?project=user-${process.geteuid!()}`, 'GET /b?project=p']);
  });
});

describe('headers and bodies', () => {
  test.each<[string, Partial<ApiRequest>, string | undefined, string]>([
    ['no body', {}, undefined, ''],
    ['an object', { body: { a: 'ä', u: undefined } }, 'application/json', '{"a":"ä"}'],
    ['a list', { body: [1] }, 'application/json', '[1]'],
    ['a text', { body: 'x' }, 'application/json', '"x"'],
    ['null', { body: null }, 'application/json', 'null'],
    ['false', { body: false }, 'application/json', 'false'],
    ['bytes', { body: Buffer.from('{}') }, 'application/octet-stream', '{}'],
    ['a stream', { body: Readable.from(['a', 'b']) }, 'application/octet-stream', 'ab'],
    ['a content type of its own', { body: Buffer.from('x'), headers: { 'Content-Type': 'x/y' } }, 'x/y', 'x'],
  ])('%s', async (_, request, type, body) => {
    const server = await answering();
    await server.session().send({ method: 'PUT', path: '/1.0/x', ...request });
    expect(server.seen[0]!.body).toBe(body);
    expect(server.seen[0]!.headers['content-type']).toBe(type);
  });

  test('a DELETE may have a body, and a PUT none', async () => {
    const server = await answering();
    await server.session().send({ method: 'DELETE', path: '/1.0/x', body: { a: 1 } });
    await server.session().send({ method: 'PUT', path: '/1.0/x' });
    expect(server.seen.map(({ body }) => body)).toEqual(['{"a":1}', '']);
    expect(server.seen[1]!.headers).toMatchObject({ 'content-length': '0' });
  });

  test('what is no JSON is refused before anything is sent', async () => {
    const server = await answering();
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    for (const body of [circle, { big: 1n }]) {
      const error = await rejection(server.session().send({ method: 'PUT', path: '/1.0/x', body }));
      expect(error).toBeInstanceOf(InvalidInputError);
      expect(error.message).toMatch(/^The body is no JSON: /);
    }
    expect(server.seen).toEqual([]);
  });

  test('a header or a path that cannot go over the wire is refused', async () => {
    const server = await answering();
    const session = server.session();
    for (const request of [{ path: '/1.0/x', headers: { 'x-a': 'a\nb' } }, { path: '/1.0/x y' }]) {
      const error = await rejection(session.send({ method: 'GET', ...request }));
      expect(error).toBeInstanceOf(InvalidInputError);
      expect(error.message).toMatch(/^GET \/1\.0\/x( y)?: it cannot be sent: /);
    }
    expect(server.seen).toEqual([]);
  });

  test('If-Match is quoted, as the ETag came', async () => {
    const server = await serve((response) => sync(response, null, { etag: '"abc"' }));
    const session = server.session();
    const { etag } = await session.send({ method: 'GET', path: '/1.0/x' });
    await session.send({ method: 'PUT', path: '/1.0/x', body: {}, ifMatch: etag });
    expect(server.seen.map(({ headers }) => headers['if-match'])).toEqual([undefined, '"abc"']);
  });

  test("the request's headers win over the client's, in any case of letters", async () => {
    const server = await answering();
    const session = server.session({ headers: { 'X-A': 'client', 'x-b': 'client', 'User-Agent': 'mine' } });
    await session.send({ method: 'GET', path: '/1.0', headers: { 'x-a': 'request' } });
    expect(server.seen[0]!.headers).toMatchObject({
      'x-a': 'request',
      'x-b': 'client',
      'user-agent': 'mine',
    });
  });
});

describe('time', () => {
  const slow = (): Promise<TestServer> => serveRaw((request) => request.resume());
  const send = (server: TestServer, scope: Scope, request: Partial<ApiRequest>) => {
    return rejection(server.session(scope).send({ method: 'PUT', path: '/1.0/x', ...request }));
  };

  test("the client's, unless the request has its own", async () => {
    const server = await slow();
    expect((await send(server, { timeout: 30 }, {})).message).toContain('within 30 ms');
    expect((await send(server, { timeout: 60_000 }, { timeout: 40 })).message).toContain('within 40 ms');
  });

  test('0 and Infinity are none, and who is patient has none for the beginning of the answer', async () => {
    const server = await serveRaw((_, response) => setTimeout(() => sync(response), 80));
    const session = server.session({ timeout: 20 });
    const post = { method: 'POST', path: '/1.0/images' };
    await session.send({ ...post, body: Readable.from(['x']), patient: true });
    await session.send({ ...post, body: Buffer.from('x'), timeout: Infinity });
    await session.send({ method: 'GET', path: '/1.0/x', timeout: 0 });
  });

  test.each([
    ['bytes', () => Buffer.from('x')],
    ['a stream', () => Readable.from(['x'])],
  ])("an upload of %s: the client's begins when all is sent", async (_, body) => {
    const server = await slow();
    expect((await send(server, { timeout: 500 }, { body: body() })).message).toContain('no answer from');
  });

  test('a generator whose clean-up fails after an abort has nobody to tell', async () => {
    const uncaught: unknown[] = [];
    const note = (reason: unknown) => void uncaught.push(reason);
    process.on('unhandledRejection', note);
    const server = await slow();
    const abort = new AbortController();
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    async function* body() {
      try {
        yield Buffer.from('a');
        abort.abort();
        await released;
        yield Buffer.from('b');
      } finally {
        await Promise.reject(new Error('cannot be closed'));
      }
    }
    await send(server, { timeout: 60_000 }, { body: body(), signal: abort.signal });
    release();
    await delay(20);
    process.off('unhandledRejection', note);
    expect(uncaught).toEqual([]);
  });

  test('an upload whose source is slow takes what it takes', async () => {
    const server = await answering();
    const body = Readable.from(
      (async function* () {
        yield 'a';
        await new Promise((resolve) => setTimeout(resolve, 120));
        yield 'b';
      })(),
    );
    await server.session({ timeout: 30 }).send({ method: 'POST', path: '/1.0/x', body });
    expect(server.seen[0]!.body).toBe('ab');
  });

  test('an upload that the server takes no more of', async () => {
    const server = await serveRaw((request) => request.pause());
    const body = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(1 << 16);
      })(),
    );
    const error = await send(server, { timeout: 50 }, { body });
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error.message).toContain('took no more of the upload for 50 ms');
    expect(body.destroyed).toBe(true);
  });

  test.each([-1, NaN, '5', null, 1n] as number[])('%p is none, before anything is sent', async (timeout) => {
    const server = await answering();
    const session = server.session();
    const request = { method: 'GET', path: '/1.0/x', timeout };
    for (const call of [session.send(request), session.stream(request), session.websocket(request)]) {
      expect(await rejection(call)).toBeInstanceOf(InvalidInputError);
    }
    expect(await rejection(session.upgrade(request, 'sftp'))).toBeInstanceOf(InvalidInputError);
    expect(server.seen).toEqual([]);
  });

  test('what timers cannot count is as long as they can', async () => {
    const server = await serve((response) => setTimeout(() => sync(response), 30));
    for (const timeout of [2 ** 31, 2 ** 53, 1e300]) {
      await server.session().send({ method: 'GET', path: '/1.0/x', timeout });
      await server.session({ timeout }).send({ method: 'GET', path: '/1.0/x' });
    }
  });

  test('without any it is a minute', async () => {
    const server = await serveRaw(() => {});
    const timers = jest.spyOn(globalThis, 'setTimeout');
    const session = server.session();
    const pending = rejection(session.send({ method: 'GET', path: '/1.0' }));
    await new Promise((resolve) => setImmediate(resolve));
    expect(timers.mock.calls.map(([, ms]) => ms)).toContain(60_000);
    timers.mockRestore();
    session.connection.close();
    await pending;
  });
});

describe('the log', () => {
  const secretly = {
    path: '/1.0/x?secret=PATH',
    query: { secret: 'QUERY' },
    headers: { authorization: 'HEADER' },
  };

  test('says what was asked, how it was answered and how long it took, and no secret', async () => {
    const lines: string[] = [];
    const debug = (line: string) => lines.push(line);
    const server = await serve((response, { method, url }) => {
      if (url.startsWith('/1.0/missing')) fail(response, 404, 'Not found');
      else if (method === 'POST') started(response, '/1.0/operations/1?secret=OPERATION');
      else sync(response, { secret: 'ANSWER' });
    });
    const session = server.session({}, { debug });
    const answer = await session.send({ method: 'POST', ...secretly, body: { password: 'BODY' } });
    (await session.stream({ method: 'GET', ...secretly })).body.resume();
    const error = await rejection(session.send({ method: 'GET', ...secretly, path: '/1.0/missing' }));
    expect(lines.map((line) => line.replace(/[\d.]+ ms$/, 'N ms'))).toEqual([
      'POST /1.0/x 202 N ms',
      'GET /1.0/x 200 N ms',
      'GET /1.0/missing 404 N ms',
    ]);
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error.message).toBe('GET /1.0/missing: Not found (404)');
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/PATH|QUERY|HEADER/);
    expect(answer.operation).toBe('/1.0/operations/1?secret=OPERATION');
  });

  test('keeps its `this`, and may lack any of its functions', async () => {
    const server = await answering();
    const log = {
      lines: [] as string[],
      debug(line: string) {
        this.lines.push(line);
      },
    };
    await server.session({}, log).send({ method: 'GET', path: '/1.0' });
    expect(log.lines).toHaveLength(1);
    await server.session({}, {}).send({ method: 'GET', path: '/1.0' });
  });
});

test('a connection that was not found is looked for again at the next request', async () => {
  const server = await answering();
  await server.stop();
  environment({ LXD_SOCKET: server.socketPath });
  const session = new Session(new Connection({}));
  afterwards(() => session.connection.close());
  expect((await rejection(session.send({ method: 'POST', path: '/1.0/x' }))).message).toContain('LXD_SOCKET');
  await server.start();
  await session.send({ method: 'POST', path: '/1.0/x' });
  expect(server.lines).toEqual(['POST /1.0/x']);
});
