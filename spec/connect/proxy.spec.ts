import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import {
  AbortedError,
  CertificateError,
  Client,
  ClosedError,
  ConnectionError,
  InvalidInputError,
  TimeoutError,
  type ClientOptions,
  type LxdError,
} from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { endpointFromOptions } from '../../lib/connect/options.js';
import type { HttpsEndpoint } from '../../lib/connect/endpoint.js';
import { proxyFor } from '../../lib/connect/proxy/environment.js';
import { Web } from '../../lib/rest/web.js';
import { afterwards, rejection, serveHttps, sync, until } from '../rest/test-server.js';
import { fingerprintOf, makeCertificate } from '../support/certificates.js';
import { startProxy, type ProxyAnswer } from '../support/http-proxy.js';

const variables = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy', 'NO_PROXY', 'no_proxy'];
let before: NodeJS.ProcessEnv;

beforeEach(() => {
  before = { ...process.env };
  for (const name of variables) delete process.env[name];
});

afterEach(() => {
  for (const name of variables) delete process.env[name];
  Object.assign(process.env, before);
});

function clientOf(options: ClientOptions): Client {
  const client = new Client(options);
  afterwards(() => client.close());
  return client;
}

const password = 'hunter2 & ü';

describe('through a proxy', () => {
  test('goes everything, encrypted from end to end', async () => {
    const proxy = await startProxy();
    await using server = await FakeServer.start({ https: true, exec: () => ({ stdout: 'done' }) });
    const client = clientOf({ ...server.endpoint, proxy: proxy.urlOf('me', password) });
    const listening = client.events.listen()[Symbol.asyncIterator]();
    const first = listening.next();
    const web = await client.containers.create({ name: 'web', source: { type: 'none' } });
    await web.start();
    await web.files.writeFile('/data', Buffer.alloc(3_000_000, 'x'));
    expect(await web.files.readFile('/data')).toHaveLength(3_000_000);
    expect((await web.exec(['true'])).stdout).toBe('done');
    (await web.files.sftpSocket()).destroy();
    await web.stop({ force: true });
    expect((await first).done).toBe(false);
    const target = new URL(server.endpoint.endpoint).host;
    expect(new Set(proxy.targets)).toEqual(new Set([target]));
    expect(new Set(proxy.users)).toEqual(new Set([`me:${password}`]));
    expect(proxy.hasSeen('/1.0')).toBe(false);
    await client.close();
    await until(() => proxy.open.size === 0);
  });

  test('connections are kept, and a burst has no more of them than without one', async () => {
    const proxy = await startProxy();
    await using server = await FakeServer.start({ https: true });
    const client = clientOf({ ...server.endpoint, proxy: proxy.url });
    for (let i = 0; i < 10; i++) await client.request('GET', '/1.0');
    expect(proxy.targets).toHaveLength(1);
    await Promise.all(Array.from({ length: 50 }, () => client.request('GET', '/1.0')));
    expect(proxy.targets.length).toBeLessThanOrEqual(10);
  });

  test('connect() and derived clients go the same way', async () => {
    const proxy = await startProxy();
    await using server = await FakeServer.start({ https: true });
    const { endpoint, ...rest } = server.endpoint;
    const nobody = await closedPort();
    const list = [`https://127.0.0.1:${String(nobody)}`, endpoint];
    await using client = await Client.connect({ ...rest, endpoint: list, proxy: proxy.url });
    await client.useProject('default').instances.names();
    expect(client.server.version).toBe('5.0.2');
    expect(proxy.targets).toContain(`127.0.0.1:${String(nobody)}`);
    expect(client.credentials()).not.toHaveProperty('proxy');
  });

  test('a server with another certificate is refused, and hears nothing', async () => {
    const other = await makeCertificate({ commonName: 'pinned' });
    const server = await serveHttps((response) => sync(response));
    const proxy = await startProxy();
    const client = clientOf({ ...server.options, serverCert: other.cert, proxy: proxy.url });
    for (const use of [
      () => client.request('GET', '/1.0'),
      () => client.events.listen()[Symbol.asyncIterator]().next(),
    ]) {
      const error = await rejection<CertificateError>(use());
      expect(error).toBeInstanceOf(CertificateError);
      expect(error).toMatchObject({
        expected: fingerprintOf(other),
        offered: expect.stringMatching(/^\w{64}$/) as string,
      });
      expect(error.message).toContain(`through the proxy ${proxy.url}: the server shows another certificate`);
    }
    expect(server.seen).toEqual([]);
  });
});

const uses: [string, (client: Client, signal?: AbortSignal) => Promise<unknown>][] = [
  ['a request', (client, signal) => client.request('GET', '/1.0', { signal })],
  ['a websocket', (client, signal) => client.events.listen({ signal })[Symbol.asyncIterator]().next()],
  ['an upgrade', (client, signal) => client.containers.ref('web').files.sftpSocket({ signal })],
];

describe('a proxy that lets nobody through', () => {
  const answers: [ProxyAnswer, RegExp][] = [
    [
      403,
      /refuses to connect to 127\.0\.0\.1:\d+ \(HTTP 403\); .*443\. To go without it, pass proxy: false$/,
    ],
    [502, /could not connect to 127\.0\.0\.1:\d+ \(HTTP 502\); is the server up/],
    ['garbage', /what answers as the proxy http:\S+ is no HTTP proxy; are its host and port right\?/],
    ['close', /closed the connection without an answer/],
  ];

  test.each(uses.flatMap(([name, use]) => answers.map(([answer, said]) => ({ name, use, answer, said }))))(
    '$answer is told by $name',
    async ({ use, answer, said }) => {
      const proxy = await startProxy(() => answer);
      const server = await serveHttps((response) => sync(response));
      const client = clientOf({ ...server.options, proxy: proxy.urlOf('me', password) });
      const error = await rejection<LxdError>(use(client));
      assertTold(error, said, proxy.url);
      expect(server.seen).toEqual([]);
      await until(() => proxy.open.size === 0);
    },
  );

  test.each([
    [(url: string) => url, /asks for a user and password \(HTTP 407\); put the right ones into its URL/],
    [
      (url: string) => url.replace('//', `//me:${encodeURIComponent(password)}@`),
      /does not accept the user and password \(HTTP 407\)/,
    ],
  ])('one that asks for a password', async (urlOf, said) => {
    const proxy = await startProxy(() => 407);
    const server = await serveHttps((response) => sync(response));
    const client = clientOf({ ...server.options, proxy: urlOf(proxy.url) });
    for (const [, use] of uses) assertTold(await rejection<LxdError>(use(client)), said, proxy.url);
  });

  test.each(uses)('one that is not there is told by %s', async (_, use) => {
    const url = `http://127.0.0.1:${String(await closedPort())}`;
    const server = await serveHttps((response) => sync(response));
    const client = clientOf({ ...server.options, proxy: url.replace('//', '//me:hunter2@') });
    assertTold(
      await rejection<LxdError>(use(client)),
      /refuses connections \(ECONNREFUSED\); is it up\?/,
      url,
    );
  });

  test('one of TLS that speaks none', async () => {
    const proxy = await startProxy();
    const server = await serveHttps((response) => sync(response));
    const url = proxy.url.replace('http:', 'https:');
    const client = clientOf({ ...server.options, proxy: url });
    assertTold(
      await rejection<LxdError>(client.request('GET', '/1.0')),
      /is it a proxy of http:\/\/ or of https:/,
      url,
    );
  });

  test('one of TLS with a certificate that nobody knows is no CertificateError of the server', async () => {
    const server = await serveHttps((response) => sync(response));
    const url = String(server.options.endpoint);
    const client = clientOf({ ...server.options, proxy: url });
    const error = await rejection<LxdError>(client.request('GET', '/1.0'));
    assertTold(error, /the connection to the proxy https:\S+ failed/, url);
  });
});

describe('a proxy that hangs', () => {
  test.each(uses)('ends with the time of %s', async (_, use) => {
    const proxy = await startProxy(() => 'hang');
    const server = await serveHttps((response) => sync(response));
    const client = clientOf({ ...server.options, proxy: proxy.url, timeout: 100 });
    const error = await rejection(use(client));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error.message).toContain(`through the proxy ${proxy.url}`);
    await until(() => proxy.open.size === 0);
  });

  test.each(uses)('ends with the signal of %s', async (_, use) => {
    const proxy = await startProxy(() => 'hang');
    const server = await serveHttps((response) => sync(response));
    const client = clientOf({ ...server.options, proxy: proxy.url });
    const stop = new AbortController();
    const ended = rejection(use(client, stop.signal));
    await until(() => proxy.targets.length > 0);
    stop.abort();
    expect(await ended).toBeInstanceOf(AbortedError);
    await until(() => proxy.open.size === 0);
  });

  test.each(uses)('ends with the client of %s', async (_, use) => {
    const proxy = await startProxy(() => 'hang');
    const server = await serveHttps((response) => sync(response));
    const client = clientOf({ ...server.options, proxy: proxy.url });
    const ended = rejection(use(client));
    await until(() => proxy.targets.length > 0);
    await client.close();
    expect(await ended).toBeInstanceOf(ClosedError);
    await until(() => proxy.open.size === 0);
  });
});

describe('the environment', () => {
  const remote = 'https://box.example:8443';

  test.each<[string, NodeJS.ProcessEnv, string, string | undefined]>([
    ['has none', {}, remote, undefined],
    ['names one', { HTTPS_PROXY: 'http://p:3128' }, remote, 'http://p:3128'],
    [
      'names one in small letters',
      { https_proxy: 'http://p:3128', HTTPS_PROXY: 'http://q' },
      remote,
      'http://p:3128',
    ],
    ['names one without a scheme', { HTTPS_PROXY: 'me:pw@p:3128' }, remote, 'http://p:3128'],
    ['names one of TLS', { HTTPS_PROXY: 'https://p' }, remote, 'https://p'],
    ['names one for all', { ALL_PROXY: 'http://p:3128' }, remote, 'http://p:3128'],
    ['names one for http only', { HTTP_PROXY: 'http://p:3128' }, remote, undefined],
    ['excludes a host', { HTTPS_PROXY: 'http://p', NO_PROXY: 'a,box.example' }, remote, undefined],
    ['excludes a domain', { HTTPS_PROXY: 'http://p', NO_PROXY: '.example' }, remote, undefined],
    ['excludes another port', { HTTPS_PROXY: 'http://p', NO_PROXY: 'box.example:443' }, remote, 'http://p'],
    ['excludes all', { HTTPS_PROXY: 'http://p', no_proxy: '*' }, remote, undefined],
    ...['localhost', '127.0.0.1', '127.8.8.8', '[::1]', '[::ffff:127.0.0.1]'].map(
      (host): [string, NodeJS.ProcessEnv, string, undefined] => [
        `means nothing for ${host}`,
        { HTTPS_PROXY: 'http://p', ALL_PROXY: 'http://p' },
        `https://${host}`,
        undefined,
      ],
    ),
  ])('%s', async (_, env, endpoint, origin) => {
    Object.assign(process.env, env);
    const found = await proxyFor(endpointFromOptions({ endpoint }) as HttpsEndpoint);
    expect(found?.origin).toBe(origin);
    expect(await proxyFor(endpointFromOptions({ endpoint, proxy: false }) as HttpsEndpoint)).toBeUndefined();
    const given = endpointFromOptions({ endpoint, proxy: 'http://own:1' }) as HttpsEndpoint;
    expect((await proxyFor(given))?.origin).toBe('http://own:1');
  });

  test('is asked when it connects, and its name is in errors', async () => {
    const server = await serveHttps((response) => sync(response, { api_extensions: [], auth: 'trusted' }));
    const { port } = new URL(String(server.options.endpoint));
    let answer: ProxyAnswer = 'through';
    const proxy = await startProxy(
      () => answer,
      () => `127.0.0.1:${port}`,
    );
    process.env.HTTPS_PROXY = proxy.urlOf('me', password);
    const options = { ...server.options, endpoint: remote };
    await clientOf(options).request('GET', '/1.0');
    expect(proxy.targets).toEqual(['box.example:8443']);
    answer = 403;
    const error = await rejection<LxdError>(clientOf(options).request('GET', '/1.0'));
    assertTold(error, /\(HTTPS_PROXY\).*name the host in NO_PROXY, or pass proxy: false$/, proxy.url);
  });

  test('counts for image servers, too', async () => {
    const server = await serveHttps((response) => response.end('a list'));
    const { port } = new URL(String(server.options.endpoint));
    let answer: ProxyAnswer = 'through';
    const proxy = await startProxy(
      () => answer,
      () => `127.0.0.1:${port}`,
    );
    process.env.HTTPS_PROXY = proxy.url;
    const url = new URL('https://images.example/streams');
    const options = { serverCert: server.options.serverCert };
    expect(await new Web(url, options).text(url)).toBe('a list');
    expect(proxy.targets).toEqual(['images.example:443']);
    answer = 403;
    assertTold(
      await rejection<LxdError>(new Web(url, options).text(url)),
      /\(HTTP 403\).*NO_PROXY/,
      proxy.url,
    );
    answer = 'hang';
    expect(await rejection(new Web(url, { ...options, timeout: 200 }).text(url))).toBeInstanceOf(
      TimeoutError,
    );
    await until(() => proxy.open.size === 0);
  });

  test('means nothing for sockets, nor for this machine', async () => {
    const proxy = await startProxy(() => 500);
    process.env.HTTPS_PROXY = proxy.url;
    process.env.ALL_PROXY = proxy.url;
    await using server = await FakeServer.start({ https: true });
    await clientOf({ socketPath: server.socketPath }).request('GET', '/1.0');
    await clientOf(server.endpoint).request('GET', '/1.0');
    expect(proxy.targets).toEqual([]);
  });

  test.each([
    ['socks5://me:hunter2@p', /^HTTPS_PROXY names a proxy of socks5:\/\/, which is not supported/],
    ['http://me:hunter2@p:x', /^HTTPS_PROXY is not the URL of a proxy/],
  ])('that names what is none says so: %s', async (value, said) => {
    process.env.HTTPS_PROXY = value;
    const error = await rejection<LxdError>(clientOf({ endpoint: remote }).request('GET', '/1.0'));
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error.message).toMatch(said);
    expect(inspect(error, { depth: 9 })).not.toContain('hunter2');
  });
});

describe('the option', () => {
  const endpoint = 'https://box.example';
  test.each<[ClientOptions, RegExp]>([
    [{ endpoint, proxy: '' }, /^proxy must be the URL of a proxy, http:\/\/host:port, or false for none$/],
    [{ endpoint, proxy: true as never }, /^proxy must be the URL/],
    [{ endpoint, proxy: null as never }, /^proxy must be the URL/],
    [{ endpoint, proxy: 'ftp://me:hunter2@p' }, /^proxy names a proxy of ftp:\/\//],
    [{ endpoint, proxy: 'http://me:hunter2@' }, /^proxy is not the URL of a proxy/],
    [{ socketPath: '/s', proxy: 'http://me:hunter2@p' }, /^proxy is for TLS, but a unix socket has none/],
    [{ proxy: 'http://me:hunter2@p' }, /^proxy is for TLS, but no https endpoint is named/],
  ])('%j is refused', (options, said) => {
    const error = (() => {
      try {
        return new Client(options);
      } catch (reason) {
        return reason as Error;
      }
    })();
    expect(error).toBeInstanceOf(InvalidInputError);
    expect((error as Error).message).toMatch(said);
    expect(inspect(error, { depth: 9 })).not.toContain('hunter2');
  });

  test('may be false for a socket, too', () => {
    expect(() => clientOf({ socketPath: '/s', proxy: false })).not.toThrow();
  });

  test('is shown by nothing', async () => {
    const proxy = await startProxy(() => 407);
    const server = await serveHttps((response) => sync(response));
    const lines: string[] = [];
    const note = (line: string) => lines.push(line);
    const log = { debug: note, info: note, warn: note, error: note };
    const client = clientOf({ ...server.options, log, proxy: proxy.url.replace('//', '//me:hunter2@') });
    const error = await rejection(client.request('GET', '/1.0'));
    const endpoint = endpointFromOptions({ endpoint: 'https://b', proxy: 'http://me:hunter2@p' });
    const secrets = ['hunter2', Buffer.from('me:hunter2').toString('base64')];
    for (const value of [client, error, endpoint, client.credentials()]) {
      const shown = inspect(value, { depth: 12, showHidden: true }) + JSON.stringify(value);
      for (const secret of secrets) expect(shown).not.toContain(secret);
    }
    for (const secret of secrets) expect(lines.join()).not.toContain(secret);
  });
});

function assertTold(error: LxdError, said: RegExp, proxy: string): void {
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error.message).toMatch(said);
  expect(error.message).toContain(proxy);
  const shown = inspect(error, { depth: 9, showHidden: true });
  expect(shown).not.toContain('hunter2');
  expect(shown).not.toContain('Basic ');
}

async function closedPort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
