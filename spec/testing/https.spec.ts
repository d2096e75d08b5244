import { text } from 'node:stream/consumers';
import { Client } from '../../lib/client.js';
import { CertificateError, ForbiddenError, NotFoundError } from '../../lib/errors/index.js';
import { FakeServer } from '../../lib/testing/index.js';
import { makeCertificate } from '../support/certificates.js';

describe.each(['lxd', 'incus'] as const)('the fake over HTTPS, as %s', (product) => {
  let server: FakeServer;
  beforeAll(async () => {
    server = await FakeServer.start({ product, https: true, operationTime: 1 });
  });
  afterAll(() => server.close());

  it('trusts the client that it gives the certificate of', async () => {
    await using client = await Client.connect(server.endpoint);
    expect(client.server.auth).toBe('trusted');
    expect(client.server.environment?.addresses).toEqual([server.endpoint.endpoint.replace('https://', '')]);
    expect(client.server.environment?.certificate).toBe(server.endpoint.serverCert);
    const heard = new Promise((resolve) => client.events.on('lifecycle', resolve));
    await client.events.ready();
    await client.profiles.create({ name: 'p' });
    await expect(heard).resolves.toMatchObject({ metadata: { action: 'profile-created' } });
  });

  it('shows guests only what is public', async () => {
    server.reset();
    const hidden = server.addImage({ aliases: ['hidden'] });
    const shown = server.addImage({ aliases: ['shown'], public: true });
    const { endpoint, serverCert } = server.endpoint;
    await using guest = new Client({ endpoint, serverCert });
    await guest.server.fetch();
    expect(guest.server.auth).toBe('untrusted');
    expect(await guest.images.names()).toEqual([shown]);
    await expect(guest.images.get(hidden)).rejects.toThrow('not found');
    await expect(guest.instances.names()).rejects.toThrow(ForbiddenError);
    const listening = guest.events.listen()[Symbol.asyncIterator]();
    await expect(listening.next()).rejects.toThrow(ForbiddenError);
  });

  it('gives guests an image for its secret, once', async () => {
    server.reset();
    const fingerprint = server.addImage({ data: 'hidden' });
    const secret = await server.client().images.ref(fingerprint).createSecret();
    const { endpoint, serverCert } = server.endpoint;
    await using guest = new Client({ endpoint, serverCert });
    const image = guest.images.ref(fingerprint);
    expect(await text(image.export({ secret }))).toBe('hidden');
    expect(await text(image.export({ secret }))).toBe('hidden'); // until its operation is forgotten
    await expect(text(image.export({ secret: 'wrong' }))).rejects.toThrow(NotFoundError);
    const { status } = await guest.operations.all().then(
      () => ({ status: 200 }),
      (error: unknown) => error as ForbiddenError,
    );
    expect(status).toBe(403);
  });

  it('trusts whom it is told to', async () => {
    const { cert, key } = await makeCertificate({ commonName: 'mine' });
    server.trust(cert);
    const { endpoint, serverCert } = server.endpoint;
    await using client = await Client.connect({ endpoint, serverCert, clientCert: cert, clientKey: key });
    expect(client.server.auth).toBe('trusted');
  });

  it('has a certificate of its own, and its address after a restart', async () => {
    await using other = await FakeServer.start({ product, https: true });
    const { endpoint } = server.endpoint;
    const { serverCert } = other.endpoint;
    await expect(Client.connect({ endpoint, serverCert })).rejects.toThrow(CertificateError);
    const before = other.endpoint;
    await other.restart();
    expect(other.endpoint).toEqual(before);
    await using client = await Client.connect(before);
    expect(client.server.auth).toBe('trusted');
  });

  it('says how to get an endpoint', async () => {
    await using plain = await FakeServer.start({ product });
    expect(() => plain.endpoint).toThrow('start it with FakeServer.start({ https: true })');
  });
});
