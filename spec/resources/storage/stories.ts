import { AlreadyExistsError, InUseError, NotFoundError, StoragePool, UnsupportedError } from 'tslxd';
import { lifeOf, type Subject } from '../support.js';

/** What holds of pools, volumes and their snapshots on every server. */
export function tellOfStorage(subject: Subject): void {
  // In a block of its own, which ends before its client is closed.
  describe('pools, volumes, snapshots', () => tell(subject));
}

function tell({ client, uniqueName, requestsOf }: Subject): void {
  const pools = () => client().storagePools;
  let pool: StoragePool;

  beforeAll(async () => {
    pool = await pools().create({ name: uniqueName('pool'), driver: 'dir', description: 'ours' });
  });
  afterAll(() => pool.delete());

  it('a pool is created, listed and saved; nobody can rename it', async () => {
    expect([pool.driver, pool.description, pool.status, pool.usedBy]).toEqual(['dir', 'ours', 'Created', []]);
    expect(pool.config.source).toContain(pool.name);
    expect(await pools().names()).toContain(pool.name);
    pool.config['user.a'] = '1';
    await pool.save();
    pool.config['rsync.bwlimit'] = '1MiB';
    delete pool.config['user.a'];
    await pool.save();
    const stored = await pools().get(pool.name);
    expect([stored.description, stored.config['user.a'], stored.config['rsync.bwlimit']]).toEqual([
      'ours',
      undefined,
      '1MiB',
    ]);
    const { space } = await pool.resources();
    expect(space.total).toBeGreaterThan(space.used);
    await expect(pool.rename('other')).rejects.toThrow(UnsupportedError);
    await expect(pools().create({ name: pool.name, driver: 'dir' })).rejects.toThrow(AlreadyExistsError);
    const ensure = () => pools().ensure(pool.name, { driver: 'dir', config: { 'rsync.bwlimit': '1MiB' } });
    expect(await requestsOf(ensure)).toHaveLength(1);
    await expect(pools().get('nowhere')).rejects.toThrow(NotFoundError);
  });

  it('a volume is created, although no answer says where it is, saved, renamed and deleted', async () => {
    const data = await pool.volumes.create({ name: 'data', description: 'kept', config: { 'user.a': '1' } });
    expect([data.key, data.type, data.contentType, data.pool]).toEqual([
      'data',
      'custom',
      'filesystem',
      pool.name,
    ]);
    data.config['user.b'] = '2';
    delete data.config['user.a'];
    await data.save();
    data.description = 'new';
    await data.save();
    const stored = await pool.volumes.get('data');
    expect([stored.description, stored.config]).toEqual(['new', { 'user.b': '2' }]);
    expect(await pool.volumes.names()).toEqual(['data']);
    expect((await pool.volumes.all()).map(({ key }) => key)).toEqual(['data']);
    expect((await pool.volumes.all({ filter: { name: 'data' } })).map(({ key }) => key)).toEqual(['data']);
    expect(await pool.volumes.all({ type: 'container' })).toEqual([]);
    await expect(pool.volumes.create('data')).rejects.toThrow(AlreadyExistsError);
    await expect(pool.delete()).rejects.toThrow(InUseError);
    const { used, total } = await data.state();
    for (const size of [used, total]) expect(['number', 'undefined']).toContain(typeof size);
    await data.rename('more');
    expect((await data.fetch()).name).toBe('more');
    expect((await pool.volumes.get('custom/more')).key).toBe('more');
    expect(await requestsOf(() => pool.volumes.ensure('more', { config: { 'user.b': '2' } }))).toHaveLength(
      1,
    );
    await data.delete();
    expect(await pool.volumes.exists('more')).toBe(false);
  });

  it('its snapshots are its own, never volumes of the pool, and follow it', async () => {
    const data = await pool.volumes.create({ name: 'snapped', config: { 'snapshots.expiry': '1d' } });
    const { snapshots } = data;
    const first = await snapshots.create({ name: 'first', description: 'one' });
    const never = await snapshots.create({ name: 'never', expiresAt: null });
    const unnamed = await snapshots.create({});
    expect([first.name, first.volume, first.description]).toEqual(['first', 'snapped', 'one']);
    expect(first.expiresAt).not.toBeNull();
    expect(never.expiresAt).toBeNull();
    expect(unnamed.name).toMatch(/^snap\d+$/);
    expect((await snapshots.names()).sort()).toEqual(['first', 'never', unnamed.name].sort());
    expect((await snapshots.all()).map(({ name }) => name).sort()).toEqual(
      ['first', 'never', unnamed.name].sort(),
    );
    expect(await pool.volumes.names()).toEqual(['snapped']);
    expect((await pool.volumes.all({ recursion: 0 })).map(({ key }) => key)).toEqual(['snapped']);
    expect(await pool.volumes.all()).toHaveLength(1);

    first.expiresAt = null;
    await first.save();
    expect([(await first.fetch()).expiresAt, first.description]).toEqual([null, 'one']);
    await expect(snapshots.create('first')).rejects.toThrow(AlreadyExistsError);
    await data.rename('renamed');
    expect(await snapshots.exists('first')).toBe(true);
    await first.rename('second');
    expect((await snapshots.get('second')).description).toBe('one');
    await data.restore('second');
    await data.restore(first);
    await first.restore();
    expect((await data.fetch()).config['snapshots.expiry']).toBe('1d');
    await expect(data.restore('nothing')).rejects.toThrow(NotFoundError);
    await first.delete();
    expect(await snapshots.exists('second')).toBe(false);
    await data.delete();
    await expect(snapshots.names()).rejects.toThrow(/deleted/);
  });

  it('snapshots have any name that the server takes, and each is the one that it is called', async () => {
    const odd = await pool.volumes.create('odd');
    const left = ['a#b', 'a%23b', '100%', 'x?y=1'];
    for (const name of left) expect((await odd.snapshots.create(name)).name).toBe(name);
    while (left.length > 0) {
      expect((await odd.snapshots.names()).sort()).toEqual([...left].sort());
      await odd.snapshots.ref(left.pop()!).delete();
    }
    await odd.delete();
  });

  it("models of a class of one's own come from all that hangs on it", async () => {
    class Archive extends StoragePool {
      get isLocal() {
        return this.driver === 'dir';
      }
    }
    const archive = await pools().as(Archive).get(pool.name);
    expect(archive.isLocal).toBe(true);
    expect(archive.volumes).toBe(archive.volumes);
  });

  it('pools are watched and waited for', async () => {
    const seen: string[] = [];
    const waiting = pool.waitFor(({ description }) => description === 'watched', { timeout: 20_000 });
    for await (const change of pools().watch()) {
      if (change.type === 'synced') {
        const other = await pools().get(pool.name);
        other.description = 'watched';
        await other.save({ verify: false });
      } else if (change.key === pool.name && change.type === 'changed') {
        seen.push(change.model.description);
        break;
      }
    }
    await waiting;
    expect(seen).toEqual(['watched']);
  });

  it('snapshots of a volume are watched', async () => {
    const data = await pool.volumes.create('followed');
    const life = await lifeOf(data.snapshots, '', {
      synced: () => data.snapshots.create('one'),
      added: (snapshot) => snapshot.delete(),
    });
    expect(life).toEqual(['added one', 'removed one']);
    await data.delete();
  });

  it('volumes are watched', async () => {
    const life = await lifeOf(pool.volumes, '', {
      synced: () => pool.volumes.create('watched'),
      added: (volume) => {
        volume.config['user.a'] = '1';
        return volume.save({ verify: false });
      },
      changed: (volume) => volume.delete(),
    });
    expect(life).toEqual(['added watched', 'changed watched', 'removed watched']);
  });
}
