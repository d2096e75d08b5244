import { jest } from '@jest/globals';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Options } from 'got';
import { endpointFromOptions } from '../../lib/connect/options.js';
import { GotTransport } from '../../lib/rest/got-transport.js';
import { makeCertificate } from '../support/certificates.js';
import {
  afterwards,
  serve,
  serveHttps,
  sync,
  temporaryFolder,
  until,
  type TestServer,
} from './test-server.js';

const get = { method: 'GET', path: '/1.0' };

describe.each([
  ['a unix socket', () => serve((response, { url }) => sync(response, url, { etag: '"v1"' }))],
  ['https', () => serveHttps((response, { url }) => sync(response, url, { etag: '"v1"' }))],
])('over %s', (_, start: () => Promise<TestServer>) => {
  test('an answer is its status, headers and text', async () => {
    const server = await start();
    const answer = await server.transport().request(get);
    expect(answer).toMatchObject({
      status: 200,
      headers: { etag: '"v1"', 'content-type': 'application/json' },
    });
    expect(JSON.parse(answer.body)).toMatchObject({ type: 'sync', metadata: '/1.0' });
  });

  test('method, headers and body go as they are given', async () => {
    const server = await start();
    const transport = server.transport();
    const headers = { 'content-type': 'application/json', 'if-match': '"a"', 'X-Odd': 'o' };
    for (const method of ['PUT', 'PATCH', 'POST', 'DELETE']) {
      await transport.request({ method, path: '/1.0/x', headers, body: '{"a":"ä"}' });
    }
    await transport.request({ method: 'HEAD', path: '/1.0/x' });
    expect(server.lines).toEqual([
      'PUT /1.0/x',
      'PATCH /1.0/x',
      'POST /1.0/x',
      'DELETE /1.0/x',
      'HEAD /1.0/x',
    ]);
    for (const { body, headers: sent } of server.seen.slice(0, 4)) {
      expect(body).toBe('{"a":"ä"}');
      expect(sent).toMatchObject({ 'content-type': 'application/json', 'if-match': '"a"', 'x-odd': 'o' });
      expect(sent['content-length']).toBe('10');
    }
  });

  test('got makes no options for Node that nobody uses', async () => {
    const made = jest.spyOn(Options.prototype, 'createNativeRequestOptions'); // throws where got has it no more
    const server = await start();
    await server.transport().request(get);
    expect(made).not.toHaveBeenCalled();
    made.mockRestore();
  });

  test('nothing is added but the user agent', async () => {
    const server = await start();
    await server.transport().request(get);
    const { host: _host, ...headers } = server.seen[0]!.headers;
    expect(headers).toEqual({ 'user-agent': 'tslxd', connection: 'keep-alive' });
  });

  test.each([
    '/1.0/profiles/..%2Finstances%2Fx',
    '/1.0/profiles/%2E%2E',
    '/1.0/profiles/%2e',
    '/1.0/instances/a%20b%25c?filter=name+eq+x&a=1%262',
    '/1.0/instances//x/../y/./z',
    "/1.0/instances/a'b(c)!~*;@:&=+$,",
    '/1.0/instances/%C3%B6?project=%C3%B6',
  ])('the path %s is not touched', async (path) => {
    const server = await start();
    const transport = server.transport();
    await transport.request({ method: 'GET', path });
    (await transport.stream({ method: 'GET', path })).body.resume();
    expect(server.lines).toEqual([`GET ${path}`, `GET ${path}`]);
  });

  test('one connection carries request after request', async () => {
    const server = await start();
    const transport = server.transport();
    for (let i = 0; i < 20; i += 1) await transport.request(get);
    expect(server.connections).toBe(1);
    await Promise.all(Array.from({ length: 20 }, () => transport.request(get)));
    expect(server.connections).toBeLessThanOrEqual(20);
    const before = server.connections;
    for (let i = 0; i < 20; i += 1) await transport.request(get);
    expect(server.connections).toBe(before);
  });

  test('an answer larger than any buffer arrives whole', async () => {
    const large = 'ä'.repeat(5_000_000);
    const server = await serve((response) => sync(response, large));
    const { body } = await server.transport().request(get);
    expect((JSON.parse(body) as { metadata: string }).metadata === large).toBe(true);
  });
});

describe('socket paths', () => {
  test.each([
    'a b.socket',
    'a:b:c.socket',
    'über ☃.socket',
    '%41%2F.socket',
    'q?x#y.socket',
    "it's $HOME.socket",
  ])('%s', async (name) => {
    const server = await serve((response) => sync(response), name);
    expect((await server.transport().request(get)).status).toBe(200);
  });

  test('a symbolic link', async () => {
    const server = await serve((response) => sync(response));
    const link = join(await temporaryFolder(), 'link');
    await symlink(server.socketPath, link);
    const transport = new GotTransport(endpointFromOptions({ socketPath: link })!);
    afterwards(() => transport.close());
    expect((await transport.request(get)).status).toBe(200);
  });

  test('two clients do not share connections', async () => {
    const servers = [
      await serve((response) => sync(response, 1)),
      await serve((response) => sync(response, 2)),
    ];
    const answers = [];
    for (const server of [...servers, ...servers]) {
      answers.push((await server.session().send(get)).metadata);
    }
    expect(answers).toEqual([1, 2, 1, 2]);
  });
});

describe('proxies from the environment', () => {
  const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'];
  const before = names.map((name) => process.env[name]);
  beforeEach(() => {
    for (const name of names) process.env[name] = 'http://127.0.0.1:9'; // nothing listens there
  });
  afterEach(() => {
    for (const [i, name] of names.entries()) {
      if (before[i] === undefined) delete process.env[name];
      else process.env[name] = before[i];
    }
  });

  test('do not apply', async () => {
    const unix = await serve((response) => sync(response));
    expect((await unix.transport().request(get)).status).toBe(200);
    (await unix.transport().stream(get)).body.resume();
    const remote = await serveHttps((response) => sync(response));
    expect((await remote.transport().request(get)).status).toBe(200);
  });
});

test('an upload tells how far it is', async () => {
  const server = await serve((response) => sync(response));
  const steps: number[] = [];
  const body = Readable.from(Array.from({ length: 30 }, () => Buffer.alloc(100_000)));
  const onUpload = (bytes: number) => steps.push(bytes);
  await server.transport().request({ method: 'POST', path: '/1.0/images', body, onUpload });
  expect(steps.at(-1)).toBe(3_000_000);
  expect(steps).toEqual([...steps].sort((a, b) => a - b));
});

test('a certificate that is not the pinned one is a CertificateError, once and at once', async () => {
  const server = await serveHttps((response) => sync(response));
  const other = await makeCertificate({ commonName: 'other' });
  const transport = new GotTransport(endpointFromOptions({ ...server.options, serverCert: other.cert })!);
  afterwards(() => transport.close());
  await expect(transport.request(get)).rejects.toMatchObject({ code: 'ERR_LXD_CERTIFICATE' });
  await expect(transport.stream(get)).rejects.toMatchObject({ code: 'ERR_LXD_CERTIFICATE' });
  await expect(transport.websocket(get)).rejects.toMatchObject({ code: 'ERR_LXD_CERTIFICATE' });
  await until(() => server.sockets.size === 0);
  expect(server.seen).toEqual([]);
});
