import { inspect } from 'node:util';
import {
  CertificateError,
  Client,
  createIdentity,
  ForbiddenError,
  InvalidInputError,
  ServerError,
  TrustTokenError,
  UnsupportedError,
} from 'tslxd';
import { fail, serveHttps, sync, type Seen, type TestServer } from '../../rest/test-server.js';
import { fingerprintOf } from '../../support/certificates.js';
import { useConfiguration } from '../../support/configuration.js';
import { rejection } from '../support.js';

const secret = 'f00d'.repeat(16);

/** What the server says to a secret, and whether it trusts from then on. */
type Say = (...given: Parameters<Parameters<typeof serveHttps>[0]>) => unknown;

describe('servers that cannot be had here', () => {
  useConfiguration();
  const extensions = ['api_filtering', 'certificate_token', 'explicit_trust_token', 'access_management'];
  let isTrusted: boolean;

  async function lxd(say: Say, api_extensions = extensions): Promise<TestServer> {
    isTrusted = false;
    return serveHttps((response, seen, nth) => {
      if (seen.method === 'POST') return say(response, seen, nth);
      sync(response, { auth: isTrusted ? 'trusted' : 'untrusted', auth_methods: ['tls'], api_extensions });
    });
  }

  const trust: Say = (response) => {
    isTrusted = true;
    sync(response);
  };
  const refuse =
    (status: number, text: string): Say =>
    (response) =>
      fail(response, status, text);

  function tokenOf({ options }: TestServer, more: object = {}): string {
    const { endpoint = '', serverCert = '' } = options;
    const content = {
      client_name: 'laptop',
      fingerprint: fingerprintOf({ cert: serverCert, key: '' }),
      addresses: [String(endpoint).replace('https://', '')],
      secret,
      expires_at: '0001-01-01T00:00:00Z',
      ...more,
    };
    return Buffer.from(JSON.stringify(content)).toString('base64');
  }

  const posts = ({ seen }: TestServer) =>
    seen
      .filter(({ method }) => method === 'POST')
      .map(({ url, body }: Seen) => ({ url, body: JSON.parse(body) as unknown }));

  it('a token of an LXD identity goes alone to where identities are', async () => {
    const server = await lxd(trust);
    const token = tokenOf(server, { type: 'Client certificate (pending)' });
    await using client = await Client.connect({ token, name: 'laptop' });
    expect(client.server.auth).toBe('trusted');
    expect(posts(server)).toEqual([{ url: '/1.0/auth/identities/tls', body: { trust_token: token } }]);
  });

  it('LXD with explicit_trust_token gets one where Incus does', async () => {
    const server = await lxd(trust);
    const token = tokenOf(server);
    await using client = await Client.connect({ token });
    expect(client.server.auth).toBe('trusted');
    expect(posts(server)).toEqual([
      { url: '/1.0/certificates', body: { type: 'client', trust_token: token } },
    ]);
  });

  it('a server that hides what it is gets a token as all but LXD 5.0 take it', async () => {
    const server = await lxd(trust, []);
    await using client = await Client.connect({ token: tokenOf(server) });
    expect(posts(server)).toMatchObject([{ body: { trust_token: expect.any(String) } }]);
    expect(client.server.auth).toBe('trusted');
  });

  it('no request of the client’s project or member goes along', async () => {
    const server = await lxd(trust);
    await using client = await Client.connect({ token: tokenOf(server), project: 'shop', target: 'n1' });
    expect(server.lines.filter((line) => line.startsWith('POST'))).toEqual(['POST /1.0/certificates']);
    expect(client.project).toBe('shop');
  });

  it.each<[string, number, string, RegExp]>([
    ['used', 500, 'Failed during search for pending TLS identity: Identity not found', /used or cancelled/],
    ['unknown', 403, 'No matching certificate add operation found', /used or cancelled/],
    [
      'expired',
      500,
      'Failed during search for certificate add token operation: Token has expired',
      /has expired/,
    ],
    ['of another member', 500, 'Bad certificate add operation data', /another member.*used up/],
    ['garbage to it', 403, 'not authorized', /used or cancelled/],
  ])('a token that is %s is one kind of error', async (_, status, text, reason) => {
    const server = await lxd(refuse(status, text));
    const error = await rejection(Client.connect({ token: tokenOf(server) }), TrustTokenError);
    expect(error).toMatchObject({ status, message: expect.stringMatching(reason) });
    expect(error.message).toContain(text);
    expect(posts(server)).toHaveLength(1);
    expect(inspect(error, { showHidden: true, depth: Infinity })).not.toContain(secret);
  });

  it('any other failure is itself', async () => {
    const server = await lxd(refuse(500, 'Failed to begin transaction'));
    const error = await rejection(Client.connect({ token: tokenOf(server) }), ServerError);
    expect(error.code).toBe('ERR_LXD_SERVER');
  });

  it.each<[string, Say]>([
    [
      'that it knows us already',
      (response) => {
        isTrusted = true;
        fail(response, 409, 'Client is already trusted');
      },
    ],
    [
      'nothing, for its answer was lost',
      (response) => {
        isTrusted = true;
        response.destroy();
      },
    ],
  ])('trusted we are, where the server says %s', async (_, say) => {
    const server = await lxd(say);
    await using client = await Client.connect({ token: tokenOf(server) });
    expect(client.server.auth).toBe('trusted');
    expect(posts(server)).toHaveLength(1);
  });

  it('trusted we are not, where it only says so', async () => {
    const server = await lxd((response) => sync(response));
    const error = await rejection(Client.connect({ token: tokenOf(server) }), CertificateError);
    expect(error.message).toContain('server.ca');
    const claims = await lxd(refuse(409, 'Client is already trusted'));
    await expect(Client.connect({ token: tokenOf(claims) })).rejects.toThrow('already trusted');
  });

  it('says nothing of a token in what it logs, nor in what there is to print of the client', async () => {
    const server = await lxd(trust);
    const token = tokenOf(server);
    const lines: string[] = [];
    const write = (line: string) => lines.push(line);
    await using client = await Client.connect({
      token,
      log: { debug: write, info: write, warn: write, error: write },
    });
    const shown =
      inspect(client, { showHidden: true, depth: Infinity }) + JSON.stringify(client) + lines.join('\n');
    expect(lines.join('\n')).toContain('POST /1.0/certificates 200');
    for (const one of [token, secret, 'PRIVATE KEY']) expect(shown).not.toContain(one);
    expect(JSON.stringify(client.credentials())).not.toContain(token);
  });

  it('what a client was at when it got its certificate ends as it began', async () => {
    let answer: () => void = () => undefined;
    let began: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => (began = resolve));
    isTrusted = false;
    const server = await serveHttps((response, { method, url }) => {
      if (method === 'POST') return trust(response, {} as Seen, 0);
      if (url === '/1.0') {
        sync(response, { auth: isTrusted ? 'trusted' : 'untrusted', api_extensions: [] });
        return;
      }
      answer = () => sync(response, ['/1.0/images/x']);
      began();
    });
    await using client = await Client.connect(server.options);
    const images = client.images.names();
    await asked;
    await client.authenticate(tokenOf(server));
    expect(client.server.auth).toBe('trusted');
    expect(client.credentials().clientCert).toContain('BEGIN CERTIFICATE');
    answer();
    expect(await images).toEqual(['x']);
  });

  it('passwords are no more, or wrong', async () => {
    const none = await lxd(refuse(501, 'Password authentication is no longer supported'));
    await using client = await Client.connect({ ...none.options, ...createIdentity() });
    await rejection(client.authenticate('hunter2'), UnsupportedError);
    const old = await lxd(refuse(403, 'not authorized'), ['certificate_token']);
    await using other = await Client.connect({ ...old.options, ...createIdentity() });
    const error = await rejection(other.authenticate('hunter2', { name: 'me' }), ForbiddenError);
    expect(error.message).not.toContain('hunter2');
    expect(posts(old)).toEqual([
      { url: '/1.0/certificates', body: { type: 'client', name: 'me', password: 'hunter2' } },
    ]);
  });

  it('what is wrong is said before anything is sent', async () => {
    const server = await lxd(trust);
    const token = tokenOf(server);
    const { endpoint = '', serverCert = '' } = server.options;
    const { clientCert, clientKey } = createIdentity();
    const bad: [object, string][] = [
      [{ token: 'hunter2' }, 'no trust token'],
      [{ token: token.slice(0, -30) }, 'damaged'],
      [{ token: 7 }, 'non-empty string'],
      [{ token: tokenOf(server, { addresses: [] }) }, 'no address'],
      [{ token, name: '' }, 'name'],
      [{ name: 'x' }, 'token'],
      [{ token, socketPath: '/x' }, 'socket'],
      [{ token, endpoint: 'unix:///x' }, 'socket'],
      [{ token, verify: false }, 'leave out'],
      [{ token, ca: serverCert }, 'leave out'],
      [{ token, acceptCertificate: () => true }, 'leave out'],
      [{ token, serverCert: clientCert }, 'serverCert'],
      [{ token, clientKey }, 'clientKey'],
      [{ token, bearer: 'x' }, 'leave out bearer'],
      [{ token, clientJwt: true }, 'leave out clientJwt'],
    ];
    for (const [options, text] of bad) {
      const error = await rejection(Client.connect(options), InvalidInputError);
      expect(error.message).toContain(text);
      expect(inspect(error)).not.toContain(secret);
    }
    await rejection(Client.connect('prod', { token }), InvalidInputError);
    await rejection(Client.connect(String(endpoint), { token, endpoint }), InvalidInputError);
    expect(server.seen).toEqual([]);
    await using client = await Client.connect(String(endpoint), { token });
    for (const given of [undefined, '', token.slice(0, 99), 'eyJx'])
      await rejection(client.useProject('x').authenticate(given!), InvalidInputError);
    await rejection(client.authenticate(token, { naem: 'x' } as object), InvalidInputError);
    expect(posts(server)).toHaveLength(1);
  });
});
