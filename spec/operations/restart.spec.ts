import { ConnectionError, OperationExpiredError } from '../../lib/errors/index.js';
import type { OperationData } from '../../lib/operations/index.js';
import { follow } from '../../lib/operations/follow.js';
import { Tracker } from '../../lib/operations/tracker.js';
import { rejection, serve, sync, until, type TestServer } from '../rest/test-server.js';
import {
  carryOut,
  begin,
  described,
  gone,
  id,
  inside,
  operationServer,
  path,
  says,
  succeeded,
  type Answering,
} from './operation-server.js';

// A daemon that restarts while somebody waits: LXD forgets its operations over it, but a proxy in between does not.

/** Once the wait has begun, the server goes away for a moment. */
async function restart(server: TestServer): Promise<void> {
  await until(() => server.lines.some((line) => line.includes('/wait')));
  await server.stop();
  await new Promise((resolve) => setTimeout(resolve, 50));
  await server.start();
}

/** Answers only after the restart. */
const then =
  (answer: Answering): Answering =>
  (response, seen, nth) => {
    if (nth > 1) answer(response, seen, nth);
  };

describe('a server that comes back', () => {
  test('and no longer knows the operation: its end is not known', async () => {
    const server = await operationServer({ wait: then(gone), get: gone });
    const pending = rejection(carryOut(server));
    await restart(server);
    expect(await pending).toBeInstanceOf(OperationExpiredError);
  });

  test('and still knows it: the wait goes on', async () => {
    const server = await operationServer({ wait: then(says(succeeded)) });
    const pending = carryOut(server);
    await restart(server);
    expect(await pending).toEqual({ done: true });
  });

  test('and says that it is starting: the wait goes on', async () => {
    const server = await operationServer({
      wait: (response, seen, nth) => {
        if (nth === 1) return;
        if (nth === 2) inside(503, 'LXD is starting up')(response, seen, nth);
        else sync(response, succeeded);
      },
    });
    const pending = carryOut(server);
    await restart(server);
    expect(await pending).toEqual({ done: true });
  });

  test('while progress is followed', async () => {
    const server = await operationServer({
      wait: then(says(succeeded)),
      get: (response) => sync(response, described({ metadata: { fs_progress: '1%' } })),
    });
    const steps: string[] = [];
    const pending = carryOut(server, { onProgress: ({ text }) => steps.push(text) });
    await restart(server);
    expect(await pending).toEqual({ done: true });
  });

  test('and was asked to start only once', async () => {
    const server = await operationServer({ wait: then(says(succeeded)) });
    const operation = await begin(server);
    await restart(server);
    await operation.wait();
    expect(server.lines.filter((line) => line.startsWith('PUT'))).toHaveLength(1);
  });
});

test('a server that breaks /wait off again and again, but is there, is followed', async () => {
  const server = await operationServer({
    wait: (response, _, nth) => (nth < 6 ? response.destroy() : sync(response, succeeded)),
  });
  expect(await carryOut(server)).toEqual({ done: true });
});

describe('a server that does not come back', () => {
  const followed = async (session: ReturnType<TestServer['session']>) => {
    const tracker = new Tracker<OperationData>({ state: 'running' }, () => 'x');
    const began = performance.now();
    const signal = new AbortController().signal;
    await follow(session, path, { id }, tracker, signal, { patience: 300, poll: 10 });
    return { tracker, took: performance.now() - began };
  };

  test('is given up in bounded time, whatever the tries themselves take', async () => {
    const server = await serve(() => {});
    await server.stop();
    const { tracker, took } = await followed(server.session());
    expect(tracker.state).toBe('expired');
    expect(tracker.error).toBeInstanceOf(ConnectionError);
    expect(tracker.error?.message).toMatch(/^GET \/1\.0\/operations\/\S+\/wait: .*absent/);
    expect(took).toBeGreaterThan(300);
  });

  test('is given time anew each time that it was there', async () => {
    const server = await operationServer({
      wait: (response, _, nth) => {
        if (nth === 8) sync(response, succeeded);
        else if (nth % 2 === 1) sync(response, described());
        else setTimeout(() => response.writeHead(502).end(), 100);
      },
      get: (response) => response.writeHead(502).end(),
    });
    const { tracker, took } = await followed(server.session());
    expect(tracker.state).toBe('succeeded');
    expect(took).toBeGreaterThan(400);
  });

  test('does not hold an abort up', async () => {
    const server = await serve(() => {});
    await server.stop();
    const tracker = new Tracker<OperationData>({ state: 'running' }, () => 'x');
    const controller = new AbortController();
    const following = follow(server.session(), path, { id }, tracker, controller.signal);
    setTimeout(() => controller.abort(), 30);
    await following;
    expect(tracker.state).toBe('running');
  });
});
