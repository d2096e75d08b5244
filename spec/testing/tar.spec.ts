import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeServer } from '../../lib/testing/index.js';
import { readTar, writeTar, type TarEntry } from '../../lib/testing/archive/tar.js';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'tslxd-tar-'))));
afterEach(() => rm(folder, { recursive: true }));

const owned = { uid: 0, gid: 0, modified: 1_700_000_000_000 };
const long = `${'folder '.repeat(20)}/${'ä'.repeat(70)}`;
const entries: TarEntry[] = [
  { path: 'a', node: { ...owned, type: 'directory', mode: 0o750, entries: new Map() } },
  { path: 'a/empty', node: { ...owned, type: 'file', mode: 0o600, data: Buffer.alloc(0) } },
  { path: 'a/block', node: { ...owned, type: 'file', mode: 0o644, data: Buffer.alloc(512, 1) } },
  { path: `a/${long}`, node: { ...owned, type: 'file', mode: 0o644, data: Buffer.from('kept') } },
  { path: 'link', node: { ...owned, type: 'symlink', mode: 0o777, target: `/a/${long}` } },
];

it('what is written is read again', () => {
  expect([...readTar(writeTar(entries))]).toEqual(entries);
  expect(() => [...readTar(writeTar(entries).subarray(0, 1600))]).toThrow('unexpected EOF');
});

it('is what tar reads', async () => {
  await writeFile(join(folder, 'x.tar'), writeTar(entries));
  const listed = execFileSync('tar', ['--quoting-style=literal', '-tf', join(folder, 'x.tar')], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  expect(listed.trimEnd().split('\n')).toEqual(['a', 'a/empty', 'a/block', `a/${long}`, 'link']);
});

it.each(['gnu', 'pax', 'ustar'])(
  'of the form %s is read, and becomes a volume of newer LXD',
  async (format) => {
    const tree = join(folder, 'tree');
    await mkdir(join(tree, 'inner'), { recursive: true });
    const name = format === 'ustar' ? 'short' : 'long '.repeat(30);
    await writeFile(join(tree, 'inner', name), 'kept', { mode: 0o600 });
    await symlink(`inner/${name}`, join(tree, 'link'));
    await utimes(join(tree, 'inner', name), 1_700_000_000, 1_700_000_000);
    const file = join(folder, 'files.tar');
    execFileSync('tar', [`--format=${format}`, '-C', tree, '-cf', file, '.']);
    const [found] = [...readTar(await readFile(file))].filter(
      ({ path }) => path.endsWith(name.trim()) || path.endsWith(name),
    );
    expect(found).toMatchObject({
      path: `inner/${name}`,
      node: { mode: 0o600, modified: 1_700_000_000_000 },
    });

    await using server = await FakeServer.start({
      extensions: (own) => [...own, 'import_custom_volume_tar', 'file_storage_volume'],
    });
    const { volumes } = server.client().storagePools.ref('default');
    const made = await volumes.import(file, { name: 'files', format: 'tarball', config: { 'user.a': '1' } });
    expect([made.contentType, made.config]).toEqual(['filesystem', { 'user.a': '1' }]);
    expect(await made.files.readFile('/link', 'utf8')).toBe('kept');
    await expect(volumes.import(Buffer.from('no tar'), { name: 'x', format: 'tarball' })).rejects.toThrow();
    expect(await volumes.names()).toEqual(['files']);
  },
);
