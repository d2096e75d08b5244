import { tellOfVolumeData } from '../resources/storage/data-stories.js';
import { useClient } from './client.js';
import { describeReal } from './harness.js';

describeReal('what is in volumes', (server) => {
  const { client, requestsOf } = useClient(server);
  tellOfVolumeData({ client: () => client, uniqueName: server.uniqueName, requestsOf });
});
