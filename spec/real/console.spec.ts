import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import {
  AbortedError,
  BadRequestError,
  BusyError,
  ClosedError,
  InvalidInputError,
  OperationError,
  UnsupportedError,
  type ConsoleSession,
  type Instance,
} from 'tslxd';
import { booted, makeBusybox, useClient, useHttpsClient, watchedClient } from './client.js';
import { describeReal } from './harness.js';

/** What a session shows from now on. */
function listen({ stream }: ConsoleSession): { seen: string } {
  const heard = { seen: '' };
  stream.on('data', (data: Buffer) => (heard.seen += data.toString()));
  return heard;
}

/** Does something until it is to be seen. */
async function until(heard: { seen: string }, text: string | RegExp, act?: () => unknown): Promise<void> {
  while (heard.seen.search(text) < 0) {
    await act?.();
    await delay(40);
  }
}

/**
 * Writes a text to the console from inside until the session has shown it: the server's helper takes a moment to attach
 * itself, and what is written before that is only in the log.
 */
async function hears(session: ConsoleSession, web: Instance, text: string): Promise<void> {
  await until(listen(session), text, async () => {
    if (session.stream.destroyed) await session.ended;
    await web.exec(['sh', '-c', `echo ${text} > /dev/console`]);
  });
}

describeReal('the console of an instance', (server) => {
  const { client } = useClient(server);
  let web: Instance;
  beforeAll(async () => {
    web = await makeBusybox(server, client);
    await web.start();
    await booted(web);
  });

  const say = (text: string) => web.exec(['sh', '-c', `echo ${text} > /dev/console`]);
  const open = async () =>
    (await client.operations.all()).filter(
      (one) =>
        one.description === 'Showing console' &&
        one.state === 'running' &&
        JSON.stringify(one.toJSON()).includes(`/${web.name}"`),
    );

  it('shows what is written to it, and passes on what is typed', async () => {
    const session = await web.console({ columns: 100, rows: 30 });
    expect(session.resize(120, 40)).toBe(true);
    await hears(session, web, 'from inside');
    const heard = listen(session);
    session.stream.write('typed\r'); // its terminal echoes
    await until(heard, 'typed');
    await session.detach();
    await session.detach();
    expect(session.resize(80, 24)).toBe(false);
    expect(session.stream.destroyed).toBe(true);
    expect(await open()).toEqual([]);
  });

  it('can be attached again at once', async () => {
    for (let i = 0; i < 3; i++) {
      await using session = await web.console();
      await hears(session, web, `round${i}`);
    }
    expect(await open()).toEqual([]);
  });

  it('is refused to a second one, which can take it over on Incus', async () => {
    await using session = await web.console();
    await hears(session, web, 'first');
    if (server.product === 'incus') {
      await expect(web.console()).rejects.toThrow(BusyError);
      await using second = await web.console({ force: true });
      await session.ended;
      await hears(second, web, 'second');
    } else {
      await expect(web.console({ force: true })).rejects.toThrow(UnsupportedError);
      const second = await web.console();
      await expect(second.ended).rejects.toThrow(OperationError);
      await hears(session, web, 'still');
    }
  });

  it('is attached to a terminal until Ctrl-A q', async () => {
    const session = await web.console();
    const stdin = Object.assign(new PassThrough(), {
      isTTY: true,
      raw: [] as boolean[],
      setRawMode(raw: boolean) {
        this.raw.push(raw);
      },
    });
    const stdout = Object.assign(new PassThrough(), { columns: 90, rows: 20 });
    const heard = { seen: '' };
    stdout.on('data', (data: Buffer) => (heard.seen += data.toString()));
    const attached = session.attach({ stdin, stdout });
    await until(heard, 'outside', () => say('outside'));
    stdin.write('ab\x01\x01c\r');
    await until(heard, /ab\S*c/);
    stdin.write('\x01');
    stdin.write('q');
    await attached;
    expect(stdin.raw).toEqual([true, false]);
    expect(stdout.listenerCount('resize')).toBe(0);
    expect(await open()).toEqual([]);
  });

  it('leaves nothing at the server when it is aborted, before and after it is connected', async () => {
    const session = await web.console({ signal: AbortSignal.timeout(150) });
    await expect(session.ended).rejects.toThrow(AbortedError);
    const aborted = web.console({ signal: AbortSignal.abort() });
    await expect(aborted).rejects.toThrow(AbortedError);
    // Between the answer and the sockets, where the server waits for them; often, since its end may take a moment.
    for (let i = 0; i < 15; i++) {
      const controller = new AbortController();
      const early = watchedClient(server, {
        log: { debug: (line) => line.includes('/console ') && controller.abort() },
      });
      const same = await early.client.instances.get(web.name);
      await expect(same.console({ signal: controller.signal })).rejects.toThrow(AbortedError);
      await early.client.close();
      expect(await open()).toEqual([]);
    }
  });

  it('ends with its client', async () => {
    const other = watchedClient(server).client;
    const session = await (await other.instances.get(web.name)).console();
    await other.close();
    await expect(session.ended).rejects.toThrow(ClosedError);
    expect(session.stream.destroyed).toBe(true);
    await web.waitFor(async () => (await open()).length === 0, { interval: 50, timeout: 10_000 });
  });

  it('has a log, which can be emptied', async () => {
    await say('to the log');
    await web.waitFor(async () => (await web.consoleLog()).includes('to the log'), {
      interval: 50,
      timeout: 10_000,
    });
    await web.clearConsoleLog();
    expect(await web.consoleLog()).not.toContain('to the log');
  });

  it('refuses what cannot be', async () => {
    for (const options of [{ type: 'tty' }, { columns: 0 }, { rows: 1.5 }, { force: 'yes' }, { width: 80 }]) {
      await expect(web.console(options as never)).rejects.toThrow(InvalidInputError);
    }
    await expect(web.console({ type: 'vga' })).rejects.toThrow(/virtual machines/);
  });

  it('ends with its instance', async () => {
    const mortal = await makeBusybox(server, client);
    await mortal.start();
    await booted(mortal);
    const session = await mortal.console();
    await hears(session, mortal, 'alive');
    session.stream.resume();
    await mortal.stop({ force: true });
    await session.ended;
    await expect(mortal.console()).rejects.toThrow(BadRequestError);
    await mortal.delete();
  });
});

describeReal('a console over HTTPS', (server) => {
  const late = useHttpsClient(server);

  it('works as over the socket', async () => {
    const web = await makeBusybox(server, late.client);
    await web.start();
    await booted(web);
    await using session = await web.console();
    await hears(session, web, 'secure');
    await session.detach();
    await web.delete({ force: true });
  });
});
