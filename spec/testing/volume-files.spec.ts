import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeServer } from '../../lib/testing/index.js';
import { NotFoundError, UnsupportedError, type StorageVolume } from 'tslxd';
import { describeFakes } from './support.js';

describe('the files of a volume', () => {
  let server: FakeServer;
  let data: StorageVolume;

  beforeEach(async () => {
    const more = ['file_storage_volume', 'custom_volume_sftp'];
    server = await FakeServer.start({ product: 'incus', extensions: (own) => [...own, ...more] });
    data = await server.client().storagePools.ref('default').volumes.create('data');
  });
  afterEach(() => server.close());

  it('are read and written as those of an instance', async () => {
    await data.files.mkdir('/a/b', { recursive: true });
    await data.files.writeFile('/a/b/note', 'kept', { mode: 0o600 });
    await data.files.symlink('/a/b/note', '/link');
    expect(await data.files.readFile('/link', 'utf8')).toBe('kept');
    expect(await data.files.readdir('/a')).toEqual(['b']);
    expect(await data.files.stat('/a/b/note')).toMatchObject({ type: 'file', mode: 0o600, size: 4 });
    await data.files.rm('/a', { recursive: true });
    expect(await data.files.readdir('/')).toEqual(['link']);
    expect(server.requests.map(({ path }) => path)).toContain(
      '/1.0/storage-pools/default/volumes/custom/data/files',
    );
  });

  it('follow the volume when it is renamed, and are refused once it is deleted', async () => {
    const { files } = data;
    await files.writeFile('/x', '1');
    await data.rename('other');
    expect(await files.readFile('/x', 'utf8')).toBe('1');
    await data.delete();
    await expect(files.readFile('/x')).rejects.toThrow(/deleted/);
  });

  it('of which one is missing, or the volume, are told apart', async () => {
    const missing = data.files.readFile('/none');
    await expect(missing).rejects.toThrow(`files: there is no "/none" in storage volume 'data'`);
    const gone = server.client().storagePools.ref('default').volumes.ref('gone');
    await expect(gone.files.readFile('/none')).rejects.toThrow(/Storage pool volume not found/);
    await expect(gone.files.writeFile('/none', '')).rejects.toThrow(NotFoundError);
    expect(JSON.stringify(data.files)).toContain('VolumeFiles');
  });

  it('come back with a snapshot, go along with a copy, and into a backup and out of it', async () => {
    await data.files.writeFile('/note', 'first');
    await data.snapshots.create('first');
    await data.files.writeFile('/note', 'second');
    const file = await data.exportTo('/dev/null').catch((error: unknown) => error);
    expect(file).toBeInstanceOf(Error);
    const backup = await data.backups.create({ compressionAlgorithm: 'none' });
    const chunks: Buffer[] = [];
    for await (const chunk of await backup.export()) chunks.push(chunk as Buffer);
    const { volumes } = server.client().storagePools.ref('default');
    const copy = await volumes.import(Buffer.concat(chunks), { name: 'copy' });
    expect(await copy.files.readFile('/note', 'utf8')).toBe('second');
    await copy.restore('first');
    expect(await copy.files.readFile('/note', 'utf8')).toBe('first');
    expect(await data.files.readFile('/note', 'utf8')).toBe('second');
  });

  it('of a block volume or an image are one, its disk', async () => {
    const { volumes } = server.client().storagePools.ref('default');
    const image = await volumes.import(Buffer.from('an image'), { name: 'iso', format: 'iso' });
    expect(await image.files.readdir('/')).toEqual(['root.img']);
    expect(await image.files.readFile('/root.img', 'utf8')).toBe('an image');
    const block = await volumes.create({ name: 'block', contentType: 'block' });
    expect(await block.files.readdir('/')).toEqual(['root.img']);
  });

  it('are exported while the backup is made, where the server does that', async () => {
    const more = ['file_storage_volume', 'direct_backup'];
    await using other = await FakeServer.start({ product: 'incus', extensions: (own) => [...own, ...more] });
    const { volumes } = other.client().storagePools.ref('default');
    const direct = await volumes.create('direct');
    await direct.files.writeFile('/note', 'kept');
    const folder = await mkdtemp(join(tmpdir(), 'tslxd-direct-'));
    other.clearRequests();
    const file = await direct.exportTo(join(folder, 'direct.tar'), { compressionAlgorithm: 'none' });
    expect(other.requests.map(({ method }) => method)).toEqual(['POST']); // no backup is left, to be deleted
    const again = await volumes.import(file, { name: 'again' });
    expect(await again.files.readFile('/note', 'utf8')).toBe('kept');
    await rm(folder, { recursive: true });
  });

  it('are served by SFTP, too', async () => {
    const socket = await data.files.sftpSocket();
    socket.on('error', () => undefined).destroy();
  });
});

describeFakes('a server without files of volumes', (fake) => {
  it('is not asked for any', async () => {
    const data = await fake.server.client().storagePools.ref('default').volumes.create('data');
    await data.files.readdir('/').catch(() => undefined); // what it is, is known now
    fake.server.clearRequests();
    await expect(data.files.readFile('/x')).rejects.toThrow(UnsupportedError);
    await expect(data.files.writeFile('/x', '')).rejects.toMatchObject({ extension: 'file_storage_volume' });
    await expect(data.files.rm('/x')).rejects.toThrow(UnsupportedError);
    await expect(data.files.sftpSocket()).rejects.toMatchObject({ extension: 'custom_volume_sftp' });
    expect(fake.server.requests).toEqual([]);
  });
});
