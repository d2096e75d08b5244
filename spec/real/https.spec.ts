import { CertificateError, Client, ForbiddenError, LxdError, UnauthorizedError } from 'tslxd';
import { makeEmpty, useHttpsClient } from './client.js';
import { makeCertificate } from '../support/certificates.js';
import { useConfiguration } from '../support/configuration.js';
import { describeReal } from './harness.js';

describeReal('HTTPS with a client certificate', (server) => {
  useConfiguration(); // whoever runs this may be trusted
  const trusted = useHttpsClient(server);
  const endpoint = server.httpsUrl;
  const { serverCert } = server;

  it('is trusted, and sees what the socket sees', async () => {
    const { client } = trusted;
    expect(client.server.auth).toBe('trusted');
    expect(client.server.product).toBe(server.product);
    expect(client.server.version).toBe(server.version);
  });

  it('creates, gets, saves, lists and deletes', async () => {
    const { client, requestsOf } = trusted;
    const made = await makeEmpty(server, client, { config: { 'user.a': '1' } });
    const path = `/1.0/instances/${made.name}`;
    const sent = await requestsOf(async () => {
      const instance = await client.instances.get(made.name);
      instance.config['user.a'] = '2';
      await instance.save();
    });
    expect(sent).toEqual([`GET ${path} 200`, `PATCH ${path} 200`]);
    expect(await server.read(path)).toMatchObject({ config: { 'user.a': '2' } });
    expect(await client.instances.names()).toContain(made.name);
    await made.delete();
    expect((await server.raw('GET', path)).status).toBe(404);
  });

  it('refuses a server that shows another certificate than the pinned one', async () => {
    const { cert, key } = await makeCertificate({ commonName: 'another' });
    const options = { endpoint, clientCert: cert, clientKey: key, serverCert: cert };
    await expect(Client.connect(options)).rejects.toThrow(CertificateError);
  });

  it('refuses a self-signed server that nobody vouches for', async () => {
    await expect(Client.connect({ endpoint })).rejects.toThrow(CertificateError);
  });

  it('shows those whom it does not trust what the product is known by', async () => {
    await using client = await Client.connect({ endpoint, serverCert });
    const told = await client.request('GET', '/1.0');
    expect(Object.hasOwn(told, 'config')).toBe(server.product === 'incus'); // empty, and LXD has none
    expect(told.environment ?? {}).not.toHaveProperty('server');
    expect(client.server.apiExtensions.includes('dev_incus_events')).toBe(server.product === 'incus');
  });

  it.each([
    ['without a certificate', false],
    ['with a certificate that the server does not know', true],
  ])('is untrusted %s, and may not write', async (_, withCertificate) => {
    const { cert, key } = await makeCertificate({ commonName: 'stranger' });
    const identity = withCertificate ? { clientCert: cert, clientKey: key } : {};
    await using client = await Client.connect({ endpoint, serverCert, ...identity });
    expect(client.server.auth).toBe('untrusted');
    expect(client.server.product).toBe(server.product);

    const name = server.uniqueName('forbidden');
    const refused = await client.profiles.create({ name }).catch((error: unknown) => error);
    expect([ForbiddenError, UnauthorizedError]).toContain((refused as LxdError).constructor);
    expect([401, 403]).toContain((refused as LxdError).status);
    await expect(client.instances.all()).rejects.toThrow(LxdError);
    expect((await server.raw('GET', `/1.0/profiles/${name}`)).status).toBe(404);
  });

  it('takes whoever answers when told not to verify', async () => {
    await using client = await Client.connect({ endpoint, verify: false });
    expect(client.server.auth).toBe('untrusted');
  });
});
