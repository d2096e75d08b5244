import { X509Certificate } from 'node:crypto';
import { inspect } from 'node:util';
import {
  AlreadyExistsError,
  Client,
  createIdentity,
  InvalidInputError,
  NotFoundError,
  TrustTokenError,
  UnsupportedError,
  type Identity,
} from 'tslxd';
import { FakeServer, ManualClock } from 'tslxd/testing';
import { rejection, sent, watching } from '../support.js';
import { authExtensions, startNewer, writes } from './support.js';

// Of LXD 5.21 and newer, which no machine here has: by its source.

let server: FakeServer;
let client: Client;

beforeEach(async () => {
  ({ server, client } = await startNewer());
  for (const name of ['ops', 'dev']) await client.auth.groups.create(name);
  server.clearRequests();
});
afterEach(() => server.close());

const path = '/1.0/auth/identities';
const manager = () => client.auth.identities;

async function alice(): Promise<{ one: Identity; pem: string; id: string }> {
  const { clientCert: pem, fingerprint: id } = createIdentity({ name: 'laptop' });
  return { one: await manager().create({ name: 'alice', certificate: pem, groups: ['ops'] }), pem, id };
}

describe('identities with certificates', () => {
  it('are known by their fingerprints, and found by their names', async () => {
    const { one, pem, id } = await alice();
    expect(sent(server)).toEqual([`POST ${path}/tls`, `GET ${path}/tls/${id}`]);
    expect([one.key, one.id, one.name, one.type, one.authenticationMethod]).toEqual([
      `tls/${id}`,
      id,
      'alice',
      'Client certificate',
      'tls',
    ]);
    expect([one.groups, one.certificate, one.isPending]).toEqual([['ops'], pem, false]);
    expect(one.expiresAt?.getTime()).toBeGreaterThan(Date.now());
    expect(inspect(one)).toBe(`Identity('tls/${id}' "alice" "Client certificate")`);
    expect((await manager().get('tls/alice')).key).toBe(one.key);
    expect((await manager().ref('tls/alice').fetch()).id).toBe(id);
    expect(await manager().names()).toEqual([one.key]);
    await expect(manager().get('tls/bob')).rejects.toThrow(NotFoundError);
    for (const key of ['alice', 'ssh/alice', 'tls/', '']) {
      await expect(manager().get(key)).rejects.toThrow(InvalidInputError);
    }
    await expect(one.rename('x')).rejects.toThrow(UnsupportedError);
    const twice = await rejection(manager().create({ name: 'b', certificate: pem }), AlreadyExistsError);
    expect(twice.message).toContain(`There is an identity '${id}' already`);
    await manager().create({ name: 'alice', certificate: createIdentity().clientCert });
    await expect(manager().get('tls/alice')).rejects.toThrow(
      /matches several identities; use the fingerprint/,
    );
    await expect(manager().find('tls/alice')).rejects.toThrow(InvalidInputError);
    await one.delete();
    expect((await manager().get('tls/alice')).id).not.toBe(id);
  });

  it('have groups that go and come one by one, and are written whole', async () => {
    const { one } = await alice();
    const theirs = await manager().get(one.key);
    theirs.groups.push('dev');
    await theirs.save();
    one.groups = [];
    server.clearRequests();
    await one.save();
    expect(new Set(writes(server))).toEqual(new Set([`PUT ${path}/${one.key}`]));
    expect((await one.fetch()).groups).toEqual(['dev']);
    expect(one.certificate).not.toBe('');
    one.groups.push('nope');
    await expect(one.save()).rejects.toThrow(/groups were not found: "nope"/);
  });

  it('are brought to a state by name or fingerprint, once', async () => {
    const { clientCert: certificate, fingerprint } = createIdentity();
    const one = await manager().ensure('tls/alice', { certificate, groups: ['dev', 'ops'] });
    expect([one.name, one.id]).toEqual(['alice', fingerprint]);
    server.clearRequests();
    await manager().ensure('tls/alice', { certificate: `\n${certificate}`, groups: ['ops', 'dev'] });
    await manager().ensure(one.key, { name: 'alice', certificate });
    expect(writes(server)).toEqual([]);
    await manager().ensure('tls/alice', { groups: ['ops'] });
    expect((await one.fetch()).groups).toEqual(['ops']);
    await expect(manager().ensure('tls/alice', { certificate: createIdentity().clientCert })).rejects.toThrow(
      /certificate .* cannot become/,
    );
    server.clearRequests();
    const shouted = fingerprint.toUpperCase().replace(/..(?=.)/g, '$&:'); // as openssl and Node print it
    for (const key of [`tls/${fingerprint.toUpperCase()}`, `tls/${shouted}`]) {
      expect((await manager().ensure(key, { certificate })).key).toBe(one.key);
      expect((await manager().get(key)).key).toBe(one.key);
      expect(manager().ref(key).key).toBe(one.key);
    }
    expect(writes(server)).toEqual([]);
    await one.delete();
    const again = await manager().ensure(`tls/${shouted}`, { name: 'alice', certificate });
    expect([again.key, again.name]).toEqual([one.key, 'alice']);
    const plan = await manager().ensure(
      'tls/bob',
      { certificate: createIdentity().clientCert },
      { dryRun: true },
    );
    expect(plan).toMatchObject({ method: 'POST', path: `${path}/tls`, body: { name: 'bob', groups: [] } });
  });

  it('get another certificate, and another id with it', async () => {
    const { one, id } = await alice();
    await using told = watching(manager());
    await told.seen(`added tls/${id}`);
    const { clientCert, fingerprint } = createIdentity();
    one.groups.push('dev');
    server.clearRequests();
    expect(await one.replaceCertificate(clientCert)).toBe(one);
    expect(writes(server)).toEqual([`PATCH ${path}/tls/${id}`]);
    expect([one.key, one.id, one.name, one.certificate]).toEqual([
      `tls/${fingerprint}`,
      fingerprint,
      'alice',
      clientCert,
    ]);
    await told.seen(`removed tls/${id}`);
    await told.seen(`added tls/${fingerprint}`);
    await one.save(); // what was edited before
    expect((await manager().get('tls/alice')).groups).toEqual(['dev', 'ops']);
    await expect(one.replaceCertificate('nope')).rejects.toThrow(InvalidInputError);
    await expect(manager().ref('oidc/a@b.c').replaceCertificate(clientCert)).rejects.toThrow(
      UnsupportedError,
    );
    const ref = manager().ref('tls/alice');
    await ref.replaceCertificate(createIdentity().clientCert);
    expect(ref.key).toBe(`tls/${ref.id}`);
  });

  it('of the trust store are shown, and left to client.certificates', async () => {
    const { clientCert, fingerprint } = createIdentity();
    await client.certificates.create({ certificate: clientCert, name: 'old' });
    const old = await manager().get('tls/old');
    expect([old.id, old.type, old.groups]).toEqual([fingerprint, 'Client certificate (unrestricted)', []]);
    old.groups.push('ops');
    await expect(old.save()).rejects.toThrow(UnsupportedError);
    await expect(old.delete()).rejects.toThrow(/cannot be modified via this API/);
    await expect(old.delete()).rejects.toThrow(UnsupportedError);
  });
});

describe('who has logged in by OIDC', () => {
  it('is known by an address, whatever that may hold', async () => {
    for (const email of ['jane@example.com', 'sales/eu+jane@example.com', 'a%2Fb@x', 'ü?#@x']) {
      const key = server.addIdentity({ email, name: 'Jane', groups: ['ops'] });
      const jane = await manager().get(key);
      expect([jane.key, jane.id, jane.type, jane.expiresAt]).toEqual([key, email, 'OIDC client', null]);
      jane.groups = ['dev'];
      await jane.save();
      expect((await jane.fetch()).groups).toEqual(['dev']);
      expect(await manager().names()).toEqual([key]);
      expect((await client.auth.groups.get('dev')).identities).toEqual({ oidc: [email] });
      await using told = watching(manager());
      await told.seen(`added ${key}`);
      server.addIdentity({ email });
      await told.seen(`changed ${key}`);
      await jane.delete();
      await told.seen(`removed ${key}`);
    }
    expect(() => server.addIdentity({ email: 'x', groups: ['nope'] })).toThrow(InvalidInputError);
  });
});

describe('tokens for certificates', () => {
  beforeEach(async () => {
    await server.close();
    ({ server, client } = await startNewer({ https: true }));
    for (const name of ['ops', 'dev']) await client.auth.groups.create(name);
  });

  it('come with an identity that waits for them', async () => {
    const text = await manager().createToken({ name: 'bob', groups: ['dev'] });
    const token = JSON.parse(Buffer.from(text, 'base64').toString()) as Record<string, unknown>;
    const { host } = new URL(server.endpoint.endpoint);
    expect(token).toMatchObject({ client_name: 'bob', type: 'Client certificate', addresses: [host] });
    const bob = await manager().get('tls/bob');
    expect([bob.isPending, bob.groups, bob.certificate, bob.expiresAt]).toEqual([true, ['dev'], '', null]);
    expect(bob.id).toMatch(/^[\da-f-]{36}$/);
    await bob.delete();
    expect(await manager().exists('tls/bob')).toBe(false);
    await expect(manager().createToken({ name: 'c', groups: ['nope'] })).rejects.toThrow(NotFoundError);
    const { server: deaf, client: of } = await startNewer();
    await expect(of.auth.identities.createToken({ name: 'c' })).rejects.toThrow(/not listening/);
    await deaf.close();
  });

  it('let in whoever has one, once, as that identity', async () => {
    const permissions = [{ entityType: 'server', url: '/1.0', entitlement: 'viewer' }];
    await client.auth.groups.ensure('ops', { permissions });
    const token = await manager().createToken({ name: 'bob', groups: ['ops'] });
    await using bob = await Client.connect({ token });
    const { identity, ...allowed } = await bob.auth.identities.current();
    const id = new X509Certificate(identity.certificate).fingerprint256.replaceAll(':', '').toLowerCase();
    expect([identity.key, identity.name, identity.isPending]).toEqual([`tls/${id}`, 'bob', false]);
    expect(allowed).toEqual({
      effectiveGroups: ['ops'],
      effectivePermissions: permissions,
      fineGrained: true,
    });
    identity.groups.push('dev'); // it is edited like every other
    await identity.save();
    expect((await manager().get('tls/bob')).groups).toEqual(['dev', 'ops']);
    await expect(Client.connect({ token })).rejects.toThrow(TrustTokenError);
    await manager().ref('tls/bob').delete();
    expect((await bob.server.fetch()).auth).toBe('untrusted');
  });

  it('are worthless once taken back, or after their time', async () => {
    const taken = await manager().createToken({ name: 'a' });
    await manager().ref('tls/a').delete();
    await expect(Client.connect({ token: taken })).rejects.toThrow(TrustTokenError);
    await server.close();
    const clock = new ManualClock();
    ({ server, client } = await startNewer({ https: true, clock }));
    client.server.config['core.remote_token_expiry'] = '1d';
    await client.server.save();
    const late = await manager().createToken({ name: 'b' });
    clock.advance(86_400_001);
    await expect(Client.connect({ token: late })).rejects.toThrow(TrustTokenError);
    expect(await manager().exists('tls/b')).toBe(false);
  });

  it('are refused without a name, before anything is sent', async () => {
    server.clearRequests();
    const odd = [undefined, {}, { name: '' }, { name: 'a\0' }, { name: 1 }, { name: 'a', groups: 'ops' }];
    for (const input of [...odd, { name: 'a', groups: ['a', 'a'] }, { name: 'a', projects: [] }])
      await expect(manager().createToken(input as never)).rejects.toThrow(InvalidInputError);
    await expect(manager().createToken({ name: 'a' }, { timeout: -1 })).rejects.toThrow(InvalidInputError);
    expect(sent(server)).toEqual([]);
  });
});

it('takes no other input', async () => {
  const { clientCert: certificate, clientKey } = createIdentity();
  const odd: [object, RegExp][] = [
    [{ name: 'a' }, /createToken\(\)/],
    [{ name: 'a', certificate, type: 'Client token bearer' }, /a certificate, or a type/],
    [{ certificate }, /name must be/],
    [{ name: '', certificate }, /name must be/],
    [{ name: 'a\0', certificate }, /NUL/],
    [{ name: 'a', certificate: 'x' }, /certificate/],
    [{ name: 'a', certificate: clientKey }, /certificate/],
    [{ name: 'a', type: '' }, /type must be/],
    [{ name: 'a', certificate, groups: ['a', 'a'] }, /duplicate/],
    [{ name: 'a', certificate, groups: [1] }, /groups/],
    [{ name: 'a', certificate, id: 'x' }, /has no 'id'/],
  ];
  for (const [input, text] of odd) {
    const error = await rejection(manager().create(input as never), InvalidInputError);
    expect(error.message).toMatch(text);
    expect(error.message).not.toContain('PRIVATE');
  }
  for (const key of [`tls/${'0'.repeat(64)}`, 'bearer/x', 'oidc/a@b.c'])
    await expect(manager().ensure(key, { name: 'a', certificate })).rejects.toThrow(InvalidInputError);
  await expect(manager().ensure('tls/x', { type: 'Client token bearer' })).rejects.toThrow(InvalidInputError);
  expect(writes(server)).toEqual([]);
});

it('says no secret in logs, errors and what is printed', async () => {
  const lines: string[] = [];
  const levels = ['error', 'warn', 'info', 'debug'] as const;
  const log = Object.fromEntries(levels.map((level) => [level, (line: string) => lines.push(line)]));
  await server.close();
  ({ server } = await startNewer({ https: true }));
  await using own = new Client({ socketPath: server.socketPath, log });
  const { identities } = own.auth;
  const { secret } = JSON.parse(
    Buffer.from(await identities.createToken({ name: 'bob' }), 'base64').toString(),
  ) as { secret: string };
  const ci = await identities.create({ name: 'ci', type: 'Client token bearer' });
  const token = await ci.issueToken();
  const shown: unknown[] = [own.auth, identities, await identities.all(), ci, JSON.stringify(ci)];
  server.failNext(`POST ${path}/bearer/*/token`, { status: 500, error: 'broken' });
  shown.push(await rejection(ci.issueToken(), Error));
  const text = [...lines, ...shown.map((one) => inspect(one, { depth: Infinity, showHidden: true }))].join(
    '\n',
  );
  expect(lines.length).toBeGreaterThan(3);
  for (const one of [secret, token]) expect(text).not.toContain(one);
});

describe('what a server does not have', () => {
  const calls = (of: Client): (() => Promise<unknown>)[] => {
    const { identities, groups, identityProviderGroups } = of.auth;
    const { clientCert: certificate } = createIdentity();
    return [
      () => of.auth.permissions(),
      () => identities.all(),
      () => identities.names(),
      () => identities.get('tls/a'),
      () => identities.create({ name: 'a', certificate }),
      () => identities.create({ name: 'a', type: 'Client token bearer' }),
      () => identities.ensure('tls/a', { certificate }),
      () => identities.createToken({ name: 'a' }),
      () => identities.current(),
      () => identities.ref('bearer/a').issueToken(),
      () => identities.ref('bearer/a').revokeToken(),
      () => identities.ref('tls/a').replaceCertificate(certificate),
      () => identities.ref('tls/a').delete(),
      () => groups.all(),
      () => groups.create('a'),
      () => groups.ref('a').rename('b'),
      () => identityProviderGroups.ensure('a'),
    ];
  };

  it.each([
    ['lxd', 'lacks the API extension access_management'],
    ['incus', 'Incus has no '],
  ] as const)('is said on %s before it is asked for', async (product, words) => {
    const { server: old, client: of } = await startNewer({ product, extensions: (own) => own });
    for (const call of calls(of)) {
      old.clearRequests();
      const error = await rejection(call(), UnsupportedError);
      expect(error.message).toContain(words);
      expect(sent(old)).toEqual([]);
    }
    await old.close();
  });

  it('is said of LXD 5.21 as it was first', async () => {
    const extensions = (own: readonly string[]) => [...own, authExtensions[0]!];
    const { server: old, client: of } = await startNewer({ extensions });
    const { identities } = of.auth;
    expect(await identities.all()).toEqual([]);
    const { clientCert: certificate } = createIdentity();
    for (const [call, extension] of [
      [() => identities.create({ name: 'a', certificate }), 'access_management_tls'],
      [() => identities.createToken({ name: 'a' }), 'access_management_tls'],
      [() => identities.create({ name: 'a', type: 'Client token bearer' }), 'auth_bearer'],
      [() => identities.create({ name: 'a', type: 'DevLXD token bearer' }), 'auth_bearer_devlxd'],
    ] as const) {
      const error = await rejection(call(), UnsupportedError);
      expect(error.extension).toBe(extension);
    }
    expect(writes(old)).toEqual([]);
    await old.close();
  });

  it('is not made up of who is asking', async () => {
    const extensions = (own: readonly string[]) => [...own, 'access_management', 'access_management_tls'];
    const { server: old, client: of } = await startNewer({ extensions, https: true });
    const token = await of.auth.identities.createToken({ name: 'bob' });
    const bob = await Client.connect({ token });
    expect((await bob.auth.identities.current()).fineGrained).toBeUndefined();
    await bob.close();
    await old.close();
  });

  it('is said of who is asking over a socket', async () => {
    server.clearRequests();
    await expect(manager().current()).rejects.toThrow(/over HTTPS/);
    expect(sent(server)).toEqual([]);
  });
});
