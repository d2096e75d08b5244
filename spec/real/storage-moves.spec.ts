import { tellOfMoves } from '../resources/storage/moves.js';
import { useClient } from './client.js';
import { describeReal } from './harness.js';

describeReal('volumes', (server) => {
  const { client, requestsOf } = useClient(server);

  async function makeProject(own: boolean): Promise<string> {
    const name = server.uniqueName('project');
    const features = { 'features.images': 'false', 'features.profiles': 'false' };
    const config = { ...features, 'features.storage.volumes': String(own) };
    await server.run('POST', '/1.0/projects', { name, config });
    return name;
  }

  tellOfMoves({
    client: () => client,
    uniqueName: server.uniqueName,
    requestsOf,
    makeProject: () => makeProject(true),
  });
});
