import { InUseError } from 'tslxd';
import { tellOfZones } from '../resources/networks/zone-stories.js';
import { useClient } from './client.js';
import { describeReal } from './harness.js';

describeReal('network zones', (server) => {
  const { client, requestsOf } = useClient(server);
  tellOfZones({ client: () => client, uniqueName: server.uniqueName, requestsOf });

  it('that a network names are in use', async () => {
    const zone = await client.networks.zones.create(`${server.uniqueName('zone')}.example`);
    const network = await client.networks.create({
      name: `zn${server.prefix.slice(-6)}`,
      config: { 'ipv4.address': '10.213.9.1/24', 'ipv6.address': 'none', 'dns.zone.forward': zone.name },
    });
    try {
      expect((await zone.fetch()).usedBy).toEqual([`/1.0/networks/${network.name}`]);
      await expect(zone.delete()).rejects.toThrow(InUseError);
    } finally {
      await network.delete();
      await zone.delete();
    }
  });
});
