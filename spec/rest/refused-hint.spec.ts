import { Client, ForbiddenError } from 'tslxd';
import { rejection } from '../resources/support.js';
import { fail, serveHttps, sync } from './test-server.js';

describe('a refusal', () => {
  async function serve(auth: object | undefined) {
    return serveHttps((response, { url }) => {
      if (url !== '/1.0' || auth === undefined) fail(response, 403, 'not authorized');
      else sync(response, { api_extensions: [], ...auth });
    });
  }

  it.each<[string, object, object, RegExp]>([
    [
      'to who is not trusted',
      { auth: 'untrusted' },
      {},
      /'untrusted'.*connect\(\{ token \}\).*authenticate\(token\)/,
    ],
    ['of a bearer token', { auth: 'untrusted' }, { bearer: 'a-token' }, /bearer token is wrong, has expired/],
    [
      'to who is trusted',
      { auth: 'trusted', auth_user_method: 'tls' },
      {},
      /restricted to projects.*useProject\(\)/,
    ],
    ['after a login', { auth: 'trusted', auth_user_method: 'oidc' }, {}, /what its groups allow$/],
  ])('%s says what can be done, for one request more', async (_, auth, options, words) => {
    const server = await serve(auth);
    await using client = new Client({ ...server.options, ...options });
    const error = await rejection(client.profiles.names(), ForbiddenError);
    expect(error.message).toMatch(/^GET \/1\.0\/profiles: not authorized \(403\); the server /);
    expect(error.message).toMatch(words);
    expect(error).toMatchObject({ status: 403, method: 'GET', path: '/1.0/profiles' });
    expect(server.seen.map(({ url }) => url)).toEqual(['/1.0/profiles?recursion=1', '/1.0']);
  });

  it('stays as it is where nothing more can be learnt, and costs nothing where that is known', async () => {
    const server = await serve(undefined);
    await using client = new Client(server.options);
    const error = await rejection(client.profiles.names(), ForbiddenError);
    expect(error.message).toBe('GET /1.0/profiles: not authorized (403)');
    expect(server.seen).toHaveLength(2);
    await rejection(client.request('GET', '/1.0'), ForbiddenError);
    await rejection(client.request('POST', '/1.0/certificates', { body: {} }), ForbiddenError);
    await rejection(client.events.listen().next(), ForbiddenError);
    expect(server.seen).toHaveLength(5);
  });
});
