import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import {
  ConnectionError,
  OperationError,
  OperationExpiredError,
  type Operation,
  type OperationData,
} from 'tslxd';
import { envelope, EventServer } from '../events/event-server.js';
import { rejection, until } from '../rest/test-server.js';
import { runChild } from '../support/child.js';

/** A server of operations that also tells of them by events. */
class OperationServer {
  readonly operations = new Map<string, OperationData>();
  /** Those that hang in `/wait`. */
  readonly waits = new Map<string, ServerResponse>();
  /** Called before a request that starts an operation is answered. */
  starting: (id: string) => void = () => {};

  constructor(readonly events: EventServer) {
    let count = 0;
    events.answer = ({ method, url = '' }, response) => {
      const [, , , id = '', wait] = url.replace(/\?.*/, '').split('/');
      if (method === 'POST') {
        count += 1;
        const made = this.describe(String(count), 103);
        this.starting(made.id);
        envelope(response, 202, { type: 'async', operation: `/1.0/operations/${made.id}`, metadata: made });
        return;
      }
      const operation = this.operations.get(id);
      if (!operation) envelope(response, 404, { type: 'error', error: 'Operation not found' });
      else if (wait && operation.status_code < 200) this.waits.set(id, response);
      else envelope(response, 200, { metadata: operation });
    };
  }

  describe(id: string, status_code: number, more: Partial<OperationData> = {}): OperationData {
    const made = {
      id,
      class: 'task',
      status: 'x',
      status_code,
      err: '',
      metadata: {},
      created_at: '2026-11-21T01:02:03Z',
      updated_at: '2026-11-21T01:02:03Z',
      ...more,
    } as OperationData;
    this.operations.set(id, made);
    return made;
  }

  tell(id: string, status_code: number, more: Partial<OperationData> = {}): void {
    this.events.send({ type: 'operation', metadata: this.describe(id, status_code, more) });
  }

  finish(id: string): void {
    this.tell(id, 200);
    const response = this.waits.get(id);
    if (response) envelope(response, 200, { metadata: this.operations.get(id) });
    this.waits.delete(id);
  }
}

let server: EventServer;
let operations: OperationServer;
beforeEach(async () => {
  server = await EventServer.start();
  operations = new OperationServer(server);
});

/** Starts an operation for which nobody waits yet. */
async function begin(client = server.client()): Promise<Operation<OperationData>> {
  const path = '/1.0/instances/{name}/exec';
  const body = { command: ['true'], 'wait-for-websocket': false, interactive: false } as never;
  return client.request('POST', path, { name: 'web', body, wait: false });
}

const reads = (id: string) => server.lines.filter((line) => line === `GET /1.0/operations/${id}`);

describe('operations over the event socket', () => {
  it('500 that are waited for at once take a handful of sockets', async () => {
    const client = server.client();
    const path = '/1.0/instances/{name}/exec';
    const body = { command: ['true'], 'wait-for-websocket': false, interactive: false } as never;
    const all = Array.from({ length: 500 }, async () => client.request('POST', path, { name: 'web', body }));
    await until(
      () => operations.operations.size === 500 && operations.waits.size === 4 && reads('500').length > 0,
    );
    expect(server.peak).toBeLessThan(20);
    expect(server.listeners.size).toBe(1);
    for (const id of operations.operations.keys()) operations.finish(id);
    const ended = await Promise.all(all);
    expect(ended).toHaveLength(500);
    await until(() => server.listeners.size === 0);
  });

  it('nobody waits for: it needs no read while it runs, and tells its end', async () => {
    const operation = await begin();
    await until(() => reads('1').length === 1);
    operations.finish('1');
    await until(() => operation.state === 'succeeded');
    await operation.wait();
    expect(server.lines).toHaveLength(2);
  });

  it('one that ended before the socket was open is read', async () => {
    operations.starting = (id) => operations.describe(id, 200);
    expect((await (await begin()).wait()).status_code).toBe(200);
  });

  it('one that ends before the answer that names it is not missed, and not read', async () => {
    const client = server.client();
    await begin(client); // it keeps the socket open
    await until(() => reads('1').length === 1);
    operations.starting = (id) => operations.tell(id, 200);
    const operation = await begin(client);
    await operation.wait();
    expect(reads('2')).toEqual([]);
  });

  it('an older event that comes later changes nothing', async () => {
    const operation = await begin();
    await until(() => reads('1').length === 1);
    operations.tell('1', 103, { updated_at: '2026-11-21T01:02:05Z', metadata: { a_progress: '2%' } });
    operations.tell('1', 103, { updated_at: '2026-11-21T01:02:04Z', metadata: { a_progress: '1%' } });
    operations.tell('1', 400, { updated_at: '2026-11-21T01:02:00Z', err: 'No' });
    operations.tell('1', 103, { updated_at: '2026-11-21T01:02:06Z' });
    expect(await rejection(operation.wait())).toBeInstanceOf(OperationError);
    expect(operation.err).toBe('No');
  });

  it('goes over to /wait where events are not permitted', async () => {
    server.refuse = () => 403;
    const operation = await begin();
    await until(() => operations.waits.size === 1);
    operations.finish('1');
    expect((await operation.wait()).status_code).toBe(200);
  });

  it('progress comes by events, without a look in between', async () => {
    const operation = await begin();
    const seen: unknown[] = [];
    operation.onProgress(({ percent }) => seen.push(percent));
    await until(() => reads('1').length >= 1);
    for (const percent of [10, 20, 30]) {
      operations.tell('1', 103, { metadata: { download_progress: `rootfs: ${String(percent)}% (1MB/s)` } });
    }
    await until(() => seen.length === 3);
    expect(seen).toEqual([10, 20, 30]);
    operations.finish('1');
    await operation.wait();
    expect(reads('1')).toHaveLength(1);
  });

  it.each(['from the start', 'any more'])(
    'progress is asked for when events are not permitted %s',
    async (when) => {
      const refuse = () => (server.refuse = () => 403);
      if (when === 'from the start') refuse();
      const operation = await begin();
      if (when === 'any more') await until(() => reads('1').length === 1);
      const seen: unknown[] = [];
      operation.onProgress(({ percent }) => seen.push(percent));
      refuse();
      server.drop();
      await until(() => operations.waits.size === 1, 10_000);
      for (const percent of [10, 20]) {
        operations.describe('1', 103, {
          metadata: { download_progress: `rootfs: ${String(percent)}% (1MB/s)` },
        });
        await until(() => seen.at(-1) === percent);
      }
      operations.finish('1');
      await operation.wait();
    },
  );

  it('progress of one that is followed over /wait comes by events too', async () => {
    const client = server.client();
    const seen: unknown[] = [];
    const done = client.request('POST', '/1.0/instances/{name}/exec', {
      name: 'web',
      body: { command: ['true'] },
      onProgress: ({ percent }) => seen.push(percent),
    });
    await until(() => operations.waits.size === 1 && server.listeners.size === 1);
    await until(() => reads('1').length === 1);
    operations.tell('1', 103, { metadata: { download_progress: '50%' } });
    await until(() => seen.length === 1);
    operations.finish('1');
    await done;
    await until(() => server.listeners.size === 0);
  });
});

describe('a daemon that goes away in the middle', () => {
  it('and comes back knowing: the truth is read', async () => {
    const operation = await begin();
    await until(() => reads('1').length === 1);
    operations.describe('1', 400, { err: 'No space' }); // its event is lost
    server.drop();
    expect((await rejection(operation.wait())).message).toMatch('No space');
  });

  it('and comes back not knowing: it has expired', async () => {
    const operation = await begin();
    await until(() => reads('1').length === 1);
    await server.stop();
    operations.operations.clear();
    const waiting = rejection(operation.wait());
    await server.listen();
    expect(await waiting).toBeInstanceOf(OperationExpiredError);
  });

  it('and goes on: so does the wait', async () => {
    const operation = await begin();
    await until(() => reads('1').length === 1);
    await server.stop();
    await server.listen();
    const waiting = operation.wait();
    await until(() => server.listeners.size === 1 && reads('1').length === 2);
    operations.finish('1');
    expect((await waiting).status_code).toBe(200);
  });

  it('or a client that is closed: the wait ends', async () => {
    const client = server.client();
    const operation = await begin(client);
    await until(() => reads('1').length === 1);
    const waiting = rejection(operation.wait());
    await client.close();
    expect(await waiting).not.toBeInstanceOf(ConnectionError);
    expect(operation.state).toBe('expired');
  });
});

describe('the process', () => {
  it.each([
    ['unwaited', 'begun\nrunning\n'], // though the operation never ends
    ['waited', 'begun\nsucceeded\n'],
    ['iterated', 'begun\nlast\nsucceeded\n'],
  ])('is kept alive by who waits alone: %s', async (mode, printed) => {
    const child = join(import.meta.dirname, 'alive.child.ts');
    const running = runChild(child, [server.socketPath, mode]);
    if (mode !== 'unwaited') {
      await until(() => reads('1').length > 0, 10_000);
      await new Promise((resolve) => setTimeout(resolve, 300));
      operations.finish('1');
    }
    expect((await running).stdout).toBe(printed);
  });
});
