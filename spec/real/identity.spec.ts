import { Client, createIdentity } from 'tslxd';
import { describeReal } from './harness.js';

describeReal('a client certificate of createIdentity()', (server) => {
  it('is trusted over HTTPS once the server is told of it, and no longer after that', async () => {
    const identity = createIdentity({ name: server.uniqueName('identity') });
    const options = { endpoint: server.httpsUrl, serverCert: server.serverCert, ...identity };
    await using client = await Client.connect(options);
    expect(client.server.auth).toBe('untrusted');

    const distrust = await server.trustClient(identity.clientCert);
    expect((await client.server.fetch()).auth).toBe('trusted');
    await distrust();
    expect((await client.server.fetch()).auth).toBe('untrusted');
  });
});
