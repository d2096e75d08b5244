import { createPrivateKey } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { CertificateError, Client, ConnectionError, InvalidInputError, type LxdError } from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { makeCertificate, type MadeCertificate } from '../../support/certificates.js';
import { useConfiguration } from '../../support/configuration.js';

const configuration = useConfiguration();

let server: FakeServer;
let mine: MadeCertificate;
let stranger: MadeCertificate;
beforeAll(async () => {
  server = await FakeServer.start({ product: 'incus', https: true });
  mine = await makeCertificate({ commonName: 'mine' });
  stranger = await makeCertificate({ commonName: 'stranger' });
  server.trust(mine.cert);
});
beforeEach(() => server.clearRequests());
afterAll(() => server.close());

/** A port at which nobody listens, of an address that no other spec uses. */
const away = 'https://127.0.0.93:9';

async function remote(product: 'lxd' | 'incus', name: string, more: object = {}): Promise<void> {
  const entry = { addr: server.endpoint.endpoint, ...more };
  const text = JSON.stringify({ remotes: { [name]: entry } }); // which is YAML
  await configuration.write(join(configuration[product], 'config.yml'), text);
}

async function pin(product: 'lxd' | 'incus', name: string, pem = server.endpoint.serverCert): Promise<void> {
  await configuration.write(join(configuration[product], 'servercerts', `${name}.crt`), pem);
}

async function pair(base: string, { cert, key }: MadeCertificate): Promise<void> {
  await configuration.write(`${base}.crt`, cert);
  await configuration.write(`${base}.key`, key);
}

async function failure(connecting: Promise<Client>): Promise<LxdError> {
  return connecting.then(
    async (client) => {
      await client.close();
      throw new Error('it connected');
    },
    (error: unknown) => error as LxdError,
  );
}

describe('Client.connect() to a remote', () => {
  it.each(['prod', 'prod:', 'incus:prod'])('%s: its pin, certificate and project', async (name) => {
    await remote('incus', 'prod', { project: 'shop' });
    await pin('incus', 'prod');
    await pair(join(configuration.incus, 'client'), mine);
    await using client = await Client.connect(name);
    expect(client.server.auth).toBe('trusted');
    expect(client.project).toBe('shop');
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /1.0']);
    await using other = await Client.connect(name, { project: 'mine' });
    expect(other.project).toBe('mine');
  });

  it('takes TSLXD_REMOTE where nothing names a server, and only there', async () => {
    await remote('lxd', 'prod');
    await pin('lxd', 'prod');
    await pair(join(configuration.lxd, 'client'), mine);
    process.env.TSLXD_REMOTE = 'lxd:prod';
    await using client = await Client.connect();
    expect(client.server.auth).toBe('trusted');
    await using slow = await Client.connect({ timeout: 20_000 });
    expect(slow.server.auth).toBe('trusted');
    process.env.TSLXD_REMOTE = 'nowhere';
    await using local = await Client.connect({ socketPath: server.socketPath });
    expect(local.server.auth).toBe('trusted');
    await expect(Client.connect()).rejects.toThrow(/There is no remote 'nowhere'/);
  });

  it('asks whose it is where both know it, and takes neither', async () => {
    await remote('lxd', 'prod');
    await remote('incus', 'prod');
    await expect(Client.connect('prod')).rejects.toThrow(/'lxd:prod' or 'incus:prod'/);
    // One of images is no rival.
    await remote('lxd', 'prod', { protocol: 'simplestreams', public: true });
    await pin('incus', 'prod');
    await using client = await Client.connect('prod');
    expect(client.server.product).toBe('incus');
  });

  it('says what is known, and where it looked', async () => {
    await remote('incus', 'prod');
    const { message } = await failure(Client.connect('pord'));
    expect(message).toMatch(/no remote 'pord'\. Known are lxd:local, incus:local, incus:prod; looked for in/);
    for (const folder of [configuration.lxd, configuration.globalLxd, configuration.incus]) {
      expect(message).toContain(join(folder, 'config.yml'));
    }
    expect((await failure(Client.connect('10.0.0.5:8443'))).message).toContain("say 'https://10.0.0.5:8443'");
  });

  it('says what a remote is good for that has images only', async () => {
    const error = await failure(Client.connect('images'));
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error.message).toMatch(/has images only .*source of images, \{ server: 'https:.*simplestreams/);
  });

  it.each([
    ['a name', 'me:SECRET@host', {}, /no remote \(hidden\)\. Known/],
    ['an URL', 'https://me:SECRET@host', {}, /^endpoint has a user or password/],
    ['an odd address', 'prod', { addr: 'me:SECRET@host' }, /an address \(hidden\) that is neither/],
    ['an address', 'prod', { addr: 'https://me:SECRET@host' }, /^endpoint has a user or password/],
    [
      'a registry',
      'prod',
      { addr: 'https://me:SECRET@hub', protocol: 'oci', public: true },
      /images only.*\{ server: \(hidden\), protocol: 'oci'/,
    ],
  ])('shows no password of %s', async (_, text, entry, message) => {
    await remote('incus', 'prod', entry);
    const error = await failure(Client.connect(text));
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error.message).toMatch(message);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('SECRET');
  });

  it('takes Incus’s certificate for one remote, and none else', async () => {
    await remote('incus', 'prod');
    await pin('incus', 'prod');
    await pair(join(configuration.incus, 'client'), stranger);
    await using before = await Client.connect('prod');
    expect(before.server.auth).toBe('untrusted');
    await pair(join(configuration.incus, 'clientcerts/prod'), mine);
    await using client = await Client.connect('prod');
    expect(client.server.auth).toBe('trusted');
  });

  it('knows a server by client.ca where it is not pinned', async () => {
    await remote('incus', 'prod');
    await pair(join(configuration.incus, 'client'), mine);
    await expect(Client.connect('prod')).rejects.toThrow(CertificateError);
    await configuration.write(join(configuration.incus, 'client.ca'), server.endpoint.serverCert);
    await using client = await Client.connect('prod');
    expect(client.server.auth).toBe('trusted');
  });

  it('knows it by the authority beside Incus’s certificate for it, whose certificate the caller may give', async () => {
    await remote('incus', 'prod');
    await configuration.write(join(configuration.incus, 'client.ca'), stranger.cert);
    await pair(join(configuration.incus, 'clientcerts/prod'), stranger);
    await configuration.write(join(configuration.incus, 'clientcerts/prod.ca'), server.endpoint.serverCert);
    await using client = await Client.connect('prod', { clientCert: mine.cert, clientKey: mine.key });
    expect(client.server.auth).toBe('trusted');
  });

  it('refuses another certificate than the pinned one, and takes what the caller pins', async () => {
    await remote('incus', 'prod');
    await pin('incus', 'prod', stranger.cert);
    await pair(join(configuration.incus, 'client'), mine);
    await expect(Client.connect('prod')).rejects.toThrow(CertificateError);
    await using client = await Client.connect('prod', { serverCert: server.endpoint.serverCert });
    expect(client.server.auth).toBe('trusted');
  });

  it('takes the pin of a remote of everybody’s from beside it', async () => {
    await configuration.write(join(configuration.lxd, 'config.yml'), 'remotes: {}');
    const text = `remotes: { shared: { addr: "${server.endpoint.endpoint}" } }`;
    await configuration.write(join(configuration.globalLxd, 'config.yml'), text);
    await configuration.write(
      join(configuration.globalLxd, 'servercerts/shared.crt'),
      server.endpoint.serverCert,
    );
    await pair(join(configuration.lxd, 'client'), mine);
    await using client = await Client.connect('shared');
    expect(client.server.auth).toBe('trusted');
  });

  it('logs in by OIDC where the remote says so, unless there is a certificate to use', async () => {
    await remote('incus', 'prod', { auth_type: 'oidc' });
    await pin('incus', 'prod');
    await expect(Client.connect('prod')).rejects.toThrow('does not offer OIDC');
    await using client = await Client.connect('prod', { clientCert: mine.cert, clientKey: mine.key });
    expect(client.server.auth).toBe('trusted');
  });

  it.each([
    [
      'an address without https://',
      { addr: '10.0.0.5:8443' },
      /has an address '10\.0\.0\.5:8443' that is neither/,
    ],
    ['no address', { addr: '' }, /has no address/],
  ])('says which remote has %s', async (_, entry, message) => {
    await remote('incus', 'prod', entry);
    await expect(Client.connect('prod')).rejects.toThrow(message);
  });

  it('finds the socket of one product where that is said', async () => {
    delete process.env.LXD_DIR;
    process.env.LXD_SOCKET = join(configuration.lxd, 'none.socket');
    process.env.INCUS_SOCKET = server.socketPath;
    await using client = await Client.connect('incus:local');
    expect(client.server.auth).toBe('trusted');
    await using either = await Client.connect('local');
    expect(either.server.auth).toBe('trusted');
    await expect(Client.connect('lxd:local')).rejects.toThrow(/none\.socket \(LXD_SOCKET\): absent/);
  });

  it.each([
    ['a path', (path: string) => path],
    ['a URL', (path: string) => `unix://${path}`],
  ])('takes %s of a socket', async (_, text) => {
    await using client = await Client.connect(text(server.socketPath), { project: 'p' });
    expect(client.project).toBe('p');
  });

  it.each([
    ['', {}, /'' names no server/],
    ['http://box', {}, /not encrypted/],
    ['prod', { endpoint: 'https://box' }, /name two servers/],
    ['prod', { sockets: 1 }, /Unknown client option/],
  ])('refuses %j with %j', async (text, options, message) => {
    const error = await failure(Client.connect(text, options as never));
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error.message).toMatch(message);
  });
});

describe('the client certificate of the command line', () => {
  const pinned = () => ({ serverCert: server.endpoint.serverCert });

  it('is taken where none is given, and the trusted one stays', async () => {
    await pair(join(configuration.lxd, 'client'), stranger);
    await using before = await Client.connect(server.endpoint.endpoint, pinned());
    expect(before.server.auth).toBe('untrusted');
    expect(before.credentials().clientCert).toBe(stranger.cert);
    await pair(join(configuration.incus, 'client'), mine);
    await using client = await Client.connect(server.endpoint.endpoint, pinned());
    expect(client.server.auth).toBe('trusted');
    expect(client.credentials().clientCert).toBe(mine.cert);
  });

  it('is none where half of it is missing, and an error where the halves are of two', async () => {
    await configuration.write(join(configuration.lxd, 'client.crt'), mine.cert);
    await using client = await Client.connect(server.endpoint.endpoint, pinned());
    expect(client.server.auth).toBe('untrusted');
    await configuration.write(join(configuration.lxd, 'client.key'), stranger.key);
    const error = await failure(Client.connect(server.endpoint.endpoint, pinned()));
    expect(error.message).toMatch(/client\.key is not the key of .*client\.crt$/);
  });

  describe.each([
    ['PKCS#8', 'pkcs8'],
    ['the old form', 'sec1'],
  ] as const)('encrypted, as %s', (_, type) => {
    const locked = () =>
      createPrivateKey(mine.key).export({
        type,
        format: 'pem',
        cipher: 'aes-256-cbc',
        passphrase: 'open sesame',
      }) as string;

    it('opens with a passphrase, and is never shown', async () => {
      await pair(join(configuration.incus, 'client'), { cert: mine.cert, key: locked() });
      await remote('incus', 'prod');
      await pin('incus', 'prod');
      const without = await failure(Client.connect('prod'));
      expect(without.message).toMatch(/client\.key is encrypted: pass passphrase/);
      const wrong = await failure(Client.connect('prod', { passphrase: 'SECRET' }));
      expect(wrong.message).toMatch(/is the passphrase right/);
      expect(inspect(wrong, { depth: 9, showHidden: true })).not.toContain('SECRET');
      const asked: string[] = [];
      const passphrase = async (key: string) => {
        asked.push(key);
        return 'open sesame';
      };
      await using client = await Client.connect('prod', { passphrase });
      expect(client.server.auth).toBe('trusted');
      expect(asked).toEqual([join(configuration.incus, 'client.key')]);
      const shown = inspect(client, { depth: 12, showHidden: true }) + JSON.stringify(client);
      expect(shown).not.toContain('sesame');
      for (const line of locked().split('\n').slice(4, -2)) expect(shown).not.toContain(line);
    });

    it('is not even opened where the caller gives one', async () => {
      await pair(join(configuration.incus, 'client'), { cert: mine.cert, key: locked() });
      await pair(join(configuration.incus, 'clientcerts/own'), { cert: mine.cert, key: locked() });
      const passphrase = (key: string): string => {
        throw new Error(`asked for ${key}`);
      };
      const given = { clientCert: mine.cert, clientKey: mine.key };
      for (const name of ['prod', 'own']) {
        await remote('incus', name);
        await pin('incus', name);
        for (const options of [given, { ...given, passphrase }]) {
          await using client = await Client.connect(name, options);
          expect(client.server.auth).toBe('trusted');
        }
      }
    });

    it('is asked for one after the other where LXD and Incus have one each', async () => {
      for (const product of ['lxd', 'incus'] as const) {
        await pair(join(configuration[product], 'client'), { cert: mine.cert, key: locked() });
      }
      const events: string[] = [];
      const passphrase = async (key: string) => {
        events.push(`asked for ${key}`);
        await delay(50); // in which one that does not wait would be asked for, too
        events.push('answered');
        return 'open sesame';
      };
      await using client = await Client.connect(server.endpoint.endpoint, { ...pinned(), passphrase });
      expect(client.server.auth).toBe('trusted');
      const keys = [configuration.lxd, configuration.incus].map((folder) => join(folder, 'client.key'));
      expect(events).toEqual(keys.flatMap((key) => [`asked for ${key}`, 'answered']));
    });

    it('is opened for who gives it', async () => {
      const given = { ...server.endpoint, clientCert: mine.cert, clientKey: locked() };
      await using client = await Client.connect({ ...given, passphrase: () => 'open sesame' });
      expect(JSON.stringify(client.credentials())).not.toContain('open sesame');
      expect(client.server.auth).toBe('trusted');
      expect(() => new Client({ ...given, passphrase: () => 'open sesame' })).toThrow(/only Client\.connect/);
      const kept = JSON.parse(JSON.stringify(client.credentials())) as object;
      await using again = new Client({ ...kept, passphrase: 'open sesame' });
      await again.server.fetch();
      expect(again.server.auth).toBe('trusted');
    });
  });
});

describe('several addresses', () => {
  it('takes the first that answers', async () => {
    const { clientCert, clientKey, serverCert } = server.endpoint;
    const known = { clientCert, clientKey, serverCert };
    const endpoint = [away, server.endpoint.endpoint];
    await using client = await Client.connect({ ...known, endpoint });
    expect(client.server.auth).toBe('trusted');
    expect(client.credentials().endpoint).toBe(server.endpoint.endpoint);
    await using lazy = new Client({ ...known, endpoint });
    expect(await lazy.profiles.names()).toEqual(['default']);
  });

  it('begins at the one that worked last', async () => {
    const port = new URL(server.endpoint.endpoint).port;
    const addr = `https://localhost:${port},https://127.0.0.1:${port}`;
    await remote('incus', 'prod', { addr, last_working_address: `https://127.0.0.1:${port}` });
    await pin('incus', 'prod');
    await using client = await Client.connect('prod');
    expect(client.credentials().endpoint).toBe(`https://127.0.0.1:${port}`);
  });

  it('names each that was tried', async () => {
    const error = await failure(Client.connect({ endpoint: [away, 'https://127.0.0.94:9'], verify: false }));
    expect(error).toBeInstanceOf(ConnectionError);
    expect((error as ConnectionError).attempts.map(({ address }) => address)).toEqual([
      away,
      'https://127.0.0.94:9',
    ]);
    expect(error.message).toMatch(
      /Tried, in order:\n.*127\.0\.0\.93:9: refused.*\n.*127\.0\.0\.94:9: refused/,
    );
  });

  it('is a certificate error where all show another certificate', async () => {
    const endpoint = [server.endpoint.endpoint, server.endpoint.endpoint];
    const error = await failure(Client.connect({ endpoint, serverCert: stranger.cert }));
    expect(error).toBeInstanceOf(CertificateError);
  });

  it('leaves a call that has no more time, and goes on for others', async () => {
    const silent = `https://192.0.2.1`; // which is nobody's: it answers late, or is refused at once
    await using client = new Client({ endpoint: [silent, away], verify: false });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(client.profiles.names({ signal })).rejects.toMatchObject({ name: 'AbortError' });
  });

  it.each([[[]], [['unix://', away]], [[away, 3]]])('refuses %j', (endpoint) => {
    expect(() => new Client({ endpoint: endpoint as string[], verify: false })).toThrow(InvalidInputError);
  });
});
