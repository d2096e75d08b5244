import { on } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeServer } from '../../lib/testing/index.js';
import { CommandLine, isInstalled } from './command-line.js';

// The command lines of Debian, which nobody here wrote. They speak to the fake as to any server of their own.
describe.each([
  ['lxc', 'lxd'],
  ['incus', 'incus'],
] as const)('the client %s', (program, product) => {
  if (!isInstalled(program)) {
    const required = process.env.TSLXD_REQUIRE_REAL === '1';
    (required ? it : it.skip)(`${program} is not installed (run spec/real/servers.sh start)`, () => {
      throw new Error(`TSLXD_REQUIRE_REAL is set, but ${program} is not there`);
    });
    return;
  }

  let server: FakeServer;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tslxd-cli-'));
    server = await FakeServer.start({ product, https: true });
    await run(['list']); // the first run greets
  });
  beforeEach(() => {
    server.reset();
    server.addImage({ aliases: ['busybox'], properties: { description: 'small' } });
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  const line = () => new CommandLine(product, server.socketPath, folder);
  const run = (words: string[], input?: string) => line().run(words, input);
  const snapshot = program === 'lxc' ? ['snapshot'] : ['snapshot', 'create'];
  const restore = program === 'lxc' ? ['restore'] : ['snapshot', 'restore'];

  it('makes, lists, changes and deletes instances', async () => {
    expect(await run(['launch', 'busybox', 'c1'])).toMatch(/c1/);
    expect(await run(['list', '--format', 'csv', '-c', 'nst'])).toBe('c1,RUNNING,CONTAINER\n');
    expect(await run(['config', 'set', 'c1', 'user.a=1', 'limits.cpu=2'])).toBe('');
    expect(await run(['config', 'get', 'c1', 'user.a'])).toBe('1\n');
    expect(await run(['config', 'show', 'c1'])).toMatch(/limits\.cpu: "2"/);
    expect(await run(['info', 'c1'])).toMatch(/Name: c1\n[^]*Status: RUNNING/);
    expect(await run(['restart', 'c1'])).toBe('');
    expect(await run(['copy', 'c1', 'c2'])).toBe('');
    expect(await run(['delete', 'c1'])).toMatch(/^1: .*running/s);
    expect(await run(['stop', 'c1'])).toBe('');
    expect(await run(['rename', 'c1', 'c3'])).toBe('');
    expect(await run(['delete', 'c2', 'c3'])).toBe('');
    expect(await run(['list', '--format', 'csv'])).toBe('');
    expect(await run(['info', 'c1'])).toMatch(/^1: Error: .*not found/is);
  });

  it('takes snapshots and goes back', async () => {
    server.addInstance({ name: 'c1', config: { 'user.a': 'before' } });
    expect(await run([...snapshot, 'c1', 's1'])).toBe('');
    await run(['config', 'set', 'c1', 'user.a=after']);
    expect(await run(['info', 'c1'])).toMatch(/s1/);
    expect(await run([...restore, 'c1', 's1'])).toBe('');
    expect(await run(['config', 'get', 'c1', 'user.a'])).toBe('before\n');
  });

  it('runs commands', async () => {
    server.addInstance({ name: 'c1', status: 'Running' });
    expect(await run(['exec', 'c1', '--', 'echo', 'hello'])).toBe('hello\n');
    expect(await run(['exec', 'c1', '--', 'sh', '-c', 'exit 3'])).toBe('3: ');
    expect(await run(['exec', 'c1', '-T', '--', 'cat'], 'typed')).toBe('typed');
    expect(await run(['exec', 'c1', '--', 'nope'])).toMatch(/^127: .*Command not found/s);
    server.onExec(({ command }) => (command[0] === 'uptime' ? { stdout: 'for ever\n' } : undefined));
    expect(await run(['exec', 'c1', '--', 'uptime'])).toBe('for ever\n');
  });

  it('shows consoles and their logs', async () => {
    server.addInstance({ name: 'c1', status: 'Running', consoleLog: 'booting\n' });
    expect(await run(['console', 'c1', '--show-log'])).toMatch(/booting\r\n/);
    server.onConsole(({ instance }) => ({ stdout: `${instance} login: ` }));
    const child = line().start('script', ['-qec', `${program} console c1`, '/dev/null']); // it needs a terminal
    const said = CommandLine.told(child);
    for await (const bytes of on(child.stdout, 'data')) if (String(bytes).includes('login: ')) break;
    // Ctrl-A q leaves it: one after the other, since of what is read at once only the first key is looked at.
    let typed = 'root\r';
    const typing = setInterval(() => {
      child.stdin.write(typed);
      typed = typed === '\x01' ? 'q' : '\x01';
    }, 30);
    child.stdin.on('error', () => undefined); // it may leave between two keys
    expect(await said.finally(() => clearInterval(typing))).toMatch(/^To detach [^]*c1 login: root/);
    expect(await run(['console', 'c1', '--show-log'])).toMatch(/root/);
    expect(await run(['console', 'c2', '--show-log'])).toMatch(/^1: Error: .*not found/is);
  });

  it('brings files in and out', async () => {
    server.addInstance({
      name: 'c1',
      status: 'Running',
      files: { '/srv/tree/a': 'a', '/srv/tree/sub/b': 'b' },
    });
    await writeFile(join(folder, 'pushed'), Buffer.alloc(200_000, 'push'));
    expect(await run(['file', 'push', join(folder, 'pushed'), 'c1/tmp/pushed'])).not.toMatch(/^1: /);
    const { files } = server.client().instances.ref('c1');
    expect((await files.readFile('/tmp/pushed')).equals(await readFile(join(folder, 'pushed')))).toBe(true);
    expect(await run(['file', 'pull', 'c1/etc/passwd', '-'])).toBe('root:x:0:0:root:/root:/bin/sh\n');
    expect(await run(['file', 'pull', '-r', 'c1/srv/tree', folder])).not.toMatch(/^1: /);
    expect((await readdir(join(folder, 'tree'), { recursive: true })).sort()).toEqual(['a', 'sub', 'sub/b']);
    expect(await run(['file', 'push', '-r', join(folder, 'tree'), 'c1/opt', '-p'])).not.toMatch(/^1: /);
    expect(await files.readFile('/opt/tree/sub/b', 'utf8')).toBe('b');
    expect(await run(['file', 'delete', 'c1/tmp/pushed'])).toBe('');
    expect(await files.exists('/tmp/pushed')).toBe(false);
    expect(await run(['file', 'pull', 'c1/nope', '-'])).toMatch(/^1: Error: /);
  });

  it('publishes and exports images', async () => {
    server.addInstance({ name: 'c1' });
    expect(await run(['publish', 'c1', '--alias', 'mine'])).toMatch(
      /published with fingerprint: [0-9a-f]{64}/,
    );
    expect(await run(['image', 'list', '--format', 'csv', '-c', 'l'])).toBe('busybox\nmine\n');
    expect(await run(['image', 'export', 'mine', join(folder, 'image')])).not.toMatch(/^1: /);
    expect(await run(['image', 'delete', 'mine'])).toBe('');
  });

  it('moves instances to another pool and another server', async () => {
    await using other = await FakeServer.start({ product, https: true });
    for (const one of [server, other]) one.addPool('fast');
    server.addInstance({ name: 'c1', snapshots: ['s1'], files: { '/srv/a': 'a' } });
    expect(await run(['move', 'c1', 'c1', '-s', 'fast'])).toBe('');
    expect(await run(['config', 'device', 'get', 'c1', 'root', 'pool'])).toBe('fast\n');
    await writeFile(
      join(folder, 'conf', 'config.yml'),
      `remotes:
  other:
    addr: unix://${other.socketPath}
    protocol: ${product}
`,
    );
    for (const mode of ['pull', 'push', 'relay']) {
      expect(await run(['copy', 'c1', `other:${mode}`, `--mode=${mode}`])).not.toMatch(/^1: /);
    }
    expect(await run(['file', 'pull', 'other:relay/srv/a', '-'])).toBe('a');
    expect(await run(['copy', 'c1', 'other:pull', '--refresh'])).not.toMatch(/^1: /);
    expect(await run(['copy', 'c1/s1', 'other:snapshot'])).not.toMatch(/^1: /);
    expect(await run(['copy', 'c1', 'other:push'])).toMatch(/^1: [^]*Error: /);
    expect(await run(['move', 'c1', 'other:'])).not.toMatch(/^1: /);
    expect(await run(['list', '--format', 'csv'])).toBe('');
    expect(await run(['list', 'other:', '--format', 'csv', '-c', 'nS'])).toBe(
      'c1,1\npull,1\npush,1\nrelay,1\nsnapshot,0\n',
    );
    await rm(join(folder, 'conf', 'config.yml'));
  });

  it('shows what else is there', async () => {
    for (const words of [
      ['profile', 'list'],
      ['profile', 'show', 'default'],
      ['operation', 'list'],
      ['info'],
    ]) {
      expect(await run(words)).not.toMatch(/^1: /);
    }
  });
});
