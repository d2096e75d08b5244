import { tellOfZones } from '../resources/networks/zone-stories.js';
import { useClient } from './client.js';
import { describeReal } from './harness.js';

describeReal('network zones', (server) => {
  const { client, requestsOf } = useClient(server);
  tellOfZones({ client: () => client, uniqueName: server.uniqueName, requestsOf });
});
