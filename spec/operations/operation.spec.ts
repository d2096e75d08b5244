import { getEventListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import {
  AbortedError,
  ClosedError,
  InvalidInputError,
  NotFoundError,
  OperationError,
  TimeoutError,
  type LxdError,
} from '../../lib/errors/index.js';
import { Operation, run, type Progress } from '../../lib/operations/index.js';
import { fail, rejection, sync, until } from '../rest/test-server.js';
import {
  begin,
  carryOut,
  described,
  failed,
  gone,
  id,
  operationServer,
  path,
  request,
  says,
  succeeded,
} from './operation-server.js';

const inTheEnd = (ms: number) => ({
  wait: (response: Parameters<typeof sync>[0]) => setTimeout(() => sync(response, succeeded), ms),
});

describe('wait()', () => {
  test('after the server has forgotten the operation, since it was followed from its start on', async () => {
    const server = await operationServer({
      wait: (response, _, nth) => (nth === 1 ? sync(response, succeeded) : gone(response, _, nth)),
      get: gone,
    });
    const operation = await begin(server);
    await until(() => operation.state === 'succeeded');
    const asked = server.lines.length;
    await delay(20);
    expect(await operation.wait()).toEqual({ done: true });
    expect(await operation.wait()).toEqual({ done: true });
    expect(server.lines).toHaveLength(asked);
  });

  test('of many shares one /wait and one result', async () => {
    const server = await operationServer(inTheEnd(30));
    let finished = 0;
    const operation = await run(server.session(), request, { wait: false }, () => ({ nth: (finished += 1) }));
    const waiting = operation as Operation<{ nth: number }>;
    const results = await Promise.all([waiting.wait(), waiting.wait(), waiting.wait()]);
    expect(results).toEqual([{ nth: 1 }, { nth: 1 }, { nth: 1 }]);
    expect(results[1]).toBe(results[0]);
    expect(server.lines.filter((line) => line.includes('/wait'))).toHaveLength(1);
  });

  test('rejects as what makes the result of its end does, and asks it once', async () => {
    const server = await operationServer(inTheEnd(0));
    let asked = 0;
    const failure = new Error('the model cannot be read');
    const pending = run(server.session(), request, {}, () => {
      asked += 1;
      throw failure;
    });
    expect(await rejection(pending)).toBe(failure);
    expect(asked).toBe(1);
  });

  test('timeout ends the waiting, tells of which operation, and the operation goes on', async () => {
    const server = await operationServer(inTheEnd(150));
    const operation = await begin(server);
    const error = await rejection<LxdError>(operation.wait({ timeout: 30 }));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error.message).toBe(
      `PUT /1.0/instances/web/state: operation ${id} (Starting instance) did not end within 30 ms; it goes on at the server`,
    );
    expect(error.operation).toBe(id);
    expect(await operation.wait({ timeout: 2000 })).toEqual({ done: true });
    expect(server.lines.filter((line) => line.startsWith('DELETE'))).toEqual([]);
  });

  test('abort ends the waiting and cancels nothing', async () => {
    const server = await operationServer(inTheEnd(100));
    const controller = new AbortController();
    const { signal } = controller;
    const operation = await begin(server);
    const pending = rejection<LxdError>(operation.wait({ signal }));
    controller.abort('enough');
    const error = await pending;
    expect(error).toBeInstanceOf(AbortedError);
    expect(error).toMatchObject({ name: 'AbortError', cause: 'enough', operation: id });
    expect(await rejection(operation.wait({ signal }))).toBeInstanceOf(AbortedError);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(await operation.wait()).toEqual({ done: true });
    expect(await operation.wait({ signal })).toEqual({ done: true }); // the end is known
    expect(server.lines.filter((line) => line.startsWith('DELETE'))).toEqual([]);
  });

  test('cancelOnAbort cancels it on the server', async () => {
    const server = await operationServer({});
    const controller = new AbortController();
    const pending = rejection(carryOut(server, { signal: controller.signal, cancelOnAbort: true }));
    await until(() => server.lines.length === 2);
    controller.abort();
    expect(await pending).toBeInstanceOf(AbortedError);
    expect(server.lines.at(-1)).toBe(`DELETE ${path}`);
  });

  test('cancelOnAbort of what cannot be cancelled is the abort all the same', async () => {
    const server = await operationServer({
      cancel: (response) => fail(response, 400, 'Only running operations can be cancelled'),
    });
    const operation = await begin(server);
    const pending = rejection(operation.wait({ signal: AbortSignal.timeout(20), cancelOnAbort: true }));
    expect(await pending).toBeInstanceOf(AbortedError);
    expect(server.lines.at(-1)).toBe(`DELETE ${path}`);
    await expect(operation.cancel()).rejects.toThrow('DELETE ' + path + ': Only running operations');
  });

  test('a signal that fired before sends nothing', async () => {
    const server = await operationServer({});
    const options = { signal: AbortSignal.abort(), cancelOnAbort: true };
    expect(await rejection(carryOut(server, options))).toBeInstanceOf(AbortedError);
    expect(server.seen).toEqual([]);
  });

  test('closing the client ends it with a ClosedError', async () => {
    const server = await operationServer({});
    const session = server.session();
    const pending = rejection(run(session, request, {}, () => undefined));
    await until(() => server.lines.length === 2);
    session.connection.close();
    expect(await pending).toBeInstanceOf(ClosedError);
    await until(() => server.sockets.size === 0);
  });
});

test('a late Running does not undo an end', async () => {
  const server = await operationServer({ wait: says(succeeded) });
  const operation = await begin(server);
  await operation.wait();
  await operation.fetch(); // the server still says that it runs
  expect(operation).toMatchObject({ state: 'succeeded', status: 'Success', metadata: { done: true } });
  expect(server.lines.at(-1)).toBe(`GET ${path}`);
});

test('it is not thenable: an async function can return it', async () => {
  const server = await operationServer({});
  const operation = await (async () => begin(server))();
  expect(operation).toBeInstanceOf(Operation);
  expect(operation).not.toHaveProperty('then');
  expect(operation.state).toBe('running');
});

test('a failure that nobody waits for is no unhandled rejection', async () => {
  const unhandled: unknown[] = [];
  const listener = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', listener);
  try {
    const server = await operationServer({ wait: says(failed) });
    const operation = await begin(server);
    operation.onProgress(() => {});
    await until(() => operation.state === 'failed');
    await delay(20);
    expect(unhandled).toEqual([]);
    expect(operation).toMatchObject({ err: 'No space left', status: 'Failure' });
  } finally {
    process.off('unhandledRejection', listener);
  }
});

describe('what it tells', () => {
  test('the description of the server, in our words', async () => {
    const operation = await begin(await operationServer({}));
    expect(operation).toMatchObject({
      id,
      key: id,
      state: 'running',
      status: 'Running',
      class: 'task',
      description: 'Starting instance',
      resources: { instances: ['/1.0/instances/web'] },
      createdAt: new Date('2026-11-21T01:02:03.123Z'),
      updatedAt: null,
      mayCancel: true,
      err: '',
      location: 'none',
      isFetched: true,
    });
    expect(JSON.parse(JSON.stringify(operation))).toEqual(described());
    expect(inspect(operation)).toBe(`Operation(${id} "Starting instance" Running)`);
  });

  test('nothing before it was fetched but its id', async () => {
    const server = await operationServer({ wait: gone, get: says(succeeded), query: '?project=p#x' });
    const operation = new Operation(server.session(), { url: `${path}?project=p` }, () => undefined);
    expect(operation).toMatchObject({
      id,
      isFetched: false,
      createdAt: null,
      metadata: {},
      mayCancel: false,
    });
    expect(JSON.stringify(operation)).toBe(`{"id":"${id}"}`);
    expect(inspect(operation)).toBe(`Operation(${id} running)`);
    expect(server.seen).toEqual([]);
    expect(await operation.fetch()).toBe(operation);
    expect(operation.state).toBe('succeeded');
  });

  test('secrets of its metadata only to who asks for them', async () => {
    const secret = described({ ...failed, metadata: { secret: 'hunter2', fds: { 0: 'hunter2' } } });
    const operation = await begin(await operationServer({ wait: says(secret) }));
    const error = await rejection<OperationError>(operation.wait());
    expect(error.metadata).toEqual(secret.metadata);
    for (const thing of [operation, error]) expect(inspect(thing, { depth: 9 })).not.toContain('hunter2');
    expect(JSON.stringify(error)).not.toContain('hunter2');
  });

  test('fetch() of one that is gone is a NotFoundError', async () => {
    const operation = await begin(await operationServer({ get: gone }));
    await expect(operation.fetch()).rejects.toThrow(NotFoundError);
    expect(operation.state).toBe('running');
  });
});

describe('progress', () => {
  /** A step at each look; after the third the operation ends. */
  const stepwise = () => {
    let end = () => {};
    return operationServer({
      wait: (response) => (end = () => sync(response, succeeded)),
      get: (response, _, nth) => {
        if (nth > 3) end();
        sync(
          response,
          described({ metadata: { download_progress: `${Math.min(nth, 3) * 10}% (1.00MB/s)` } }),
        );
      },
    });
  };

  test('is looked at while somebody listens, and told once for each step', async () => {
    const server = await stepwise();
    const steps: Progress[] = [];
    await carryOut(server, { onProgress: (progress) => steps.push(progress) });
    expect(steps.map(({ percent }) => percent)).toEqual([10, 20, 30]);
    expect(steps[0]).toEqual({ stage: 'download', percent: 10, speed: 1_000_000, text: '10% (1.00MB/s)' });
    const looks = server.lines.length;
    await delay(350);
    expect(server.lines).toHaveLength(looks);
  });

  test('is not looked at if nobody listens, nor after the last has unsubscribed', async () => {
    const server = await stepwise();
    const operation = await begin(server);
    await delay(300);
    expect(server.lines).toHaveLength(2);
    const off = operation.onProgress(() => {});
    operation.onProgress(() => {})();
    off();
    off();
    await delay(300);
    expect(server.lines).toHaveLength(2);
  });

  test('is looked at once, however many listen and however often they come and go', async () => {
    const server = await stepwise();
    const operation = await begin(server);
    const heard = [0, 0];
    for (let i = 0; i < 20; i += 1) operation.onProgress(() => {})();
    const off = operation.onProgress(() => (heard[0]! += 1));
    operation.onProgress(() => (heard[1]! += 1));
    await until(() => heard[1] === 1);
    off();
    await until(() => heard[1] === 2);
    expect(heard).toEqual([1, 2]);
    expect(server.lines.filter((line) => line === `GET ${path}`)).toHaveLength(2);
  });

  test('a server that is slow to answer is not asked again meanwhile', async () => {
    const server = await operationServer({ get: () => {} });
    (await begin(server)).onProgress(() => {});
    await delay(800);
    expect(server.lines.filter((line) => line === `GET ${path}`)).toHaveLength(1);
  });

  test('onProgress takes a function', async () => {
    const operation = await begin(await operationServer({}));
    expect(() => operation.onProgress('x' as never)).toThrow(InvalidInputError);
  });
});

describe('iteration', () => {
  test('yields at each change, and ends with the operation', async () => {
    let end = () => {};
    const server = await operationServer({
      wait: (response) => (end = () => sync(response, succeeded)),
      get: (response, _, nth) => {
        if (nth === 3) end();
        else sync(response, described({ metadata: { fs_progress: `${nth}%` } }));
      },
    });
    const operation = await begin(server);
    const seen: unknown[] = [];
    for await (const update of operation) {
      expect(update).toBe(operation);
      seen.push(update.metadata.fs_progress ?? update.state);
    }
    expect(seen).toEqual(['running', '1%', '2%', 'succeeded']);
  });

  test('of an operation that has ended yields once', async () => {
    const operation = await begin(await operationServer({ wait: says(succeeded) }));
    await operation.wait();
    let times = 0;
    for await (const update of operation) times += Number(update.state === 'succeeded');
    expect(times).toBe(1);
  });

  test('throws the bad end after having yielded it', async () => {
    const operation = await begin(await operationServer({ wait: says(failed) }));
    const states: string[] = [];
    const all = (async () => {
      for await (const update of operation) states.push(update.state);
    })();
    expect(await rejection(all)).toBeInstanceOf(OperationError);
    expect(states.at(-1)).toBe('failed');
  });

  test('that is broken off looks no more', async () => {
    const server = await operationServer({});
    const operation = await begin(server);
    for await (const update of operation) if (update.state === 'running') break;
    await delay(300);
    expect(server.lines).toEqual(['PUT /1.0/instances/web/state', `GET ${path}/wait`]);
  });
});
