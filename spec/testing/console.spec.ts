import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import {
  AbortedError,
  BadRequestError,
  BusyError,
  ClosedError,
  OperationError,
  UnsupportedError,
  type ConsoleSession,
  type Instance,
} from 'tslxd';
import type { FakeConsole } from '../../lib/testing/index.js';
import { describeFakes } from './support.js';

/** Hears all that a stream shows. */
function listen(stream: NodeJS.ReadableStream): (text: string) => Promise<string> {
  let seen = '';
  stream.on('data', (bytes: Buffer) => (seen += bytes.toString()));
  /** Waits until this was shown; resolves with all that was since the last time. */
  return async (text) => {
    while (!seen.includes(text)) await once(stream, 'data');
    const all = seen;
    seen = '';
    return all;
  };
}

describeFakes('consoles of a fake', (fake) => {
  let web: Instance;
  beforeEach(() => {
    fake.server.addInstance({ name: 'web', status: 'Running' });
    web = fake.server.client().instances.ref('web');
  });
  const say = (text: string) => web.exec(`echo ${text} > /dev/console`, { shell: true });
  const open = async () =>
    (await fake.server.client().operations.all()).filter(({ state }) => state === 'running');

  it('show what is written to them and what is typed, and keep it in the log', async () => {
    const session = await web.console();
    const shows = listen(session.stream);
    await say('from inside');
    expect(await shows('\n')).toBe('from inside\r\r\r\n');
    session.stream.write('typed\x03\r');
    expect(await shows('\n')).toBe('typed^C\r\r\r\n');
    await session.detach();
    expect(await open()).toEqual([]);
    expect(await web.consoleLog()).toBe('from inside\r\ntyped^C\r\n');
    expect(await web.consoleLog()).toBe(''); // what was read is gone
  });

  it('have a log from the start, which can be emptied', async () => {
    for (const status of ['Running', 'Stopped'] as const) {
      fake.server.addInstance({ name: `db-${status}`, status, consoleLog: 'booting\nlogin: ' });
      const db = fake.server.client().instances.ref(`db-${status}`);
      expect(await db.consoleLog()).toBe('booting\r\nlogin: ');
      await db.clearConsoleLog();
      expect(await db.consoleLog()).toBe('');
    }
    fake.server.addInstance({ name: 'new' });
    expect(await fake.server.client().instances.ref('new').consoleLog()).toBe('');
  });

  it('are scripted by handlers, the last added first', async () => {
    fake.server.onConsole(({ instance }) => ({ stdout: `${instance} login: ` }));
    const forget = fake.server.onConsole(async ({ instance, stdin, stdout, terminal, onResize }) => {
      if (instance !== 'web') return undefined;
      stdout.write(`${terminal.columns}x${terminal.rows}\n`);
      onResize(({ columns }) => stdout.write(`now ${columns}\n`));
      for await (const line of stdin) stdout.write(`heard ${String(line).trim()}\n`);
      return {};
    });
    await using session = await web.console({ columns: 100, rows: 30 });
    const shows = listen(session.stream);
    await shows('100x30');
    session.stream.write('date\r');
    await shows('heard date');
    session.resize(50, 20);
    await shows('now 50');
    await session.detach();
    forget();
    await using second = await web.console();
    await listen(second.stream)('web login: ');
    await second.detach();
    expect(await web.consoleLog()).toContain('web login: ');
  });

  it('end with their handler, which hears when somebody leaves', async () => {
    let last: FakeConsole | undefined;
    fake.server.onConsole((screen) => {
      last = screen;
      screen.stdin.once('data', () => screen.stdout.end('bye'));
      return {};
    });
    const session = await web.console();
    const shows = listen(session.stream);
    session.stream.write('q');
    await shows('bye');
    await session.ended;
    expect(session.stream.destroyed).toBe(true);
    expect(last?.signal.aborted).toBe(true);
  });

  it('tell of a handler that throws', async () => {
    fake.server.onConsole(() => {
      throw new Error('my mistake');
    });
    await using session = await web.console();
    expect(await listen(session.stream)('mistake')).toMatch(/onConsole.* failed: Error: my mistake/);
  });

  it('end with their instance, and need one that runs', async () => {
    const session = await web.console();
    session.stream.resume();
    await web.stop({ force: true });
    await session.ended;
    await expect(web.console()).rejects.toThrow(BadRequestError);
    await web.start();
    await web.freeze();
    await expect(web.console()).rejects.toThrow(/frozen/);
    await expect(web.console({ type: 'vga' })).rejects.toThrow(/virtual machines/);
  });

  it('have one who is attached', async () => {
    await using session = await web.console();
    if (fake.server.product === 'incus') {
      await expect(web.console()).rejects.toThrow(BusyError);
      await using second = await web.console({ force: true });
      await session.ended;
      const shows = listen(second.stream);
      await say('again');
      await shows('again');
    } else {
      await expect(web.console({ force: true })).rejects.toThrow(UnsupportedError);
      const second: ConsoleSession = await web.console();
      await expect(second.ended).rejects.toThrow(OperationError);
      const shows = listen(session.stream);
      await say('still');
      await shows('still');
    }
  });

  it('are attached to a terminal until Ctrl-A q', async () => {
    const session = await web.console();
    const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
    const stdout = Object.assign(new PassThrough(), { columns: 90, rows: 20 });
    const attached = session.attach({ stdin, stdout });
    const shows = listen(stdout);
    stdin.write('ab\r');
    await shows('ab');
    stdin.write('\x01q');
    await attached;
    expect(await open()).toEqual([]);
  });

  it('are left on an abort, by a client that closes, and when the server starts again', async () => {
    const controller = new AbortController();
    const aborted = await web.console({ signal: controller.signal });
    controller.abort();
    await expect(aborted.ended).rejects.toThrow(AbortedError);
    const client = fake.server.client();
    const closed = await client.instances.ref('web').console();
    await client.close();
    await expect(closed.ended).rejects.toThrow(ClosedError);
    while ((await open()).length > 0) await delay(5);
    const lost = await web.console();
    await fake.server.restart();
    await lost.ended.catch(() => undefined);
    await (await web.console()).detach();
  });

  it('of virtual machines have raw sockets', async () => {
    fake.server.addInstance({ name: 'vm', type: 'virtual-machine', status: 'Running' });
    const vm = fake.server.client().instances.ref('vm');
    const seen: string[] = [];
    await using silent = await vm.console({ type: 'vga' });
    const quiet = await silent.connect();
    quiet.write('nothing');
    await silent.close();
    expect(quiet.destroyed).toBe(true);
    fake.server.onConsole(async ({ type, stdin, stdout, signal }) => {
      if (type !== 'vga') return undefined;
      signal.addEventListener('abort', () => seen.push('left'));
      for await (const bytes of stdin) stdout.write(Buffer.concat([Buffer.from([0, 13]), bytes as Buffer]));
      return {};
    });
    const screen = await vm.console({ type: 'vga' });
    for (const name of ['main', 'display']) {
      const channel = await screen.connect();
      const shows = listen(channel);
      channel.write(`${name}\r`);
      expect(await shows(`${name}\r`)).toBe(`\0\r${name}\r`);
      if (name === 'main') {
        channel.destroy();
        while (seen.length === 0) await delay(5);
      }
    }
    const last = await screen.connect();
    const gone = once(last.resume(), 'close');
    await vm.stop({ force: true });
    await gone;
    await screen.close();
    await screen.ended;
  });

  it('meet faults', async () => {
    fake.server.failNext('POST /1.0/instances/web/console', { status: 503 });
    await expect(web.console()).rejects.toThrow(/503/);
    fake.server.failNext('GET /1.0/instances/web/console', { status: 500, error: 'no disk' });
    await expect(web.consoleLog()).rejects.toThrow(/no disk/);
    await (await web.console()).detach();
  });
});
