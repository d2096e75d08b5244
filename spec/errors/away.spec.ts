import {
  addressAway,
  BadRequestError,
  ClusterMemberError,
  operationFailure,
  OperationError,
  responseError,
  ServerError,
  UnavailableError,
} from '../../lib/errors/index.js';

/** What LXD 5.0.2 and Incus 6.0.4 answered, and LXD 5.21 does, while one member of three was killed. */
const member: [status: number, asked: string, text: string][] = [
  [500, 'GET /1.0/instances/a3', 'Missing event connection with target cluster member'],
  [503, 'GET /1.0/instances/a3', 'Missing event connection with target cluster member'],
  [500, 'PATCH /1.0/instances/a3', "Server isn't ready yet"],
  [400, 'POST /1.0/instances/a1', 'Target node is offline'],
  [400, 'POST /1.0/instances/a1', 'Target cluster member is offline'],
  [
    500,
    'POST /1.0/instances',
    'Post "https://127.0.0.1:45409/1.0/instances?project=default&target=n3": Unable to connect to: 127.0.0.1:45409 ([dial tcp 127.0.0.1:45409: connect: connection refused])',
  ],
  [
    500,
    'GET /1.0/instances/a3',
    'Unable to connect to: 127.0.0.23:8443 ([dial tcp 127.0.0.23:8443: connect: connection refused])',
  ],
  [
    500,
    'GET /1.0',
    'Get "https://10.0.0.3:8443/1.0/resources?target=n3": dial tcp 10.0.0.3:8443: i/o timeout',
  ],
  [500, 'GET /1.0/operations/1/wait', 'Get "https://127.0.0.23:8443/1.0/operations/1/wait?timeout=-1": EOF'],
  [500, 'GET /1.0/operations/1/wait', 'unexpected EOF'],
];

/** What is about something else. */
const others: [
  status: number,
  asked: string,
  text: string,
  Class: typeof ServerError | typeof BadRequestError,
][] = [
  [
    500,
    'POST /1.0/instances',
    'Get "https://127.0.0.1:1/1.0": Unable to connect to: 127.0.0.1:1 ([dial tcp 127.0.0.1:1: connect: connection refused])',
    ServerError,
  ],
  [
    500,
    'POST /1.0/instances',
    'Failed getting image: Failed parsing stream: Get "https://127.0.0.1:1/streams/v1/index.json": Unable to connect to: 127.0.0.1:1 ([dial tcp 127.0.0.1:1: connect: connection refused])',
    ServerError,
  ],
  [500, 'POST /1.0/images', 'unexpected EOF', ServerError],
  [503, 'GET /1.0', 'LXD daemon not started yet', UnavailableError],
  [503, 'GET /1.0', 'Daemon is starting up', UnavailableError],
];

const message = (status: number, asked: string, text: string) => `${asked}: ${text} (${String(status)})`;

test.each(member)('%i %s: %s is of a member that is away', (status, asked, text) => {
  const error = responseError(status, message(status, asked, text), { path: '/1.0/x' });
  expect(error).toBeInstanceOf(ClusterMemberError);
  expect(error).toMatchObject({ code: 'ERR_LXD_CLUSTER_MEMBER', retryable: true, status, path: '/1.0/x' });
});

test.each(others)('%i %s: %s is not', (status, asked, text, Class) => {
  expect(responseError(status, message(status, asked, text))).toHaveProperty('constructor', Class);
});

test('a cluster without a majority is not available, whatever the status', () => {
  for (const [status, text] of [
    [503, 'no available dqlite leader server found'],
    [503, 'failed to create dqlite connection: no available cowsql leader server found'],
    [500, 'Failed to begin transaction: context deadline exceeded'],
  ] as const) {
    const error = responseError(status, message(status, 'GET /1.0/profiles', text));
    expect(error).toHaveProperty('constructor', UnavailableError);
    expect(error.status).toBe(status);
  }
});

test('the same words are those of an operation that failed', () => {
  const title = 'POST /1.0/instances: operation 1 (Creating instance) failed';
  for (const [, , text] of member.filter(([, , said]) => said !== 'unexpected EOF')) {
    const error = operationFailure(`${title}: ${text}`, { operation: '1', metadata: { secret: 1 } });
    expect(error).toBeInstanceOf(ClusterMemberError);
    expect(error).toMatchObject({ operation: '1' });
    expect(error).not.toHaveProperty('metadata');
  }
  for (const text of ['unexpected EOF', ...others.map(([, , said]) => said)])
    expect(operationFailure(`${title}: ${text}`, {})).toHaveProperty('constructor', OperationError);
});

test('where the member is, where they say', () => {
  expect(member.map(([status, asked, text]) => addressAway(message(status, asked, text)))).toEqual([
    ...Array.from({ length: 5 }, () => undefined),
    '127.0.0.1:45409',
    '127.0.0.23:8443',
    '10.0.0.3:8443',
    '127.0.0.23:8443',
    undefined,
  ]);
});
