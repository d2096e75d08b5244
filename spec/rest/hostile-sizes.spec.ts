import { Client } from '../../lib/client.js';
import { InvalidInputError, ProtocolError } from '../../lib/errors/index.js';
import type { Session } from '../../lib/rest/session.js';
import type { ServerResponse } from 'node:http';
import { rejection, serve, serveHttps, sync, until } from './test-server.js';

const limit = 100_000;
const piece = Buffer.alloc(16_384, ' ');

const calls: Record<string, (session: Session) => Promise<unknown>> = {
  'an answer': (session) => session.send({ method: 'GET', path: '/1.0/x' }),
  'the answer to a write': (session) => session.send({ method: 'PUT', path: '/1.0/x', body: {} }),
  'the answer to an upload': (session) =>
    session.send({ method: 'POST', path: '/1.0/x', body: Buffer.from('x') }),
  'the refusal of a stream': (session) => session.stream({ method: 'GET', path: '/1.0/x' }),
  'the refusal of a websocket': (session) => session.websocket({ path: '/1.0/x' }),
  'the refusal of an upgrade': (session) => session.upgrade({ path: '/1.0/x' }, 'sftp'),
};

describe.each([
  ['a unix socket', serve],
  ['https', serveHttps],
])('over %s', (_, start) => {
  test.each(Object.entries(calls))('%s without an end is refused at the limit', async (__, call) => {
    let written = 0;
    const endless = (response: ServerResponse) => {
      const more = () => {
        while (!response.destroyed) {
          written += piece.length;
          if (!response.write(piece)) return;
        }
      };
      response.on('drain', more).writeHead(403, { 'content-type': 'application/json' });
      more();
    };
    const server = await start(endless);
    const error = await rejection(call(server.session({ maxAnswerSize: limit })));
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error.message).toMatch(
      /\/1\.0\/x: the answer is longer than 100000 bytes; ask for less, or raise max/,
    );
    await until(() => server.sockets.size === 0);
    expect(written).toBeLessThan(16 * 1024 * 1024); // what lies in buffers on the way
  });

  test('what is as long as allowed passes, and what is told to be longer is not waited for', async () => {
    const server = await start((response) => sync(response, 'x'.repeat(1000)));
    const length =
      JSON.stringify({
        type: 'sync',
        status: 'Success',
        status_code: 200,
        operation: '',
        error_code: 0,
        error: '',
        metadata: 'x'.repeat(1000),
      }).length + 1;
    const get = { method: 'GET', path: '/1.0/x' };
    await server.session({ maxAnswerSize: length }).send(get);
    await expect(server.session({ maxAnswerSize: length - 1 }).send(get)).rejects.toThrow(ProtocolError);
  });

  test('a file has no limit', async () => {
    const server = await start((response) => response.end(Buffer.alloc(limit * 3)));
    const { body } = await server.session({ maxAnswerSize: limit }).stream({ method: 'GET', path: '/1.0/x' });
    expect(Buffer.concat((await body.toArray()) as Buffer[])).toHaveLength(limit * 3);
  });

  test('a listing as a stream comes whole, whatever its length', async () => {
    for (const length of [0, 1, 65_000, 65_536, 70_000, 500_000]) {
      const text = 'x'.repeat(length);
      const server = await start((response) => sync(response, text));
      const { body } = await server.session().stream({ method: 'GET', path: '/1.0/x' });
      const read = Buffer.concat((await body.toArray()) as Buffer[]).toString();
      expect(JSON.parse(read)).toMatchObject({ metadata: text });
    }
  });
});

test('is an option of the client', async () => {
  const server = await serve((response) => sync(response, 'x'.repeat(1000)));
  await using client = new Client({ ...server.options, maxAnswerSize: 500 });
  await expect(client.request('GET', '/1.0/resources')).rejects.toThrow(ProtocolError);
  await using derived = client.useProject('p');
  await expect(derived.request('GET', '/1.0/resources')).rejects.toThrow(ProtocolError);
});

test.each([0, -1, 1.5, NaN, Infinity, 2 ** 40, '1000', null])('%p is no size', (maxAnswerSize) => {
  expect(() => new Client({ maxAnswerSize: maxAnswerSize as number })).toThrow(InvalidInputError);
});
