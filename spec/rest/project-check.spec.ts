import { AbortedError, NotFoundError, ServerError } from '../../lib/errors/index.js';
import { assertProject, forgetProject } from '../../lib/rest/project-check.js';
import { fail, rejection, serve, sync, until, type Handler } from './test-server.js';

const question = 'GET /1.0/projects/lab?project=lab';
const thing = { method: 'GET', path: '/1.0/instances/web' };

/** Says of the project what it is given, and of everything else that it is not there. */
const saying =
  (handler: Handler): Handler =>
  (response, seen, nth) =>
    seen.url.startsWith('/1.0/projects/')
      ? handler(response, seen, nth)
      : fail(response, 404, 'Instance not found');

describe('a thing that is not found, in a project', () => {
  const there: Handler = (response) => sync(response, { name: 'lab' });

  test.each<[string, Handler, RegExp]>([
    ['is missing where the project is there', there, /Instance not found/],
    ['is missing where it must not be seen', (response) => fail(response, 403, 'not authorized'), /Instance/],
    ['is missing where it is hidden', (response) => fail(response, 404, 'Not Found'), /Instance not found/],
    [
      'is missing where nobody knows',
      (response) => fail(response, 500, 'database is locked'),
      /Instance not/,
    ],
    [
      'is no more than the project',
      (response) => fail(response, 404, 'Project not found'),
      /no project 'lab'/,
    ],
  ])('%s', async (_, handler, message) => {
    const server = await serve(saying(handler));
    const error = await rejection(server.session({ project: 'lab' }).send(thing));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error.message).toMatch(message);
    expect(server.lines).toEqual(['GET /1.0/instances/web?project=lab', question]);
  });

  test('costs a question once a connection, and again once the project may be gone', async () => {
    const server = await serve(saying(there));
    const session = server.session({ project: 'lab' });
    const ask = async (of = session) => rejection(of.send(thing));
    await Promise.all([ask(), ask(), ask(session.derive({ target: 'n1' }))]);
    await ask();
    expect(server.lines.filter((line) => line.startsWith('GET /1.0/projects/'))).toHaveLength(1);
    forgetProject(session, 'lab');
    await ask();
    expect(server.lines.filter((line) => line.startsWith('GET /1.0/projects/'))).toHaveLength(2);
  });

  test.each<[string, { path: string; query?: { project: string } }, string | undefined]>([
    ['in no project', thing, undefined],
    ['in the default one', thing, 'default'],
    ['in one that the request names', { ...thing, query: { project: 'other' } }, 'lab'],
    ['in one that its URL names', { path: '/1.0/images/a?project=other' }, 'lab'],
    ['that is found in all', { path: '/1.0/operations/a' }, 'lab'],
    ['that is a project', { path: '/1.0/projects/other' }, 'lab'],
  ])('costs none for one %s', async (_, request, project) => {
    const server = await serve((response) => fail(response, 404, 'Not there'));
    await rejection(server.session({ project }).send({ method: 'GET', ...request }));
    expect(server.seen).toHaveLength(1);
  });

  const says: Handler = (response) => fail(response, 404, 'Failed loading project: Project not found');

  test('is explained where the server says only that, also of one that was there', async () => {
    const server = await serve((response, seen, nth) =>
      seen.url.startsWith('/1.0/projects/')
        ? fail(response, 404, 'Project not found')
        : says(response, seen, nth),
    );
    const session = server.session({ project: 'lab' });
    session.connection.projects.known.add('lab');
    expect((await rejection(session.send(thing))).message).toMatch("the server has no project 'lab'");
    expect(server.lines).toEqual(['GET /1.0/instances/web?project=lab', question]);
  });

  test.each([
    ['of another than its own', 'lab', 2],
    ['in the default one', undefined, 1],
  ])('stays as it is where the server says that %s', async (_, project, requests) => {
    const server = await serve((response, seen, nth) =>
      seen.url.startsWith('/1.0/projects/') ? there(response, seen, nth) : says(response, seen, nth),
    );
    const error = await rejection(server.session({ project }).send(thing));
    expect(error.message).toMatch(/Failed loading project: Project not found/);
    expect(server.seen).toHaveLength(requests);
  });
});

describe('an empty list, in a project', () => {
  test('fails where nobody can say whether the project is there', async () => {
    const server = await serve((response) => fail(response, 500, 'database is locked'));
    const session = server.session({ project: 'lab' });
    expect(await rejection(assertProject(session, {}, performance.now()))).toBeInstanceOf(ServerError);
    expect(server.lines).toEqual([question]);
  });

  test('is not waited for longer than its caller wants', async () => {
    const server = await serve(() => undefined);
    const session = server.session({ project: 'lab' });
    const first = new AbortController();
    const second = new AbortController();
    const asked = [first, second].map(({ signal }) =>
      rejection(assertProject(session, { signal }, performance.now())),
    );
    await until(() => server.seen.length === 1); // the other one waits for its answer
    second.abort();
    expect(await asked[1]).toBeInstanceOf(AbortedError);
    first.abort();
    expect(await asked[0]).toBeInstanceOf(AbortedError);
    const late = assertProject(session, { timeout: 20 }, performance.now());
    expect(await rejection(late)).toMatchObject({ code: 'ERR_LXD_TIMEOUT' });
  });

  test('may take as long as it takes where its caller says so', async () => {
    let answer: () => void = () => undefined;
    const server = await serve((response) => (answer = () => sync(response, { name: 'lab' })));
    const session = server.session({ project: 'lab' });
    const asked = [1, 2].map(async () => assertProject(session, { timeout: Infinity }, performance.now()));
    await until(() => server.seen.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 50)); // the second would have left its queue
    answer();
    await Promise.all(asked);
    expect(server.lines).toEqual([question]);
  });
});
