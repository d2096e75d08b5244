import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import {
  AbortedError,
  AlreadyExistsError,
  InvalidInputError,
  LxdError,
  NotFoundError,
  Operation,
  TimeoutError,
  UnsupportedError,
  type Progress,
  type StoragePool,
  type StorageVolume,
} from 'tslxd';
import { lifeOf, type Subject } from '../support.js';

/** What holds of what is in volumes on every server: their backups, exports and imports. */
export function tellOfVolumeData(subject: Subject): void {
  // In a block of its own, which ends before its client is closed.
  describe('backups of volumes', () => tell(subject));
}

function tell({ client, uniqueName, requestsOf }: Subject): void {
  let pool: StoragePool;
  let data: StorageVolume;
  let folder: string;
  const volumes = () => pool.volumes;
  const at = (name: string) => join(folder, name);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tslxd-volumes-'));
    pool = await client().storagePools.create({ name: uniqueName('pool'), driver: 'dir' });
    data = await volumes().create({ name: 'data', description: 'ours', config: { 'user.who': 'ä b' } });
    await data.snapshots.create({ name: 'first', expiresAt: null });
  });
  afterAll(async () => {
    for (const volume of await pool.volumes.all()) await volume.delete();
    await pool.delete();
    await rm(folder, { recursive: true });
  });

  it('are created, listed, renamed, downloaded and deleted', async () => {
    const expiresAt = new Date('2040-01-02T03:04:05Z');
    const backup = await data.backups.create({ name: 'one', expiresAt, volumeOnly: true });
    expect(backup).toMatchObject({ name: 'one', volumeOnly: true, optimizedStorage: false, expiresAt });
    expect([backup.volume, backup.createdAt instanceof Date]).toEqual(['data', true]);
    const operation = await data.backups.create(undefined, { wait: false });
    expect(operation).toBeInstanceOf(Operation);
    const chosen = await operation.wait();
    expect([chosen.name, chosen.volumeOnly, chosen.expiresAt]).toEqual(['backup0', false, null]);
    await backup.rename('two');
    expect((await data.backups.names()).sort()).toEqual(['backup0', 'two']);
    expect((await data.backups.all()).map(({ key }) => key).sort()).toEqual(['backup0', 'two']);
    const bytes = await buffer(await backup.export());
    const seen: Progress[] = [];
    expect(await backup.exportTo(at('two.tar'), { onProgress: (one) => seen.push(one) })).toBe(at('two.tar'));
    expect((await readFile(at('two.tar'))).equals(bytes)).toBe(true);
    expect(seen.at(-1)).toMatchObject({ stage: 'download', percent: 100, bytes: bytes.length });
    await expect(data.backups.create('two')).rejects.toThrow(AlreadyExistsError);
    await expect(data.backups.create({ compressionAlgorithm: 'rot13' })).rejects.toThrow(/rot13/);
    await backup.delete();
    await chosen.delete();
    expect(await data.backups.names()).toEqual([]);
    await expect(data.backups.get('two')).rejects.toThrow(NotFoundError);
    await expect(volumes().ref('nothing').backups.create('x')).rejects.toThrow(NotFoundError);
  });

  it('are watched', async () => {
    const life = await lifeOf(data.backups, '', {
      synced: () => data.backups.create('watched'),
      added: (backup) => backup.delete(),
    });
    expect(life).toEqual(['added watched', 'removed watched']);
  });

  it('an export leaves a file and no backup, and is imported by path, bytes and stream', async () => {
    const seen: Progress[] = [];
    const onProgress = (progress: Progress) => seen.push(progress);
    const file = await data.exportTo(at('data.tar.gz'), { onProgress });
    expect(await data.backups.names()).toEqual([]);
    expect(seen.at(-1)).toMatchObject({ stage: 'download', percent: 100, bytes: (await stat(file)).size });

    seen.length = 0;
    const made: StorageVolume[] = [];
    for (const [index, from] of [file, await readFile(file), createReadStream(file)].entries())
      made.push(await volumes().import(from, { name: `copy ä${index}`, onProgress }));
    expect(made.map(({ key }) => key)).toEqual(['copy ä0', 'copy ä1', 'copy ä2']);
    expect(seen.filter(({ stage, percent }) => stage === 'upload' && percent === 100)).toHaveLength(2);
    for (const { description, config, contentType, type, snapshots } of made) {
      expect({ description, config, contentType, type }).toEqual({
        ...{ description: 'ours', config: { 'user.who': 'ä b' } },
        ...{ contentType: 'filesystem', type: 'custom' },
      });
      const [snapshot] = await snapshots.all();
      expect([snapshot?.name, snapshot?.expiresAt]).toEqual(['first', null]);
    }
    await expect(volumes().import(file, { name: 'copy ä0' })).rejects.toThrow(AlreadyExistsError);
    expect(await volumes().exists('copy ä0')).toBe(true);
    for (const one of made) await one.delete();
  });

  it('without a name it gets the one that it had, and with wait: false there is an operation', async () => {
    const other = await volumes().create('other');
    const file = await other.exportTo(at('other.tar'), { compressionAlgorithm: 'none', volumeOnly: true });
    await other.delete();
    const operation = await volumes().import(file, { wait: false });
    const made: StorageVolume = await operation.wait();
    expect([made.key, made.isFetched, await made.snapshots.names()]).toEqual(['other', true, []]);
    await made.delete();
  });

  it('config and description are saved over those of the backup; when that fails, no volume is left', async () => {
    const file = await data.exportTo(at('over.tar'));
    const config = { 'user.more': '1' };
    const made = await volumes().import(file, { name: 'over', description: 'new', config });
    expect([made.description, made.isDirty]).toEqual(['new', false]);
    const stored = await volumes().get('over');
    expect([stored.description, stored.config]).toEqual(['new', { 'user.who': 'ä b', 'user.more': '1' }]);
    await made.delete();
    const odd = volumes().import(file, { name: 'odd', config: { 'no.such': 'key' } });
    await expect(odd).rejects.toThrow(/no\.such/);
    expect(await volumes().names()).toEqual(['data']);
    const operation = await volumes().import(file, { name: 'odd', config: { 'no.such': '1' }, wait: false });
    await expect(operation.wait()).rejects.toThrow(/no\.such/);
    expect(await volumes().names()).toEqual(['data']);
  });

  it('what is no backup, or half of one, leaves nothing', async () => {
    // Uncompressed: half of what gzip made is never answered by LXD 5.0.2 and Incus 6.0.4.
    const file = await data.exportTo(at('half.tar'), { compressionAlgorithm: 'none' });
    const whole = await readFile(file);
    for (const bytes of [
      Buffer.from('no tar at all'),
      Buffer.alloc(0),
      whole.subarray(0, whole.length / 2),
    ]) {
      const error: unknown = await volumes()
        .import(bytes, { name: 'junk' })
        .catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(LxdError);
      expect((error as Error).message).toMatch(/^POST \/1\.0\/storage-pools\/[^/]+\/volumes\/custom: /);
    }
    const cut = (async function* () {
      yield whole.subarray(0, 200);
      await Promise.resolve();
      throw new Error('the disk is gone');
    })();
    await expect(volumes().import(cut, { name: 'junk' })).rejects.toThrow(/the disk is gone/);
    const signal = AbortSignal.abort();
    await expect(volumes().import(file, { name: 'junk', signal })).rejects.toThrow(AbortedError);
    expect(await volumes().names()).toEqual(['data']);
  });

  it('ISO images and archives of files go where the server takes them, and nowhere else', async () => {
    const { server } = client();
    await server.fetch();
    const image = Buffer.from('an image of nothing');
    await writeFile(at('tiny.iso'), image);
    const iso = () => volumes().import(at('tiny.iso'), { name: 'iso', description: 'an image' });
    if (server.has('custom_volume_iso')) {
      const made = await iso();
      expect([made.contentType, made.config.size, made.description]).toEqual([
        'iso',
        String(image.length),
        'an image',
      ]);
      await expect(made.exportTo(at('iso.tar'))).rejects.toThrow(/cannot be backed up/);
      await made.delete();
    } else {
      const sent = await requestsOf(() => expect(iso()).rejects.toThrow(UnsupportedError));
      expect(sent).toEqual([]);
      await expect(iso()).rejects.toMatchObject({ extension: 'custom_volume_iso' });
    }
    if (!server.has('import_custom_volume_tar')) {
      const refused = volumes().import(image, { name: 'files', format: 'tarball' });
      await expect(refused).rejects.toMatchObject({ extension: 'import_custom_volume_tar' });
    }
    expect(await readdir(folder)).not.toContain('iso.tar');
  });

  it('bad input is refused before anything is sent', async () => {
    const file = at('none');
    const sent = await requestsOf(async () => {
      for (const refused of [
        () => volumes().import(file),
        () => volumes().import(folder),
        () => volumes().import(7 as never),
        () => volumes().import(Buffer.of(1), { name: 'a/b' }),
        () => volumes().import(Buffer.of(1), { name: ' a' }),
        () => volumes().import(Buffer.of(1), { name: 'a\nb' }),
        () => volumes().import(Buffer.of(1), { format: 'zip' as never }),
        () => volumes().import(Buffer.of(1), { format: 'iso' }),
        () => volumes().import('x.iso', { name: 'x', config: { 'user.a': '1' } }),
        () => volumes().import(Buffer.of(1), { config: { 'user.a': 1 as never } }),
        () => volumes().import(Buffer.of(1), { pool: 'x' } as never),
        () => data.exportTo(join(folder, 'no', 'such')),
        () => data.exportTo(folder),
        () => data.exportTo(file, { volumeOnly: 'x' as never }),
        () => data.exportTo(file, { instanceOnly: true } as never),
        () => data.backups.create('a/b'),
        () => data.backups.create({ name: 'x', volumeOnly: 1 as never }),
      ])
        await expect(refused()).rejects.toThrow(InvalidInputError);
    });
    expect(sent).toEqual([]);
  });

  it('an export that is aborted, late or refused leaves neither file nor backup', async () => {
    const empty = await mkdtemp(at('empty-'));
    const file = join(empty, 'data.tar');
    const controller = new AbortController();
    const aborted = data.exportTo(file, {
      signal: controller.signal,
      compressionAlgorithm: 'none',
      onProgress: () => controller.abort(),
    });
    await expect(aborted).rejects.toThrow(AbortedError);
    await expect(data.exportTo(file, { timeout: 1 })).rejects.toThrow(TimeoutError);
    await expect(data.exportTo(file, { signal: AbortSignal.abort() })).rejects.toThrow(AbortedError);
    await expect(data.exportTo(file, { compressionAlgorithm: 'rot13' })).rejects.toThrow(LxdError);
    await expect(volumes().ref('nothing').exportTo(file)).rejects.toThrow(NotFoundError);
    expect(await readdir(empty)).toEqual([]);
    expect(await data.backups.names()).toEqual([]);
  });
}
