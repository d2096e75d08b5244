import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import {
  NotFoundError,
  OperationError,
  OperationExpiredError,
  OutcomeUnknownError,
  type Client,
} from 'tslxd';
import { usual } from '../../lib/operations/follow.js';
import { envelope, EventServer } from '../events/event-server.js';
import { afterwards, rejection, until } from '../rest/test-server.js';
import { described, failed, id, path } from './operation-server.js';

// A member of a cluster that is asked for an operation of another: what of that it can tell when that is away.

type Says = (response: ServerResponse, nth: number) => unknown;

const refuses =
  (error: string, status = 500, http = status): Says =>
  (response) =>
    envelope(response, http, { type: 'error', error, error_code: status });
const says =
  (more: Parameters<typeof described>[0] = {}): Says =>
  (response) =>
    envelope(response, 200, { metadata: described({ location: 'n2', ...more }) });
const success = { status: 'Success', status_code: 200, metadata: { return: 0 } };
const hangs: Says = () => undefined;

/** One after the other, and the last again and again. */
const inTurn =
  (...all: Says[]): Says =>
  (response, nth) =>
    all[Math.min(nth, all.length) - 1]!(response, nth);

// As measured: LXD 5.0.2 and Incus 6.0.4.
const eof = {
  lxd: refuses('Get "https://127.0.0.23:8443/1.0/operations/9d5b/wait": EOF'),
  incus: refuses('unexpected EOF', 500, 200),
};
const noConnection = refuses('Missing event connection with target cluster member');
const notReady = refuses("Server isn't ready yet");
const noListener = refuses(
  'Unable to connect to: 127.0.0.23:8443 ([dial tcp 127.0.0.23:8443: connect: connection refused])',
);
const gone = refuses('Operation not found', 404);

interface Script {
  wait: Says;
  get: Says;
  /** The status of the member that has the operation, or how the list of members is refused. */
  members?: () => string | number;
  location?: string;
}

/** A member of a cluster at which an operation is started, of which another member is the owner. */
async function member({ wait, get, members = () => 'Offline', location = 'n2' }: Script): Promise<Client> {
  const before = { ...usual };
  Object.assign(usual, { beat: 40, answer: 60, patience: 400, poll: 10 });
  afterwards(() => Object.assign(usual, before));
  const server = await EventServer.start();
  const nth = { wait: 0, get: 0 };
  server.answer = (request: IncomingMessage, response) => {
    const url = request.url!;
    if (url.startsWith('/1.0/cluster/members')) {
      const status = members();
      if (typeof status === 'number') {
        envelope(response, status, { type: 'error', error: 'no' });
        return;
      }
      const metadata = [
        { server_name: 'n1', status: 'Online' },
        { server_name: 'n2', status },
      ];
      envelope(response, 200, { metadata });
      return;
    }
    if (url.startsWith(`${path}/wait`)) return wait(response, ++nth.wait);
    if (url.startsWith(path)) return get(response, ++nth.get);
    envelope(response, 202, { type: 'async', operation: path, metadata: described({ location }) });
  };
  return server.client();
}

const parameters = { name: 'web', body: { action: 'stop' } as never };

/** Over `/wait`, as one that is waited for at once, and over events, as one that is waited for later. */
const ways: [string, (client: Client) => Promise<unknown>][] = [
  ['/wait', async (client) => client.request('PUT', '/1.0/instances/{name}/state', parameters)],
  [
    'events',
    async (client) => {
      const operation = await client.request('PUT', '/1.0/instances/{name}/state', {
        ...parameters,
        wait: false,
      });
      return operation.wait();
    },
  ],
];

async function unknownEnd(work: Promise<unknown>): Promise<OutcomeUnknownError> {
  const error = await rejection(work);
  expect(error).toBeInstanceOf(OutcomeUnknownError);
  expect(error).toMatchObject({ operation: id, method: 'PUT', path: '/1.0/instances/web/state' });
  expect(error.message).toContain('the cluster member n2, which was at it, went away');
  return error as OutcomeUnknownError;
}

describe.each(ways)('the wait, over %s, for an operation of a member', (way, carryOut) => {
  it.each([
    ['nobody listens there any more', 'lxd', inTurn(noListener)],
    ['it cannot be reached', 'lxd', inTurn(noConnection)],
    ['it cannot be reached', 'incus', inTurn(noConnection, notReady)],
    ['it is there again, and knows nothing', 'lxd', inTurn(noConnection, noConnection, gone)],
    ['it is there again, and knows nothing', 'incus', inTurn(notReady, gone)],
  ] as const)('that died ends with an outcome that is unknown: %s (%s)', async (_, product, get) => {
    const wait = inTurn(eof[product], product === 'lxd' ? noConnection : notReady, gone);
    const error = await unknownEnd(carryOut(await member({ wait, get })));
    expect(error).not.toBeInstanceOf(OperationError);
    expect(error).not.toBeInstanceOf(OperationExpiredError);
  });

  it.each(['lxd', 'incus'] as const)('that was away for moments ends in the truth (%s)', async (product) => {
    const wait = inTurn(eof[product], noConnection, says(success));
    const get = inTurn(noConnection, noConnection, says(), says(success));
    expect(await carryOut(await member({ wait, get, members: () => 'Online' }))).toMatchObject(success);
  });

  it('that is frozen ends when the others have held it to be offline for long', async () => {
    const wait = hangs;
    let isOffline = false;
    const client = await member({
      wait,
      get: hangs,
      members: () => (isOffline ? 'Offline' : 'Online'),
    });
    const outcome = unknownEnd(carryOut(client));
    let isOver = false;
    void outcome.then(() => (isOver = true));
    await delay(800); // twice as long
    expect(isOver).toBe(false);
    isOffline = true;
    const error = await outcome;
    expect(error.message).toContain('how it ended is not known');
  });

  it('that is frozen and wakes up ends in the truth', async () => {
    let isFrozen = true;
    const woken = says(success);
    const held: ServerResponse[] = [];
    const hold: Says = (response) => (isFrozen ? held.push(response) : woken(response, 0));
    const client = await member({ wait: hold, get: hold });
    const outcome = carryOut(client);
    await until(() => held.length > 2);
    isFrozen = false;
    for (const response of held) woken(response, 0);
    expect(await outcome).toMatchObject(success);
  });

  it.each([403, 503])('that is silent goes on where %s keeps its state from us', async (status) => {
    let looks = 0;
    const client = await member({
      wait: hangs,
      get: (response) => (++looks > 12 ? says(success)(response, 0) : undefined),
      members: () => status,
    });
    expect(await carryOut(client)).toMatchObject(success);
  });

  it('takes its own failure for one, in whatever words', async () => {
    const { status, status_code } = failed;
    const ended = says({ status, status_code, err: 'unexpected EOF' });
    const client = await member({ wait: eof.incus, get: inTurn(way === '/wait' ? ended : says(), ended) });
    const error = await rejection(carryOut(client));
    expect(error).toBeInstanceOf(OperationError);
    expect(error.message).toMatch(/failed: unexpected EOF$/);
  });
});

it('on a single server the same words are the end of the operation', async () => {
  const client = await member({ wait: eof.incus, get: gone, location: 'none' });
  const error = await rejection(ways[0]![1](client));
  expect(error).toBeInstanceOf(OperationError);
  expect(error.message).toMatch(/failed: unexpected EOF$/);
});

it('an operation that has ended long ago is not there, in a cluster too', async () => {
  const client = await member({ wait: gone, get: gone });
  expect(await rejection(ways[0]![1](client))).toBeInstanceOf(OperationExpiredError);
  expect(await rejection(client.operations.get(id))).toBeInstanceOf(NotFoundError);
});

it('stop({ ifNeeded }) takes an end that nobody knows for none', async () => {
  const client = await member({ wait: eof.lxd, get: noListener });
  await unknownEnd(client.instances.ref('web').stop({ ifNeeded: true }));
});
