import type { ServerResponse } from 'node:http';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  AbortedError,
  CertificateError,
  ConnectionError,
  ForbiddenError,
  InvalidInputError,
  LxdError,
  NotFoundError,
  ProtocolError,
  ServerError,
  SimpleStreams,
  TimeoutError,
} from 'tslxd';
import { makeCertificate } from '../../support/certificates.js';
import { ImageServer, product, sha256, type Leaf } from './image-server.js';

const hash = (text: string) => sha256(Buffer.from(text));
const combined = (salt: string, more: object = {}) => ({
  items: { a: { ftype: 'lxd_combined.tar.gz', path: 'a', size: 1, sha256: hash(salt), ...more } },
});
const index = (...paths: unknown[]) => ({
  index: Object.fromEntries(
    paths.map((path, nth) => [`entry${String(nth)}`, { datatype: 'image-downloads', path, products: ['a'] }]),
  ),
});

let server: ImageServer;
beforeEach(async () => {
  server = await ImageServer.start();
});
afterEach(() => server[Symbol.asyncDispose]());

const broken: [string, Record<string, Leaf>, abstract new (...args: never[]) => Error, RegExp][] = [
  [
    'nothing of the kind',
    {},
    ProtocolError,
    /index\.json: Not Found \(404\); is it a simplestreams server\?/,
  ],
  ['a page', { 'streams/v1/index.json': '<html>' }, ProtocolError, /is not JSON \("<html>"\)/],
  ['JSON cut short', { 'streams/v1/index.json': '{"index":' }, ProtocolError, /is not JSON/],
  [
    'another JSON',
    { 'streams/v1/index.json': [1] },
    ProtocolError,
    /not the index of a simplestreams server/,
  ],
  ['null', { 'streams/v1/index.json': 'null' }, ProtocolError, /not the index/],
  [
    'a product file that is not there',
    { 'streams/v1/index.json': index('streams/v1/gone.json') },
    ProtocolError,
    /gone\.json: Not Found \(404\); the index of the server names it/,
  ],
  [
    'a product file that is none',
    { 'streams/v1/index.json': index('a.json'), 'a.json': { products: [] } },
    ProtocolError,
    /lists no products/,
  ],
  ['a path of another protocol', { 'streams/v1/index.json': index('https://[') }, ProtocolError, /is no URL/],
  [
    'a server that fails',
    { 'streams/v1/index.json': (_, response) => response.writeHead(500).end() },
    ServerError,
    /Internal Server Error \(500\)/,
  ],
  [
    'a server that refuses',
    { 'streams/v1/index.json': (_, response) => response.writeHead(403).end() },
    ForbiddenError,
    /Forbidden \(403\)/,
  ],
  [
    'a connection that ends',
    { 'streams/v1/index.json': (request) => request.socket.destroy() },
    ConnectionError,
    /ECONNRESET/,
  ],
  [
    'half an answer',
    {
      'streams/v1/index.json': (request, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{');
        setImmediate(() => request.socket.destroy());
      },
    },
    LxdError,
    /index\.json/,
  ],
  [
    'a compression that is none',
    {
      'streams/v1/index.json': (_, response) =>
        response.writeHead(200, { 'content-encoding': 'gzip' }).end('not gzip at all'),
    },
    ProtocolError,
    /incorrect header check/,
  ],
  [
    'a circle of redirects',
    { 'streams/v1/index.json': (_, response) => redirect(response, '/streams/v1/index.json') },
    ProtocolError,
    /[Rr]edirect/,
  ],
];

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { location }).end();
}

test.each(broken)('%s is an error that says so', async (_, tree, Class, message) => {
  for (const [path, leaf] of Object.entries(tree)) server.tree.set(path, leaf);
  const streams = new SimpleStreams(server.url);
  const error = await streams.all().catch((error: unknown) => error);
  expect(error).toBeInstanceOf(Class);
  expect(error).toBeInstanceOf(LxdError);
  expect(error).not.toBeInstanceOf(NotFoundError);
  expect((error as Error).message).toMatch(message);

  // A failure is not kept.
  server.list({ a: product({ aliases: 'a', versions: { '20260101': combined('a') } }) });
  expect(await streams.all()).toHaveLength(1);
});

test('nobody there', async () => {
  const gone = await ImageServer.start();
  const { url } = gone;
  await gone[Symbol.asyncDispose]();
  await expect(new SimpleStreams(url).all()).rejects.toThrow(/GET http.*index\.json: .*ECONNREFUSED/);
  await expect(new SimpleStreams(url).all()).rejects.toBeInstanceOf(ConnectionError);
});

test('odd trees: what makes no image is passed over, names of JavaScript mean nothing', async () => {
  const vm = { 'combined_uefi1-img_sha256': hash('uefi') };
  server.list({
    none: null,
    text: 'x',
    versionless: product({}),
    empty: product({ aliases: 'empty', versions: {} }),
    'no items': product({ versions: { '20260101': {} } }),
    'no date': product({ versions: { soon: combined('soon') } }),
    'no day': product({ versions: { '20260231': combined('31 February') } }),
    'no arch': { ...product({ versions: { '20260101': combined('arch') } }), arch: undefined },
    'arch constructor': product({ arch: 'constructor', versions: { '20260101': combined('ctor') } }),
    'no hash': product({ versions: { '20260101': combined('x', { sha256: 'f00' }) } }),
    'no path': product({ versions: { '20260101': combined('x', { path: 7 }) } }),
    'no root': product({ versions: { '20260101': { items: { a: { ftype: 'lxd.tar.xz', path: 'a' } } } } }),
    'root of a prototype': product({
      versions: {
        '20260101': {
          items: { a: { ftype: 'lxd.tar.xz', path: 'a', ...vm }, b: { ftype: 'toString', path: 'b' } },
        },
      },
    }),
    good: JSON.parse(
      `{"arch":"amd64","aliases":"constructor,, __proto__ ,toString,constructor","os":"__proto__","release":{"a":1},
        "requirements":{"__proto__":"yes","n":1,"secureboot":false},"support_eol":"never","size":-1,
        "versions":{"20260101_":{"items":{"__proto__":{"ftype":"incus.tar.xz","path":"/m","size":"big","combined_uefi1-img_sha256":"${hash('uefi').toUpperCase()}"},
        "constructor":{"ftype":"uefi1.img","path":"../../vm.img","size":3}}}}}`,
    ),
  });
  const streams = new SimpleStreams(server.url);
  const [image, ...others] = await streams.all();
  expect(others).toEqual([]);
  expect(image).toMatchObject({
    type: 'virtual-machine',
    fingerprint: hash('uefi'),
    size: 3,
    expiresAt: null,
  });
  expect(image!.aliases).toEqual(
    ['constructor', '__proto__', 'toString'].flatMap((name) => [name, `${name}/amd64`]),
  );
  expect(Object.entries(image!.properties)).toContainEqual(['requirements.__proto__', 'yes']);
  expect(image!.files.map(({ url }) => url)).toEqual([`${server.url}/m`, `${server.url}/vm.img`]);
  for (const name of ['constructor', '__proto__', 'toString']) {
    expect((await streams.getByAlias(name)).fingerprint).toBe(hash('uefi'));
  }
  await expect(streams.getByAlias('hasOwnProperty')).rejects.toThrow(NotFoundError);
  expect(({} as { yes?: string }).yes).toBeUndefined();
});

test('several product files, on other servers too; without images or with none they are not asked for', async () => {
  await using mirror = await ImageServer.start();
  const one = (name: string) => ({
    products: { [name]: product({ os: name, versions: { '20260101': combined(name) } }) },
  });
  server.tree.set('base/streams/v1/index.json', {
    index: {
      a: { datatype: 'image-downloads', path: 'one.json', products: ['x'] },
      b: { datatype: 'image-downloads', path: '/two.json' },
      c: { datatype: 'image-downloads', path: `${mirror.url}/three.json`, products: ['x'] },
      d: { datatype: 'image-ids', path: 'ids.json', products: ['x'] },
      e: { datatype: 'image-downloads', path: 'none.json', products: [] },
      f: { datatype: 'image-downloads', products: ['x'] },
      g: { datatype: 'image-downloads', path: 'one.json', products: ['x'] },
      h: 1,
    },
  });
  server.tree.set('base/one.json', one('One'));
  server.tree.set('base/two.json', one('Two'));
  mirror.tree.set('three.json', one('Three'));
  const streams = new SimpleStreams(`${server.url}/base`, { headers: { 'x-secret': 'mine' } });
  expect((await streams.all()).map(({ properties }) => properties.os)).toEqual(['One', 'Three', 'Two']);
  expect(server.paths).toEqual(['base/streams/v1/index.json', 'base/one.json', 'base/two.json']);
  expect(server.seen.every(({ headers }) => headers['x-secret'] === 'mine')).toBe(true);
  expect(mirror.seen.map(({ headers }) => headers['x-secret'])).toEqual([undefined]);
});

test('compressed answers and redirects', async () => {
  await using mirror = await ImageServer.start();
  server.list({ a: product({ versions: { '20260101': combined('a') } }) });
  const list = JSON.stringify(server.tree.get('streams/v1/images.json'));
  server.tree.set('streams/v1/images.json', (_, response) => redirect(response, `${mirror.url}/zipped.json`));
  mirror.tree.set('zipped.json', (_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(list)),
  );
  const streams = new SimpleStreams(server.url, { headers: { 'x-secret': 'mine' } });
  expect(await streams.all()).toHaveLength(1);
  expect(mirror.seen[0]!.headers).not.toHaveProperty('x-secret');
});

describe('what hangs', () => {
  let asked: Promise<void>;
  beforeEach(() => {
    asked = new Promise((resolve) => server.tree.set('streams/v1/index.json', () => resolve()));
  });

  test('ends with its time', async () => {
    await expect(new SimpleStreams(server.url, { timeout: 20 }).all()).rejects.toThrow(TimeoutError);
    await expect(new SimpleStreams(server.url).all({ timeout: 20 })).rejects.toThrow(TimeoutError);
  });

  test('an image that stalls, or takes longer than it may', async () => {
    server.list({ a: product({ versions: { '20260101': combined('a') } }) });
    const folder = await mkdtemp(join(tmpdir(), 'tslxd-stalls-'));
    for (const [options, timeout] of [
      [{ timeout: 100 }, undefined],
      [{}, 100],
    ] as const) {
      const [image] = await new SimpleStreams(server.url, options).all();
      server.tree.set(new URL(image!.files[0]!.url).pathname.slice(1), (_, response) =>
        response.writeHead(200).write('x'),
      );
      await expect(image!.exportTo(folder, { timeout })).rejects.toThrow(TimeoutError);
      expect(await readdir(folder)).toEqual([]);
    }
    await rm(folder, { recursive: true });
  });

  test('ends with the last who waits', async () => {
    const streams = new SimpleStreams(server.url);
    const [first, second] = [new AbortController(), new AbortController()];
    const one = streams.all({ signal: first.signal });
    const two = streams.aliases({ signal: second.signal });
    await asked;
    first.abort(new Error('enough'));
    const error = await one.catch((error: unknown) => error);
    expect(error).toBeInstanceOf(AbortedError);
    expect((error as Error).cause).toBe(first.signal.reason);
    expect(server.sockets.size).toBe(1); // the second goes on waiting
    const closed = new Promise((resolve) => [...server.sockets][0]!.once('close', resolve));
    second.abort();
    await expect(two).rejects.toThrow(AbortedError);
    await closed;

    server.list({ a: product({ versions: { '20260101': combined('a') } }) });
    expect(await streams.all()).toHaveLength(1);
    await expect(streams.all({ signal: AbortSignal.abort() })).rejects.toThrow(AbortedError);
  });
});

describe('certificates', () => {
  test('a pinned one, an authority, or none asked for', async () => {
    const ca = await makeCertificate({ commonName: 'images ca', ca: true });
    const certificate = await makeCertificate({ commonName: 'images', issuer: ca, altNames: ['127.0.0.1'] });
    await using secure = await ImageServer.start(certificate);
    secure.list({ a: product({ versions: { '20260101': combined('a') } }) });
    await expect(new SimpleStreams(secure.url).all()).rejects.toThrow(CertificateError);
    const other = await makeCertificate({ commonName: 'other' });
    await expect(new SimpleStreams(secure.url, { serverCert: other.cert }).all()).rejects.toThrow(
      CertificateError,
    );
    for (const options of [{ serverCert: certificate.cert }, { ca: ca.cert }, { verify: false }]) {
      const [image] = await new SimpleStreams(secure.url, options).all();
      expect(image!.source().certificate).toBe(options.serverCert ?? options.ca);
    }
  });

  test('nothing leads away from encryption', async () => {
    const certificate = await makeCertificate({ commonName: 'images', altNames: ['127.0.0.1'] });
    await using secure = await ImageServer.start(certificate);
    const streams = new SimpleStreams(secure.url, { serverCert: certificate.cert });
    secure.tree.set('streams/v1/index.json', index(`${server.url}/images.json`));
    await expect(streams.all()).rejects.toThrow(/names the file "http:.*which is not encrypted/);
    secure.tree.set('streams/v1/index.json', (_, response) => redirect(response, `${server.url}/index.json`));
    await expect(streams.all()).rejects.toThrow(/redirects to http:.*which is not encrypted/);
    expect(server.seen).toEqual([]);
  });
});

test.each<[string, () => unknown, RegExp]>([
  ['no URL', () => new SimpleStreams('images.example'), /takes the URL of an image server/],
  ['no text', () => new SimpleStreams(7 as never), /not number 7/],
  ['another protocol', () => new SimpleStreams('ftp://images.example'), /begins with https:\/\/, not ftp:/],
  ['a password', () => new SimpleStreams('https://me:secret@images.example'), /use headers/],
  ['a query', () => new SimpleStreams('https://images.example/?a'), /more than a path/],
  [
    'an unknown option',
    () => new SimpleStreams('https://a.example', { cert: '' } as never),
    /unknown option 'cert'/,
  ],
  ['a wrong time', () => new SimpleStreams('https://a.example', { timeout: -1 }), /timeout must be/],
  [
    'a wrong product',
    () => new SimpleStreams('https://a.example', { product: 'lxc' as never }),
    /'lxd' or 'incus'/,
  ],
  ['no certificate', () => new SimpleStreams('https://a.example', { ca: 'x' }), /ca/],
  ['TLS options without TLS', () => new SimpleStreams('http://a.example', { verify: false }), /are for TLS/],
])('%s is refused before anything is sent', (_, make, message) => {
  expect(make).toThrow(InvalidInputError);
  expect(make).toThrow(message);
});

test.each<[string, (streams: SimpleStreams) => unknown, RegExp]>([
  ['a filter that is none', (streams) => streams.all({ filter: 'os=a' as never }), /object or a function/],
  ['an unknown filter', (streams) => streams.all({ filter: { oss: 'a' } as never }), /unknown option 'oss'/],
  ['no architecture', (streams) => streams.all({ filter: { architecture: 'pdp11' } }), /such as 'x86_64'/],
  ['no alias', (streams) => streams.getByAlias(''), /An alias is a text/],
  ['no fingerprint', (streams) => streams.get('xyz'), /hexadecimal/],
])('%s is refused as well', async (_, call, message) => {
  const made = (async () => call(new SimpleStreams(server.url)))();
  await expect(made).rejects.toBeInstanceOf(InvalidInputError);
  await expect(made).rejects.toThrow(message);
  expect(server.seen).toEqual([]);
});
