import { LoginError, UnauthorizedError } from 'tslxd';
import { rejection, until } from '../../rest/test-server.js';
import { offerOf, startLogin, storeOf, type Login } from './guarded.js';

let provider: Login['provider'];
let server: Login['server'];
let client: Login['client'];
beforeEach(async () => {
  ({ provider, server, client } = await startLogin());
});

describe('what can go wrong', () => {
  const refused = (error: string, status = 400) => {
    provider.instead = (_, response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
      return true;
    };
  };

  it.each<[string, LoginError['reason'], () => unknown]>([
    ['the person says no', 'denied', () => (provider.person = 'denies')],
    ['the provider says that the code is too old', 'expired', () => (provider.person = 'is too late')],
    [
      'the code gets too old',
      'expired',
      () => Object.assign(provider, { person: 'waits', codeLifetime: 0.05 }),
    ],
    ['the provider is away', 'unreachable', () => provider.stop()],
    ['it fails', 'unreachable', () => refused('server_error', 500)],
    ['it does not know the client', 'failed', () => refused('invalid_client', 401)],
    [
      'its configuration is of another',
      'failed',
      () => (provider.configuration = { issuer: 'https://other.example' }),
    ],
    [
      'it has no device flow',
      'failed',
      () => (provider.configuration = { device_authorization_endpoint: undefined }),
    ],
    [
      'its tokens would go in the clear',
      'failed',
      () => (provider.configuration = { token_endpoint: 'http://idp.example/token' }),
    ],
    [
      'it redirects',
      'failed',
      () =>
        (provider.instead = (_, response) => {
          response.writeHead(302, { location: 'https://other.example/' }).end();
          return true;
        }),
    ],
    [
      'it answers what is no JSON',
      'failed',
      () =>
        (provider.instead = (_, response) => {
          response.writeHead(200, { 'content-type': 'application/json' }).end('<html>');
          return true;
        }),
    ],
  ])('%s: reason %j', async (_, reason, prepare) => {
    await prepare();
    const error = await rejection<LoginError>(client().server.fetch());
    expect(error).toBeInstanceOf(LoginError);
    expect(error).toMatchObject({ reason, code: 'ERR_LXD_LOGIN' });
  });

  it('asks again at the next request', async () => {
    provider.person = 'denies';
    const one = client();
    await expect(one.server.fetch()).rejects.toThrow(LoginError);
    provider.person = 'agrees';
    await one.server.fetch();
    expect(provider.logins).toBe(2);
  });

  it.each([
    ['http://idp.example', 'secrets go nowhere else than to https://'],
    ['http://127.0.0.1.example', 'secrets go nowhere else than to https://'],
    ['file:///etc/passwd', 'secrets go nowhere else than to https://'],
    ['no URL', 'names no provider'],
  ])('refuses the provider %s', async (issuer, words) => {
    server.offer = offerOf({ issuer });
    const error = await rejection<LoginError>(client().server.fetch());
    expect(error).toMatchObject({ reason: 'failed' });
    expect(error.message).toContain(words);
  });

  it('takes no provider without TLS, not even here, unless told to', async () => {
    const error = await rejection(client({ allowLoopbackHttp: false }).server.fetch());
    expect(error.message).toContain('oidc: { allowLoopbackHttp: true }');
  });

  it.each(['javascript:alert(1)', 'http://elsewhere.example/page', 'page'])(
    'shows nobody the page %s',
    async (page) => {
      provider.instead = (_, response) => {
        const code = { device_code: 'a', user_code: 'b', verification_uri: page, expires_in: 9 };
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(code));
        return true;
      };
      const shown: unknown[] = [];
      const onVerification = (verification: unknown) => void shown.push(verification);
      await expect(client({ onVerification }).server.fetch()).rejects.toThrow(LoginError);
      expect(shown).toEqual([]);
    },
  );

  it('says so when nobody can be asked', async () => {
    const error = await rejection<LoginError>(
      client({ onVerification: undefined, tokens: storeOf() }).server.fetch(),
    );
    expect(error).toMatchObject({ reason: 'required' });
    expect(error.message).toContain('pass oidc: { onVerification }');
  });

  it('passes on why onVerification failed', async () => {
    const cause = new Error('no browser');
    const onVerification = () => {
      throw cause;
    };
    const error = await rejection<LoginError>(client({ onVerification }).server.fetch());
    expect(error).toMatchObject({ reason: 'failed', cause });
  });

  it.each(['fails', 'closes'])('asks the provider no more when onVerification %s', async (how) => {
    provider.person = 'waits';
    const one = client({
      onVerification: () => (how === 'fails' ? Promise.reject(new Error('no browser')) : one.close()),
    });
    await expect(one.server.fetch()).rejects.toThrow();
    const before = provider.asked.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(provider.asked.length - before).toBeLessThan(2); // one may have been on its way
  });

  it('is refused once, and not for ever, where the server refuses what was just issued', async () => {
    server.takes = () => false;
    await expect(client().server.fetch()).rejects.toThrow(UnauthorizedError);
    expect(provider.logins).toBe(1);
  });
});

describe('who does not wait any longer', () => {
  beforeEach(() => (provider.person = 'waits'));

  it('ends the login by a signal, if nobody else waits for it', async () => {
    const stop = new AbortController();
    const waiting = client().server.fetch({ signal: stop.signal });
    waiting.catch(() => undefined);
    await until(() => provider.grants('device_code').length > 1);
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toMatchObject({ code: 'ABORT_ERR', cause: { message: 'enough' } });
    // Another's polls are the clock by which it would be heard of again.
    server.offer['X-Incus-OIDC-clientid'] = 'other';
    const polls = (id: string) =>
      provider.grants('device_code').filter(({ form }) => form.client_id === id).length;
    const before = polls('tslxd');
    const another = client().server.fetch();
    await until(() => polls('other') >= 10);
    expect(polls('tslxd') - before).toBeLessThan(2); // one may have been on its way
    provider.person = 'agrees';
    await another;
  });

  it('leaves it to the others', async () => {
    const one = client();
    const stop = new AbortController();
    const first = one.profiles.names({ signal: stop.signal });
    first.catch(() => undefined);
    const second = one.profiles.names();
    await until(() => provider.grants('device_code').length > 0);
    stop.abort();
    await expect(first).rejects.toMatchObject({ code: 'ABORT_ERR' });
    provider.person = 'agrees';
    expect(await second).toEqual([]);
    expect(provider.logins).toBe(1);
  });

  it('finds it under way after its time was over', async () => {
    const one = client();
    await expect(one.profiles.names({ timeout: 50 })).rejects.toMatchObject({ code: 'ERR_LXD_TIMEOUT' });
    provider.person = 'agrees';
    await one.profiles.names();
    expect(provider.logins).toBe(1);
  });

  it('closes the client', async () => {
    const one = client();
    const waiting = one.profiles.names();
    waiting.catch(() => undefined);
    await until(() => provider.grants('device_code').length > 0);
    await one.close();
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_LXD_CLOSED' });
  });
});
