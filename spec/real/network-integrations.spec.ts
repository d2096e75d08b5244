import { tellOfIntegrations } from '../resources/networks/integration-stories.js';
import { useClient } from './client.js';
import { describeReal } from './harness.js';

describeReal('network integrations', (server) => {
  const { client, requestsOf } = useClient(server);
  tellOfIntegrations({ client: () => client, uniqueName: server.uniqueName, requestsOf });
});
