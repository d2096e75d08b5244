import { createPrivateKey } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { addRemote, Client, InvalidInputError, LocalFileError, remotes, type Credentials } from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { makeCertificate, type MadeCertificate } from '../../support/certificates.js';
import { useConfiguration } from '../../support/configuration.js';

const configuration = useConfiguration();

let mine: MadeCertificate;
let other: MadeCertificate;
let server: MadeCertificate;
let credentials: Credentials;
beforeAll(async () => {
  mine = await makeCertificate({ commonName: 'mine' });
  other = await makeCertificate({ commonName: 'other' });
  server = await makeCertificate({ commonName: 'server' });
  credentials = {
    endpoint: 'https://box',
    clientCert: mine.cert,
    clientKey: mine.key,
    serverCert: server.cert,
  };
});

const lxd = (file: string) => join(configuration.lxd, file);
const incus = (file: string) => join(configuration.incus, file);
const read = (file: string) => readFile(file, 'utf8');
const mode = async (file: string) => ((await stat(file)).mode & 0o777).toString(8);

async function failure(adding: Promise<void>): Promise<Error> {
  return adding.then(
    () => {
      throw new Error('it was added');
    },
    (error: unknown) => error as Error,
  );
}

describe('addRemote()', () => {
  it.each(['lxd', 'incus'] as const)('writes one of %s for a login by OIDC', async (product) => {
    const { endpoint, serverCert } = credentials;
    await configuration.write(join(configuration[product], 'oidctokens/prod.json'), '{"access_token":"old"}');
    await addRemote('prod', { endpoint, serverCert }, { product, authType: 'oidc' });
    const [found] = (await remotes({ product })).filter(({ name }) => name === 'prod');
    expect(found).toMatchObject({ authType: 'oidc', addresses: ['https://box:8443'] });
    expect((await readdir(configuration[product])).sort()).toEqual([
      'config.yml',
      'oidctokens',
      'servercerts',
    ]);
    expect(await readdir(join(configuration[product], 'oidctokens'))).toEqual([]); // of another server
    const refused = [
      [() => addRemote('b', credentials, { product, authType: 'oidc' }), 'no use for clientCert'],
      [
        () => addRemote('b', { endpoint, serverCert, bearer: 'x' }, { product, authType: 'oidc' }),
        'no use for bearer',
      ],
      [() => addRemote('b', { endpoint, ca: server.cert }, { product, authType: 'oidc' }), 'no use for ca'],
      [() => addRemote('b', { endpoint, serverCert }, { product }), "say authType: 'oidc'"],
      [
        () => addRemote('b', credentials, { product, authType: 'token' as 'tls' }),
        "authType must be 'tls' or 'oidc'",
      ],
    ] as const;
    for (const [adding, words] of refused) expect((await failure(adding())).message).toContain(words);
  });

  it('writes what the command line would, where there was nothing', async () => {
    await addRemote('prod', credentials, { product: 'lxd', project: 'shop' });
    expect(await read(lxd('config.yml'))).toBe(`default-remote: local
remotes:
  images:
    addr: https://images.lxd.canonical.com
    protocol: simplestreams
    public: true
  local:
    addr: unix://
    public: false
  prod:
    addr: https://box:8443
    auth_type: tls
    project: shop
    protocol: lxd
    public: false
aliases: {}
`);
    expect((await read(lxd('servercerts/prod.crt'))).trim()).toBe(server.cert.trim());
    expect(await read(lxd('client.key'))).toBe(mine.key);
    expect(
      await Promise.all(
        ['client.key', 'client.crt', 'config.yml', 'servercerts'].map((file) => mode(lxd(file))),
      ),
    ).toEqual(['600', '644', '644', '750']);
    expect((await readdir(configuration.lxd)).sort()).toEqual([
      'client.crt',
      'client.key',
      'config.yml',
      'servercerts',
    ]);
    expect(await remotes({ product: 'lxd' })).toContainEqual(
      expect.objectContaining({ name: 'prod', addresses: ['https://box:8443'], project: 'shop' }),
    );
  });

  it('gives Incus a certificate for the remote alone, unless it is its own', async () => {
    await configuration.write(incus('client.crt'), other.cert);
    await configuration.write(incus('client.key'), other.key);
    await addRemote('prod', credentials, { product: 'incus' });
    expect(await read(incus('clientcerts/prod.key'))).toBe(mine.key);
    expect(await mode(incus('clientcerts/prod.key'))).toBe('600');
    expect(await read(incus('client.key'))).toBe(other.key);
    await addRemote(
      'second',
      { ...credentials, clientCert: other.cert, clientKey: other.key },
      { product: 'incus' },
    );
    expect((await readdir(incus('clientcerts'))).sort()).toEqual(['prod.crt', 'prod.key']);
    const { serverCert, ...rest } = credentials;
    await addRemote('third', { ...rest, ca: serverCert }, { product: 'incus' });
    expect(await read(incus('clientcerts/third.ca'))).toBe(serverCert);
    await addRemote('many', { ...credentials, endpoint: ['https://a', 'https://b:1'] }, { product: 'incus' });
    expect(await read(incus('config.yml'))).toContain('addr: https://a:8443,https://b:1\n');
  });

  it('leaves everything else as it stands', async () => {
    const before = `# mine
default-remote: prod   # the shop
future: { a: [ 1, 2 ] }
remotes:
  # do not touch
  prod: &prod
    addr: https://prod:8443
    novelty: yes
aliases:
  ll: list -f compact
`;
    await configuration.write(incus('config.yml'), before);
    await chmod(incus('config.yml'), 0o600);
    await addRemote('new', credentials, { product: 'incus' });
    const after = await read(incus('config.yml'));
    const entry = `  new:
    addr: https://box:8443
    auth_type: tls
    project: default
    protocol: incus
    public: false
`;
    expect(after).toContain(entry);
    // Only the space before a comment is YAML's library's to choose.
    const plain = (text: string) => text.replaceAll(/ +/g, ' ');
    expect(plain(after.replace(entry, ''))).toBe(plain(before));
    expect(await mode(incus('config.yml'))).toBe('600');
  });

  it.each(['remotes: {}\n', 'remotes:\n', 'aliases: {}\n', '# nothing\n', '# nothing', '\n  # nothing', ''])(
    'finds its place in %j',
    async (text) => {
      await configuration.write(lxd('config.yml'), text);
      await addRemote('new', credentials, { product: 'lxd' });
      const names = (await remotes({ product: 'lxd' })).map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(['new', 'local']));
      if (text.includes('#'))
        expect(await read(lxd('config.yml'))).toMatch(/# nothing\n+default-remote: local\n/);
    },
  );

  it('follows a link to where the file is kept', async () => {
    const kept = join(configuration.lxd, '../dotfiles/lxc.yml');
    await configuration.write(kept, 'remotes: {}\n');
    await mkdir(configuration.lxd);
    await symlink(kept, lxd('config.yml'));
    await addRemote('new', credentials, { product: 'lxd' });
    expect(await read(kept)).toContain('new:');
    expect(await readdir(dirname(kept))).toEqual(['lxc.yml']);
  });

  it('adds many at once, and loses none', async () => {
    const names = Array.from({ length: 8 }, (_, number) => `r${String(number)}`);
    await Promise.all(names.map((name) => addRemote(name, credentials, { product: 'incus' })));
    const known = (await remotes({ product: 'incus' })).map(({ name }) => name);
    expect(known).toEqual(expect.arrayContaining(names));
  });

  it('takes a client, its product and project', async () => {
    await using fake = await FakeServer.start({ product: 'incus', https: true });
    fake.trust(mine.cert);
    const { endpoint, serverCert } = fake.endpoint;
    const known = { endpoint, serverCert, clientCert: mine.cert, clientKey: mine.key, project: 'default' };
    await using client = await Client.connect(known);
    await addRemote('fake', client);
    await using again = await Client.connect('incus:fake');
    expect(again.server.auth).toBe('trusted');
  });

  describe('writes nothing', () => {
    it.each(['lxd', 'incus'] as const)('if the very remote of %s is there', async (product) => {
      const file = join(configuration[product], 'config.yml');
      await addRemote('prod', credentials, { product, project: 'shop' });
      await configuration.write(file, `# mine\n${await read(file)}`);
      const before = [await read(file), await readdir(configuration[product], { recursive: true })];
      process.env.INCUS_PROJECT = 'elsewhere';
      const { serverCert: _, ...bare } = credentials;
      // By its address where no certificate is known, else by its certificate, at whatever address.
      const same = [credentials, bare, { ...credentials, endpoint: 'https://10.0.0.5:443' }];
      for (const one of same) await addRemote('prod', one, { product, project: 'shop' });
      expect([await read(file), await readdir(configuration[product], { recursive: true })]).toEqual(before);

      const others: [Credentials, object, RegExp][] = [
        [
          { ...credentials, serverCert: other.cert },
          {},
          /another server \(https:\/\/box:8443\): take another name/,
        ],
        [{ ...bare, endpoint: 'https://elsewhere' }, {}, /another server/],
        [credentials, { project: 'other' }, /in project 'shop', not 'other': .* remote remove prod$/],
        [{ ...credentials, clientCert: other.cert, clientKey: other.key }, {}, /another client certificate/],
        [{ ...bare, clientCert: undefined, clientKey: undefined }, { authType: 'oidc' }, /authType 'tls'/],
      ];
      for (const [given, options, message] of others) {
        const error = await failure(addRemote('prod', given, { product, project: 'shop', ...options }));
        expect(error).toBeInstanceOf(InvalidInputError);
        expect(error.message).toMatch(message);
        expect(error.message).toContain(`a remote 'prod' is in ${file} already`);
      }
      expect([await read(file), await readdir(configuration[product], { recursive: true })]).toEqual(before);
    });

    it.each(['lxd', 'incus'] as const)('if the name is that of everybody’s remote of %s', async (product) => {
      const global = product === 'lxd' ? configuration.globalLxd : configuration.globalIncus;
      const file = join(global, 'config.yml');
      await configuration.write(file, 'remotes: { shared: { addr: "https://theirs" } }');
      await configuration.write(join(configuration[product], 'config.yml'), 'remotes: {}\n');
      const { message } = await failure(addRemote('shared', credentials, { product }));
      expect(message).toContain(`a remote 'shared' is in ${file} already`);
      expect(await readdir(configuration[product])).toEqual(['config.yml']);
    });

    it('if lxc has another certificate', async () => {
      await configuration.write(lxd('client.crt'), other.cert);
      const error = await failure(addRemote('prod', credentials, { product: 'lxd' }));
      expect(error.message).toMatch(
        /one client certificate for all of its remotes, and .*client\.crt is another/,
      );
      expect(await readdir(configuration.lxd)).toEqual(['client.crt']);
    });

    it('over a configuration that is broken', async () => {
      for (const text of ['remotes: [', '- a list', 'remotes: 3']) {
        await configuration.write(lxd('config.yml'), text);
        await expect(addRemote('prod', credentials, { product: 'lxd' })).rejects.toThrow(InvalidInputError);
        expect(await read(lxd('config.yml'))).toBe(text);
      }
    });

    it('in part', async () => {
      await configuration.write(lxd('servercerts'), 'a file where a folder must be');
      const error = await failure(addRemote('prod', credentials, { product: 'lxd' }));
      expect(error).toBeInstanceOf(LocalFileError);
      expect((error as LocalFileError).file).toBe(lxd('servercerts/prod.crt'));
      expect(await readdir(configuration.lxd)).toEqual(['servercerts']);
      await rename(lxd('servercerts'), lxd('elsewhere'));
      await addRemote('prod', credentials, { product: 'lxd' });
    });

    it.each<[string, unknown, unknown, unknown, RegExp]>([
      ['an empty name', '', {}, { product: 'lxd' }, /non-empty/],
      ['a colon', 'a:b', {}, { product: 'lxd' }, /without ':'/],
      ['a slash', '../a', {}, { product: 'lxd' }, /without ':'/],
      ['a folder', '..', {}, { product: 'lxd' }, /cannot be that of a remote/],
      ['local', 'local', {}, { product: 'lxd' }, /cannot be that of a remote/],
      ['ubuntu', 'ubuntu', {}, { product: 'lxd' }, /built into/],
      ['images', 'images', {}, { product: 'incus' }, /built into/],
      ['no product', 'a', {}, undefined, /say product/],
      ['another product', 'a', {}, { product: 'xen' }, /'lxd' or 'incus'/],
      ['no credentials', 'a', null, { product: 'lxd' }, /pass a client, or credentials/],
      ['a socket', 'a', { endpoint: 'unix:///s' }, { product: 'lxd' }, /TLS|on the network/],
      ['nobody', 'a', { clientCert: undefined, clientKey: undefined }, { product: 'lxd' }, /are missing/],
      ['a key of another', 'a', { clientKey: 'other' }, { product: 'lxd' }, /clientKey/],
      ['a list for lxc', 'a', { endpoint: ['https://a', 'https://b'] }, { product: 'lxd' }, /one address/],
      ['an empty project', 'a', {}, { product: 'lxd', project: '' }, /project must/],
      ['an unknown option', 'a', {}, { product: 'lxd', force: true }, /unknown option 'force'/],
    ])('for %s', async (_, name, change, options, message) => {
      const given = change === null ? null : { ...credentials, ...(change as object) };
      const error = await failure(addRemote(name as string, given as Credentials, options as object));
      expect(error).toBeInstanceOf(InvalidInputError);
      expect(error.message).toMatch(message);
      expect(await readdir(join(configuration.lxd, '..'))).toEqual([]);
    });

    it('that the command line could not open', async () => {
      const locked = (type: 'pkcs8' | 'sec1') =>
        createPrivateKey(mine.key).export({
          type,
          format: 'pem',
          cipher: 'aes-256-cbc',
          passphrase: 'SECRET',
        }) as string;
      const encrypted = (type: 'pkcs8' | 'sec1') => ({
        ...credentials,
        clientKey: locked(type),
        passphrase: 'SECRET',
      });
      await expect(addRemote('a', encrypted('sec1'), { product: 'lxd' })).rejects.toThrow(
        /opens no encrypted/,
      );
      await expect(addRemote('a', encrypted('pkcs8'), { product: 'incus' })).rejects.toThrow(
        /of the old form/,
      );
      const readable = encrypted('sec1');
      await addRemote('a', readable, { product: 'incus' });
      expect(await read(incus('clientcerts/a.key'))).toBe(readable.clientKey);
    });
  });
});
