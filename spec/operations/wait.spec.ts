import { setTimeout as delay } from 'node:timers/promises';
import {
  ConflictError,
  ForbiddenError,
  OperationCancelledError,
  OperationError,
  OperationExpiredError,
  ProtocolError,
  type LxdError,
} from '../../lib/errors/index.js';
import { fail, rejection, started, sync, until } from '../rest/test-server.js';
import {
  begin,
  carryOut,
  described,
  failed,
  gone,
  id,
  inside,
  operationServer,
  path,
  says,
  succeeded,
  type Answering,
  type Script,
} from './operation-server.js';

const asked = 'PUT /1.0/instances/web/state';

describe('a good end', () => {
  test.each<[string, Script]>([
    ['told by /wait', { wait: says(succeeded) }],
    ['there already in the answer', { start: (response) => started(response, path, succeeded), wait: gone }],
    ['in a synchronous answer', { start: (response) => sync(response, { done: true }), wait: gone }],
    [
      'without a description in the answer',
      { start: (response) => started(response, path), wait: says(succeeded) },
    ],
    [
      'with the URL in the header alone',
      { start: (response) => locationOnly(response), wait: says(succeeded) },
    ],
    [
      'told by a GET, since /wait is not permitted',
      { wait: (response) => fail(response, 403, 'No'), get: says(succeeded) },
    ],
    ['told by a GET, since /wait is unknown', { wait: gone, get: says(succeeded) }],
    [
      'told by a GET, since a proxy has cut /wait',
      { wait: (response) => page(response, 504), get: says(succeeded) },
    ],
    [
      'told by a GET, since /wait has an empty answer',
      { wait: (response) => response.end(), get: says(succeeded) },
    ],
    [
      'told by a GET, since /wait tells of something else',
      { wait: (response) => sync(response, []), get: says(succeeded) },
    ],
    [
      'after a restart of the proxy',
      { wait: (response, _, nth) => (nth < 3 ? page(response, 502) : sync(response, succeeded)) },
    ],
    [
      'after a 503',
      { wait: (response, _, nth) => (nth < 3 ? fail(response, 503, 'x') : sync(response, succeeded)) },
    ],
  ])('%s', async (_, script) => {
    expect(await carryOut(await operationServer(script))).toEqual({ done: true });
  });

  test.each([
    ['LXD 5.0: the operation, still running', says(described())],
    ['Incus, LXD main: an error inside 200', inside(500, 'context deadline exceeded')],
  ])('after a wait that the server itself cut short: %s', async (_, short) => {
    const server = await operationServer({
      wait: (response, seen, nth) => (nth === 1 ? short(response, seen, nth) : sync(response, succeeded)),
    });
    expect(await carryOut(server)).toEqual({ done: true });
    expect(server.lines.filter((line) => line.includes('/wait'))).toHaveLength(2);
  });

  const page = (response: Parameters<Answering>[0], status: number) => {
    response.writeHead(status, { 'content-type': 'text/html' }).end('<html>');
  };
  const locationOnly = (response: Parameters<Answering>[0]) => {
    response.writeHead(202, { location: path }).end('{"type":"async","operation":"","metadata":null}');
  };
});

describe('a failure', () => {
  test.each<[string, Script, Record<string, unknown> | undefined]>([
    ['LXD 5.0: in the description that /wait sends', { wait: says(failed) }, { return: 127 }],
    [
      'Incus, LXD main: an error inside 200, the operation still there',
      { wait: inside(400, 'No space left'), get: says(failed) },
      { return: 127 },
    ],
    [
      'the same, and the operation is gone already',
      { wait: inside(400, 'No space left'), get: gone },
      undefined,
    ],
    [
      'there already in the answer',
      { start: (response) => started(response, path, failed) },
      { return: 127 },
    ],
    ['told by a GET, since /wait came too late', { wait: gone, get: says(failed) }, { return: 127 }],
  ])('%s', async (_, script, metadata) => {
    const error = await rejection<OperationError>(carryOut(await operationServer(script)));
    expect(error.constructor).toBe(OperationError);
    expect(error.message).toBe(`${asked}: operation ${id} (Starting instance) failed: No space left`);
    expect(error.metadata).toEqual(metadata);
    expect(error).toMatchObject({
      code: 'ERR_LXD_OPERATION',
      operation: id,
      status: 400,
      method: 'PUT',
      path: '/1.0/instances/web/state',
    });
  });

  test('of the request itself is no operation', async () => {
    const server = await operationServer({ start: (response) => fail(response, 409, 'Busy') });
    expect(await rejection(carryOut(server))).toBeInstanceOf(ConflictError);
    expect(server.seen).toHaveLength(1);
  });

  test('without a reason says the status', async () => {
    const server = await operationServer({ wait: says({ ...failed, err: '' }) });
    expect((await rejection(carryOut(server))).message).toMatch(/ failed: Failure$/);
  });
});

describe('a cancellation', () => {
  const end = (status_code: number, err: string) => described({ status: 'Cancelled', status_code, err });

  test.each<[string, Script]>([
    ['code 401, no text', { wait: says(end(401, '')) }],
    ['code 401, LXD', { wait: says(end(401, 'context canceled')) }],
    ['code 401, Incus', { wait: says(end(401, 'Operation was cancelled')) }],
    ['code 400, LXD', { wait: says(end(400, 'context canceled')) }],
    [
      'an error inside 200, the operation still there',
      { wait: inside(500, 'context canceled'), get: says(end(401, '')) },
    ],
    ['an error inside 200, the operation gone', { wait: inside(500, 'context canceled'), get: gone }],
  ])('%s', async (_, script) => {
    const error = await rejection(carryOut(await operationServer(script)));
    expect(error.constructor).toBe(OperationCancelledError);
    expect(error.message).toMatch(/^PUT .*: operation \S+ \(Starting instance\) was cancelled(: .+)?$/);
    expect(error).toMatchObject({ code: 'ERR_LXD_OPERATION_CANCELLED', operation: id });
  });

  test('a failure that mentions one is a failure', async () => {
    const server = await operationServer({ wait: says(end(400, 'Failed: context canceled by the user')) });
    expect((await rejection(carryOut(server))).constructor).toBe(OperationError);
  });
});

describe('an end that is not known', () => {
  test.each<[string, Script]>([
    ['404 at /wait and at a GET', { wait: gone, get: gone }],
    ['404 inside 200', { wait: inside(404, 'Operation not found'), get: gone }],
    [
      'a proxy cut /wait, and then it was gone',
      { wait: (response) => response.writeHead(504).end(), get: gone },
    ],
    ['/wait is not permitted, and it is gone', { wait: (response) => fail(response, 403, 'No'), get: gone }],
    ['the server was starting, and it is gone', { wait: (response) => fail(response, 503, 'No'), get: gone }],
    [
      'the server stopped waiting, and then it was gone',
      { wait: inside(500, 'context deadline exceeded'), get: gone },
    ],
  ])('%s', async (_, script) => {
    const error = await rejection(carryOut(await operationServer(script)));
    expect(error).toBeInstanceOf(OperationExpiredError);
    expect(error.message).toMatch(/is gone from the server .*it may have succeeded or failed/);
    expect(error).toMatchObject({ code: 'ERR_LXD_OPERATION_EXPIRED', operation: id, method: 'PUT' });
    expect(error).toHaveProperty('cause');
  });

  test('neither /wait nor GET is permitted', async () => {
    const forbidden: Answering = (response) => fail(response, 403, 'Forbidden');
    const server = await operationServer({ wait: forbidden, get: forbidden });
    expect(await rejection(carryOut(server))).toBeInstanceOf(ForbiddenError);
  });

  test('what comes is no operation, and the query of its URL, which may hold a secret, is not told', async () => {
    const odd: Answering = (response) => sync(response, { id: 7 });
    const server = await operationServer({ wait: odd, get: odd, query: '?secret=hunter2' });
    const error = await rejection<LxdError>(carryOut(server));
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error.message).toBe(`GET ${path}/wait: the answer is not an operation`);
    expect(error.path).toBe(`${path}/wait`);
  });

  test('an asynchronous answer without an operation', async () => {
    const server = await operationServer({
      start: (response) => response.end('{"type":"async","operation":"","metadata":null}'),
    });
    expect(await rejection(carryOut(server))).toBeInstanceOf(ProtocolError);
    expect(server.seen).toHaveLength(1);
  });
});

describe('the requests', () => {
  test("the URL's query goes along on /wait, GET and DELETE, and the scope where it has none", async () => {
    const server = await operationServer({ query: '?project=q&secret=s', wait: gone });
    const operation = await begin(server, { project: 'p' });
    await operation.cancel();
    await until(() => server.lines.length >= 4);
    expect(server.lines.slice(1).sort()).toEqual([
      `DELETE ${path}?project=q&secret=s`,
      `GET ${path}/wait?project=q&secret=s`,
      `GET ${path}?project=q&secret=s`,
    ]);
    const plain = await operationServer({});
    await begin(plain, { project: 'p' });
    await until(() => plain.lines.length === 2);
    expect(plain.lines).toEqual([`${asked}?project=p`, `GET ${path}/wait?project=p`]);
  });

  test('/wait comes at once, though nobody waits', async () => {
    const server = await operationServer({});
    await begin(server);
    await until(() => server.lines.length === 2);
    expect(server.lines).toEqual([asked, `GET ${path}/wait`]);
  });

  test('a synchronous answer asks no more', async () => {
    const server = await operationServer({ start: (response) => sync(response, { a: 1 }) });
    const operation = await begin(server);
    expect(await operation.wait()).toEqual({ a: 1 });
    await operation.fetch();
    expect(operation).toMatchObject({ state: 'succeeded', status: 'Success', id: '' });
    await operation.cancel(); // it has ended, so there is nothing to cancel
    expect(server.lines).toEqual([asked]);
  });

  test('a polled operation is not looked at in a hurry', async () => {
    const server = await operationServer({ wait: (response) => fail(response, 403, 'No') });
    await begin(server);
    await until(() => server.lines.length === 3);
    await delay(200);
    expect(server.lines).toEqual([asked, `GET ${path}/wait`, `GET ${path}`]);
  });

  test('/wait has no time limit, even if the client has one', async () => {
    const server = await operationServer({
      wait: (response) => setTimeout(() => sync(response, succeeded), 1500),
    });
    const operation = await begin(server, { timeout: 1000 }); // which what is answered at once keeps on a busy machine
    expect(await operation.wait()).toEqual({ done: true });
    expect(server.lines).toHaveLength(2);
  });
});
