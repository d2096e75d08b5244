import { Client } from 'tslxd';
import { realServers } from './harness.js';
import { allOrNone, canStart, removeAll, startOwnDaemon, type OwnDaemon } from './own-daemon.js';

const servers = realServers().toSorted((a, b) => b.product.localeCompare(a.product)); // LXD, Incus
const both = servers.length === 2 && servers.every(({ product }) => canStart(product));
const onlyWhere = both || process.env.TSLXD_REQUIRE_REAL === '1' ? describe : describe.skip;

// Both still speak the same protocol of migrations.
onlyWhere('between LXD and Incus', () => {
  let daemons: OwnDaemon[] = [];
  let lxd: Client;
  let incus: Client;

  beforeAll(async () => {
    daemons = await allOrNone(servers.map(async (facts) => startOwnDaemon(facts, { https: true })));
    [lxd, incus] = daemons.map(({ socketPath }) => new Client({ socketPath })) as [Client, Client];
    await daemons[0]!.server.ensureImage();
  }, 60_000);

  afterAll(async () => {
    await Promise.all([lxd?.close(), incus?.close()]);
    await removeAll(daemons);
  }, 60_000);

  it.each(['pull', 'push', 'relay'] as const)(
    'from LXD to Incus, %s: an instance moves with its snapshots, and runs',
    async (mode) => {
      const [{ server }] = daemons as [OwnDaemon];
      const source = { alias: server.imageAlias };
      const web = await lxd.instances.create({
        name: server.uniqueName(mode),
        source,
        config: { 'user.a': 'b' },
      });
      await web.files.writeFile('/root/text', 'from LXD');
      await web.snapshots.create({ name: 'before' });
      const moved = await web.moveTo(incus, { mode, start: true });
      expect(moved).toMatchObject({ status: 'Running' });
      expect(moved.config['user.a']).toBe('b');
      expect(await moved.snapshots.names()).toEqual(['before']);
      expect((await moved.exec(['cat', '/root/text'])).stdout).toBe('from LXD');
      expect(await lxd.instances.names()).toEqual([]);
      await moved.delete({ force: true });
    },
  );

  it('from Incus to LXD: an instance is copied without its snapshots, and all else is refused', async () => {
    const [, { server }] = daemons as [OwnDaemon, OwnDaemon];
    const name = server.uniqueName('back');
    const web = await incus.instances.create({ name, source: { type: 'none' }, config: { 'user.a': 'b' } });
    const mode = 'relay';
    const refusal = /Unknown configuration key: volatile\.uuid\.generation/;
    const plain = await web.copyTo(lxd, { mode, name: 'plain' });
    await expect(web.moveTo(lxd, { mode })).rejects.toThrow(refusal);
    await web.snapshots.create('before');
    await expect(web.copyTo(lxd, { mode, name: 'whole' })).rejects.toThrow(refusal);
    const bare = await web.copyTo(lxd, { mode, name: 'bare', instanceOnly: true });
    for (const copy of [plain, bare]) expect(copy.config['user.a']).toBe('b');
    expect((await lxd.instances.names()).sort()).toEqual(['bare', 'plain']);
    expect(await web.snapshots.names()).toEqual(['before']);
    for (const one of [plain, bare, web]) await one.delete();
  });
});
