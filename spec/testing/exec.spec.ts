import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { ExecError, InvalidInputError, OperationError, type Instance } from 'tslxd';
import type { FakeCommand } from '../../lib/testing/index.js';
import { describeFakes } from './support.js';

describeFakes('commands of a fake', (fake) => {
  let web: Instance;
  beforeEach(() => {
    fake.server.addInstance({
      name: 'web',
      status: 'Running',
      config: { 'environment.FOO': 'bar' },
      files: { '/srv/note': 'noted\n' },
    });
    web = fake.server.client().instances.ref('web');
  });

  it.each([
    [['true'], 0, '', ''],
    [['false'], 1, '', ''],
    [['echo', 'a', 'b  c'], 0, 'a b  c', ''],
    [['echo', '-n', 'a'], 0, 'a', ''],
    [['printf', 'a\\n'], 0, 'a', ''],
    [['hostname'], 0, 'web', ''],
    [['/bin/cat', '/srv/note', '/etc/hostname'], 0, 'noted\nweb', ''],
    [['printf', '\\351|\\xe9|\\\\|\\t%s%%%d', 'a', '1'], 0, '\ufffd|\ufffd|\\|\ta%1', ''],
    [['cat', '/nope'], 1, '', "cat: can't open '/nope': no such file or directory"],
    [['no-such-program'], 127, '', ''],
    [['/srv/note'], 126, '', ''],
  ])('%j: exit code %i, %j, %j', async (command, exitCode, stdout, stderr) => {
    expect(await web.exec(command, { reject: false })).toMatchObject({ exitCode, stdout, stderr });
  });

  it.each([
    ['echo one; echo two >&2; exit 3', 3, 'one', 'two'],
    ['false || echo no && true && echo yes', 0, 'no\nyes', ''],
    ['false && echo never; echo $?', 0, '1', ''],
    ['A=\'x y\'; echo "$A" $FOO ${FOO}s "\\$A" \'$A\'', 0, 'x y bar bars $A $A', ''],
    [
      'cd /srv && pwd && cat note > /tmp/copy && echo more >> /tmp/copy && cat /tmp/copy',
      0,
      '/srv\nnoted\nmore',
      '',
    ],
    ['cat /nope 2>/dev/null || echo none', 0, 'none', ''],
    ['cat /nope 2>&1', 1, "cat: can't open '/nope': no such file or directory", ''],
    ['nope', 127, '', 'sh: nope: not found'],
    ['cd /nope', 2, '', "sh: cd: can't cd to /nope"],
    ['echo a & echo b', 2, '', "sh: tslxd/testing has a small shell, which does not know '&'"],
    ['echo one two | cut -d" " -f2', 0, 'two', ''],
    ['cat /etc/passwd | grep -v nobody | wc -l && ls /srv', 0, '1\nnote', ''],
    ['echo never | false | true && printf "a\\nb\\nc\\n" | head -n 2', 0, 'a\nb', ''],
    ['nope | cat; echo $?', 0, '0', 'sh: nope: not found'],
    ['ls /nowhere', 1, '', 'ls: /nowhere: No such file or directory'],
    ['grep x /etc/hostname || echo none; wc -c /srv/note', 0, 'none\n6 /srv/note', ''],
    ['# nothing\necho a\n\necho b', 0, 'a\nb', ''],
  ])('a line of shell: %s', async (line, exitCode, stdout, stderr) => {
    expect(await web.exec(line, { shell: true, reject: false })).toMatchObject({ exitCode, stdout, stderr });
  });

  it('run in the root where their folder is not there, and know their runtime', async () => {
    const { stdout } = await web.exec(['sh', '-c', 'pwd; echo $container'], { cwd: '/nope' });
    expect(stdout).toBe('/\nlxc');
  });

  it('have an environment, a folder and a user', async () => {
    const { stdout } = await web.exec(['env'], { environment: { MINE: '1' } });
    expect(stdout.split('\n')).toEqual([
      'FOO=bar',
      'HOME=/root',
      'LANG=C.UTF-8',
      'MINE=1',
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'USER=root',
      'container=lxc',
    ]);
    expect((await web.exec(['pwd'], { cwd: '/tmp' })).stdout).toBe('/tmp');
    expect((await web.exec(['id', '-u'], { user: 7 })).stdout).toBe('7');
    expect((await web.exec(['pwd'])).stdout).toBe('/root');
  });

  it('read their input', async () => {
    for (const command of [['cat'], ['cat', '-'], ['cat', '/etc/hostname', '-']])
      expect((await web.exec(command, { input: 'typed' })).stdout).toMatch(/typed$/);
    const big = Buffer.alloc(3_000_000, 'big');
    const { stdout } = await web.exec(['cat'], { input: big, encoding: 'buffer' });
    expect(stdout.equals(big)).toBe(true);
  });

  it('are scripted by handlers, the last added first', async () => {
    const seen: FakeCommand[] = [];
    fake.server.onExec((command) => {
      seen.push(command);
      return command.command[0] === 'apt-get' ? { stdout: 'first' } : undefined;
    });
    const forget = fake.server.onExec(async ({ command }) => {
      if (command[0] !== 'apt-get') return undefined;
      await delay(5);
      return { stdout: Buffer.from('second'), stderr: `warned of ${command[1]}`, exitCode: 100 };
    });
    const error = await web.exec(['apt-get', 'update']).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ExecError);
    expect(error).toMatchObject({ exitCode: 100, stdout: 'second', stderr: 'warned of update' });
    forget();
    expect((await web.exec(['sh', '-c', 'apt-get update && echo done'])).stdout).toBe('firstdone');
    expect(seen.at(-1)).toMatchObject({
      ...{ instance: 'web', project: 'default', cwd: '/root', user: 0, group: 0, interactive: false },
      command: ['echo', 'done'],
      environment: { FOO: 'bar' },
    });
    fake.server.reset();
    fake.server.addInstance({ name: 'web', status: 'Running' });
    await expect(web.exec(['apt-get', 'update'])).rejects.toMatchObject({ exitCode: 127 });
  });

  it.each([
    ['exit 3', 3, ''],
    ['echo "$1 $0"\nfalse\necho end # of it', 0, 'one /s\nend'],
    ['set -e\nfalse || echo kept\nfalse\necho lost', 1, 'kept'],
    ['export A=1\necho $A \\\n  more', 0, '1 more'],
    ['apt-get update', 127, ''],
  ])('run the script %j', async (script, exitCode, stdout) => {
    await web.files.writeFile('/s', `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    for (const command of [['sh', '/s'], ['/s'], ['sh', '-x', '/s']])
      expect(await web.exec([...command, 'one'], { reject: false })).toMatchObject({ exitCode, stdout });
  });

  it('fail where a script is more than the small shell knows, and never do half of it', async () => {
    for (const script of [
      'echo a; if true; then exit 3; fi',
      'echo a; x=$(date); echo $x',
      'echo a\nf() { :; }',
    ]) {
      await web.files.writeFile('/s', script);
      const run = await web.exec(['sh', '/s'], { reject: false });
      expect(run).toMatchObject({ exitCode: 2, stdout: '' });
      expect(run.stderr).toContain('tslxd/testing has a small shell');
    }
    const missing = await web.exec(['sh', '/nope'], { reject: false });
    expect(missing).toMatchObject({
      exitCode: 2,
      stderr: "sh: can't open '/nope': No such file or directory",
    });
    const files = { '/py': '#!/usr/bin/python3\n', '/self': '#!/self\n', '/data': 'text' };
    for (const [path, text] of Object.entries(files)) await web.files.writeFile(path, text, { mode: 0o755 });
    await web.files.writeFile('/plain', '#!/bin/sh\n', { mode: 0o644 });
    const codes = { '/py': 127, '/self': 126, '/data': 126, '/plain': 126 };
    for (const [path, exitCode] of Object.entries(codes))
      expect(await web.exec([path], { reject: false })).toMatchObject({ exitCode });
  });

  it('have the files of their instance in a handler', async () => {
    fake.server.onExec(({ command, files }) => {
      if (command[0] !== 'install') return undefined;
      files.writeFile('/opt/app/bin', files.readFile('/etc/hostname'));
      return { stdout: `${files.readdir('/opt/app').join()} ${String(files.exists('/nope'))}` };
    });
    expect((await web.exec(['install'])).stdout).toBe('bin false');
    expect(await web.files.readFile('/opt/app/bin', 'utf8')).toBe('web\n');
  });

  it('of a handler read input and write as they go', async () => {
    fake.server.onExec(async ({ stdin, stdout, stderr, command }) => {
      if (command[0] !== 'upper') return undefined;
      for await (const bytes of stdin) stdout.write(String(bytes).toUpperCase());
      stderr.write('read all');
      return {};
    });
    const running = web.exec(['upper']);
    running.stdin.write('one ');
    expect(String((await once(running.stdout, 'data'))[0])).toBe('ONE ');
    running.stdin.end('two');
    expect(await running).toMatchObject({ stdout: 'ONE TWO', stderr: 'read all', exitCode: 0 });
  });

  it('of a handler that throws say so', async () => {
    fake.server.onExec(() => {
      throw new Error('my mistake');
    });
    const failed = await web.exec(['anything'], { reject: false });
    expect(failed).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/onExec.* failed: Error: my mistake/),
    });
  });

  it('are ended by signals, and may take some', async () => {
    const asleep = web.exec(['sleep', '60'], { reject: false });
    asleep.kill('SIGTERM');
    expect(await asleep).toMatchObject({ exitCode: 143, signal: 'SIGTERM' });
    fake.server.onExec(({ command, onSignal, signal, stdout }) => {
      if (command[0] !== 'server') return undefined;
      stdout.write('up\n');
      return new Promise((resolve) => {
        onSignal((number) => number === 15 && resolve({ stdout: 'bye' }));
        signal.addEventListener('abort', () => resolve({}));
      });
    });
    const server = web.exec(['server']);
    await once(server.stdout, 'data');
    server.kill('SIGTERM');
    expect(await server).toMatchObject({ exitCode: 0, stdout: 'up\nbye' });
    const killed = web.exec(['server'], { reject: false });
    await once(killed.stdout, 'data');
    killed.kill('SIGKILL');
    expect((await killed).exitCode).toBe(137);
    await expect(web.exec(['sleep', '60'], { timeout: 30 })).rejects.toThrow(/was killed/);
  });

  it('end with their instance', async () => {
    const asleep = web.exec(['sh', '-c', 'echo up; sleep 60'], { reject: false });
    await once(asleep.stdout, 'data');
    await web.stop({ force: true });
    expect((await asleep).exitCode).toBe(137);
    await expect(web.exec(['true'])).rejects.toThrow(/not running/);
  });

  it('have a terminal', async () => {
    fake.server.onExec(({ command, onResize, terminal, interactive, stdout }) => {
      if (command[0] !== 'size') return undefined;
      stdout.write(`${interactive} ${terminal.columns}x${terminal.rows}\n`);
      return new Promise((resolve) => {
        onResize(({ columns, rows }) => resolve({ stdout: `${columns}x${rows}\n` }));
      });
    });
    const size = web.exec(['size'], { interactive: true, columns: 100, rows: 30 });
    await once(size.stdout, 'data');
    size.resize(50, 20);
    expect((await size).stdout).toBe('true 100x30\r\n50x20');
    const shell = web.exec(['sh'], { interactive: true, reject: false });
    shell.stdin.write('echo hi\rexit 4\r');
    expect(await shell).toMatchObject({ exitCode: 4, stdout: 'echo hi\r\nexit 4\r\nhi' });
    const cat = web.exec(['cat'], { interactive: true });
    cat.stdin.write('a\r\x04');
    expect((await cat).stdout).toBe('a\r\na');
    const ended = web.exec(['cat'], { interactive: true, reject: false });
    ended.stdin.write('\x03');
    expect((await ended).exitCode).toBe(130);
  });

  it('run without anybody, and their output is recorded', async () => {
    const end = await fake.run('POST', '/1.0/instances/web/exec', {
      command: ['sh', '-c', 'echo out; echo err >&2; exit 5'],
      'record-output': true,
    });
    const { output } = end.metadata as { output: Record<string, string> };
    expect(end).toMatchObject({ status_code: 200, metadata: { return: 5 } });
    expect((await fake.call('GET', output['1']!)).text).toBe('out\n');
    expect((await fake.call('GET', output['2']!)).text).toBe('err\n');
    expect((await fake.call('DELETE', output['1']!)).status).toBe(200);
    expect((await fake.call('GET', output['1']!)).status).toBeGreaterThanOrEqual(404);
    expect((await web.exec(['echo', 'mine'], { record: true })).stdout).toBe('mine');
    expect(await web.logs.names()).toContain('lxc.log');
  });

  it('meet faults', async () => {
    fake.server.failNext('POST /1.0/instances/web/exec', { operation: 'The disk is full' });
    await expect(web.exec(['true'])).rejects.toThrow(OperationError);
    fake.server.failNext('POST /1.0/instances/web/exec', { status: 503 });
    await expect(web.exec(['true'])).rejects.toThrow(/503/);
    expect((await web.exec(['echo', 'again'])).stdout).toBe('again');
  });

  it('are told of', async () => {
    const listener = new WebSocket(`ws+unix:${fake.server.socketPath}:/1.0/events?type=lifecycle`);
    await once(listener, 'ping'); // it is on the list
    const heard = once(listener, 'message');
    await web.exec(['true']);
    expect(JSON.parse(String((await heard)[0]))).toMatchObject({
      metadata: { action: 'instance-exec', context: { command: ['true'] }, source: '/1.0/instances/web' },
    });
    listener.terminate();
  });

  it('need an instance that runs, and a list of words', async () => {
    await expect(fake.server.client().instances.ref('none').exec(['true'])).rejects.toThrow(/not found/i);
    await expect(web.exec([])).rejects.toThrow(InvalidInputError);
    expect(await text(web.exec(['echo', 'x']).stdout)).toBe('x\n');
  });
});
