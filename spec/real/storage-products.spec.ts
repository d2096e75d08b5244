import { AbortedError, AlreadyExistsError } from 'tslxd';
import { watchedClient } from './client.js';
import { realServers } from './harness.js';
import type { RealServer } from './server.js';
import { contentIn, fill, inContainer } from './volume-content.js';

const servers = realServers();
const onlyWhere = servers.length === 2 || process.env.TSLXD_REQUIRE_REAL === '1' ? describe : describe.skip;

// No server takes a volume of the other product by a migration: Incus 6.0.4 dies of it.
onlyWhere.each([
  ['LXD to Incus', 'lxd'],
  ['Incus to LXD', 'incus'],
])('volumes from %s', (_, product) => {
  const [from, to] = servers.toSorted(({ product: own }) => (own === product ? -1 : 1)) as [
    RealServer,
    RealServer,
  ];
  const { client: source } = watchedClient(from);
  const { client: target, requestsOf } = watchedClient(to);
  const pool = from.uniqueName('pool');
  const other = to.uniqueName('pool');

  beforeAll(async () => {
    await source.storagePools.create({ name: pool, driver: 'dir' });
    await target.storagePools.create({ name: other, driver: 'btrfs', config: { size: '120MiB' } });
  });
  afterAll(async () => {
    await Promise.all([source.close(), target.close()]);
    await Promise.all([from.cleanup(), to.cleanup()]);
  });

  it('are carried over, whole or not at all', async () => {
    const data = await source.storagePools.ref(pool).volumes.create({
      name: 'data',
      description: 'The data',
      config: { 'user.a': '1' },
    });
    const { before, after } = await inContainer(from, source, data, (web) => fill(data, web, 2_000_000));
    const { volumes } = target.storagePools.ref(other);
    const abort = new AbortController();
    const aborted = data.moveTo(target, {
      pool: other,
      signal: abort.signal,
      onProgress: () => abort.abort(),
    });
    await expect(aborted).rejects.toThrow(AbortedError);
    expect(await volumes.names()).toEqual([]);
    await expect(data.copyTo(target, { pool: other, config: { nonsense: '1' } })).rejects.toThrow(/nonsense/);
    expect(await volumes.names()).toEqual([]);

    const copy = await data.copyTo(target, {
      pool: other,
      name: 'copy',
      description: 'A copy',
      config: { 'user.b': '2' },
    });
    expect([copy.description, copy.config]).toMatchObject(['A copy', { 'user.a': '1', 'user.b': '2' }]);
    await expect(data.moveTo(target, { pool: other, name: 'copy' })).rejects.toThrow(AlreadyExistsError);
    const sent = await requestsOf(async () => {
      const moved = await data.moveTo(target, { pool: other });
      expect([moved.description, moved.config]).toMatchObject(['The data', { 'user.a': '1' }]);
    });
    expect(sent.filter((line) => line.includes('migration'))).toEqual([]);
    expect(await source.storagePools.ref(pool).volumes.names()).toEqual([]);
    const moved = await volumes.get('data');
    const [snapshot] = await moved.snapshots.all();
    expect([snapshot?.name, snapshot?.description, snapshot?.expiresAt]).toEqual([
      'before',
      'As it was',
      new Date(2_000_000_000_000),
    ]);
    expect(await inContainer(to, target, moved, contentIn)).toEqual(after);
    await moved.restore('before');
    expect(await inContainer(to, target, moved, contentIn)).toEqual(before);
    for (const one of [copy, moved]) await one.delete();
  });
});
