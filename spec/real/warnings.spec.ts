import { randomUUID } from 'node:crypto';
import { tellOfWarnings, type Warn } from '../resources/warning-stories.js';
import { call } from '../testing/support.js';
import { useClient } from './client.js';
import { describeReal } from './harness.js';

describeReal('warnings', (server) => {
  const { client, requestsOf } = useClient(server);

  /** Servers warn of what goes wrong; into their database one can be put without that. */
  const warn: Warn = async (message, project) => {
    const uuid = randomUUID();
    const now = `strftime('%Y-%m-%dT%H:%M:%SZ','now')`;
    const ofProject = project === undefined ? 'NULL' : `(SELECT id FROM projects WHERE name = '${project}')`;
    const columns =
      'node_id, project_id, uuid, type_code, status, first_seen_date, last_seen_date, updated_date, last_message, count';
    const values = `1, ${ofProject}, '${uuid}', 1, 1, ${now}, ${now}, ${now}, '${message}', 1`;
    const query = `INSERT INTO warnings (${columns}) VALUES (${values})`;
    const { status, text } = await call(server.socketPath, 'POST', '/internal/sql', {
      database: 'global',
      query,
    });
    if (status !== 200) throw new Error(text);
    return uuid;
  };

  tellOfWarnings({ client: () => client, uniqueName: server.uniqueName, requestsOf }, warn);

  it('are many at once, of which some are filtered', async () => {
    const messages = [server.uniqueName('many'), server.uniqueName('many')];
    const ids = await Promise.all(messages.map((message) => warn(message)));
    const found = await client.warnings.all({ filter: { severity: 'low', status: 'new' } });
    expect(found.map(({ key }) => key)).toEqual(expect.arrayContaining(ids));
    for (const id of ids) await client.warnings.ref(id).delete();
  });
});
