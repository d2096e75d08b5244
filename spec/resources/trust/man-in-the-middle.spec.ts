import { CertificateError, Client, createIdentity, type ConnectClientOptions } from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { fingerprintOf, makeCertificate, type MadeCertificate } from '../../support/certificates.js';
import { useConfiguration } from '../../support/configuration.js';
import { manInTheMiddle, type ManInTheMiddle } from '../../support/man-in-the-middle.js';
import { rejection } from '../support.js';

const password = 'a trust password';

describe.each(['lxd', 'incus'] as const)('a man in the middle before %s', (product) => {
  useConfiguration();
  let server: FakeServer;
  let his: MadeCertificate;
  let man: ManInTheMiddle;
  beforeAll(async () => {
    server = await FakeServer.start({ product, https: true });
    his = await makeCertificate({ commonName: 'tslxd fake server', altNames: ['127.0.0.1'] });
    await using admin = server.client();
    if (product === 'lxd')
      await admin.request('PATCH', '/1.0', { body: { config: { 'core.trust_password': password } } });
  });
  afterAll(() => server.close());
  beforeEach(async () => (man = await manInTheMiddle(server.endpoint.endpoint, his)));
  afterEach(() => man.close());

  const offer = async () => {
    await using admin = server.client();
    const token = await admin.certificates.createToken({ name: 'somebody' });
    // LXD 5.0's goes to its addresses first: he is there too.
    const content = JSON.parse(Buffer.from(token, 'base64').toString()) as object;
    const led = JSON.stringify({ ...content, addresses: [man.address] });
    return { token: Buffer.from(led).toString('base64') };
  };
  const through = (options: ConnectClientOptions) => ({ endpoint: `https://${man.address}`, ...options });
  const pinned = () => through({ serverCert: server.endpoint.serverCert, ...createIdentity() });

  /** What is done, honestly; each of its connections is attacked after that. */
  const ways: Record<string, () => Promise<Client>> = {
    'Client.connect({ token })': async () => Client.connect(through(await offer())),
    'Client.connect({ token, clientCert, clientKey })': async () =>
      Client.connect(through({ ...(await offer()), ...createIdentity() })),
    'authenticate(token), pinned': async () => {
      const { token } = await offer();
      return thenAuthenticate(Client.connect(pinned()), token);
    },
    'authenticate(token), accepted on first use': async () => {
      const { token } = await offer();
      return thenAuthenticate(Client.connect(through({ acceptCertificate: isServer })), token);
    },
    ...(product === 'lxd' && {
      'authenticate(password)': () => thenAuthenticate(Client.connect(pinned()), password),
    }),
  };
  const isServer = ({ fingerprint }: { fingerprint: string }) =>
    fingerprint === fingerprintOf({ cert: server.endpoint.serverCert, key: '' });
  const thenAuthenticate = async (connecting: Promise<Client>, secret: string) => {
    const client = await connecting;
    try {
      await client.authenticate(secret);
      return client;
    } catch (error) {
      await client.close();
      throw error;
    }
  };

  it.each(Object.keys(ways))('%s: hears nothing, whichever connection he attacks', async (name) => {
    const way = ways[name]!;
    await using client = await way();
    expect(client.server.auth).toBe('trusted');
    const steps = man.connections;
    expect(steps).toBeGreaterThanOrEqual(name.endsWith('(password)') ? 1 : 3);
    for (const only of [true, false]) {
      for (let step = 1; step <= steps; step++) {
        man.attack(man.connections + step, only);
        const error = await rejection(way(), CertificateError);
        expect(error.message).toContain(fingerprintOf(his));
      }
    }
    expect(man.heard()).toBe('');
  });

  it('hears nothing of websockets and later requests', async () => {
    await using client = await Client.connect(through(await offer()));
    man.attack(man.connections + 1);
    await rejection(client.events.listen().next(), CertificateError);
    await using again = new Client(client.credentials());
    await rejection(again.instances.all(), CertificateError);
    await rejection(again.events.listen().next(), CertificateError);
    expect(man.heard()).toBe('');
  });

  it('hears no bearer token of who trusted on first use', async () => {
    const options = through({ bearer: 'a-bearer-token', acceptCertificate: isServer });
    for (const step of [1, 2]) {
      man.attack(man.connections + step);
      await rejection(Client.connect(options), CertificateError);
    }
    expect(man.heard()).toBe('');
  });

  it('is told of to who is asked on first use', async () => {
    man.attack(1);
    const asked: string[] = [];
    const acceptCertificate = ({ fingerprint }: { fingerprint: string }) => {
      asked.push(fingerprint);
      return fingerprint !== fingerprintOf(his);
    };
    const error = await rejection(Client.connect(through({ acceptCertificate })), CertificateError);
    expect([error.offered, ...asked]).toEqual([fingerprintOf(his), fingerprintOf(his)]);
    expect(man.heard()).toBe('');
  });

  it('would hear all, were he not looked at', async () => {
    man.attack(1);
    await using client = await Client.connect(through({ verify: false, ...createIdentity() }));
    expect(man.heard()).toContain('GET /1.0 ');
    const { token } = await offer();
    await rejection(client.authenticate(token), CertificateError);
    expect(man.heard()).not.toContain(token);
  });
});
