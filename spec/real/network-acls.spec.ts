import { tellOfAcls } from '../resources/networks/acl-stories.js';
import { useClient } from './client.js';
import { describeReal } from './harness.js';

describeReal('network ACLs', (server) => {
  const { client, requestsOf } = useClient(server);
  tellOfAcls({ client: () => client, uniqueName: server.uniqueName, requestsOf });
});
