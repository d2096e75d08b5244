import { UnsupportedError } from 'tslxd';
import { makeEmpty, useClient, useHttpsClient } from './client.js';
import { describeReal } from './harness.js';

describeReal('who has access to an instance', (server) => {
  const { client, requestsOf } = useClient(server);
  useHttpsClient(server); // whose certificate is trusted meanwhile

  it('is told by Incus, and an UnsupportedError before anything is sent elsewhere', async () => {
    const made = await makeEmpty(server, client);
    if (server.product === 'lxd') {
      const sent = await requestsOf(() => expect(made.access()).rejects.toThrow(UnsupportedError));
      expect(sent).toEqual([]);
      return;
    }
    const access = await made.access();
    expect(access).toContainEqual({ identifier: expect.any(String), role: 'admin', provider: 'tls' });
  });
});
