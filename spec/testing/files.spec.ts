import { mkdtemp, readFile, rm, symlink, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { ConflictError, InvalidInputError, NotFoundError, type InstanceFiles } from 'tslxd';
import { describeFakes } from './support.js';

describeFakes('files of a fake', (fake) => {
  let files: InstanceFiles;
  beforeEach(() => {
    fake.server.addInstance({
      name: 'web',
      status: 'Running',
      files: { '/srv/www/index.html': '<h1>Hi</h1>' },
    });
    files = fake.server.client().instances.ref('web').files;
  });

  it('are those of a small image, and what the fixture adds', async () => {
    expect(await files.readFile('/srv/www/index.html', 'utf8')).toBe('<h1>Hi</h1>');
    expect(await files.readFile('/etc/hostname', 'utf8')).toBe('web\n');
    expect(await files.readdir('/srv')).toEqual(['www']);
    expect((await files.readdir('/')).length).toBeGreaterThan(10);
  });

  it('are written, read, listed, told of and removed', async () => {
    const bytes = Buffer.from([0, 255, 128, 10]);
    await files.writeFile('/tmp/a', bytes, { mode: 0o600, uid: 5, gid: 6 });
    expect(await files.readFile('/tmp/a')).toEqual(bytes);
    await files.appendFile('/tmp/a', Readable.from(['more']));
    expect(await files.stat('/tmp/a')).toMatchObject({ type: 'file', mode: 0o600, uid: 5, gid: 6, size: 8 });
    await files.mkdir('/tmp/x/y', { recursive: true });
    await files.symlink('../../a', '/tmp/x/y/link');
    expect(await files.readlink('/tmp/x/y/link')).toBe('/tmp/a');
    expect((await files.lstat('/tmp/x/y/link')).isSymbolicLink()).toBe(true);
    expect(await buffer(files.createReadStream('/tmp/x/y/link'))).toHaveLength(8);
    await expect(files.mkdir('/tmp/x')).rejects.toThrow(ConflictError);
    await expect(files.rm('/tmp/x')).rejects.toThrow(/directory not empty/);
    await files.rm('/tmp/x', { recursive: true });
    expect(await files.exists('/tmp/x')).toBe(false);
    await expect(files.readFile('/tmp/x')).rejects.toThrow(NotFoundError);
    await expect(files.readFile('/tmp')).rejects.toThrow(InvalidInputError);
    await expect(files.writeFile('/no/such/folder', 'x')).rejects.toThrow(NotFoundError);
  });

  it('go both ways as trees', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tslxd-fake-files-'));
    await mkdir(join(folder, 'tree/sub'), { recursive: true });
    await writeFile(join(folder, 'tree/sub/file'), 'content');
    await symlink('sub/file', join(folder, 'tree/link'));
    expect(await files.push(join(folder, 'tree'), '/tree')).toMatchObject({ files: 1, links: 1 });
    await files.pull('/tree', join(folder, 'back'));
    expect(await readFile(join(folder, 'back/link'), 'utf8')).toBe('content');
    await rm(folder, { recursive: true });
  });

  it('belong to a snapshot and to a copy as they were', async () => {
    const web = await fake.server.client().instances.get('web');
    await files.writeFile('/note', 'before');
    const snapshot = await web.snapshots.create('one');
    await files.writeFile('/note', 'after');
    const copy = await web.copy('copy');
    await copy.files.writeFile('/note', 'of the copy');
    expect(await files.readFile('/note', 'utf8')).toBe('after');
    await web.restore(snapshot);
    expect(await files.readFile('/note', 'utf8')).toBe('before');
    expect(await copy.files.readFile('/note', 'utf8')).toBe('of the copy');
  });

  it('that lead in a circle are refused', async () => {
    await files.symlink('/loop/b', '/loop');
    const answer = await fake.call('GET', '/1.0/instances/web/files?path=/loop/x');
    expect(answer.body.error).toMatch(/too many levels of symbolic links/);
  });
});
