import { FakeServer } from '../../lib/testing/index.js';
import { OidcProvider } from '../support/oidc-provider.js';
import { describeHttpsPair, type Both } from './https-pair.js';
import { call, type Answer } from './support.js';

// LXD 5.0 knows nothing of it.
describeHttpsPair(
  'what who is to log in is told, by the fake and the real server',
  (pair) => {
    let provider: OidcProvider;
    let config: Record<string, string>;
    beforeAll(async () => {
      provider = await OidcProvider.start();
      const { issuer } = provider;
      config = { 'oidc.issuer': issuer, 'oidc.client.id': 'the-client', 'oidc.audience': 'the-audience' };
      await pair.admin.same('PATCH', '/1.0', { config });
    });
    afterAll(() => provider.stop());

    const login = ({ headers }: Answer) =>
      Object.entries(headers).filter(([name]) => /^x-(?:lxd|incus)-oidc-/.test(name));
    /** Both say the same, and in which headers to log in. */
    async function alike(answers: Promise<Both>): Promise<Answer> {
      const [real, fake] = await answers;
      expect(login(fake).sort()).toEqual(login(real).sort());
      return pair.alike([real, fake]);
    }

    it.each([
      ['nothing', undefined],
      ['no bearer token', 'Basic x'],
      ['an empty one', 'Bearer '],
      ['two', 'Bearer a Bearer b'],
      ['garbage', 'Bearer x'],
    ])('tells who comes with %s', async (_, authorization) => {
      const guest = pair.stranger();
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      const paths = ['/', '/1.0', '/1.0/instances', '/1.0/nope', '/1.0/certificates', '/1.0/images'];
      for (const path of paths) await alike(guest.send('GET', path, undefined, headers));
      await alike(guest.send('POST', '/1.0/certificates', {}, headers));
      await alike(guest.send('GET', '/1.0', undefined, { ...headers, 'X-Incus-authenticated': 'true' }));
    });

    it('hides a good certificate behind a bad token', async () => {
      const guest = pair.stranger();
      const { certificate } = guest;
      const body = { type: 'client', name: 'g', certificate, restricted: true, projects: ['default'] };
      await pair.admin.send('POST', '/1.0/certificates', body);
      for (const authorization of ['', 'Bearer x']) {
        for (const path of ['/1.0', '/1.0/warnings'])
          await alike(guest.send('GET', path, undefined, authorization ? { authorization } : {}));
      }
      await guest.leave();
    });

    it('lets in who has logged in', async () => {
      const token = provider.accessToken();
      pair.knows = (given) => (given === token ? provider.email : undefined);
      const guest = pair.client();
      const headers = { authorization: `Bearer ${token}` };
      const [real, fake] = await guest.send('GET', '/1.0', undefined, headers);
      for (const key of ['auth', 'auth_methods', 'auth_user_name', 'auth_user_method'])
        expect([key, fake.body.metadata[key]]).toEqual([key, real.body.metadata[key]]);
      expect(fake.body.metadata.auth).toBe('trusted');
      await alike(guest.send('GET', '/1.0/instances', undefined, headers));
      const forged = token.replace(/.{9}$/, 'AAAAAAAAA');
      const wrong = await guest.send('GET', '/1.0', undefined, { authorization: `Bearer ${forged}` });
      expect(wrong.map(({ status }) => status)).toEqual([401, 401]);
      expect(login(wrong[1])).toEqual(expect.arrayContaining(login(wrong[0])));
    });
  },
  'incus',
);

it('tells as newer servers do which scopes they want', async () => {
  const config = { 'oidc.issuer': 'https://login.example', 'oidc.client.id': 'id' };
  for (const [product, scopes] of [
    ['lxd', '["openid","email","offline_access","profile"]'],
    ['incus', 'openid,offline_access'],
  ] as const) {
    const extensions = (own: readonly string[]) => [...own, 'oidc', 'oidc_scopes', 'oidc_allowed_subnets'];
    await using server = await FakeServer.start({ product, https: true, extensions });
    await call(server.socketPath, 'PATCH', '/1.0', { config });
    const { headers, status } = await call({ endpoint: server.endpoint.endpoint }, 'GET', '/1.0/instances');
    const said = { issuer: 'https://login.example', clientid: 'id', audience: '', scopes };
    expect(status).toBe(403);
    for (const [name, value] of Object.entries(said))
      expect(headers[`x-${product}-oidc-${name}`]).toBe(value);
  }
});
