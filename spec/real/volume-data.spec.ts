import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UnsupportedError, type Instance, type StoragePool } from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { tellOfVolumeData } from '../resources/storage/data-stories.js';
import { makeBusybox, useClient } from './client.js';
import { describeReal } from './harness.js';

describeReal('what is in volumes', (server) => {
  const { client, requestsOf } = useClient(server);
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tslxd-data-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  tellOfVolumeData({ client: () => client, uniqueName: server.uniqueName, requestsOf });

  /** An instance that runs and has a volume of the pool at `/data`. */
  async function holding(pool: StoragePool, volume: string): Promise<Instance> {
    const devices = { data: { type: 'disk', pool: pool.name, source: volume, path: '/data' } };
    return makeBusybox(server, client, { devices, start: true });
  }

  /** One hash over the names, modes and bytes of all files of a volume. */
  async function hashOf(pool: StoragePool, volume: string): Promise<string> {
    const web = await holding(pool, volume);
    const script =
      'cd /data && find . | sort | xargs ls -ldn | cut -c1-10 && find . -type f | sort | xargs md5sum';
    const { stdout } = await web.exec(['sh', '-c', script]);
    await web.delete({ force: true });
    return createHash('sha256').update(stdout).digest('hex');
  }

  it.each([
    ['dir', {}],
    ['btrfs', { size: '256MiB' }],
  ])(
    'is the same after a backup and an import, snapshots too, on %s',
    async (driver, config) => {
      const pool = await client.storagePools.create({ name: server.uniqueName('pool'), driver, config });
      const data = await pool.volumes.create('data');
      const web = await holding(pool, 'data');
      await web.exec(['sh', '-c', 'mkdir -p /data/a/b && head -c 3000000 /dev/urandom > /data/a/b/noise']);
      await data.snapshots.create('first');
      await web.exec([
        'sh',
        '-c',
        'echo second > /data/a/b/noise; chmod 600 /data/a/b/noise; ln -s a /data/l',
      ]);
      await web.delete({ force: true });
      const second = await hashOf(pool, 'data');
      const file = await data.exportTo(join(folder, `${driver}.tar.gz`));
      const copy = await pool.volumes.import(file, { name: 'copy' });
      expect(await hashOf(pool, 'copy')).toBe(second);
      await copy.restore('first');
      await data.restore('first');
      const first = await hashOf(pool, 'data');
      expect([await hashOf(pool, 'copy'), first]).toEqual([first, expect.not.stringMatching(second)]);
      const optimized = await data.exportTo(join(folder, `${driver}.opt`), { optimizedStorage: true });
      const again = await pool.volumes.import(optimized, { name: 'again' });
      expect(await hashOf(pool, 'again')).toBe(first);
      for (const one of [again, copy, data]) await one.delete();
      await pool.delete(); // where that is not reached, cleanup() takes what is left
    },
    300_000,
  );

  it('is taken from an archive that a fake has made', async () => {
    await using fake = await FakeServer.start({
      product: 'incus',
      extensions: (own) => [...own, 'file_storage_volume'],
    });
    const made = await fake
      .client()
      .storagePools.ref('default')
      .volumes.create({
        name: 'made',
        description: 'by a fake',
        config: { 'user.a': 'ä: "1"' },
      });
    const noise = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));
    await made.files.mkdir(`/${'long '.repeat(12)}/${'name'.repeat(20)}`, { recursive: true });
    await made.files.writeFile(`/${'long '.repeat(12)}/${'name'.repeat(20)}/noise`, noise, { mode: 0o600 });
    await made.snapshots.create({ name: 'first', expiresAt: null });
    await made.files.writeFile('/later', 'yes');
    const file = await made.exportTo(join(folder, 'made.tar.gz'));
    expect(execFileSync('tar', ['-tzf', file], { encoding: 'utf8' })).toContain('backup/volume/later');
    const pool = client.storagePools.ref('default');
    const name = server.uniqueName('made');
    const volume = await pool.volumes.import(file, { name });
    expect([volume.description, volume.config]).toEqual(['by a fake', { 'user.a': 'ä: "1"' }]);
    expect((await volume.snapshots.all()).map((one) => [one.name, one.expiresAt])).toEqual([['first', null]]);
    const fetched = await pool.fetch();
    const web = await holding(fetched, name);
    const { stdout } = await web.exec([
      'sh',
      '-c',
      'find /data -type f | sort; cat /data/*/*/noise | md5sum',
    ]);
    expect(stdout).toContain(createHash('md5').update(noise).digest('hex'));
    expect(stdout).toContain('/data/later');
    await web.delete({ force: true });
    await volume.delete();
    const bytes = await readFile(file);
    expect(bytes.length).toBeGreaterThan(0);
  });

  it('is not to be had by files, and buckets are had by extension, before anything is sent', async () => {
    const data = client.storagePools.ref('default').volumes.ref('any');
    const { buckets } = client.storagePools.ref('default');
    const sent = await requestsOf(async () => {
      await expect(data.files.readFile('/x')).rejects.toThrow(UnsupportedError);
      await expect(data.files.sftpSocket()).rejects.toThrow(UnsupportedError);
      if (server.product === 'lxd') await expect(buckets.all()).rejects.toThrow(UnsupportedError);
    });
    expect(sent).toEqual([]);
    if (server.product === 'lxd') return;
    expect(await buckets.all()).toEqual([]);
    expect(await buckets.names()).toEqual([]);
    expect(await buckets.exists('data')).toBe(false);
    await expect(buckets.create('X')).rejects.toThrow(/Bucket name must be between 3 and 63/);
    // A pool of this machine needs MinIO for them, which is not there.
    const name = server.uniqueName('bucket'); // its folder stays, and is in the way of the next of that name
    await expect(buckets.create(name)).rejects.toThrow(/MinIO client tool/);
    expect(await buckets.names()).toEqual([]);
    await expect(buckets.import(Buffer.from('no tar'))).rejects.toThrow(/Unsupported compression/);
  });
});
