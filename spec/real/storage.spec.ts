import { randomInt } from 'node:crypto';
import { tellOfStorage } from '../resources/storage/stories.js';
import { makeBusybox, useClient } from './client.js';
import { describeReal } from './harness.js';

/** Of a subnet that no other spec has. */
const freeAddress = () => `10.212.${String(randomInt(1, 255))}.1/24`;

describeReal('storage', (server) => {
  const { client, requestsOf } = useClient(server);
  tellOfStorage({ client: () => client, uniqueName: server.uniqueName, requestsOf });

  it('volumes of instances and images have keys with their type, and their description can be saved', async () => {
    const web = await makeBusybox(server, client);
    await web.snapshots.create('a');
    const { volumes } = client.storagePools.ref(web.expandedDevices.root?.pool ?? '');
    const names = await volumes.names();
    expect(names).toContain(`container/${web.name}`);
    expect(names.filter((name) => name.includes(web.name))).toHaveLength(1); // without its snapshot
    const volume = await volumes.get(`container/${web.name}`);
    expect([volume.key, volume.name, volume.type]).toEqual([`container/${web.name}`, web.name, 'container']);
    expect((await volumes.all({ type: 'container' })).map(({ key }) => key)).toContain(volume.key);
    volume.description = 'of an instance';
    await volume.save();
    expect((await volumes.get(volume.key)).description).toBe('of an instance');
    await web.delete();
  });
});

describeReal('networks', (server) => {
  const { client, requestsOf } = useClient(server);

  it("are created with addresses of the server's choice, saved, listed and deleted", async () => {
    const name = server.uniqueNetwork();
    const address = freeAddress();
    const network = await client.networks.create({
      name,
      config: { 'ipv4.address': address, 'ipv6.address': 'none' },
    });
    try {
      expect([network.type, network.managed, network.status]).toEqual(['bridge', true, 'Created']);
      expect(network.config['ipv4.address']).toBe(address);
      network.config['ipv6.address'] = 'auto';
      network.description = 'ours';
      await network.save();
      expect(network.config['ipv6.address']).toMatch(/^fd42:.*\/64$/);
      expect((await client.networks.get(name)).description).toBe('ours');
      expect((await network.state()).addresses.length).toBeGreaterThan(0);
      expect((await network.leases()).every(({ type }) => type === 'gateway')).toBe(true);
      expect(await client.networks.names()).toContain(name);
      const again = await requestsOf(() => client.networks.ensure(name, { description: 'ours' }));
      expect(again).toEqual([`GET /1.0/networks/${name} 200`]);
    } finally {
      await network.delete();
    }
  });

  it('are watched and waited for', async () => {
    const name = server.uniqueNetwork();
    const seen: string[] = [];
    for await (const change of client.networks.watch()) {
      if (change.type === 'synced') {
        await client.networks.create({
          name,
          config: { 'ipv4.address': freeAddress(), 'ipv6.address': 'none' },
        });
      }
      if (change.type === 'synced' || change.key !== name) continue;
      seen.push(change.type);
      if (change.type === 'removed') break;
      if (seen.length > 1) continue;
      const waiting = change.model.waitFor(({ description }) => description === 'ours', { timeout: 20_000 });
      const network = await client.networks.get(name);
      network.description = 'ours';
      await network.save();
      await waiting;
      await network.delete();
    }
    expect([seen[0], seen.at(-1)]).toEqual(['added', 'removed']);
  });

  it('that are interfaces of the host are read, and a write is refused before it is sent', async () => {
    const lo = await client.networks.get('lo');
    expect([lo.managed, lo.type]).toEqual([false, 'loopback']);
    expect((await lo.state()).state).toBe('up');
    lo.description = 'mine';
    const refused = () => Promise.allSettled([lo.save(), lo.delete(), lo.rename('lo2'), lo.revert().save()]);
    expect(await requestsOf(refused)).toEqual([]);
    for (const { status } of await refused()) expect(status).toBe('rejected');
  });
});
