import { randomBytes } from 'node:crypto';
import {
  AbortedError,
  AlreadyExistsError,
  Client,
  InvalidInputError,
  NotFoundError,
  OperationError,
  type Instance,
  type MigrationMode,
  type StorageVolume,
} from 'tslxd';
import { booted, useTwoDaemons } from './client.js';
import { absent, describeReal, type RealServer } from './harness.js';
import { canStart } from './own-daemon.js';
import { attached, contentIn, fill } from './volume-content.js';

const modes: MigrationMode[] = ['pull', 'push', 'relay'];

describeReal('volumes between two servers', (server) => {
  if (!canStart(server.product)) {
    absent(`${server.name}: no daemon of one's own can be started here`);
    return;
  }

  const two = useTwoDaemons(server);
  let { here, there, source, target } = two;
  /** Running containers, through which the content of volumes is written and read. */
  let web: Instance;
  let other: Instance;
  let names = 0;

  beforeAll(async () => {
    ({ here, there, source, target } = two);
    for (const client of [source, target]) {
      for (const [name, size] of Object.entries({ fast: '256MiB', small: '120MiB' }))
        await client.storagePools.create({ name, driver: 'btrfs', config: { size } });
    }
    await Promise.all([here.ensureImage(), there.ensureImage()]);
    const make = async (client: Client, { imageAlias }: RealServer) => {
      const made = await client.instances.create({ name: 'web', source: { alias: imageAlias } });
      return booted(await made.start());
    };
    [web, other] = await Promise.all([make(source, here), make(target, there)]);
  }, 90_000);

  /** A volume with content, and a snapshot with other content. */
  async function makeData(pool: string, size = 300_000) {
    const data = await source.storagePools.ref(pool).volumes.create({
      name: `data${String(++names)}`,
      description: 'The data',
      config: { 'user.a': '1', 'user.b': '2' },
    });
    const content = await attached(data, web, () => fill(data, web, size));
    return { data: await data.fetch(), ...content };
  }

  const contentOf = (volume: StorageVolume, by: Instance) => attached(volume, by, () => contentIn(by));

  async function described(volume: StorageVolume) {
    const { description, contentType, config } = await volume.fetch();
    const own = Object.entries(config).filter(([key]) => key.startsWith('user.'));
    const snapshots = await volume.snapshots.all();
    const told = snapshots.map((one) => [one.name, one.description, one.expiresAt?.getTime()]);
    return { description, contentType, own, snapshots: told };
  }

  describe.each(modes)('%s', (mode) => {
    const pools = [
      ['default', 'fast'],
      ['fast', 'fast'],
      ['fast', 'default'],
    ] as const;
    it.each(mode === 'pull' ? pools : pools.slice(0, 2))(
      'a copy from the pool %s to %s is whole',
      async (pool, to) => {
        const { data, before, after } = await makeData(pool);
        const was = await described(data);
        const copy = await data.copyTo(target, { pool: to, mode, name: `copy${String(names)}` });
        expect(copy.pool).toBe(to);
        expect(await described(copy)).toEqual(was);
        expect(await contentOf(copy, other)).toEqual(after);
        await copy.restore('before');
        expect(await contentOf(copy, other)).toEqual(before);
        expect(await contentOf(data, web)).toEqual(after);
        expect(await described(data)).toEqual(was);
        const bare = await data.copyTo(target, {
          pool: to,
          mode,
          name: 'bare',
          volumeOnly: true,
          description: 'Bare',
          config: { 'user.a': '' },
        });
        expect(await described(bare)).toMatchObject({
          description: 'Bare',
          own: [['user.b', '2']],
          snapshots: [],
        });
        for (const one of [copy, bare, data]) await one.delete();
      },
    );

    it('a move leaves nothing behind; what fails or is used stays', async () => {
      const { data, after } = await makeData('default');
      const was = await described(data);
      await data.attachTo(web, { path: '/mnt/used' });
      await expect(data.moveTo(target, { pool: 'fast', mode })).rejects.toThrow(/is used by instances\/web/);
      await data.detachFrom(web);
      await data.backups.create('b');
      await expect(data.moveTo(target, { pool: 'fast', mode })).rejects.toThrow(/backups \(b\)/);
      await data.backups.ref('b').delete();
      const taken = await target.storagePools.ref('fast').volumes.create(data.name);
      await expect(data.moveTo(target, { pool: 'fast', mode })).rejects.toThrow(AlreadyExistsError);
      expect((await taken.fetch()).description).toBe('');
      await taken.delete();
      await expect(data.moveTo(target, { pool: 'nowhere', mode })).rejects.toThrow(NotFoundError);
      const wrong = data.moveTo(target, { pool: 'fast', mode, config: { nonsense: '1' } });
      await expect(wrong).rejects.toThrow(/nonsense/);
      expect(await described(data)).toEqual(was);
      expect(await target.storagePools.ref('fast').volumes.exists(data.name)).toBe(false);

      const moved = await data.moveTo(target, { pool: 'fast', mode });
      expect(await described(moved)).toEqual(was);
      expect(await contentOf(moved, other)).toEqual(after);
      expect(await source.storagePools.ref('default').volumes.exists(data.name)).toBe(false);
      await expect(data.fetch()).rejects.toThrow(/deleted/);
      await moved.delete();
    });

    it('one that does not fit leaves nothing, and the source stands', async () => {
      const { data, after } = await makeData('default', 130_000_000);
      const failed = await data.moveTo(target, { pool: 'small', mode }).catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(OperationError);
      expect(await target.storagePools.ref('small').volumes.names()).toEqual([]);
      expect(await contentOf(data, web)).toEqual(after);
      await data.delete();
    }, 90_000);

    it('aborted in the middle nothing is left', async () => {
      const { data, after } = await makeData('default', 20_000_000);
      const pool = await source.storagePools.get('default');
      pool.config['rsync.bwlimit'] = '4MB';
      await pool.save();
      const abort = new AbortController();
      const onProgress = () => abort.abort();
      const aborted = data.moveTo(target, { pool: 'default', mode, signal: abort.signal, onProgress });
      await expect(aborted).rejects.toThrow(AbortedError);
      expect(await target.storagePools.ref('default').volumes.all({ type: 'custom' })).toEqual([]);
      delete pool.config['rsync.bwlimit'];
      await pool.save();
      expect(await contentOf(data, web)).toEqual(after);
      await data.delete();
    }, 90_000);
  });

  it.each(modes)('%s: block volumes and ISO images stay what they are', async (mode) => {
    const { volumes } = source.storagePools.ref('default');
    const block = await volumes.create({ name: 'block', contentType: 'block', config: { size: '5MiB' } });
    const made = [block];
    if (server.product === 'incus')
      made.push(await volumes.import(randomBytes(4096), { name: 'iso', format: 'iso' }));
    for (const one of made) {
      const { contentType, config } = one;
      const moved = await one.moveTo(target, { pool: 'fast', mode });
      expect([moved.contentType, Object.keys(moved.config)]).toEqual([contentType, Object.keys(config)]);
      await moved.delete();
    }
  });

  it('what cannot go well is said before anything is sent', async () => {
    const { data } = await makeData('default');
    await expect(data.copyTo(source.useProject('x'), { pool: 'fast' })).rejects.toThrow(
      /both are clients of one server/,
    );
    await expect(data.attachTo(other, { path: '/x' })).rejects.toThrow(/of another server/);
    for (const options of [
      {},
      { pool: '' },
      { pool: 'fast', mode: 'carry' },
      { pool: 'fast', wait: false },
      { pool: 'fast', nope: 1 },
    ])
      await expect(data.copyTo(target, options as never)).rejects.toThrow(InvalidInputError);
    await expect(data.moveTo(target, { pool: 'fast', volumeOnly: true } as never)).rejects.toThrow(
      InvalidInputError,
    );
    await data.delete();
  });
});
