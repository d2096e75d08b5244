import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import {
  ConnectionError,
  ExecError,
  InvalidInputError,
  NotFoundError,
  TimeoutError,
  type ExecOptions,
  type Instance,
} from 'tslxd';
import { rejection } from '../resources/support.js';
import { proxyTo } from '../support/proxy.js';
import { booted, makeBusybox, useClient, watchedClient } from './client.js';
import { describeReal } from './harness.js';

describeReal('the streams of exec()', (server) => {
  const { client } = useClient(server);
  let web: Instance;
  beforeAll(async () => {
    web = await makeBusybox(server, client);
    await web.start();
    await booted(web);
  });
  const run = <O extends ExecOptions>(script: string, options?: O) => web.exec(['sh', '-c', script], options);
  /** Whether a process of this command line still runs in the container. */
  const runs = async (what: string) =>
    (await run(`ps | grep -v grep | grep -c '${what}' || true`)).stdout !== '0';
  /** The operations of commands in it that the server has not ended. */
  const open = async () =>
    (await client.operations.all()).filter(
      (one) =>
        one.description === 'Executing command' &&
        one.state === 'running' &&
        JSON.stringify(one.toJSON()).includes(`/${web.name}"`),
    );

  it('lose nothing that is taken late, whatever is awaited before', async () => {
    for (let round = 0; round < 10; round++) {
      const command = run('echo out; echo err >&2; head -c 300000 /dev/zero | tr "\\0" x', { buffer: false });
      await delay(round * 20);
      const handed = await Promise.resolve({ command });
      const out = await text(handed.command.stdout);
      await delay(10);
      expect([out.length, await text(command.stderr)]).toEqual([300_004, 'err\n']);
      expect(await command).toMatchObject({ exitCode: 0, stdout: '' });
    }
  });

  it('that nobody takes are thrown away for who awaits', async () => {
    const command = run('head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2', { buffer: false });
    await delay(200);
    expect(await command).toMatchObject({ exitCode: 0 });
    await rejection(text(command.stdout), InvalidInputError);
    for await (const line of run('head -c 3000000 /dev/zero >&2; echo one', { buffer: false })) {
      expect(line).toBe('one');
    }
  });

  it('that nobody takes hold a command up, as a pipe does', async () => {
    const command = run('head -c 8000000 /dev/zero; echo done > /tmp/held', {
      buffer: false,
      timeout: 60_000,
    });
    await delay(1000);
    expect(await web.files.exists('/tmp/held')).toBe(false);
    command.stdout.resume();
    await command;
    expect(await web.files.exists('/tmp/held')).toBe(true);
  });

  it('make lines that end at a newline only, of each output and of both', async () => {
    const script = `printf '{"a":"\\342\\200\\250"}\\r\\n1 %%\\r2 %%\\n'; echo oh >&2`;
    const lines = async (from: 'stdout' | 'stderr' | 'all') => {
      const got: string[] = [];
      for await (const line of run(script).iterable({ from })) got.push(line);
      return got;
    };
    expect(await lines('stdout')).toEqual(['{"a":"\u2028"}', '1 %\r2 %']);
    expect(await lines('stderr')).toEqual(['oh']);
    expect((await lines('all')).sort()).toEqual(['1 %\r2 %', 'oh', '{"a":"\u2028"}']);
    const { all } = await run('echo 1; sleep 0.3; echo 2 >&2; sleep 0.3; echo 3', { all: true });
    expect(all).toBe('1\n2\n3');
  });

  it('whoever leaves a loop hears of the end, and nothing else', async () => {
    for await (const line of web.exec(['yes'])) if (line === 'y') break;
    expect(await runs('yes$')).toBe(false);
    const command = run('echo ready; exec sleep 1011', { timeout: 1500 });
    const loop = async () => {
      for await (const line of command) if (line === 'ready') break;
    };
    await rejection(loop(), TimeoutError);
    expect(await runs('sleep 1011')).toBe(false);
  });

  it('of a terminal that are destroyed hang it up, and leave nothing at the server', async () => {
    for (let round = 0; round < 10; round++) {
      const shell = web.exec(['sh'], { interactive: true });
      await new Promise((resolve) => shell.stdout.once('data', resolve));
      if (round % 2 === 0) shell.stdout.destroy();
      else shell.stdin.destroy();
      expect((await rejection(shell, ExecError)).exitCode).toBeGreaterThan(128);
    }
    const deaf = run(`trap '' HUP; echo ready; while :; do sleep 0.1; : 1012; done`, { interactive: true });
    await new Promise((resolve) => deaf.stdout.once('data', resolve));
    deaf.stdout.destroy();
    expect(await rejection(deaf, ExecError)).toMatchObject({ signal: 'SIGKILL' });
    expect(await open()).toEqual([]);
    expect(await runs('1012')).toBe(false);
  });

  it('an input that is destroyed ends', async () => {
    const cat = web.exec(['cat'], { stdin: 'pipe' });
    cat.stdin.write('half', () => cat.stdin.destroy());
    expect((await cat).stdout).toBe('half');
  });

  it('a directory that is missing is not seen by the server, but by `checkCwd`', async () => {
    expect((await web.exec(['pwd'], { cwd: '/missing' })).stdout).toBe('/');
    for (const record of [false, true]) {
      const options = { checkCwd: true, record };
      const missing = await rejection(web.exec(['pwd'], { cwd: '/missing', ...options }), NotFoundError);
      expect(missing.message).toBe(
        `exec(): there is no directory "/missing" to run in, in instance '${web.name}'`,
      );
      const file = await rejection(web.exec(['pwd'], { cwd: '/etc/passwd', ...options }), InvalidInputError);
      expect(file.message).toMatch(/is not a directory but a file/);
      await web.exec(['ln', '-sfn', '/etc', '/link']);
      expect((await web.exec(['pwd', '-P'], { cwd: '/link', ...options })).stdout).toBe('/etc');
    }
    await rejection(web.exec(['pwd'], { checkCwd: true }), InvalidInputError);
  });

  it('users are numbers', async () => {
    const error = await rejection(web.exec(['id'], { user: 'www-data' as never }), InvalidInputError);
    expect(error.message).toMatch(/user is "www-data"; it must be a user by number, as `id -u name`/);
    expect((await web.exec(['id', '-u'], { user: 33 })).stdout).toBe('33');
  });

  it('a link that died in silence ends commands and consoles', async () => {
    const proxy = await proxyTo({ path: server.socketPath });
    const far = watchedClient(server, { socketPath: proxy.socketPath }).client;
    const there = far.instances.ref(web.name);
    const talks = there.exec(['sh', '-c', 'while :; do echo 1013; sleep 0.1; done'], { buffer: false });
    const pending = [there.exec(['sleep', '1013']), talks];
    // LXD 5.0 keeps the operation of a terminal whose sockets break all at once until the daemon ends, whoever the client is.
    if (server.product === 'incus') pending.push(there.exec(['sleep', '1013'], { interactive: true }));
    const session = await there.console();
    await new Promise((resolve) => talks.stdout.once('data', resolve));
    talks.stdout.resume();
    await delay(1000);
    proxy.silence();
    await Promise.all([
      ...pending.map((one) => rejection(Promise.resolve(one), ConnectionError)),
      rejection(session.ended, ConnectionError),
    ]);
    await far.close();
    await proxy.close();
    while ((await open()).length > 0 || (await runs('1013'))) await delay(100);
  }, 90_000);
});
