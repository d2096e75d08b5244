import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeServer } from '../../lib/testing/index.js';
import { LxdError, NotFoundError, AlreadyExistsError, type Instance } from 'tslxd';
import { describeFakes } from './support.js';

describeFakes('backups of a fake', (fake) => {
  let web: Instance;
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tslxd-fake-backups-'));
    fake.server.addInstance({
      name: 'web',
      config: { 'user.a': '1' },
      description: 'mine',
      files: { '/note': 'kept' },
      snapshots: ['first'],
    });
    web = await fake.server.client().instances.get('web');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('are made, listed, renamed, downloaded and deleted', async () => {
    const expiresAt = new Date('2040-01-01T00:00:00Z');
    const backup = await web.backups.create({ name: 'one', expiresAt, instanceOnly: true });
    expect(backup).toMatchObject({ name: 'one', expiresAt, instanceOnly: true, optimizedStorage: false });
    expect((await web.backups.create()).name).toBe('backup0');
    await backup.rename('two');
    expect(await web.backups.names()).toEqual(['backup0', 'two']);
    await expect(web.backups.create({ name: 'two' })).rejects.toThrow(/"web\/two" already exists/);
    await expect(web.backups.create({ compressionAlgorithm: 'nope' })).rejects.toThrow(/nope/);
    await backup.delete();
    await expect(web.backups.get('two')).rejects.toThrow(NotFoundError);
  });

  it('bring an instance back, here or elsewhere', async () => {
    const file = await web.exportTo(join(folder, 'web.tar.gz'));
    expect(await web.backups.names()).toEqual([]);
    const { instances } = fake.server.client();
    await expect(instances.import(file)).rejects.toThrow(AlreadyExistsError); // the name is in use
    const copy = await instances.import(file, { name: 'copy' });
    expect(copy.description).toBe('mine');
    expect(copy.config['user.a']).toBe('1');
    expect(await copy.files.readFile('/note', 'utf8')).toBe('kept');
    expect(await copy.snapshots.names()).toEqual(['first']);
    const more = ['import_instance_devices', 'backup_override_config'];
    await using other = await FakeServer.start({
      product: fake.server.product,
      extensions: (own) => [...own, ...more],
    });
    const devices = { data: { type: 'disk', path: '/d', source: '/srv' } };
    const config = fake.server.product === 'incus' ? { 'user.a': '2' } : undefined;
    const moved = await other.client().instances.import(file, { devices, config });
    expect(moved).toMatchObject({ name: 'web', devices });
    expect(moved.config['user.a']).toBe(config ? '2' : '1');
  });

  it('that break off, or are none, leave nothing', async () => {
    fake.server.failNext('GET /1.0/instances/web/backups/*/export', { cut: 0.5 });
    await expect(web.exportTo(join(folder, 'web.tar.gz'))).rejects.toBeInstanceOf(LxdError);
    expect(await readdir(folder)).toEqual([]);
    expect(await web.backups.names()).toEqual([]);
    for (const junk of ['junk', '{}']) {
      const made = fake.server.client().instances.import(Buffer.from(junk), { name: 'x' });
      await expect(made).rejects.toThrow('Unsupported compression');
    }
    expect(await fake.server.client().instances.names()).toEqual(['web']);
  });
});
