import {
  AbortedError,
  ClosedError,
  ConnectionError,
  isLxdError,
  LxdError,
  NotFoundError,
  OperationError,
  ServerError,
  TimeoutError,
  type Instance,
  type MoveToOptions,
} from 'tslxd';
import { afterwards, rejection } from '../../../rest/test-server.js';
import { MigrationServer, type Body, type Part, type Script } from './migration-server.js';

async function server(script: Script = {}): Promise<MigrationServer> {
  const made = await MigrationServer.start(script);
  afterwards(async () => made[Symbol.asyncDispose]());
  return made;
}

/** A source with an instance, and a target, with which it ends well unless told otherwise. */
async function two(ofSource: Script = {}, ofTarget: Script = {}) {
  const run = (part: Part) => {
    part.end();
    source.parts.at(-1)?.end();
  };
  const [source, target] = await Promise.all([server(ofSource), server({ run, ...ofTarget })]);
  source.add('web');
  const move = async (options: MoveToOptions): Promise<Instance> =>
    source.client.instances.ref('web').moveTo(target.client, options);
  return { source, target, move };
}

/** Nothing of it is left anywhere, and the source was not touched. */
function expectUndone({ source, target }: { source: MigrationServer; target: MigrationServer }): void {
  expect([...source.instances.keys()]).toEqual(['web']);
  expect([...target.instances.keys()]).toEqual([]);
  expect(source.lines.filter((line) => line.startsWith('DELETE /1.0/instances'))).toEqual([]);
  expect([source.websockets.size, target.websockets.size]).toEqual([0, 0]);
  expect([...source.parts, ...target.parts].filter((part) => part.isRunning())).toEqual([]);
}

const cannotDial =
  'Failed: Unable to connect to: 10.0.0.1:8443 ([dial tcp 10.0.0.1:8443: connect: connection refused])';

describe('what is sent', () => {
  test('a copy: all that the original has but what its server keeps for itself; never live unless asked', async () => {
    const { source, target } = await two();
    const copy = await source.client.instances.ref('web').copyTo(target.client, { name: 'copy' });
    expect(copy.name).toBe('copy');
    const [offered] = source.parts;
    expect(offered).toMatchObject({ url: '/1.0/instances/web' });
    expect(offered!.body).toEqual({ migration: true, live: false, instance_only: false });
    const { id, secrets } = offered!;
    expect(target.parts[0]!.body).toEqual({
      name: 'copy',
      type: 'container',
      architecture: 'x86_64',
      description: 'The web',
      ephemeral: true,
      profiles: ['one', 'two'],
      config: { 'user.role': 'web', 'volatile.base_image': 'beef' },
      devices: { proc: { type: 'none' } },
      source: {
        type: 'migration',
        mode: 'pull',
        operation: `https://10.0.0.1:8443/1.0/operations/${id}`,
        secrets,
        certificate: 'PEM',
        'base-image': 'beef',
        instance_only: false,
        live: false,
      },
    });
  });

  test('a move keeps what belongs to the instance; only a running one is live', async () => {
    const { source, target, move } = await two();
    source.add('web', {
      config: { 'volatile.eth0.hwaddr': '00:16', 'volatile.last_state.power': 'STOPPED' },
    });
    await move({ live: true });
    expect(source.parts[0]!.body.live).toBe(false);
    expect(target.parts[0]!.body.config).toEqual({ 'volatile.eth0.hwaddr': '00:16' });
    expect([...source.instances.keys()]).toEqual([]);

    source.add('web', { status: 'Running', status_code: 103 });
    target.instances.clear();
    await move({ live: true });
    expect(source.parts.at(-1)!.body.live).toBe(true);
    expect(target.parts.at(-1)!.body.source!.live).toBe(true);
  });
});

describe('addresses', () => {
  const addresses = ['10.0.0.1:8443', '10.0.0.2:8443', ':8443'];

  test('pull: each is tried, with a source of its own; the one before is given up', async () => {
    const run = (part: Part) => part.end(part.body.source!.operation.includes('10.0.0.1') ? cannotDial : '');
    const { source, target, move } = await two({ addresses, cancels: true, run: () => undefined }, { run });
    setTimeout(() => source.parts[1]?.end(), 100); // as its target ends
    await move({});
    expect(target.parts.map(({ body }) => new URL(body.source!.operation).host)).toEqual(
      addresses.slice(0, 2),
    );
    expect(source.parts.length).toBe(2);
    expect(source.lines).toContain(`DELETE /1.0/operations/${source.parts[0]!.id}`);
  });

  test('push: each is tried for one target, whether the request or its operation says that it cannot connect', async () => {
    const refuse = (line: string, body: Body) =>
      line === 'POST /1.0/instances/web' && body.target!.operation.includes('10.0.0.1')
        ? { code: 500, error: cannotDial }
        : undefined;
    const goes = (part: Part) => {
      part.end();
      if (!part.body.source) other.parts[0]!.end();
    };
    const { source, target: other, move } = await two({ refuse, run: goes }, { addresses });
    await move({ mode: 'push' });
    expect(other.parts.length).toBe(1);
    expect(source.parts.map(({ body }) => body.target)).toEqual([
      {
        operation: `https://10.0.0.2:8443/1.0/operations/${other.parts[0]!.id}`,
        secrets: other.parts[0]!.secrets,
        certificate: 'PEM',
      },
    ]);
  });

  test.each(['pull', 'push'] as const)(
    '%s: none that answers is told with all of them, and undone',
    async (mode) => {
      const run = (part: Part) => part.end(cannotDial);
      const [atSource, atTarget] =
        mode === 'pull' ? [{ addresses, cancels: true }, { run }] : [{ run }, { addresses }];
      const { source, target, move } = await two(atSource, atTarget);
      const error = await rejection<ConnectionError>(move({ mode }));
      expect(error).toBeInstanceOf(ConnectionError);
      expect(error.attempts.map(({ address }) => address)).toEqual([
        'https://10.0.0.1:8443',
        'https://10.0.0.2:8443',
      ]);
      expect(error.message).toContain('connection refused');
      expectUndone({ source, target });
    },
  );
});

describe('relay', () => {
  const mode = 'relay';

  test('carries what both sides say, over websockets that are opened one after the other', async () => {
    const heard: unknown[] = [];
    const { source, target, move } = await two(
      {
        run: ({ sockets, end }) => {
          sockets.fs!.send(Buffer.from('files'));
          sockets.fs!.send('');
          sockets.control!.send('header');
          sockets.control!.on('message', (data: Buffer) => {
            heard.push(data.toString());
            end();
          });
        },
      },
      {
        run: ({ sockets, end }) => {
          sockets.control!.on('message', (data: Buffer) => heard.push(data.toString()));
          sockets.fs!.on('message', (data: Buffer, isBinary) => {
            heard.push([data.toString(), isBinary]);
            if (data.length === 0) sockets.control!.send('done', () => end());
          });
        },
      },
    );
    await move({ mode });
    expect(heard).toEqual(expect.arrayContaining(['header', ['files', true], ['', false], 'done']));
    for (const each of [source, target]) {
      expect(each.lines.filter((line) => line.startsWith('WEBSOCKET'))).toEqual([
        'WEBSOCKET control',
        'WEBSOCKET fs',
      ]);
      while (each.websockets.size > 0) await new Promise(setImmediate);
    }
  });

  test.each(['source', 'target'] as const)(
    'cut at the %s, the other is closed and the reason told',
    async (side) => {
      const cut: Script = { run: ({ sockets }) => sockets.fs!.terminate() };
      const idle: Script = { run: () => undefined };
      const { source, target, move } = side === 'source' ? await two(cut, idle) : await two(idle, cut);
      const error = await rejection(move({ mode }));
      expect(error).toBeInstanceOf(OperationError);
      expect(error.message).toContain('websocket: close');
      expectUndone({ source, target });
    },
  );

  test.each(['source', 'target'] as const)('a websocket that the %s refuses ends all', async (side) => {
    const refuse = (line: string) =>
      line === 'WEBSOCKET fs' ? { code: 404, error: 'No such secret' } : undefined;
    const scripts: [Script, Script] = [{ run: () => undefined }, { run: () => undefined }];
    scripts[side === 'source' ? 0 : 1].refuse = refuse;
    const { source, target, move } = await two(...scripts);
    expect(await rejection(move({ mode }))).toBeInstanceOf(NotFoundError);
    expectUndone({ source, target });
  });

  test('over the time it is a TimeoutError', async () => {
    const { source, target, move } = await two({ run: () => undefined }, { run: () => undefined });
    expect(await rejection(move({ mode, timeout: 200 }))).toBeInstanceOf(TimeoutError);
    expectUndone({ source, target });
  });

  test('aborted it closes its websockets, with which both ends stop', async () => {
    const { source, target, move } = await two({ run: () => undefined }, { run: () => abort.abort() });
    const abort = new AbortController();
    expect(await rejection(move({ mode, signal: abort.signal }))).toBeInstanceOf(AbortedError);
    expectUndone({ source, target });
  });

  test('of a target that is suddenly gone the source is told at once', async () => {
    const { source, target, move } = await two({ run: () => undefined }, { run: () => void target.stop() });
    const moving = rejection(move({ mode })); // it may come back, and tell how it ended
    while (source.parts[0]?.isRunning() !== false) await new Promise(setImmediate);
    await target.client.close();
    expect(isLxdError(await moving)).toBe(true);
    expect(source.websockets.size).toBe(0);
    expect([...source.instances.keys()]).toEqual(['web']);
  });
});

describe('failures', () => {
  test.each(['pull', 'relay'] as const)(
    '%s: an operation that fails at the end leaves the source',
    async (mode) => {
      const { source, target, move } = await two(
        { cancels: true, run: () => undefined },
        { run: (part) => part.end('At 99 %') },
      );
      const error = await rejection(move({ mode }));
      expect(error).toBeInstanceOf(OperationError);
      expect(error.message).toContain('At 99 %');
      expectUndone({ source, target });
    },
  );

  test('a target that refuses the request gets its source given up at once', async () => {
    const refuse = (line: string) =>
      line === 'POST /1.0/instances' ? { code: 500, error: 'No such profile' } : undefined;
    const { source, target, move } = await two({ cancels: true, run: () => undefined }, { refuse });
    expect(await rejection(move({}))).toBeInstanceOf(ServerError);
    expectUndone({ source, target });
  });

  test('of a source that fails first the reason is told too', async () => {
    const { source, target, move } = await two(
      { run: (part) => part.end('The disk is broken') },
      { run: (part) => setTimeout(() => part.end('websocket: close 1006'), 200) },
    );
    const error = await rejection(move({ mode: 'relay' }));
    expect(error.message).toMatch(/websocket: close.*before that at the source: .*The disk is broken/);
    expectUndone({ source, target });
  });

  test('what a failed target leaves is removed, but never what somebody made afterwards', async () => {
    for (const [created_at, left] of [
      ['2026-11-21T01:02:03Z', []],
      ['2026-11-21T01:02:09Z', ['web']],
    ] as const) {
      const run = (part: Part) => {
        part.end('Failed');
        target.add('web', { created_at });
      };
      const { target, move } = await two({ cancels: true, run: () => undefined }, { run });
      expect(await rejection(move({}))).toBeInstanceOf(OperationError);
      expect([...target.instances.keys()]).toEqual(left);
    }
  });

  test('what cannot be removed is told, with the reason', async () => {
    const refuse = (line: string) =>
      line === 'DELETE /1.0/instances/web' ? { code: 500, error: 'The disk is broken' } : undefined;
    const run = (part: Part) => {
      part.end('Failed');
      target.add('web');
    };
    const { target, move } = await two({ cancels: true, run: () => undefined }, { run, refuse });
    const error = await rejection(move({}));
    expect(error).toBeInstanceOf(OperationError);
    expect(error.message).toMatch(/Failed; whether something of 'web' is left .*The disk is broken/);
    expect(error.cause).toBeInstanceOf(OperationError);
  });

  test('a copy that does not start is no move', async () => {
    const refuse = (line: string) =>
      line === 'PUT /1.0/instances/web/state' ? { code: 400, error: 'No such bridge' } : undefined;
    const { source, target, move } = await two({}, { refuse });
    expect(String(await rejection(move({ start: true })))).toContain('No such bridge');
    expectUndone({ source, target });
  });

  test('a source that cannot be deleted is told: nothing is lost, but there are two', async () => {
    const refuse = (line: string) =>
      line === 'DELETE /1.0/instances/web' ? { code: 400, error: 'It is running' } : undefined;
    const { source, target, move } = await two({ refuse });
    const error = await rejection(move({}));
    expect(error).toBeInstanceOf(OperationError);
    expect(error.message).toMatch(/is on .* now as 'web', but .* could not be deleted: .*It is running/);
    expect([source, target].map(({ instances }) => [...instances.keys()])).toEqual([['web'], ['web']]);
  });

  test.each(['source', 'target'] as const)('closing the client of the %s ends both sides', async (side) => {
    const { source, target, move } = await two(
      { cancels: true, run: () => undefined },
      { run: () => undefined },
    );
    const moving = rejection(move({ mode: 'relay' }));
    while (source.websockets.size + target.websockets.size < 4) await new Promise(setImmediate);
    const client = (side === 'source' ? source : target).client;
    await client.close();
    // The target tells of a lost source, if that was not still being connected to.
    expect(await moving).toBeInstanceOf(side === 'source' ? LxdError : ClosedError);
    while (source.websockets.size + target.websockets.size > 0) await new Promise(setImmediate);
    expect([...source.instances.keys()]).toEqual(['web']);
  });
});
