import { inspect } from 'node:util';
import { Client, isLxdError, ProtocolError } from 'tslxd';
import { afterwards, fail, json, started, sync, type TestServer } from '../rest/test-server.js';
import { described, id, operationServer, path, succeeded, says, type Script } from './operation-server.js';

const odd: readonly unknown[] = [
  null,
  7,
  'text',
  true,
  [],
  {},
  [null],
  [[]],
  { id: 7, status_code: 103 },
  { id, status_code: '200' },
  { id, status_code: 200, metadata: 'text' },
  { id, status_code: 400, err: 7 },
  { id, status_code: 103, created_at: 7 },
  { id, status_code: 103, resources: [] },
  { running: 7 },
  { running: [null] },
  { running: ['/1.0/operations/x'] },
];

function clientOf(server: TestServer): Client {
  const client = new Client({ socketPath: server.socketPath, timeout: 2000 });
  afterwards(() => client.close());
  return client;
}

/** What is odd, and what then comes of a call. */
async function outcome(script: Script, call: (client: Client) => Promise<unknown>): Promise<unknown> {
  const client = clientOf(await operationServer(script));
  try {
    return await call(client);
  } catch (error) {
    if (!isLxdError(error)) throw error; // a TypeError
    return error;
  } finally {
    await client.close();
  }
}

describe('what is no operation where one should be', () => {
  const cases = odd.map((value) => [inspect(value, { breakLength: Infinity }), value] as const);

  test.each(cases)('%s as an operation that is read is a ProtocolError', async (_, value) => {
    const get: Script['get'] = (response) => sync(response, value);
    expect(await outcome({ get }, (client) => client.operations.get(id))).toBeInstanceOf(ProtocolError);
  });

  test.each(cases)('%s as the end of a wait', async (_, value) => {
    const answer: Script['get'] = (response) => sync(response, value);
    const script = { wait: answer, get: answer };
    const call = (client: Client) => client.request('PUT', '/1.0/x', { body: {}, timeout: 1000 });
    expect(await outcome(script, call)).toBeInstanceOf(ProtocolError);
  });

  test.each(cases)('%s with the start of one: then it is read', async (_, value) => {
    const start: Script['start'] = (response) =>
      json(response, 202, { type: 'async', operation: path, metadata: value, status_code: 100 });
    const script = { start, wait: says(succeeded) };
    expect(await outcome(script, (client) => client.request('PUT', '/1.0/x', { body: {} }))).toEqual(
      succeeded,
    );
  });

  test.each(cases)('%s as the list of all', async (_, value) => {
    const start: Script['start'] = (response) => sync(response, value);
    const result = await outcome({ start }, (client) => client.operations.all());
    if (inspect(value) === '{}') expect(result).toEqual([]);
    else expect(result).toBeInstanceOf(ProtocolError);
  });

  test.each([
    '',
    '/',
    '/1.0/operations/',
    '/1.0/operations/%zz',
    'https://elsewhere/1.0/operations/x',
    '/1.0/instances/x',
    '//x/y',
  ])('the URL %j of a started one', async (url) => {
    const start: Script['start'] = (response) => started(response, url, described());
    const result = await outcome({ start }, (client) => client.request('PUT', '/1.0/x', { body: {} }));
    expect(result).toBeInstanceOf(ProtocolError);
  });

  test('nor does a refusal of the look after a cancellation hide that', async () => {
    const script: Script = {
      cancel: (response) => fail(response, 400, 'no'),
      get: (response) => sync(response, null),
    };
    const result = await outcome(script, (client) => client.operations.ref(id).cancel());
    expect(String(result)).toMatch('no (400)');
  });
});
