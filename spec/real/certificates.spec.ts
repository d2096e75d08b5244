import { tellOfCertificates } from '../resources/certificates/stories.js';
import { useClient } from './client.js';
import { describeReal } from './harness.js';

describeReal('trusted certificates', (server) => {
  const { client, requestsOf } = useClient(server);
  tellOfCertificates({ client: () => client, uniqueName: server.uniqueName, requestsOf });
});
