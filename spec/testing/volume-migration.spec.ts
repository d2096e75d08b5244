import { FakeServer } from 'tslxd/testing';
import {
  AlreadyExistsError,
  NotFoundError,
  type Client,
  type MigrationMode,
  type Progress,
  type StorageVolume,
} from 'tslxd';

const modes: MigrationMode[] = ['pull', 'push', 'relay'];

describe.each([
  ['lxd', 'lxd'],
  ['incus', 'incus'],
  ['lxd', 'incus'],
  ['incus', 'lxd'],
] as const)('volumes from one fake %s to a fake %s', (product, other) => {
  let here: FakeServer;
  let there: FakeServer;
  let source: Client;
  let target: Client;

  beforeAll(async () => {
    const options = { https: true, operationTime: 1 };
    [here, there] = await Promise.all([
      FakeServer.start({ product, ...options }),
      FakeServer.start({ product: other, ...options }),
    ]);
    [source, target] = [here.client(), there.client()];
  });
  beforeEach(() => {
    here.reset();
    there.reset();
    there.addPool('fast');
  });
  afterAll(() => Promise.all([here.close(), there.close()]));

  async function makeData(): Promise<StorageVolume> {
    const data = await source.storagePools.ref('default').volumes.create({
      name: 'data',
      description: 'The data',
      config: { 'user.a': '1', size: '5MiB' },
    });
    await data.snapshots.create({ name: 'kept', description: 'one', expiresAt: null });
    await data.snapshots.create({ name: 'later', expiresAt: new Date(2_000_000_000_000) });
    return data;
  }

  async function whole(volume: StorageVolume) {
    const { description, contentType, config } = await volume.fetch();
    const snapshots = await volume.snapshots.all();
    const told = snapshots.map((one) => [one.name, one.description, one.expiresAt?.getTime()]).sort();
    return { description, contentType, config, told };
  }

  const volumes = () => target.storagePools.ref('fast').volumes;

  describe.each(product === other ? modes : modes.slice(0, 1))('%s', (mode) => {
    it('a copy has all that the original has', async () => {
      const data = await makeData();
      const was = await whole(data);
      const progress: Progress[] = [];
      const onProgress = (one: Progress) => progress.push(one);
      const copy = await data.copyTo(target, { pool: 'fast', mode, name: 'copy', onProgress });
      expect([copy.key, copy.pool]).toEqual(['copy', 'fast']);
      expect(await whole(copy)).toEqual(was);
      expect(progress.length).toBeGreaterThan(0);
      const options = { pool: 'fast', mode, name: 'bare', volumeOnly: true, description: 'Bare' };
      const bare = await data.copyTo(target, { ...options, config: { 'user.a': '', 'user.b': '2' } });
      expect(await whole(bare)).toMatchObject({ description: 'Bare', config: { 'user.b': '2' }, told: [] });
      expect(bare.config['user.a']).toBeUndefined();
      expect(await whole(data)).toEqual(was);
      expect(await data.backups.names()).toEqual([]);
    });

    it('a move leaves nothing behind', async () => {
      const data = await makeData();
      const was = await whole(data);
      const moved = await data.moveTo(target, { pool: 'fast', mode });
      expect(await whole(moved)).toEqual(was);
      expect(await source.storagePools.ref('default').volumes.names()).toEqual([]);
      await expect(data.fetch()).rejects.toThrow(/deleted/);
    });

    it('a move that fails leaves both as they were', async () => {
      const data = await makeData();
      const was = await whole(data);
      const theirs = await volumes().create({ name: 'data', description: 'theirs' });
      await expect(data.moveTo(target, { pool: 'fast', mode })).rejects.toThrow(AlreadyExistsError);
      expect((await theirs.fetch()).description).toBe('theirs');
      await theirs.delete();
      await expect(data.moveTo(target, { pool: 'none', mode })).rejects.toThrow(NotFoundError);
      const odd = { pool: 'fast', mode, config: { nonsense: '1' } };
      await expect(data.moveTo(target, odd)).rejects.toThrow(/nonsense/);
      expect(await volumes().names()).toEqual([]);
      const request = 'POST /1.0/storage-pools/fast/volumes/custom'; // of the target, in every mode
      there.failNext(request, { operation: 'No space left', percent: 50 });
      await expect(data.moveTo(target, { pool: 'fast', mode })).rejects.toThrow('No space left');
      expect(await volumes().names()).toEqual([]);
      expect(await whole(data)).toEqual(was);
      expect(await data.backups.names()).toEqual([]);
    });
  });

  it('what was changed while it was copied stays, and its copy goes', async () => {
    const data = await makeData();
    let others: Promise<unknown> | undefined;
    const onProgress = () => {
      others ??= data.snapshots.create('meanwhile');
    };
    const moving = data.moveTo(target, { pool: 'fast', onProgress });
    await expect(moving).rejects.toThrow(/was changed while it was copied|snapshot 'meanwhile'/);
    await others;
    expect(await volumes().names()).toEqual([]);
    expect((await data.snapshots.names()).sort()).toEqual(['kept', 'later', 'meanwhile']);
  });
});
