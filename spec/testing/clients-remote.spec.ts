import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeServer } from '../../lib/testing/index.js';
import { describeReal } from '../real/harness.js';
import { CommandLine, isInstalled, programs, said, type Script } from './command-line.js';

// What nobody here wrote adds a server on the network: the fake, beside the real one.
describeReal('the command line adds a remote', (real) => {
  const { product } = real;
  const { program } = programs[product];
  if (!isInstalled(program)) {
    it.skip(`${program} is not installed (run spec/real/servers.sh start)`, () => undefined);
    return;
  }
  let folder: string;
  let fake: FakeServer;
  /** At home: it needs no remote to make tokens. */
  let admins: [CommandLine, CommandLine];
  let guests: [CommandLine, CommandLine];
  let others: [CommandLine, CommandLine];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tslxd-clis-'));
    fake = await FakeServer.start({ product, https: true, operationTime: 1 });
    const line = async (socketPath: string, home: string) => {
      await mkdir(join(folder, home, 'conf'), { recursive: true });
      return new CommandLine(product, socketPath, join(folder, home));
    };
    const pair = (role: string) =>
      Promise.all([line(real.socketPath, `${role}-real`), line(fake.socketPath, `${role}-fake`)]);
    [admins, guests, others] = [await pair('admin'), await pair('guest'), await pair('other')];
    for (const one of [...admins, ...guests, ...others]) await one.run(['list']); // the first run greets
  });
  afterEach(async () => {
    await fake.close();
    await rm(folder, { recursive: true });
  });

  /** A token of each, as the command line prints it. */
  async function tokens(name: string, words: string[] = []): Promise<[string, string]> {
    const flags = product === 'lxd' ? ['--name', name] : [name];
    const texts = await Promise.all(
      admins.map(async (line) => {
        const text = await line.run(['config', 'trust', 'add', ...flags, ...words]);
        return text.trim().split('\n').at(-1)!;
      }),
    );
    return texts as [string, string];
  }

  /** Each is told the same, its own token in the place of TOKEN, and says the same. */
  async function same(lines: [CommandLine, CommandLine], given: [string, string], script: Script) {
    const [forReal, forFake] = await Promise.all(
      lines.map((line, index) =>
        said(
          line,
          script.map((step) => {
            if (!step) return step;
            const whole = typeof step === 'string' ? { line: step } : step;
            return {
              ...whole,
              line: whole.line
                .replace('TOKEN', given[index]!)
                .replace('URL', [real.httpsUrl, fake.endpoint.endpoint][index]!),
            };
          }),
        ),
      ),
    );
    const plain = (texts: string[] = []) =>
      texts.map((text) =>
        text
          .replaceAll(/[\w+/=]{100,}/g, 'TOKEN')
          .replaceAll(/https:\/\/127\.0\.0\.1:\d+/g, 'URL')
          .replaceAll(/\|?[-+ ]{5,}\|?/g, ' '),
      );
    expect(plain(forFake)).toEqual(plain(forReal));
    return plain(forFake);
  }

  it('with a token, and uses it', async () => {
    const name = real.uniqueName('remote');
    const given = await tokens(name);
    const told = await same(guests, given, [
      'remote add there TOKEN',
      'remote list',
      'remote list --format csv',
      `list there:${name} --format csv`,
      `profile create there:${name}`,
      `profile show there:${name}`,
      `profile delete there:${name}`,
      'remote switch there',
      `profile show ${name}`,
      'remote remove there',
      'remote switch local',
      'remote remove there',
      'remote add there TOKEN', // the certificate is still trusted
    ]);
    expect(told[2]).toContain('there,URL,');
    expect(told.at(-1)).toContain('Client is already trusted');
  });

  it('with no token that somebody has used, or that was taken back', async () => {
    const name = real.uniqueName('used');
    const given = await tokens(name);
    await same(guests, given, ['remote add there TOKEN']);
    const told = await same(others, given, ['remote add there TOKEN', 'remote list --format csv']);
    expect(told[0]).toContain('No matching certificate add operation found');
    const back = real.uniqueName('back');
    const taken = await tokens(back);
    await same(admins, taken, [`config trust revoke-token ${back}`]);
    await same(others, taken, ['remote add there TOKEN']);
  });

  it('as somebody who is held to one project', async () => {
    const name = real.uniqueName('held');
    await same(admins, ['', ''], [`project create ${name}`]);
    const given = await tokens(name, ['--restricted', '--projects', name]);
    await same(guests, given, [
      'remote add there TOKEN',
      'project list there: --format csv',
      `project switch there:${name}`,
      `list there:${name} --format csv`,
      'list there: --project default',
      'profile list there: --format csv',
      'storage list there: --format csv',
      `storage create there:${name} dir`,
      `project create there:${name}-x`,
      'warning list there:',
      `profile create there:mine`,
      `profile delete there:mine`,
      'image list there: --format csv',
      'operation list there: --format csv',
    ]);
    await same(admins, ['', ''], [`project delete ${name}`]);
  });
});
