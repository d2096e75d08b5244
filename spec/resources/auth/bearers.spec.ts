import { Client, createIdentity, InvalidInputError, UnsupportedError } from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { sent } from '../support.js';
import { authExtensions, startNewer } from './support.js';

// Of newer LXD, which no machine here has: by its source.

let server: FakeServer;
let client: Client;

beforeEach(async () => {
  ({ server, client } = await startNewer());
  await client.auth.groups.create('dev');
  server.clearRequests();
});
afterEach(() => server.close());

const manager = () => client.auth.identities;

describe('bearers of tokens', () => {
  it('are made, get one token after the other, and lose it', async () => {
    const ci = await manager().create({ name: 'ci', type: 'Client token bearer', groups: ['dev'] });
    expect(ci.key).toBe(`bearer/${ci.id}`);
    expect(ci.expiresAt).toBeNull();
    const twin = await manager().create({ name: 'ci', type: 'Client token bearer' }); // names are anybody's
    expect(twin.id).not.toBe(ci.id);
    const first = await ci.issueToken();
    const years = ((await ci.fetch()).expiresAt?.getTime() ?? 0) - Date.now();
    expect(years / 86_400_000).toBeCloseTo(3652, -1);
    const second = await ci.issueToken({ expiry: '1d 12H' });
    expect(second).not.toBe(first);
    expect(((await ci.fetch()).expiresAt?.getTime() ?? 0) - Date.now()).toBeLessThan(37 * 3_600_000);
    await ci.revokeToken();
    expect((await ci.fetch()).expiresAt).toBeNull();
    await twin.delete();
    await manager().ensure('bearer/ci', { type: 'Client token bearer', groups: ['dev'] });
    await manager().ensure('bearer/other', { type: 'DevLXD token bearer' });
    expect((await manager().all()).map(({ name }) => name).sort()).toEqual(['ci', 'other']);
  });

  it('are let in with it, until it is revoked', async () => {
    await using fake = await FakeServer.start({
      https: true,
      extensions: (own) => [...own, ...authExtensions],
    });
    const { identities } = fake.client().auth;
    const ci = await identities.create({ name: 'ci', type: 'Client token bearer' });
    const bearer = await ci.issueToken({ expiry: '1d' });
    const { endpoint, serverCert } = fake.endpoint;
    await using of = await Client.connect({ endpoint, serverCert, bearer });
    expect((await of.auth.identities.current()).identity.key).toBe(ci.key);
    await ci.issueToken();
    expect((await of.server.fetch()).auth).toBe('untrusted');
  });

  it('are let in only by those for this API', async () => {
    await using fake = await FakeServer.start({
      https: true,
      extensions: (own) => [...own, ...authExtensions],
    });
    const { endpoint, serverCert } = fake.endpoint;
    const told: Record<string, unknown> = {};
    for (const type of ['Client', 'DevLXD', 'Initial UI'].map((word) => `${word} token bearer`)) {
      const one = await fake.client().auth.identities.create({ name: 'ci', type });
      await using of = await Client.connect({ endpoint, serverCert, bearer: await one.issueToken() });
      told[type] = (await of.server.fetch()).auth;
    }
    expect(told).toEqual({
      'Client token bearer': 'trusted',
      'DevLXD token bearer': 'untrusted', // its token is for the API inside instances
      'Initial UI token bearer': 'trusted',
    });
  });

  it('are refused odd times, and others have no tokens', async () => {
    const ci = await manager().create({ name: 'ci', type: 'Client token bearer' });
    server.clearRequests();
    for (const expiry of ['', '30', '1 d', 'd', '1D', '1d  2H', '1d 2d', 5, null])
      await expect(ci.issueToken({ expiry } as never)).rejects.toThrow(InvalidInputError);
    expect(sent(server)).toEqual([]);
    const one = await manager().create({ name: 'alice', certificate: createIdentity().clientCert });
    server.clearRequests();
    await expect(one.issueToken()).rejects.toThrow(UnsupportedError);
    await expect(one.revokeToken()).rejects.toThrow(UnsupportedError);
    expect(sent(server)).toEqual([]);
  });
});
