import { http as mock, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';
import { Readable } from 'node:stream';
import { Client } from '../../lib/index.js';
import { afterwards, rejection, serve, serveHttps, sync, until, type TestServer } from './test-server.js';

// Users' specs mock our requests with msw; ours do not, but for this file.
const mocks = setupServer();

beforeAll(() => mocks.listen({ onUnhandledRequest: 'bypass' }));
afterEach(() => mocks.resetHandlers());
afterAll(() => mocks.close());

function clientOf(server: Pick<TestServer, 'options'>): Client {
  const client = new Client(server.options);
  afterwards(() => client.close());
  return client;
}

const nowhere = { options: { socketPath: '/nowhere/unix.socket' } };

const envelope = (metadata: unknown) => ({ type: 'sync', status: 'Success', status_code: 200, metadata });

describe('a mocked request', () => {
  test('needs no socket', async () => {
    mocks.use(
      mock.get('*/1.0/instances/:name/state', ({ params }) => HttpResponse.json(envelope(params.name))),
    );
    const client = clientOf(nowhere);
    const state = await client.request('GET', '/1.0/instances/{name}/state', { name: 'a/b' });
    expect(state).toBe('a/b');
  });

  test('arrives with method, headers, query and body', async () => {
    mocks.use(
      mock.patch('http://unix.socket/1.0/profiles/x', async ({ request }) => {
        const { search } = new URL(request.url);
        return HttpResponse.json(
          envelope({ search, match: request.headers.get('if-match'), body: await request.json() }),
        );
      }),
    );
    const client = clientOf(nowhere).useProject('p');
    const options = { name: 'x', body: { description: 'ä' }, ifMatch: 'abc' };
    expect(await client.request('PATCH', '/1.0/profiles/{name}', options)).toEqual({
      search: '?project=p',
      match: '"abc"',
      body: { description: 'ä' },
    });
  });

  test('may fail as a server does, or as a network does', async () => {
    const refusal = { type: 'error', error_code: 404, error: 'Not found', metadata: null };
    mocks.use(
      mock.get('*/1.0/profiles/a', () => HttpResponse.json(refusal, { status: 404 })),
      mock.get('*/1.0/profiles/b', () => new HttpResponse('<html>', { status: 502 })),
      mock.post('*/1.0/profiles', () => HttpResponse.error()),
    );
    const client = clientOf(nowhere);
    const get = (name: string) => rejection(client.request('GET', '/1.0/profiles/{name}', { name }));
    expect(await get('a')).toMatchObject({ code: 'ERR_LXD_NOT_FOUND' });
    expect(await get('b')).toMatchObject({ code: 'ERR_LXD_PROTOCOL' });
    const post = client.request('POST', '/1.0/profiles', { body: { name: 'c' } });
    expect(await rejection(post)).toMatchObject({ code: 'ERR_LXD_CONNECTION' });
  });

  test('may be a stream, up and down', async () => {
    mocks.use(
      mock.get('*/1.0/images/x/export', () => new HttpResponse('image')),
      mock.post('*/1.0/images', async ({ request }) => HttpResponse.json(envelope(await request.text()))),
    );
    const client = clientOf(nowhere);
    const body = await client.request('GET', '/1.0/images/{fingerprint}/export', { fingerprint: 'x' });
    expect((await body.toArray()).join('')).toBe('image');
    const upload = Readable.from(['a', 'b']) as never;
    expect(await client.request('POST', '/1.0/images', { body: upload })).toBe('ab');
  });
});

describe('a request that is not mocked', () => {
  test.each([
    ['a unix socket', () => serve((response, { url, body }) => sync(response, [url, body]))],
    ['https', () => serveHttps((response, { url, body }) => sync(response, [url, body]))],
  ])('goes through to %s', async (_, start: () => Promise<TestServer>) => {
    const server = await start();
    const client = clientOf(server);
    const names = Array.from({ length: 20 }, (_name, i) => `n${i}`);
    const answers = names.map((name) => client.request('GET', '/1.0/profiles/{name}', { name }));
    expect(await Promise.all(answers)).toEqual(names.map((name) => [`/1.0/profiles/${name}`, '']));
    const large = 'x'.repeat(2_000_000);
    const answer = (await client.request('POST', '/1.0/profiles', { body: { name: large } })) as unknown;
    expect((answer as string[])[1]).toHaveLength(large.length + '{"name":""}'.length);
  });

  test('ends with close()', async () => {
    const server = await serve(() => {});
    const client = clientOf(server);
    const pending = rejection(client.request('GET', '/1.0'));
    await until(() => server.seen.length === 1);
    await client.close();
    expect(await pending).toMatchObject({ code: 'ERR_LXD_CLOSED' });
    await until(() => server.sockets.size === 0);
  });

  test('goes to a socket that the same msw mocks for another path', async () => {
    mocks.use(mock.get('*/1.0/profiles/mocked', () => HttpResponse.json(envelope('mock'))));
    const server = await serve((response) => sync(response, 'real'));
    const client = clientOf(server);
    const get = (name: string) => client.request('GET', '/1.0/profiles/{name}', { name });
    expect([await get('mocked'), await get('real'), await get('mocked')]).toEqual(['mock', 'real', 'mock']);
  });
});
