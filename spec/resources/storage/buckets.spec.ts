import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Client, AlreadyExistsError, InUseError, NotFoundError, UnsupportedError } from 'tslxd';
import type { StorageBucket, StoragePool } from 'tslxd';
import { FakeServer } from 'tslxd/testing';

const lxd = ['storage_buckets', 'storage_buckets_all_projects'];
const newer = [...lxd, 'storage_and_network_operations', 'storage_and_profile_operations'];

describe.each([
  ['incus', []],
  ['incus', ['direct_backup', 'storage_bucket_full']],
  ['lxd', lxd],
  ['lxd', newer],
] as const)('buckets on the fake %s with %j', (product, added) => {
  let server: FakeServer;
  let client: Client;
  let pool: StoragePool;
  let data: StorageBucket;
  let folder: string;
  const lines: string[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tslxd-buckets-'));
    server = await FakeServer.start({ product, extensions: (own) => [...own, ...added] });
    lines.length = 0;
    const note = (line: string) => lines.push(line);
    client = new Client({
      socketPath: server.socketPath,
      log: { debug: note, info: note, warn: note, error: note },
    });
    await client.server.fetch();
    pool = client.storagePools.ref('default');
    data = await pool.buckets.create({ name: 'data', description: 'ours', config: { 'user.a': '1' } });
  });
  afterEach(async () => {
    await client.close();
    await server.close();
    await rm(folder, { recursive: true });
  });

  it('are created with a first key, listed, saved and deleted', async () => {
    expect(data).toMatchObject({ name: 'data', pool: 'default', description: 'ours', s3Url: '' });
    expect(data.firstKey).toMatchObject({ name: 'admin', role: 'admin', bucket: 'data' });
    expect(data.firstKey?.secretKey).toMatch(/^.{20,}$/);
    expect((await pool.buckets.get('data')).firstKey).toBeUndefined();
    data.config['user.b'] = '2';
    delete data.config['user.a'];
    await data.save();
    data.description = 'new';
    await data.save();
    const stored = await pool.buckets.get('data');
    expect([stored.description, stored.config]).toEqual(['new', { 'user.b': '2' }]);
    expect(await pool.buckets.names()).toEqual(['data']);
    expect((await pool.buckets.all()).map(({ key }) => key)).toEqual(['data']);
    await expect(pool.buckets.create('data')).rejects.toThrow(AlreadyExistsError);
    await expect(pool.buckets.create('X')).rejects.toThrow(/Bucket name must be/);
    await expect(data.rename('other')).rejects.toThrow(UnsupportedError);
    await expect(pool.delete()).rejects.toThrow(InUseError);
    server.clearRequests();
    await pool.buckets.ensure('data', { description: 'new' });
    expect(server.requests.map(({ method }) => method)).toEqual(['GET']);
    const operation = await pool.buckets.create('later', { wait: false });
    expect((await operation.wait()).firstKey?.role).toBe('admin');
    await data.delete();
    await expect(pool.buckets.get('data')).rejects.toThrow(NotFoundError);
  });

  it('have keys, which are written whole and keep their halves', async () => {
    const reader = await data.keys.create({ name: 'reader', role: 'read-only' });
    const { accessKey, secretKey } = reader;
    expect([reader.name, reader.role, reader.bucket]).toEqual(['reader', 'read-only', 'data']);
    reader.description = 'for the shop';
    await reader.save();
    await reader.fetch();
    expect([reader.description, reader.accessKey, reader.secretKey]).toEqual([
      ...['for the shop', accessKey, secretKey],
    ]);
    reader.role = 'admin';
    reader.secretKey = 'another secret of mine';
    await reader.save();
    const stored = await data.keys.get('reader');
    expect([stored.role, stored.accessKey, stored.secretKey]).toEqual([
      ...['admin', accessKey, 'another secret of mine'],
    ]);
    expect((await data.keys.names()).sort()).toEqual(['admin', 'reader']);
    await expect(data.keys.create({ name: 'reader', role: 'admin' })).rejects.toThrow(AlreadyExistsError);
    await expect(data.keys.create({ name: 'x', role: 'nobody' })).rejects.toThrow(/Invalid key role/);
    await expect(reader.rename('x')).rejects.toThrow(UnsupportedError);
    await reader.delete();
    expect(await data.keys.names()).toEqual(['admin']);
  });

  it('show no secret but by its name', async () => {
    const secret = 'a-secret-of-mine';
    const operation = await data.keys.create(
      { name: 'mine', role: 'admin', secretKey: secret },
      { wait: false },
    );
    const shown: unknown[] = [operation, operation.toJSON()];
    const key = await operation.wait();
    expect(key.secretKey).toBe(secret);
    const first = data.firstKey!;
    const buckets = await pool.buckets.all({ recursion: 2 });
    const making = await pool.buckets.create('more', { wait: false });
    shown.push(
      key,
      data,
      first,
      buckets,
      await data.keys.all(),
      making,
      making.toJSON(),
      await making.wait(),
    );
    key.secretKey = `${secret}-too`;
    shown.push(
      key,
      key.changes(),
      key.toJSON(),
      buckets.map((one) => one.toJSON()),
    );
    const other = await data.keys.get('mine');
    other.secretKey = `${secret}-of-another`;
    await other.save();
    shown.push(await key.save().catch((error: unknown) => error));
    const refused = data.keys.create({ name: 'mine', role: 'admin', secretKey: secret });
    shown.push(await refused.catch((error: unknown) => error), lines);
    const wrong = data.keys.create({ name: 'n', role: 'admin', secretKey: `${secret}\0` });
    shown.push(await wrong.catch((error: unknown) => error));
    const text = shown.map((one) => inspect(one, { depth: 20 }) + JSON.stringify(one)).join('\n');
    expect(text).not.toContain(secret);
    for (const one of [first.secretKey, (await making.wait()).firstKey!.secretKey])
      expect(text).not.toContain(one);
    expect(text).toContain('(hidden)');
    expect(JSON.stringify(first)).toContain(first.accessKey);
  });

  if (product === 'lxd') {
    it('have no backups on LXD', async () => {
      server.clearRequests();
      const extension = 'storage_bucket_backup';
      await expect(data.backups.create('one')).rejects.toMatchObject({ extension });
      await expect(data.exportTo(join(folder, 'data.tar'))).rejects.toMatchObject({ extension });
      await expect(pool.buckets.import(Buffer.of(1))).rejects.toMatchObject({ extension });
      expect([server.requests, await readdir(folder)]).toEqual([[], []]);
    });
    return;
  }

  it('are backed up, exported and imported', async () => {
    const backup = await data.backups.create({ name: 'one', compressionAlgorithm: 'none' });
    expect([backup.name, backup.bucket, backup.expiresAt]).toEqual(['one', 'data', null]);
    expect(await data.backups.names()).toEqual(['one']); // the plain list would drop the connection
    await expect(backup.rename('two')).rejects.toThrow(UnsupportedError);
    await backup.delete();
    const { secretKey } = data.firstKey!;
    const file = await data.exportTo(join(folder, 'data.tar.gz'));
    expect([await data.backups.names(), await readdir(folder)]).toEqual([[], ['data.tar.gz']]);
    await expect(pool.buckets.import(file, { name: 'copy' })).rejects.toThrow(AlreadyExistsError); // its key is in use
    await data.delete();
    const copy = await pool.buckets.import(file, { name: 'copy' });
    expect([copy.key, copy.description, copy.config]).toEqual(['copy', 'ours', { 'user.a': '1' }]);
    expect((await copy.keys.get('admin')).secretKey).toBe(secretKey);
    await copy.delete();
    expect((await pool.buckets.import(file)).key).toBe('data');
    await expect(pool.buckets.import(Buffer.from('no tar'))).rejects.toThrow(/Unsupported compression/);
  });
});

describe('LXD 5.0', () => {
  it('has no buckets, and is not asked for any', async () => {
    await using server = await FakeServer.start({ product: 'lxd' });
    const { buckets } = server.client().storagePools.ref('default');
    await expect(buckets.all()).rejects.toMatchObject({ extension: 'storage_buckets' });
    server.clearRequests();
    for (const refused of [
      () => buckets.create('data'),
      () => buckets.get('data'),
      () => buckets.names(),
      () => buckets.ref('data').keys.all(),
      () => buckets.ref('data').backups.names(),
      () => buckets.import(Buffer.of(1)),
    ])
      await expect(refused()).rejects.toThrow(UnsupportedError);
    expect(server.requests).toEqual([]);
  });
});
