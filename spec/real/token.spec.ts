import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect, promisify } from 'node:util';
import {
  addRemote,
  CertificateError,
  Client,
  ConnectionError,
  createIdentity,
  ForbiddenError,
  InvalidInputError,
  TrustTokenError,
  type ConnectClientOptions,
  type Credentials,
} from 'tslxd';
import { rejection } from '../resources/support.js';
import { fingerprintOf, makeCertificate } from '../support/certificates.js';
import { useConfiguration } from '../support/configuration.js';
import { manInTheMiddle } from '../support/man-in-the-middle.js';
import { useClient } from './client.js';
import { absent, describeReal, type RealServer } from './harness.js';
import { canStart, freeAddress, launch, listenOn, type OwnDaemon } from './own-daemon.js';

/** What a client is known by. */
const fingerprintOfClient = ({ clientCert = '' }: Credentials) =>
  fingerprintOf({ cert: clientCert, key: '' });

/** A token with something else in it. */
function altered(token: string, changes: object): string {
  const content = JSON.parse(Buffer.from(token, 'base64').toString()) as object;
  return Buffer.from(JSON.stringify({ ...content, ...changes })).toString('base64');
}

/** Neither a token nor what is secret in it. */
function expectHidden(error: unknown, token: string): void {
  const { secret } = JSON.parse(Buffer.from(token, 'base64').toString()) as { secret: string };
  const shown = inspect(error, { depth: Infinity, showHidden: true }) + JSON.stringify(error) + String(error);
  for (const one of [token, secret]) expect(shown).not.toContain(one);
}

describeReal('a client with a token', (server) => {
  const configuration = useConfiguration();
  const admin = useClient(server);
  const { product } = server;
  const made: string[] = [];
  const remember = (client: Client) => made.push(fingerprintOfClient(client.credentials()));
  afterEach(async () => {
    for (const one of made.splice(0)) await server.remove(`/1.0/certificates/${one}`);
  });

  async function offer(input: object = {}): Promise<{ name: string; token: string }> {
    const name = server.uniqueName('token');
    return { name, token: await admin.client.certificates.createToken({ name, ...input }) };
  }
  const pending = async (name: string) =>
    (await admin.client.certificates.tokens()).filter((token) => token.name === name).length;
  async function connect(options: ConnectClientOptions): Promise<Client> {
    const client = await Client.connect(options);
    remember(client);
    return client;
  }

  it('is trusted, has a new certificate, and is the same again without the token', async () => {
    const { name, token } = await offer({ restricted: true, projects: ['default'] });
    await using client = await connect({ token });
    expect(client.server).toMatchObject({ auth: 'trusted', product });
    const credentials = client.credentials();
    expect(credentials).toMatchObject({ endpoint: server.httpsUrl, serverCert: server.serverCert });
    const kept = await admin.client.certificates.get(fingerprintOfClient(credentials));
    expect([kept.name, kept.restricted, kept.projects]).toEqual([name, true, ['default']]);
    expect(await pending(name)).toBe(0);

    await using again = new Client(JSON.parse(JSON.stringify(credentials)) as Credentials);
    expect((await again.server.fetch()).auth).toBe('trusted');
    expect(await again.profiles.names()).toContain('default');
  });

  it('is saved as a remote that the command line can use, and by whose name it comes again', async () => {
    await using client = await connect({ token: (await offer()).token });
    await addRemote('prod', client);
    const command = product === 'lxd' ? 'lxc' : 'incus';
    const running = promisify(execFile)(command, ['profile', 'list', 'prod:', '-f', 'csv'], {
      env: process.env,
    });
    running.child.stdin?.end();
    expect((await running).stdout).toContain('default,');
    await using again = await Client.connect('prod');
    expect(again.server.auth).toBe('trusted');
    expect(again.credentials()).toEqual(client.credentials());
  });

  it('comes with its token each time, and is one identity, saved once', async () => {
    const trusted = async () => (await admin.client.certificates.all()).length;
    const before = await trusted();
    const { token } = await offer();
    const arrive = async (text: string) => {
      await using client = await connect({ token: text });
      expect(client.server.auth).toBe('trusted');
      await addRemote('prod', client);
      return fingerprintOfClient(client.credentials());
    };
    const first = await arrive(token);
    const second = await offer();
    expect([await arrive(token), await arrive(second.token)]).toEqual([first, first]);
    expect([await trusted(), await pending(second.name)]).toEqual([before + 1, 1]);
    for (const one of await admin.client.certificates.tokens())
      if (one.name === second.name) await one.cancel();
  });

  it('has the certificate of the command line, or the one that is given', async () => {
    const [mine, given] = [createIdentity(), createIdentity()];
    const folder = configuration[product];
    await configuration.write(join(folder, 'client.crt'), mine.clientCert);
    await configuration.write(join(folder, 'client.key'), mine.clientKey);
    await using byCommandLine = await connect({ token: (await offer()).token });
    expect(byCommandLine.credentials().clientCert).toBe(mine.clientCert);
    await using byOption = await connect({ token: (await offer()).token, ...given });
    expect(byOption.credentials().clientCert).toBe(given.clientCert);
  });

  it('spends no token when it is trusted already', async () => {
    await using client = await connect({ token: (await offer()).token });
    const { name, token } = await offer();
    await client.authenticate(token);
    const { clientCert, clientKey } = client.credentials();
    await using again = await connect({ token, clientCert, clientKey });
    expect(again.server.auth).toBe('trusted');
    await admin.client.authenticate(token); // on the socket
    expect(await pending(name)).toBe(1);
  });

  it('says that a token was used or cancelled', async () => {
    const { name, token } = await offer();
    await using _client = await connect({ token });
    const used = await rejection(Client.connect({ token }), TrustTokenError);
    expect(used.message).toMatch(/used or cancelled.*Ask for a new token/);
    expect(used).toMatchObject({ status: 403, code: 'ERR_LXD_TRUST_TOKEN' });
    expectHidden(used, token);

    const other = await offer();
    for (const one of await admin.client.certificates.tokens())
      if (one.name === other.name) await one.cancel();
    expectHidden(await rejection(Client.connect({ token: other.token }), TrustTokenError), other.token);
    expect([await pending(name), await pending(other.name)]).toEqual([0, 0]);
  });

  it('sends none to a server that is not the token’s', async () => {
    const { name, token } = await offer();
    const foreign = altered(token, { fingerprint: 'ab'.repeat(32) });
    const error = await rejection(Client.connect({ token: foreign }), CertificateError);
    expect(error.message).toContain('ab'.repeat(32));
    expect(error.message).toContain(fingerprintOf({ cert: server.serverCert, key: '' }));
    await using client = await Client.connect({
      ...{ endpoint: server.httpsUrl, serverCert: server.serverCert },
      ...createIdentity(),
    });
    await rejection(client.authenticate(foreign), CertificateError);
    expect(client.server.auth).toBe('untrusted');
    expect(await pending(name)).toBe(1);
  });

  it('tries its addresses in order, of which others may be somebody else’s', async () => {
    const { token } = await offer();
    const here = server.httpsUrl.replace('https://', '');
    const away = '127.0.0.93:9';
    const nobody = altered(token, { addresses: [away, '127.0.0.93:11'] });
    const error = await rejection(Client.connect({ token: nobody }), ConnectionError);
    expect(error.attempts.map(({ address }) => address)).toEqual([
      `https://${away}`,
      'https://127.0.0.93:11',
    ]);
    await rejection(Client.connect({ token: altered(token, { addresses: null }) }), InvalidInputError);
    await using client = await connect({ token: altered(token, { addresses: [away, here] }) });
    expect(client.credentials().endpoint).toBe(server.httpsUrl);
    await using elsewhere = await connect({
      token: altered((await offer()).token, { addresses: [away] }),
      endpoint: server.httpsUrl,
    });
    expect(elsewhere.server.auth).toBe('trusted');
  });

  it('is let in that was connected before, over websockets too, and gets a certificate if it has none', async () => {
    const asked: object[] = [];
    await using client = await Client.connect(server.httpsUrl, {
      acceptCertificate: (certificate) => Boolean(asked.push(certificate)),
    });
    expect([client.server.auth, client.credentials().clientCert]).toEqual(['untrusted', undefined]);
    const { name, token } = await offer();
    await client.authenticate(token, { name: 'nobody cares' });
    remember(client);
    expect(client.server.auth).toBe('trusted');
    expect((await admin.client.certificates.get(fingerprintOfClient(client.credentials()))).name).toBe(name);
    const profile = server.uniqueName('heard');
    const events = client.events.listen({ actions: ['profile-created'] });
    await events.ready;
    await server.run('POST', '/1.0/profiles', { name: profile });
    for await (const event of events) if (JSON.stringify(event).includes(profile)) break;
    expect(asked).toHaveLength(1);
  });
});

describeReal('a man in the middle', (server) => {
  useConfiguration();
  const admin = useClient(server);

  it('hears no token, whichever connection he attacks, and uses none up', async () => {
    const his = await makeCertificate({ commonName: 'root@server', altNames: ['127.0.0.1'] });
    const man = await manInTheMiddle(server.httpsUrl, his);
    const name = server.uniqueName('token');
    const token = await admin.client.certificates.createToken({ name });
    const options = { token, endpoint: `https://${man.address}` };
    try {
      let steps = 0;
      for (let step = 1; ; step++) {
        man.attack(man.connections + step, true);
        const connected = await Client.connect(options).catch((error: unknown) => error);
        if (connected instanceof Client) {
          await using client = connected;
          expect(client.server.auth).toBe('trusted');
          await server.remove(`/1.0/certificates/${fingerprintOfClient(client.credentials())}`);
          break; // he came too late
        }
        expect(connected).toBeInstanceOf(CertificateError);
        steps = step;
      }
      expect(steps).toBeGreaterThanOrEqual(4);
      expect(man.heard()).toBe('');
    } finally {
      await man.close();
    }
  });
});

describeReal('trust on first use', (server) => {
  useConfiguration();
  const endpoint = server.httpsUrl;

  it('pins what was accepted, and asks nobody where something is pinned', async () => {
    const shown: unknown[] = [];
    await using client = await Client.connect({
      endpoint,
      acceptCertificate: async (certificate) => {
        shown.push(certificate);
        return certificate.fingerprint === fingerprintOf({ cert: server.serverCert, key: '' });
      },
    });
    expect(shown).toEqual([
      {
        fingerprint: fingerprintOf({ cert: server.serverCert, key: '' }),
        pem: server.serverCert,
        subject: expect.stringContaining('CN='),
        validTo: expect.any(Date),
      },
    ]);
    const credentials = client.credentials();
    expect(credentials).toEqual({ endpoint, serverCert: server.serverCert });
    const acceptCertificate = () => {
      throw new Error('asked');
    };
    await using again = await Client.connect({ ...credentials, acceptCertificate });
    expect(again.server.auth).toBe('untrusted');
  });

  it('sends nothing to a server that was refused', async () => {
    const lines: string[] = [];
    const client = new Client({
      endpoint,
      acceptCertificate: () => false,
      log: { debug: (line) => lines.push(line) },
    });
    const error = await rejection(client.server.fetch(), CertificateError);
    expect(error.message).toContain(fingerprintOf({ cert: server.serverCert, key: '' }));
    expect(lines).toEqual([]);
    await client.close();
  });
});

describeReal('a client with a secret, of a server of its own', (server) => {
  useConfiguration();
  if (!canStart(server.product)) {
    absent(`${server.name}: no daemon of one's own can be started here`);
    return;
  }
  let daemon: OwnDaemon;
  let own: RealServer;
  beforeAll(async () => {
    daemon = await launch(server);
    own = daemon.server;
    await listenOn(own, await freeAddress());
  }, 60_000);
  afterAll(() => daemon.remove(), 60_000);
  const offer = async (name: string) => {
    await using admin = await Client.connect({ socketPath: daemon.socketPath });
    const token = await admin.certificates.createToken({ name });
    const pending = (await admin.certificates.tokens()).find((one) => one.name === name);
    return { token, expiresAt: pending?.expiresAt ?? new Date(0) };
  };

  it('says that a token has expired', async () => {
    await own.run('PATCH', '/1.0', { config: { 'core.remote_token_expiry': '1S' } });
    try {
      const { token, expiresAt } = await offer('late');
      await delay(Math.max(0, Number(expiresAt) - Date.now()) + 50);
      const error = await rejection(Client.connect({ token }), TrustTokenError);
      expect(error.message).toContain('the token has expired. Ask for a new token');
      expect(error.status).toBe(500);
      expectHidden(error, token);
    } finally {
      await own.run('PATCH', '/1.0', { config: { 'core.remote_token_expiry': '' } });
    }
  });

  it('says that a token was lost in a restart', async () => {
    const { token } = await offer('lost');
    await daemon.kill();
    await daemon.start();
    const error = await rejection(Client.connect({ token }), TrustTokenError);
    expect(error.message).toContain('the server was restarted since');
  }, 60_000);

  it('is let in by the trust password of LXD 5.0, which Incus has not', async () => {
    const password = randomBytes(12).toString('hex');
    const { httpsUrl: endpoint, serverCert } = own;
    await using client = await Client.connect({ endpoint, serverCert, ...createIdentity() });
    if (server.product === 'incus') {
      const error = await rejection(client.authenticate(password), InvalidInputError);
      expect(error.message).toContain('Incus has no trust passwords');
      expect(error.message).not.toContain(password);
      return;
    }
    await own.run('PATCH', '/1.0', { config: { 'core.trust_password': password } });
    const wrong = await rejection(client.authenticate(`${password}x`), ForbiddenError);
    expect(wrong.message).toContain('the trust password is wrong');
    expect(inspect(wrong, { depth: Infinity })).not.toContain(password);
    await client.authenticate(password, { name: 'by password' });
    expect(client.server.auth).toBe('trusted');
    const fingerprint = fingerprintOfClient(client.credentials());
    expect((await client.certificates.get(fingerprint)).name).toBe('by password');

    await using anybody = await Client.connect({ endpoint, verify: false, ...createIdentity() });
    await rejection(anybody.authenticate(password), InvalidInputError);
  });

  it('is told where a server takes a token and trusts nobody for it', async () => {
    const authority = await makeCertificate({ commonName: 'authority', ca: true });
    await mkdir(daemon.folder, { recursive: true });
    await writeFile(join(daemon.folder, 'server.ca'), authority.cert);
    await daemon.kill();
    await daemon.start();
    const connecting = Client.connect({ token: (await offer('of PKI')).token });
    if (server.product === 'lxd') {
      await using client = await connecting;
      expect(client.server.auth).toBe('trusted');
    } else {
      expect((await rejection(connecting, CertificateError)).message).toContain('server.ca');
    }
  }, 60_000);
});
