import { ProtocolError } from '../../lib/errors/index.js';
import type { Session } from '../../lib/rest/session.js';
import { fail, rejection, serve, serveHttps, sync, type Handler } from './test-server.js';

const headers = { authorization: 'Bearer SECRET' };

/** Answers a redirect to where the query says, and anything else with itself. */
const redirecting: Handler = (response, { url, method }) => {
  const { searchParams, pathname } = new URL(url, 'http://x');
  const to = searchParams.get('to');
  if (to !== null)
    response.writeHead(Number(searchParams.get('status') ?? 307), { location: to }).end('<html>');
  else if (method === 'HEAD') response.writeHead(200).end();
  else sync(response, `${method} ${pathname}`);
};

const reads: Record<string, (session: Session, to: string, status?: number) => Promise<unknown>> = {
  send: async (session, to, status) => {
    const answer = await session.send({ method: 'GET', path: '/1.0/x', query: { to, status } });
    return answer.metadata;
  },
  stream: async (session, to, status) => {
    const { body } = await session.stream({ method: 'GET', path: '/1.0/x', query: { to, status } });
    return (JSON.parse(Buffer.concat((await body.toArray()) as Buffer[]).toString()) as { metadata: unknown })
      .metadata;
  },
};

describe.each([
  ['a unix socket', serve],
  ['https', serveHttps],
])('over %s', (_, start) => {
  describe.each(Object.entries(reads))('%s', (__, read) => {
    test.each([301, 302, 303, 307, 308])('a read is followed on the same server: %d', async (status) => {
      const server = await start(redirecting);
      expect(await read(server.session({ headers }), '/1.0/there?a=1', status)).toBe('GET /1.0/there');
      expect(server.seen[1]!.url).toBe('/1.0/there?a=1');
      expect(server.seen[1]!.headers).toMatchObject(headers);
    });

    test('relative to where it was asked', async () => {
      const server = await start(redirecting);
      expect(await read(server.session(), 'there')).toBe('GET /1.0/there');
    });

    test('by its full name', async () => {
      const server = await start(redirecting);
      const endpoint = String(server.options.endpoint ?? 'http://unix.socket');
      expect(await read(server.session(), `${endpoint}/there`)).toBe('GET /there');
    });

    test('not without an end', async () => {
      const server = await start((response) => response.writeHead(302, { location: '/loop?secret=1' }).end());
      const error = await rejection(read(server.session(), 'x'));
      expect(error).toBeInstanceOf(ProtocolError);
      expect(error.message).toMatch(
        /^GET \/1\.0\/x: the server redirects \(302\) again and again, now to .*\/loop$/,
      );
      expect(server.seen).toHaveLength(6);
    });

    test('another server gets nothing', async () => {
      const other = await serveHttps(redirecting);
      const { origin, port } = new URL(other.options.endpoint!);
      const server = await start(redirecting);
      for (const to of [
        `${origin}/there?secret=1`,
        `//127.0.0.1:${port}/there`,
        `https://me:secret@127.0.0.1:${port}/there`,
        `http://127.0.0.1:${port}/there`,
        'https://login.example/there',
        'file:///etc/passwd',
        'data:text/plain,x',
        'http://[',
      ]) {
        const error = await rejection(read(server.session({ headers }), to));
        expect(error).toBeInstanceOf(ProtocolError);
        expect(error.message).toMatch(
          /^GET \/1\.0\/x: the server redirects \(307\) to (nowhere$|\S+: if that is the API)/,
        );
        expect(error.message).not.toMatch(/secret|SECRET/);
        expect(error).toMatchObject({ status: 307, method: 'GET', path: '/1.0/x' });
      }
      expect(other.connections).toBe(0);
      expect(server.seen).toHaveLength(8);
    });
  });

  test('a HEAD is followed as one', async () => {
    const server = await start(redirecting);
    await server.session().send({ method: 'HEAD', path: '/1.0/x', query: { to: '/1.0/there' } });
    expect(server.lines[1]).toBe('HEAD /1.0/there');
  });

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('a %s is not', async (method) => {
    const server = await start(redirecting);
    for (const body of [{ a: 1 }, Buffer.from('x')]) {
      const error = await rejection(
        server.session().send({ method, path: '/1.0/x', query: { to: '/1.0/there' }, body }),
      );
      expect(error).toBeInstanceOf(ProtocolError);
      expect(error.message).toContain('/1.0/there, and only reads are followed');
    }
    expect(server.seen).toHaveLength(2);
  });

  test('nor are a websocket and an upgrade', async () => {
    const server = await start(redirecting);
    const session = server.session();
    const request = { path: '/1.0/events', query: { to: '/1.0/there' } };
    for (const call of [() => session.websocket(request), () => session.upgrade(request, 'sftp')]) {
      const error = await rejection(call());
      expect(error).toBeInstanceOf(ProtocolError);
      expect(error.message).toContain('GET /1.0/events: the server redirects (307) to');
    }
    expect(server.seen).toHaveLength(2);
  });

  test('the refusal at its end is of the request', async () => {
    const server = await start((response, seen, nth) =>
      nth === 1 ? redirecting(response, seen, nth) : fail(response, 404, 'Not found'),
    );
    const error = await rejection(reads.send!(server.session(), '/1.0/there'));
    expect(error.message).toBe('GET /1.0/x: Not found (404)');
  });
});
