import { X509Certificate } from 'node:crypto';
import { inspect } from 'node:util';
import { Client } from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { useConfiguration } from '../../support/configuration.js';

useConfiguration();

let server: FakeServer;
beforeAll(async () => {
  server = await FakeServer.start({ product: 'incus', https: true });
});
afterAll(() => server.close());

describe('client.credentials()', () => {
  it('makes the same client again, and shows which certificate it has', async () => {
    await using client = await Client.connect(server.endpoint);
    const credentials = client.credentials();
    expect(new X509Certificate(credentials.clientCert!).subject).toBeTruthy();
    expect(inspect(credentials)).toContain("clientKey: '(hidden)'");
    expect(inspect(credentials)).not.toContain('PRIVATE KEY');
    await using again = await Client.connect(JSON.parse(JSON.stringify(credentials)) as typeof credentials);
    expect(again.server.auth).toBe('trusted');
  });

  it('is a socket for a local client', async () => {
    await using client = await Client.connect({ socketPath: server.socketPath });
    expect(client.credentials()).toEqual({ endpoint: `unix://${server.socketPath}` });
    await using again = new Client(client.credentials());
    expect(await again.profiles.names()).toEqual(['default']);
  });
});
