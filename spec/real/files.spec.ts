import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  ConflictError,
  InvalidInputError,
  NotFoundError,
  TransferError,
  UnsupportedError,
  type Instance,
  type InstanceFiles,
} from 'tslxd';
import { rejection } from '../resources/support.js';
import { makeBusybox, useClient, useHttpsClient } from './client.js';
import { describeReal } from './harness.js';

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tslxd-files-'));
  folders.push(folder);
  return folder;
}

const oddNames = ['a b', 'q\'uo"te', 'new\nline', 'ünï', '-dash', '%20?#+&', '.hidden', '*', 'constructor'];

/** Something to compare two trees by. */
function listing(folder: string): string {
  const format = '%P %y %m %l\n';
  return execFileSync('find', [folder, '-mindepth', '1', '-printf', format], { encoding: 'utf8' })
    .split('\n')
    .sort()
    .join('\n');
}

describeReal('files', (server) => {
  const { client } = useClient(server);
  const https = useHttpsClient(server);
  let web: Instance;
  let files: InstanceFiles;
  beforeAll(async () => {
    web = await makeBusybox(server, client);
    await web.start();
    files = web.files;
    await files.mkdir('/work');
  });

  it('are written and read: text, bytes, streams, iterables', async () => {
    async function* parts() {
      yield 'hé';
      await Promise.resolve();
      yield Buffer.from('llo');
    }
    for (const data of [
      'héllo',
      Buffer.from('héllo'),
      Readable.from(['hé', 'llo']),
      parts(),
      ['hé', 'llo'],
    ]) {
      await files.writeFile('/work/text', data);
      expect(await files.readFile('/work/text', 'utf8')).toBe('héllo');
    }
    expect(await files.readFile('/work/text')).toEqual(Buffer.from('héllo'));
    await files.writeFile('/work/text', '');
    expect(await files.readFile('/work/text', { encoding: 'utf8' })).toBe('');
    await files.appendFile('/work/text', 'a');
    await files.appendFile('/work/text', 'b');
    await files.appendFile('/work/new', Readable.from(['c']));
    expect(await files.readFile('/work/text', 'utf8')).toBe('ab');
    expect(await files.readFile('/work/new', 'utf8')).toBe('c');
  });

  it.each(oddNames)('have odd names: %j', async (name) => {
    await files.writeFile(`/work/odd/${name}`, name).catch(async (error: unknown) => {
      if (!(error instanceof NotFoundError)) throw error;
      await files.mkdir('/work/odd');
      await files.writeFile(`/work/odd/${name}`, name);
    });
    expect(await files.readFile(`/work/odd/${name}`, 'utf8')).toBe(name);
    expect(await files.readdir('/work/odd')).toContain(name);
    await files.rm(`/work/odd/${name}`);
    expect(await files.exists(`/work/odd/${name}`)).toBe(false);
  });

  it('have a mode and an owner, and tell them', async () => {
    await files.writeFile('/work/mode', 'abc', { mode: 0o640, uid: 12, gid: 34 });
    const info = await files.stat('/work/mode');
    expect(info).toMatchObject({ type: 'file', mode: 0o640, uid: 12, gid: 34, size: 3 });
    expect(info.isFile()).toBe(true);
    expect(Math.abs(info.mtime!.getTime() - Date.now())).toBeLessThan(60_000);
    expect((await web.exec(['stat', '-c', '%a %u %g', '/work/mode'])).stdout).toBe('640 12 34');
    await rejection(files.writeFile('/work/mode', '', { mode: 0o600 }), UnsupportedError);
    await files.writeFile('/work/mode', 'same', { mode: 0o640 });
    expect(await files.readFile('/work/mode', 'utf8')).toBe('same');
  });

  it('are in directories, which are made and removed', async () => {
    await files.mkdir('/work/a/b/c', { recursive: true, mode: 0o711 });
    await files.mkdir('/work/a/b/c', { recursive: true });
    expect(await files.stat('/work/a/b')).toMatchObject({ type: 'directory', mode: 0o711 });
    await rejection(files.mkdir('/work/a'), ConflictError);
    await files.writeFile('/work/a/file', '');
    await rejection(files.mkdir('/work/a/file', { recursive: true }), ConflictError);
    await rejection(files.mkdir('/work/x/y'), NotFoundError);
    await expect(files.rm('/work/a')).rejects.toThrow(/not empty/);
    await files.symlink('/etc', '/work/a/etc');
    await web.exec(['mkfifo', '/work/a/pipe']);
    await files.rm('/work/a', { recursive: true });
    expect(await files.exists('/work/a')).toBe(false);
    expect(await files.exists('/etc/passwd')).toBe(true);
    await rejection(files.rm('/work/a'), NotFoundError);
    await files.rm('/work/a', { force: true, recursive: true });
    await rejection(files.rm('//', { recursive: true }), InvalidInputError);
  });

  it('can be links', async () => {
    await files.writeFile('/work/target', 'there');
    await files.symlink('target', '/work/link');
    expect((await web.exec(['readlink', '/work/link'])).stdout).toBe('target');
    expect(await files.readlink('/work/link')).toBe('/work/target');
    expect(await files.readFile('/work/link', 'utf8')).toBe('there');
    expect(await files.lstat('/work/link')).toMatchObject({ type: 'symlink' });
    expect(await files.stat('/work/link')).toMatchObject({ type: 'file', size: 5 });
    await rejection(files.symlink('other', '/work/link'), ConflictError);
    await files.symlink('loop', '/work/loop');
    await expect(files.readFile('/work/loop')).rejects.toThrow(/too many links/);
    await rejection(files.readlink('/work/target'), InvalidInputError);
  });

  it('refuse what is wrong in words', async () => {
    await rejection(files.readFile('/work/none'), NotFoundError);
    await rejection(files.readFile('/work/target/below'), Error);
    await rejection(files.readFile('/work'), InvalidInputError);
    await rejection(files.readdir('/work/target'), InvalidInputError);
    await rejection(files.readFile('relative'), InvalidInputError);
    await rejection(files.readFile('/nul\0'), InvalidInputError);
    await rejection(files.writeFile('/work/none/x', ''), NotFoundError);
    await rejection(files.writeFile('/work/x', 5 as never), InvalidInputError);
    await rejection(files.writeFile('/work/x', '', { mode: 644.5 }), InvalidInputError);
    expect(await files.exists('/work/x')).toBe(false);
  });

  it.each(['socket', 'HTTPS'])('of 64 MB are streamed both ways over %s', async (way) => {
    const own = (way === 'socket' ? client : https.client).instances.ref(web.name).files;
    const sent = createHash('sha256');
    const before = process.memoryUsage().rss;
    const source = Readable.from(
      (function* () {
        for (let i = 0; i < 64; i++) {
          const chunk = Buffer.alloc(1_000_000, i);
          sent.update(chunk);
          yield chunk;
        }
      })(),
    );
    await pipeline(source, own.createWriteStream('/work/big'));
    const got = createHash('sha256');
    await pipeline(own.createReadStream('/work/big'), got);
    expect(got.digest('hex')).toBe(sent.digest('hex'));
    expect(process.memoryUsage().rss - before).toBeLessThan(256e6); // jest itself grows; the bench looks closely
    await own.rm('/work/big');
  });

  it('say what is missing: the file, a directory on the way, or the instance', async () => {
    const where = `in instance '${web.name}'`;
    const messages = async (...calls: (() => Promise<unknown>)[]) => {
      const said: string[] = [];
      for (const call of calls) said.push((await rejection(call(), NotFoundError)).message);
      return said;
    };
    for (const message of await messages(
      () => files.readFile('/work/none'),
      () => files.stat('/work/none'),
      () => files.rm('/work/none'),
      () => files.rm('/work/none', { recursive: true }),
      () => files.readdir('/work/none'),
      () => files.readlink('/work/none'),
    )) {
      expect(message).toBe(`files: there is no "/work/none" ${where}`);
    }
    await files.writeFile('/work/a-file', '');
    for (const message of await messages(
      () => files.readFile('/work/a-file/x/y'),
      () => files.stat('/work/a-file/x/y'),
      () => files.writeFile('/work/a-file/x/y', ''),
      () => files.rm('/work/a-file/x/y'),
    )) {
      expect(message).toBe(
        `files: there is no "/work/a-file/x/y" ${where}: "/work/a-file" is not a directory`,
      );
    }
    expect(await files.exists('/work/a-file/x')).toBe(false);
    await files.rm('/work/a-file/x', { force: true });
    for (const [path, missing] of [
      ['/work/no/such/x', '/work/no'],
      ['/none/x', '/none'],
    ] as const) {
      for (const message of await messages(
        () => files.writeFile(path, ''),
        () => files.appendFile(path, ''),
        () => files.mkdir(path),
        () => files.symlink('/etc', path),
      )) {
        expect(message).toBe(
          `files: "${path}" cannot be written ${where}: there is no directory "${missing}"; ` +
            `make it first: files.mkdir("${posix.dirname(path)}", { recursive: true })`,
        );
      }
    }
    const error = await rejection(files.push(await temporary(), '/srv-none/site'), TransferError);
    expect(error.message).toMatch(/there is no directory "\/srv-none"; make it first/);
    const onDirectory = await rejection(files.writeFile('/work', 'x'), ConflictError);
    expect(onDirectory.message).toMatch(/"\/work" .* is a directory/);
    const nobody = client.instances.ref('no-such-instance').files;
    for (const message of await messages(
      () => nobody.exists('/x'),
      () => nobody.rm('/x', { force: true }),
      () => nobody.rm('/x', { force: true, recursive: true }),
      () => nobody.stat('/x'),
      () => nobody.readFile('/x'),
      () => nobody.writeFile('/x', ''),
      () => nobody.mkdir('/x', { recursive: true }),
      () => nobody.readdir('/'),
    )) {
      expect(message).toMatch(/^GET \/1\.0\/instances\/no-such-instance: .*[Nn]ot found/);
    }
  });

  it('refuse mode bits that servers drop, and take modes for what is pushed', async () => {
    for (const call of [
      () => files.writeFile('/work/suid', '', { mode: 0o4755 }),
      () => files.mkdir('/work/sticky', { mode: 0o1777 }),
    ]) {
      expect((await rejection(call(), InvalidInputError)).message).toMatch(/drop without a word.*chmod/);
    }
    const from = await temporary();
    await writeFile(join(from, 'key'), 'k', { mode: 0o644 });
    await files.push(from, '/work/keys', { mode: 0o600 });
    expect((await files.stat('/work/keys/key')).mode).toBe(0o600);
  });

  it('a stream that breaks says so', async () => {
    const read = files.createReadStream('/work/none');
    await rejection(pipeline(read, createHash('sha256')), NotFoundError);
    await rejection(pipeline(Readable.from(['x']), files.createWriteStream('/none/x')), NotFoundError);
    const broken = files.createWriteStream('/work/broken');
    broken.on('error', () => undefined);
    broken.write('half');
    broken.destroy(new Error('enough'));
    await new Promise((resolve) => broken.once('close', resolve));
  });

  it('of a tree of 2,000, with odd names, modes and links, go in and come out the same', async () => {
    const [from, to] = [await temporary(), await temporary()];
    for (let d = 0; d < 20; d++) {
      const folder = join(from, `d${String(d)}`);
      await mkdir(join(folder, 'empty'), { recursive: true });
      for (let i = 0; i < 97; i++) {
        const path = join(folder, `${oddNames[i % oddNames.length]!}${String(i)}`);
        await writeFile(path, 'x'.repeat(i * 20));
        await chmod(path, [0o600, 0o755, 0o444, 0o664][i % 4]!);
      }
      await symlink('-dash4', join(folder, 'to file'));
      await symlink(`../d${String((d + 1) % 20)}/empty`, join(folder, 'to directory'));
      await symlink('/nowhere', join(folder, 'dangling'));
      await chmod(folder, 0o750);
    }
    await chmod(from, 0o755);
    await chmod(to, 0o755);
    let steps = 0;
    const report = await files.push(from, '/work/tree', { onProgress: () => (steps += 1) });
    expect(report).toMatchObject({ files: 1940, directories: 41, links: 60, skipped: [] });
    expect(steps).toBe(2041);
    expect(await files.pull('/work/tree', join(to, 'tree'))).toMatchObject({
      files: 1940,
      directories: 41,
      links: 60,
    });
    expect(listing(join(to, 'tree'))).toBe(listing(from));
    execFileSync('diff', ['-r', '--no-dereference', from, join(to, 'tree')]);
    await files.rm('/work/tree', { recursive: true });
  }, 120_000);

  it('push over what is there, and say what cannot be', async () => {
    const from = await temporary();
    await writeFile(join(from, 'a'), 'new', { mode: 0o600 });
    await writeFile(join(from, 'b'), 'b');
    await mkdir(join(from, 'c'));
    await files.mkdir('/work/over/b', { recursive: true });
    await files.writeFile('/work/over/a', 'old', { mode: 0o644 });
    await files.writeFile('/work/over/c', 'a file');
    const error = await rejection(files.push(from, '/work/over'), TransferError);
    expect(error.failed.map(({ path }) => path).sort()).toEqual(['b', 'c']);
    expect(error.report).toMatchObject({ files: 1, directories: 1 });
    expect(error.message).toMatch(/2 failed, 2 were copied; first "[bc]": files: .* is there already/);
    expect(await files.stat('/work/over/a')).toMatchObject({ mode: 0o600, size: 3 });
    await rejection(files.push(join(from, 'none'), '/work/x'), InvalidInputError);
    await files.push(join(from, 'b'), '/work/single');
    expect(await files.readFile('/work/single', 'utf8')).toBe('b');
  });

  it('of a hostile container stay inside of the target', async () => {
    const outside = await temporary();
    await writeFile(join(outside, 'victim'), 'safe');
    const to = await temporary();
    await web.exec(
      [
        'mkdir -p /evil/sub',
        `ln -s ${outside} /evil/out`,
        `ln -s ${outside}/victim /evil/victim`,
        'ln -s ../../../../../../etc /evil/up',
        'echo bad > "/evil/..\\\\..\\\\x"',
        'mkfifo /evil/sub/pipe || true',
        'rm -f /evil/sub/pipe',
        'echo fine > /evil/sub/file',
      ].join('; '),
      { shell: true },
    );
    await files.pull('/evil', join(to, 'evil'));
    expect(await readFile(join(outside, 'victim'), 'utf8')).toBe('safe');
    expect(await readdir(outside)).toEqual(['victim']);
    expect(await readdir(to)).toEqual(['evil']);
    expect(await readlink(join(to, 'evil/out'))).toBe(outside);
    // What is there from before, as an attacker's link, is not followed either.
    await rm(join(to, 'evil/sub'), { recursive: true });
    await symlink(outside, join(to, 'evil/sub'));
    const error = await rejection(files.pull('/evil', join(to, 'evil')), TransferError);
    expect(error.failed.map(({ path }) => path)).toEqual(['sub']);
    expect(await readdir(outside)).toEqual(['victim']);
    expect((await lstat(join(to, 'evil/victim'))).isSymbolicLink()).toBe(true);
  });

  it('speaks SFTP on a raw connection', async () => {
    const socket = await files.sftpSocket();
    socket.write(Buffer.from([0, 0, 0, 5, 1, 0, 0, 0, 3])); // SSH_FXP_INIT, version 3
    const answer = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
    expect([answer[4], answer.readUInt32BE(5)]).toEqual([2, 3]); // SSH_FXP_VERSION, version 3
    socket.destroy();
    await rejection(client.instances.ref('no-such-instance').files.sftpSocket(), NotFoundError);
  });
});
