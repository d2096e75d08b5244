import { InUseError, InvalidInputError, OperationError, type StorageVolume } from 'tslxd';
import { tellOfMoves } from '../resources/storage/moves.js';
import { makeBusybox, useClient } from './client.js';
import { describeReal } from './harness.js';
import { contentIn, fill, inContainer } from './volume-content.js';

describeReal('volumes', (server) => {
  const { client, requestsOf } = useClient(server);

  async function makeProject(ownVolumes: boolean): Promise<string> {
    const name = server.uniqueName('project');
    const features = { 'features.images': 'false', 'features.profiles': 'false' };
    const config = { ...features, 'features.storage.volumes': String(ownVolumes) };
    await server.run('POST', '/1.0/projects', { name, config });
    return name;
  }

  tellOfMoves({
    client: () => client,
    uniqueName: server.uniqueName,
    requestsOf,
    makeProject,
    makeStartable: (input) => makeBusybox(server, client, input),
  });
});

describeReal('nothing of a volume is lost', (server) => {
  const { client } = useClient(server);
  const pool = server.uniqueName('slow');
  const small = server.uniqueName('small');
  const other = server.uniqueName('other');
  const project = server.uniqueName('project');
  const sharing = server.uniqueName('sharing');

  beforeAll(async () => {
    for (const name of [pool, other]) await client.storagePools.create({ name, driver: 'dir' });
    await client.storagePools.create({ name: small, driver: 'btrfs', config: { size: '120MiB' } });
    for (const [name, own] of Object.entries({ [project]: 'true', [sharing]: 'false' })) {
      const features = { 'features.images': 'false', 'features.profiles': 'false' };
      await server.run('POST', '/1.0/projects', {
        name,
        config: { ...features, 'features.storage.volumes': own },
      });
    }
  });

  const contentOf = (volume: StorageVolume, of = client) => inContainer(server, of, volume, contentIn);

  async function makeData(name: string, size: number) {
    const data = await client.storagePools.ref(pool).volumes.create({ name, config: { 'user.a': '1' } });
    return { data, ...(await inContainer(server, client, data, (web) => fill(data, web, size))) };
  }

  it('by copies and moves between pools and projects', async () => {
    const { data, before, after } = await makeData('whole', 1_000_000);
    const copy = await data.copy('copy', { pool: small, config: { 'user.b': '2' } });
    expect(await contentOf(copy)).toEqual(after);
    await copy.restore('before');
    expect(await contentOf(copy)).toEqual(before);
    const old = await data.copy('old', { snapshot: 'before' });
    expect(await contentOf(old)).toEqual(before);
    const there = await data.copy('there', { project });
    expect(await contentOf(there, client.useProject(project))).toEqual(after);
    expect(await contentOf(data)).toEqual(after);
    await data.move({ pool: small, project, name: 'moved' });
    expect(await contentOf(data, client.useProject(project))).toEqual(after);
    await data.restore('before');
    expect(await contentOf(data, client.useProject(project))).toEqual(before);
    await data.move({ pool, project: 'default' });
    expect(await contentOf(data)).toEqual(before);
  });

  it('by copies and moves that fail half way', async () => {
    const { data, after } = await makeData('large', 130_000_000);
    await expect(data.copy('failed', { pool: small })).rejects.toThrow(OperationError);
    await expect(data.move({ pool: small })).rejects.toThrow(OperationError);
    const { volumes } = client.storagePools.ref(small);
    expect(await volumes.exists('failed')).toBe(false);
    expect(await volumes.exists('large')).toBe(false);
    expect(data.pool).toBe(pool);
    expect(await contentOf(data)).toEqual(after);
  }, 60_000);

  it('while it is used: what runs keeps it, what is stopped is told', async () => {
    const { data } = await makeData('used', 1000);
    await inContainer(server, client, data, async (web) => {
      const { name } = data;
      await expect(data.move({ pool: other })).rejects.toThrow(InUseError);
      expect((await data.fetch()).pool).toBe(pool);
      await expect(data.move({ project })).rejects.toThrow(InvalidInputError);
      await web.stop({ force: true });
      await data.move({ pool: other, name: 'told' });
      expect((await web.fetch()).devices[name]).toMatchObject({ pool: other, source: 'told' });
      await data.detachFrom(web);
      expect(web.devices[name]).toBeUndefined();
    });
  }, 120_000);

  it('a project without volumes of its own uses, copies and detaches those of default', async () => {
    const { data, after } = await makeData('shared', 1000);
    const shared = client.useProject(sharing);
    const same = await shared.storagePools.ref(pool).volumes.get('shared');
    expect(same.project).toBe('default');
    const copy = await same.copy('shared-copy');
    expect(copy.project).toBe('default');
    expect(await contentOf(copy, shared)).toEqual(after);
    expect(await contentOf(data, shared)).toEqual(after);
  });
});
