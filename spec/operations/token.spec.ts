import { Client, ForbiddenError, InvalidInputError, Operation, OperationError } from 'tslxd';
import { run } from '../../lib/operations/index.js';
import { afterwards, fail, started } from '../rest/test-server.js';
import { described, id, inside, operationServer, path, says, succeeded } from './operation-server.js';

const token = described({
  class: 'token',
  description: 'Executing operation',
  metadata: { secret: 's3cret' },
});
const answer = { start: (response: Parameters<typeof started>[0]) => started(response, path, token) };

function clientOf(server: { socketPath: string }): Client {
  const client = new Client({ socketPath: server.socketPath });
  afterwards(() => client.close());
  return client;
}

describe('an operation that stands for a token, and ends when that is used', () => {
  test('is what client.request() resolves with, unless told not to wait too', async () => {
    const server = await operationServer(answer);
    const client = clientOf(server);
    for (const wait of [true, false]) {
      const body = { name: 'me', type: 'client', token: true } as never;
      const operation = await client.request('POST', '/1.0/certificates', { body, wait });
      expect(operation).toBeInstanceOf(Operation);
      expect(operation).toMatchObject({
        id,
        state: 'running',
        class: 'token',
        metadata: { secret: 's3cret' },
      });
    }
    expect(server.lines).toEqual(['POST /1.0/certificates', 'POST /1.0/certificates']);
  });

  test('is given as it is to what a method makes of it, without a wait', async () => {
    const server = await operationServer(answer);
    const request = { method: 'POST', path: '/1.0/images/abc/secret' };
    const secret = await run(server.session(), request, {}, ({ metadata }) => metadata?.secret);
    expect(secret).toBe('s3cret');
    const operation = await run(
      server.session(),
      request,
      { wait: false },
      ({ metadata }) => metadata?.secret,
    );
    expect(operation.state).toBe('running');
    expect(server.lines).toEqual(['POST /1.0/images/abc/secret', 'POST /1.0/images/abc/secret']);
  });

  test('can be waited for by who wants to know when it is used', async () => {
    const server = await operationServer({ ...answer, wait: says({ ...succeeded, class: 'token' }) });
    const request = { method: 'POST', path: '/1.0/images/abc/secret' };
    const operation = await run(server.session(), request, { wait: false }, () => 'used');
    expect(await operation.wait()).toBe('used');
  });
});

describe('an operation and its secret, of who is not trusted', () => {
  const refused = { get: (response: Parameters<typeof started>[0]) => fail(response, 403, 'not authorized') };

  test('may wait, and learns a good end', async () => {
    const server = await operationServer({ ...refused, wait: says(succeeded) });
    await clientOf(server).operations.ref(id, { secret: 's3 cret&' }).wait();
    expect(server.lines).toEqual([`GET ${path}/wait?secret=s3+cret%26`]);
  });

  test('learns a bad end, though it must not look at the operation', async () => {
    const server = await operationServer({ ...refused, wait: inside(400, 'No space left') });
    const error = await clientOf(server)
      .operations.ref(id, { secret: 's3cret' })
      .wait()
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OperationError);
    expect(String(error)).toMatch('No space left');
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain('s3cret');
  });

  test('is told that the secret is wrong', async () => {
    const wrong = (response: Parameters<typeof started>[0]) => fail(response, 403, 'not authorized');
    const server = await operationServer({ ...refused, wait: wrong });
    const operation = clientOf(server).operations.ref(`${path}?project=two`, { secret: 's3cret' });
    await expect(operation.wait()).rejects.toThrow(ForbiddenError);
    expect(server.lines[0]).toBe(`GET ${path}/wait?project=two&secret=s3cret`);
  });
});

test('what is not the URL of an operation is named without its query, which may hold a secret', () => {
  const { operations } = new Client({ socketPath: '/nowhere' });
  expect(() => operations.ref('https://x/1.0/operations?secret=s3cret')).toThrow(InvalidInputError);
  expect(() => operations.ref('https://x/1.0/operations?secret=s3cret')).not.toThrow(/s3cret/);
});
