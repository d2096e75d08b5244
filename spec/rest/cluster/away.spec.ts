import { ClusterMemberError, ServerError, TimeoutError } from '../../../lib/errors/index.js';
import { fail, rejection, sync } from '../test-server.js';
import { Members } from './members.js';

const instance = (name: string) => ({ method: 'GET', path: `/1.0/instances/${name}` });
const operation = { method: 'GET', path: '/1.0/operations/1/wait', patient: true };

test('what a member that hangs would have to answer ends, all else does not', async () => {
  let lists = 0;
  const cluster = await Members.start(3, () => (response, { url }) => {
    if (url.includes('recursion') && ++lists === 2) sync(response, 'without n3');
    if (url === '/1.0/instances/known') sync(response, { name: 'on-n1', project: 'default', location: 'n1' });
  });
  const session = await cluster.session();
  const { connection } = session;
  await session.send(instance('known'));
  cluster.all[2]!.freeze();
  const ended: string[] = [];
  const going = (name: string, work: Promise<unknown>) => {
    work.catch(() => undefined).finally(() => ended.push(name));
    return rejection<ClusterMemberError>(work);
  };
  const list = session.send({ method: 'GET', path: '/1.0/instances?recursion=1' });
  const read = going('read', session.send(instance('a3')));
  const write = going('write', session.send({ ...instance('a3'), method: 'PATCH', body: {} }));
  const made = going('target', session.send({ method: 'POST', path: '/1.0/instances?target=n3', body: {} }));
  const others = [
    going('on n1', session.send(instance('on-n1'))),
    going('/wait', session.send(operation)),
    going('elsewhere', session.send({ method: 'POST', path: '/1.0/instances?target=n2', body: {} })),
    going('the database', session.send({ method: 'GET', path: '/1.0/profiles' })),
  ];
  const late = rejection(session.send({ ...instance('a3'), timeout: 4000 }));
  expect(await late).toBeInstanceOf(TimeoutError);
  cluster.statuses.set('n3', 'Offline');
  // It is asked for again once the member is known to be missed.
  expect(await list).toMatchObject({ metadata: 'without n3' });

  for (const one of [read, write, made]) {
    const error = await one;
    expect(error).toBeInstanceOf(ClusterMemberError);
    expect(error).toMatchObject({ member: 'n3', retryable: true });
  }
  expect((await read).message).not.toContain('carried out');
  expect((await write).message).toContain('it may be carried out when it is back');
  expect(ended.sort()).toEqual(['read', 'target', 'write']);
  connection.close();
  await Promise.all(others);
}, 40_000);

test('an error of the server names the member, where that is known', async () => {
  const texts: Record<string, string> = {
    '/1.0/instances/a': `Get "https://{n2}/1.0/instances/a": Unable to connect to: {n2} ([dial tcp {n2}: refused])`,
    '/1.0/instances/b': "Server isn't ready yet",
    '/1.0/resources?target=n3': 'Missing event connection with target cluster member',
    '/1.0/profiles': 'Something else',
  };
  const cluster = await Members.start(3, () => (response, { url }) => {
    if (url.startsWith('/1.0/list')) sync(response, [{ name: 'b', project: 'default', location: 'n3' }]);
    else fail(response, 500, texts[url]!.replaceAll('{n2}', new URL(cluster.all[1]!.url).host));
  });
  const session = await cluster.session();
  const member = async (path: string) => {
    const error = await rejection(session.send({ method: 'GET', path }));
    return error instanceof ClusterMemberError ? error.member : error.constructor;
  };
  expect(await member('/1.0/instances/a')).toBe('n2');
  expect(await member('/1.0/instances/b')).toBeUndefined();
  await session.send({ method: 'GET', path: '/1.0/list' });
  expect(await member('/1.0/instances/b')).toBe('n3');
  expect(await member('/1.0/resources?target=n3')).toBe('n3');
  expect(await member('/1.0/profiles')).toBe(ServerError);
});
