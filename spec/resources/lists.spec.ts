import { Instance, NotFoundError, UnsupportedError, type Client } from 'tslxd';
import { describeFakes, rejection, sent } from './support.js';

async function names(list: Promise<{ key: string }[]>): Promise<string[]> {
  return (await list).map(({ key }) => key).sort();
}

describeFakes('lists', (start) => {
  it.each([0, 1, 2] as const)('reads all at recursion %d in one request', async (recursion) => {
    const { server, client } = await start();
    for (const name of ['a', 'b', 'c']) server.addInstance({ name });
    const all = await client.instances.all({ recursion });
    expect(all.map(({ key }) => key).sort()).toEqual(['a', 'b', 'c']);
    expect(all.every(({ isFetched }) => isFetched === recursion > 0)).toBe(true);
    expect(all[0]?.isFetched && all[0].fetchedState?.status).toBe(
      recursion === 0 ? false : recursion === 2 ? 'Stopped' : undefined,
    );
    expect(server.requests).toHaveLength(1);
  });

  it('narrows by type, whatever the filter', async () => {
    const { server, client } = await start();
    server.addInstance({ name: 'c1', type: 'container', config: { 'user.role': 'web' } });
    server.addInstance({ name: 'c2', type: 'container' });
    server.addInstance({ name: 'v1', type: 'virtual-machine', config: { 'user.role': 'web' } });
    expect(await names(client.containers.all())).toEqual(['c1', 'c2']);
    expect(await client.virtualMachines.names()).toEqual(['v1']);
    expect(await names(client.containers.all({ filter: 'name eq v1 or name eq c2' }))).toEqual(['c2']);
    expect(await names(client.containers.all({ filter: { 'config.user.role': 'web' } }))).toEqual(['c1']);
    await expect(client.virtualMachines.get('c1')).rejects.toThrow(NotFoundError);
    expect(await client.virtualMachines.exists('c1')).toBe(false);
  });

  it('of all projects has each in its own, fetched or not', async () => {
    const { server, client } = await start({ extensions: (own) => [...own, 'network_address_set'] });
    if (server.product === 'lxd') return; // without most of these lists
    const features = ['images', 'profiles', 'networks', 'networks.zones', 'storage.volumes'];
    const config = Object.fromEntries(features.map((name) => [`features.${name}`, 'true']));
    await client.projects.create({ name: 'lab', config });
    const lab = client.useProject('lab');
    for (const project of ['default', 'lab']) {
      server.addImage({ data: 'the same', project });
      server.addProfile({ name: 'same', project });
      server.addInstance({ name: 'same', project, config: {} });
      server.add('/1.0/network-acls', { name: 'same', project });
      server.add('/1.0/network-address-sets', { name: 'same', project });
      server.add('/1.0/storage-pools/default/volumes/custom', { name: 'same', project });
    }
    server.add('/1.0/network-zones', { name: 'ours.example' });
    server.add('/1.0/network-zones', { name: 'same', project: 'lab' });
    for (const list of [
      (of: Client) => of.instances,
      (of: Client) => of.images,
      (of: Client) => of.profiles,
      (of: Client) => of.networks.acls,
      (of: Client) => of.networks.addressSets,
      (of: Client) => of.networks.zones,
      (of: Client) => of.storagePools.ref('default').volumes,
    ]) {
      const [own] = (await list(lab).names()).filter((key) => /^same$|^[0-9a-f]{64}$/.test(key));
      const isZone = list(client) === (client.networks.zones as unknown);
      for (const [whose, recursion] of [
        [client, 0],
        [lab, 0],
        [client, 1],
        [lab, 1],
      ] as const) {
        const all = await list(whose).all({ allProjects: true, recursion });
        server.clearRequests();
        for (const model of all) if (model.key === own) await model.fetch();
        const asked = server.requests.filter(({ path }) => path !== '/1.0');
        const projects = asked.map(({ query }) => query.project ?? 'default').sort();
        const title = `${list(whose).toJSON()} of ${whose.project}`;
        expect([title, projects]).toEqual([title, isZone ? ['lab'] : ['default', 'lab']]);
      }
    }
  });

  it('is async-iterable, and knows names and existence', async () => {
    const { server, client } = await start();
    for (const name of ['a', 'constructor']) server.addInstance({ name });
    const seen: string[] = [];
    for await (const instance of client.instances) seen.push(instance.name);
    expect(seen.sort()).toEqual(['a', 'constructor']);
    expect(await client.instances.exists('constructor')).toBe(true);
    expect(await client.instances.exists('toString')).toBe(false);
  });

  it('filters profiles where the server would, and says so where it would not', async () => {
    const { server, client } = await start();
    server.addProfile({ name: 'web' });
    const filtered = client.profiles.all({ filter: { name: 'web' } });
    if (server.product === 'lxd') await expect(filtered).rejects.toThrow(UnsupportedError);
    else expect(await names(filtered)).toEqual(['web']);
  });

  it('makes models of a subclass', async () => {
    class Web extends Instance {
      get role(): string {
        return this.config['user.role'] ?? 'none';
      }
    }
    const { server, client } = await start();
    server.addInstance({ name: 'a', config: { 'user.role': 'web' } });
    const manager = client.instances.as(Web);
    expect((await manager.get('a')).role).toBe('web');
    const [first] = await manager.all();
    expect(first).toBeInstanceOf(Web);
    expect(first?.role).toBe('web');
  });
});

describeFakes('ensure()', (start) => {
  const wanted = { source: { type: 'none' }, config: { 'user.a': '1' }, description: 'mine' } as const;
  const ensure = (client: Client) => client.containers.ensure('web', wanted);

  it('creates, then changes nothing, then only what differs', async () => {
    const { server, client } = await start();
    const made = await ensure(client);
    expect([made.config['user.a'], made.description]).toEqual(['1', 'mine']);
    server.clearRequests();
    await ensure(client);
    expect(sent(server)).toEqual(['GET /1.0/instances/web']);
    made.config['user.a'] = '2';
    made.config['user.b'] = 'kept';
    await made.save();
    const again = await ensure(client);
    expect([again.config['user.a'], again.config['user.b']]).toEqual(['1', 'kept']);
  });

  it('copes with two scripts doing it at once', async () => {
    const { client } = await start();
    const both = await Promise.all([ensure(client), ensure(client)]);
    expect(both.map(({ name }) => name)).toEqual(['web', 'web']);
    expect(await client.instances.names()).toEqual(['web']);
  });
});

describeFakes('parts of the states in a list', (start) => {
  const selective = 'instances_state_selective_recursion';

  it('are asked for where the server can select them', async () => {
    const { server, client } = await start({ extensions: (own) => [...own, selective] });
    await client.server.fetch();
    server.clearRequests();
    await client.containers.all({ recursion: 2, fields: ['state.disk', 'state.network'] });
    await client.instances.all({ recursion: 2, fields: [] });
    expect(server.requests.map(({ query }) => query.recursion)).toEqual([
      '2;fields=state.disk,state.network',
      '2;fields=',
    ]);
    expect(server.requests[0]?.query.filter).toBe('type eq container');
  });

  it('are refused elsewhere, and where they mean nothing', async () => {
    const { server, client } = await start();
    const missing = await rejection(
      client.instances.all({ recursion: 2, fields: ['state.disk'] }),
      UnsupportedError,
    );
    expect(missing.extension).toBe(selective);
    server.clearRequests();
    await expect(client.instances.all({ fields: ['state.disk'] })).rejects.toThrow(/recursion: 2/);
    await expect(client.instances.all({ recursion: 2, fields: 'state.disk' as never })).rejects.toThrow(
      /must be a list/,
    );
    expect(sent(server)).toEqual([]);
  });
});
