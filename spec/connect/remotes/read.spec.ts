import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidInputError, remotes, type Remote } from 'tslxd';
import { configFolders } from '../../../lib/connect/remotes/folders.js';
import { useConfiguration } from '../../support/configuration.js';

const configuration = useConfiguration();

async function named(name: string, product: 'lxd' | 'incus'): Promise<Remote | undefined> {
  return (await remotes({ product })).find((remote) => remote.name === name);
}

describe('remotes()', () => {
  it('knows what is built in where nobody has used the command line, and writes nothing', async () => {
    const all = await remotes();
    const names = (product: string) => all.filter((one) => one.product === product).map(({ name }) => name);
    expect(names('lxd')).toEqual(['images', 'local', 'ubuntu', 'ubuntu-daily']);
    expect(names('incus')).toEqual(['images', 'local']);
    expect(all.filter(({ isDefault }) => isDefault).map(({ name }) => name)).toEqual(['local', 'local']);
    expect(await named('local', 'incus')).toEqual({
      name: 'local',
      product: 'incus',
      protocol: 'incus',
      addresses: ['unix://'],
      project: undefined,
      authType: undefined,
      isPublic: false,
      isDefault: true,
      file: undefined,
    });
    expect(await readdir(join(configuration.lxd, '..'))).toEqual([]);
  });

  it('reads what both command lines write', async () => {
    const file = join(configuration.incus, 'config.yml');
    await configuration.write(
      file,
      `default-remote: prod
remotes:
  prod: # the shop
    addr: https://10.0.0.5:8443, https://10.0.0.6:8443,https://10.0.0.7:8443
    last_working_address: https://10.0.0.6:8443
    auth_type: oidc
    project: shop
    protocol: incus
    public: false
    keepalive: 30
  old: { addr: "https://old", project: default }
  hub: { addr: "https://docker.io", protocol: oci, public: true }
  7: { addr: "https://seven:8443" }
  __proto__: { addr: "https://odd:8443" }
  local: { addr: "https://elsewhere:8443", project: mine }
`,
    );
    expect(await named('prod', 'incus')).toEqual({
      name: 'prod',
      product: 'incus',
      protocol: 'incus',
      addresses: ['https://10.0.0.6:8443', 'https://10.0.0.7:8443', 'https://10.0.0.5:8443'],
      project: 'shop',
      authType: 'oidc',
      isPublic: false,
      isDefault: true,
      file,
    });
    expect(await named('old', 'incus')).toMatchObject({
      project: undefined,
      authType: 'tls',
      isDefault: false,
    });
    expect(await named('hub', 'incus')).toMatchObject({
      protocol: 'oci',
      isPublic: true,
      authType: undefined,
    });
    expect(await named('7', 'incus')).toMatchObject({ addresses: ['https://seven:8443'] });
    expect(await named('__proto__', 'incus')).toMatchObject({ addresses: ['https://odd:8443'] });
    expect(await named('local', 'incus')).toMatchObject({ addresses: ['unix://'], project: 'mine', file });
  });

  it('lays the user’s over everybody’s', async () => {
    await configuration.write(
      join(configuration.lxd, 'config.yml'),
      'remotes: { both: { addr: "https://mine" } }',
    );
    await configuration.write(
      join(configuration.globalLxd, 'config.yml'),
      'default-remote: shared\nremotes: { both: { addr: "https://theirs" }, shared: { addr: "https://shared" } }',
    );
    expect(await named('both', 'lxd')).toMatchObject({ addresses: ['https://mine'] });
    expect(await named('shared', 'lxd')).toMatchObject({
      file: join(configuration.globalLxd, 'config.yml'),
    });
  });

  it('follows the variables of the command lines', async () => {
    const text = 'remotes: { prod: { addr: "https://prod", project: shop } }';
    await configuration.write(join(configuration.lxd, 'config.yml'), text);
    await configuration.write(join(configuration.incus, 'config.yml'), text);
    process.env.LXC_REMOTE = 'prod';
    process.env.INCUS_REMOTE = 'prod';
    process.env.INCUS_PROJECT = 'other';
    expect(await named('prod', 'lxd')).toMatchObject({ isDefault: true, project: 'shop' });
    expect(await named('prod', 'incus')).toMatchObject({ isDefault: true, project: 'other' });
    expect(await named('local', 'incus')).toMatchObject({ isDefault: false, project: 'other' });
  });

  it.each([
    ['no YAML', 'remotes: [SECRET', /config\.yml is no valid YAML \(line 1, \w+\)$/],
    ['a key twice', 'remotes: {}\nremotes: {}\n', /line 2, DUPLICATE_KEY/],
    ['aliases without an end', bomb(), /aliases/],
  ])('says which file has %s', async (_, text, message) => {
    await configuration.write(join(configuration.lxd, 'config.yml'), text);
    const error: unknown = await remotes().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InvalidInputError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toContain('SECRET');
  });

  it.each(['', 'just text', '[]', 'remotes:\n', 'remotes: 3', 'remotes: { odd: 3 }'])(
    'takes %j for a configuration without servers',
    async (text) => {
      await configuration.write(join(configuration.incus, 'config.yml'), text);
      expect(await named('local', 'incus')).toMatchObject({ isDefault: true });
    },
  );

  it('says which file cannot be read', async () => {
    await mkdir(join(configuration.lxd, 'config.yml'), { recursive: true });
    await expect(remotes()).rejects.toThrow(/config\.yml could not be read: EISDIR/);
  });

  it.each([{ products: 'lxd' }, { product: 'docker' }, 'lxd'])('refuses %j', async (options) => {
    await expect(remotes(options as never)).rejects.toThrow(InvalidInputError);
  });
});

describe('configFolders()', () => {
  it('finds the files where the command lines do', async () => {
    const home = configuration.lxd;
    expect(configFolders('lxd', { HOME: home })).toEqual({
      user: join(home, '.config/lxc'),
      global: '/etc/lxd',
    });
    expect(configFolders('incus', { HOME: home, XDG_CONFIG_HOME: '/x' }).user).toBe('/x/incus');
    expect(configFolders('incus', { HOME: home })).toEqual({
      user: join(home, '.config/incus'),
      global: '/etc/incus',
    });
    const snap = join(home, 'snap/lxd/common/config');
    await configuration.write(join(snap, 'config.yml'), '');
    expect(configFolders('lxd', { HOME: home }).user).toBe(snap);
  });
});

function bomb(): string {
  const levels = ['a: &a [x, x, x, x, x, x, x, x, x]'];
  for (const [level, before] of [
    ['b', 'a'],
    ['c', 'b'],
    ['d', 'c'],
    ['e', 'd'],
  ]) {
    levels.push(`${level!}: &${level!} [${Array(9).fill(`*${before!}`).join(', ')}]`);
  }
  return `${levels.join('\n')}\n`;
}

test('the library of YAML is loaded by nobody who has nothing to read', async () => {
  const lib = join(import.meta.dirname, '../../../lib');
  const files = await readdir(lib, { recursive: true });
  const loading = /^import (?!type\b)[^;]*from 'yaml'/m;
  for (const file of files.filter((name) => name.endsWith('.ts'))) {
    expect([file, await readFile(join(lib, file), 'utf8')]).toEqual([
      file,
      expect.not.stringMatching(loading),
    ]);
  }
});
