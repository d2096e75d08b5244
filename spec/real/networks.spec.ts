import { tellOfForwards } from '../resources/networks/forward-stories.js';
import { tellOfNetworks } from '../resources/networks/network-stories.js';
import { useClient } from './client.js';
import { describeReal } from './harness.js';

describeReal('networks', (server) => {
  const { client, requestsOf } = useClient(server);
  const subject = { client: () => client, uniqueName: server.uniqueNetwork, requestsOf, hostInterface: 'lo' };
  describe('networks', () => tellOfNetworks(subject));
  describe('forwards', () => tellOfForwards(subject));
});
