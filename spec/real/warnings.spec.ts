import { tellOfWarnings, type Warn } from '../resources/warning-stories.js';
import { useClient } from './client.js';
import { describeReal } from './harness.js';
import { warnOn } from './warn.js';

describeReal('warnings', (server) => {
  const { client, requestsOf } = useClient(server);

  const warn: Warn = (message, project) => warnOn(server, message, project);

  tellOfWarnings({ client: () => client, uniqueName: server.uniqueName, requestsOf }, warn);

  it('are many at once, of which some are filtered', async () => {
    const messages = [server.uniqueName('many'), server.uniqueName('many')];
    const ids = await Promise.all(messages.map((message) => warn(message)));
    const found = await client.warnings.all({ filter: { severity: 'low', status: 'new' } });
    expect(found.map(({ key }) => key)).toEqual(expect.arrayContaining(ids));
    for (const id of ids) await client.warnings.ref(id).delete();
  });
});
