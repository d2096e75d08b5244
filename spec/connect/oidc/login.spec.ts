import { inspect } from 'node:util';
import { Client, InvalidInputError, LoginError, UnsupportedError, type OidcTokenStore } from 'tslxd';
import { OidcLogin } from '../../../lib/connect/oidc/login.js';
import { rejection, until } from '../../rest/test-server.js';
import { makeCertificate } from '../../support/certificates.js';
import { startProxy } from '../../support/http-proxy.js';
import { Guarded, offerOf, startLogin, startProvider, storeOf, type Login } from './guarded.js';

let provider: Login['provider'];
let server: Login['server'];
let client: Login['client'];
beforeEach(async () => {
  ({ provider, server, client } = await startLogin());
});

/** Old tokens, of which the refresh token is good. */
function oldTokens() {
  server.takes = (token) => token !== 'old';
  return { accessToken: 'old', refreshToken: provider.refreshToken(), issuer: provider.issuer };
}

describe('a login', () => {
  it('is one, however many requests wait for it', async () => {
    const one = client();
    await Promise.all(Array.from({ length: 12 }, () => one.profiles.names()));
    expect(provider.logins).toBe(1);
  });

  it("shows the provider's page and the code", async () => {
    provider.completes = false;
    const seen: unknown[] = [];
    await client({ onVerification: (verification) => void seen.push(verification) }).server.fetch();
    const expiresAt = expect.any(Date) as Date;
    expect(seen).toEqual([{ url: `${provider.issuer}/page`, userCode: 'ABCD-1234', expiresAt }]);
  });

  it('does not wait for a callback that lasts as long as its dialogue', async () => {
    await client({ onVerification: () => new Promise(() => undefined) }).server.fetch();
    expect(provider.logins).toBe(1);
  });

  it('asks as often as it may: less often when told so', async () => {
    provider.codeLifetime = 0.2;
    provider.instead = ({ form }, response) => {
      if (!form.grant_type) return false;
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"slow_down"}');
      return true;
    };
    const error = await rejection<LoginError>(client().server.fetch());
    expect(error.reason).toBe('expired');
    expect(provider.grants('device_code')).toHaveLength(2); // the second before the end
  });

  it("takes a provider over HTTPS by its authority's certificate", async () => {
    const certificate = await makeCertificate({ commonName: 'idp', altNames: ['127.0.0.1'] });
    const secure = await startProvider({ certificate });
    server.offer = offerOf(secure);
    await client({ ca: certificate.cert, allowLoopbackHttp: false }).server.fetch();
    expect(secure.logins).toBe(1);
    const error = await rejection<LoginError>(client({ allowLoopbackHttp: false }).server.fetch());
    expect(error).toMatchObject({ reason: 'unreachable', cause: { code: 'ERR_LXD_CERTIFICATE' } });
    expect(error.message).toContain('oidc.ca');
  });

  it('asks a server for what it offers also where it would answer anybody', async () => {
    await client().server.fetch();
    expect(server.server.seen[0]!.headers).toMatchObject({
      'x-incus-authenticated': 'true',
      'x-lxd-authenticated': 'true',
    });
  });

  it('is not begun where the server offers none', async () => {
    server.offer = {};
    await expect(client().server.fetch()).rejects.toThrow(UnsupportedError);
    expect(provider.asked).toEqual([]);
  });
});

describe('tokens that are kept', () => {
  it('are renewed once for all that wait, and kept again', async () => {
    const store = storeOf(oldTokens());
    const one = client({ tokens: store });
    await Promise.all(Array.from({ length: 12 }, () => one.profiles.names()));
    expect(provider.grants('refresh_token')).toHaveLength(1);
    expect(provider.logins).toBe(0);
    expect(store.kept).toMatchObject({ issuer: provider.issuer });
    expect(store.kept!.accessToken).not.toBe('old');
  });

  it('keep their refresh token where the provider gives no new one', async () => {
    provider.rotates = false;
    const tokens = oldTokens();
    const store = storeOf(tokens);
    await client({ tokens: store }).server.fetch();
    expect(store.kept!.refreshToken).toBe(tokens.refreshToken);
  });

  it('are replaced by a login when the provider takes them no more', async () => {
    const store = storeOf(oldTokens());
    provider.revoke();
    await client({ tokens: store }).server.fetch();
    expect(provider.logins).toBe(1);
  });

  it('are never shown to another provider, whatever the server says', async () => {
    const tokens = oldTokens();
    const other = await startProvider();
    server.offer = offerOf(other);
    await client({ tokens: storeOf(tokens) }).server.fetch();
    expect(other.grants('refresh_token')).toEqual([]);
    expect(JSON.stringify(other.asked)).not.toContain(tokens.refreshToken);
    expect(other.logins).toBe(1);
  });

  it('are read again: another process may have renewed them', async () => {
    const tokens = oldTokens();
    let loads = 0;
    const load = () => ((loads += 1) === 1 ? tokens : { ...tokens, accessToken: 'of-another' });
    await client({ tokens: { load, save: () => undefined } }).server.fetch();
    expect(provider.asked).toEqual([]);
  });

  it('are those of another process, where that was faster', async () => {
    const store = storeOf(oldTokens());
    provider.revoke();
    provider.instead = () => {
      store.kept = { accessToken: 'of-another' };
      return false;
    };
    await client({ tokens: store }).server.fetch();
    expect(provider.grants('refresh_token')).toHaveLength(1);
    expect(provider.logins).toBe(0);
  });

  it('are those of another process, also where that is slow to keep them', async () => {
    const store = storeOf(oldTokens());
    provider.revoke();
    let after = Infinity;
    provider.instead = () => {
      after = 2;
      return false;
    };
    const load = () => ((after -= 1) <= 0 ? { accessToken: 'of-another' } : store.load());
    await client({ tokens: { load, save: store.save } }).server.fetch();
    expect(provider.logins).toBe(0);
  });

  it.each<[string, LoginError['reason'], number, string]>([
    ['refuses the client', 'failed', 401, 'invalid_client'],
    ['is asked too often', 'unreachable', 429, 'too_many'],
    ['fails', 'unreachable', 503, 'temporarily_unavailable'],
  ])('are not given up because the provider %s: reason %j', async (_, reason, status, error) => {
    provider.instead = (__, response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
      return true;
    };
    const one = client({ tokens: storeOf(oldTokens()) });
    await expect(one.server.fetch()).rejects.toMatchObject({ reason });
    provider.instead = undefined;
    await one.server.fetch();
    expect(provider.logins).toBe(0);
  });

  describe.each(['aborts', 'closes'])('and renewed while their only caller %s', (how) => {
    it('are kept, since the old refresh token is used up', async () => {
      const store = storeOf(oldTokens());
      const stop = new AbortController();
      const one = client({ tokens: store });
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      provider.holds = () => held;
      const waiting = one.server.fetch({ signal: stop.signal });
      waiting.catch(() => undefined);
      await until(() => provider.grants('refresh_token').length > 0);
      if (how === 'aborts') stop.abort();
      else await one.close();
      await expect(waiting).rejects.toThrow();
      const next = how === 'aborts' ? one.server.fetch() : undefined;
      release();
      await until(() => store.kept!.accessToken !== 'old');
      await next;
      expect(provider.grants('refresh_token')).toHaveLength(1);
      expect(provider.logins).toBe(0);
    });
  });

  it.each<[string, OidcTokenStore]>([
    ['cannot be read', { load: () => Promise.reject(new Error('locked')), save: () => undefined }],
    ['are none', { load: () => ({ accessToken: '' }), save: () => undefined }],
    ['cannot be kept', { load: () => undefined, save: () => Promise.reject(new Error('full')) }],
  ])('that %s are an error', async (_, tokens) => {
    await expect(client({ tokens }).server.fetch()).rejects.toMatchObject({
      code: 'ERR_LXD_LOGIN',
      reason: 'failed',
    });
  });
});

it('asks the provider through the proxy of the client', async () => {
  const certificate = await makeCertificate({ commonName: 'idp', altNames: ['127.0.0.1'] });
  const secure = await startProvider({ certificate });
  server.offer = offerOf(secure);
  const proxy = await startProxy();
  const store = storeOf();
  const oidc = { onVerification: () => undefined, ca: certificate.cert, tokens: store };
  await using one = await Client.connect({ ...server.server.options, oidc, proxy: proxy.url });
  expect(one.server.auth).toBe('trusted');
  expect(proxy.targets).toContain(new URL(secure.issuer).host);
  expect(proxy.hasSeen(store.kept!.accessToken)).toBe(false);
});

it('is one for the connection of its own that a change of the certificate takes', async () => {
  const one = client();
  await one.server.fetch();
  await one.request('PUT', '/1.0/cluster', { body: { server_name: 'one', enabled: true } });
  expect(server.known.length).toBeGreaterThan(1);
  expect(provider.logins).toBe(1);
});

it('works with several addresses, of which the first does not answer', async () => {
  const { endpoint, serverCert } = server.server.options;
  const oidc = { onVerification: () => undefined, allowLoopbackHttp: true };
  const endpoints = ['https://127.0.0.94:9', String(endpoint)];
  await using one = await Client.connect({ endpoint: endpoints, serverCert, oidc });
  expect(one.server.auth).toBe('trusted');
  expect(provider.logins).toBe(1);
});

it('asks whether it is known before it sends what can be sent once, unless that is sure', async () => {
  const one = client();
  async function* body() {
    yield Buffer.from('x');
  }
  const send = () => one.request('POST', '/1.0/images', { body: body() } as never);
  await send().catch(() => undefined);
  const paths = () => server.server.lines.filter((line) => line !== 'GET /1.0');
  expect(server.server.lines.slice(-2)).toEqual(['GET /1.0', 'POST /1.0/images']);
  expect(paths()).toEqual(['POST /1.0/images']); // never without a proof
  await send().catch(() => undefined);
  expect(server.server.lines.slice(-2)).toEqual(['POST /1.0/images', 'POST /1.0/images']);
});

it('asks once before the code ends, also where the interval is longer', async () => {
  provider.codeLifetime = 0.4;
  provider.interval = 5;
  await client().server.fetch();
  expect(provider.grants('device_code')).toHaveLength(1);
});

describe("LXD's way", () => {
  beforeEach(() => (server.offer = offerOf(provider, 'lxd')));

  it('says in its own grammar that it keeps cookies, and asks for the scopes of the list', async () => {
    await client().server.fetch();
    expect(provider.asked[0]!.form).toEqual({
      client_id: 'tslxd',
      audience: 'the-audience',
      scope: 'openid offline_access groups',
    });
    for (const { headers } of server.server.seen) {
      expect(headers['user-agent']).toMatch(/^LXD \d+\.\d+ \(Linux; x86_64\) \(cookiejar\)$/);
    }
  });

  it('sends the session back beside the token, on websockets too, until it is deleted', async () => {
    server.cookie = 'session=abc.def; Path=/; Secure; HttpOnly; SameSite=Strict';
    const one = client();
    await one.server.fetch();
    server.cookie = undefined;
    await one.profiles.names();
    expect(server.known.at(-1)).toMatchObject({
      cookie: 'session=abc.def',
      authorization: expect.stringMatching(/^Bearer ./) as string,
    });
    one.events.on('lifecycle', () => undefined);
    await one.events.ready();
    expect(server.upgrades.at(-1)!.headers).toMatchObject({ cookie: 'session=abc.def' });
    server.cookie = 'session=; Path=/; Max-Age=0';
    await one.profiles.names();
    await one.profiles.names();
    expect(server.known.at(-1)).not.toHaveProperty('cookie');
  });
});

it('takes no session from a late answer to the proof before', async () => {
  const store = storeOf({ accessToken: 'present' });
  const login = new OidcLogin({ tokens: store }, { closing: new AbortController().signal, log: {} });
  const request = { method: 'GET', path: '/1.0' };
  await login.headers(request);
  const heard = (session: string, token: string) => {
    const headers = { 'set-cookie': [`session=${session}`] };
    login.heard({ status: 200, headers }, { authorization: `Bearer ${token}` });
  };
  heard('mine', 'present');
  heard('late', 'before');
  expect(await login.headers(request)).toMatchObject({ cookie: 'session=mine' });
});

it('logs in for a websocket, and for an upgrade', async () => {
  const one = client({ tokens: storeOf(oldTokens()) });
  one.events.on('lifecycle', () => undefined);
  await one.events.ready();
  expect(server.upgrades.map(({ headers }) => headers.authorization === 'Bearer old')).toEqual([true, false]);
  expect(provider.grants('refresh_token')).toHaveLength(1);
});

it('is of one server: a redirect elsewhere gets nothing', async () => {
  const elsewhere = await Guarded.start({});
  const store = storeOf({ accessToken: 'good' });
  const one = client({ tokens: store });
  server.server.seen.length = 0;
  const { endpoint } = elsewhere.server.options;
  server.redirectsTo = `${String(endpoint)}/1.0/profiles`;
  await expect(one.profiles.names()).rejects.toMatchObject({ code: 'ERR_LXD_PROTOCOL' });
  expect(elsewhere.server.seen).toEqual([]);
});

it('never shows a token', async () => {
  const tokens = { accessToken: 'SECRET-access', refreshToken: 'SECRET-refresh', issuer: provider.issuer };
  const lines: string[] = [];
  const log = { info: lines.push.bind(lines), warn: lines.push.bind(lines), debug: lines.push.bind(lines) };
  const oidc = { onVerification: () => undefined, tokens: storeOf(tokens), allowLoopbackHttp: true };
  await using one = new Client({ ...server.server.options, oidc, log });
  await one.server.fetch();
  server.takes = () => false;
  provider.instead = (_, response) => {
    const answer = { access_token: 'SECRET-new', token_type: 'odd', refresh_token: 'SECRET-newer' };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    return true;
  };
  const error = await rejection(one.profiles.names());
  const saved: unknown[] = [];
  const keeping = client({ tokens: { load: () => undefined, save: (made) => void saved.push(made) } });
  provider.instead = undefined;
  server.takes = (token) => token !== '';
  await keeping.server.fetch();
  expect(inspect(saved)).toMatch(/accessToken: '\(hidden\)'/);
  expect(JSON.stringify(saved)).toContain('"accessToken":"ey');
  const shown = [one, one.server, one.credentials(), error, (error as LoginError).cause]
    .map((thing) => inspect(thing, { depth: 12, showHidden: true }) + (JSON.stringify(thing) ?? ''))
    .join('\n');
  expect(shown + lines.join('\n')).not.toContain('SECRET');
});

it.each<Record<string, string>>([{ Authorization: 'Bearer x' }, { cookie: 'a=b' }, { 'User-Agent': 'me' }])(
  'leaves no room for the header %j',
  (headers) => {
    const oidc = { onVerification: () => undefined };
    expect(() => new Client({ ...server.server.options, oidc, headers })).toThrow(InvalidInputError);
  },
);
