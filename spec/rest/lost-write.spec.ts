import { ClusterMemberError, OutcomeUnknownError } from '../../lib/errors/index.js';
import { rejection, serve, fail } from './test-server.js';

/** What the member says that has handed a request on to another. */
const texts = {
  'went away in the middle': 'Patch "https://127.0.0.23:8443/1.0/instances/web": EOF',
  'was reset':
    'Put "https://10.0.0.3:8443/1.0/instances/web": read tcp 10.0.0.1:50416->10.0.0.3:8443: read: connection reset by peer',
  'was not reached':
    'Put "https://10.0.0.3:8443/1.0/instances/web": dial tcp 10.0.0.3:8443: connect: connection refused',
  'is away': 'Missing event connection with target cluster member',
};

test.each(Object.entries(texts))('a write whose member %s', async (how, text) => {
  const server = await serve((response) => fail(response, 500, text));
  const request = { method: 'PUT', path: '/1.0/instances/web' };
  const error = await rejection(server.session().send({ ...request, body: {} }));
  const isLost = how.includes('middle') || how.includes('reset');
  expect(error).toBeInstanceOf(isLost ? OutcomeUnknownError : ClusterMemberError);
  expect(error).toMatchObject(request);
  expect(error.message).toContain(text);
  expect(server.lines).toEqual(['PUT /1.0/instances/web']);
  expect(await rejection(server.session().send({ ...request, method: 'GET' }))).toBeInstanceOf(
    ClusterMemberError,
  );
});
