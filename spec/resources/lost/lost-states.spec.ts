import { setTimeout as delay } from 'node:timers/promises';
import {
  AlreadyExistsError,
  ConnectionError,
  NotFoundError,
  OperationError,
  OutcomeUnknownError,
  TimeoutError,
  type Instance,
} from 'tslxd';
import type { FakeServer, LoggedRequest } from 'tslxd/testing';
import { describeFakes, rejection, sent } from '../support.js';

const cuts = { before: 'before', after: 'after', later: 60 } as const;
const each = Object.keys(cuts) as (keyof typeof cuts)[];
const bare = { source: { type: 'none' } } as const;

const lines = (server: FakeServer) => sent(server).filter((line) => !line.startsWith('GET'));

/** Does something when a client looks for what is under way, before it looks what has become of its write. */
function beforeLook(server: FakeServer, work: () => unknown): void {
  const isFirst = { now: true };
  const watch = ({ path }: LoggedRequest) => {
    if (path === '/1.0/operations' && isFirst.now) {
      isFirst.now = false;
      work();
    }
    return false;
  };
  server.failNext(watch, { status: 500 });
}

describeFakes('a lost change of state', (start) => {
  const actions: [string, (web: Instance) => Promise<unknown>, string, string][] = [
    ['start', (web) => web.start(), 'Stopped', 'Running'],
    ['stop', (web) => web.stop({ force: true }), 'Running', 'Stopped'],
    ['freeze', (web) => web.freeze(), 'Running', 'Frozen'],
    ['unfreeze', (web) => web.unfreeze(), 'Frozen', 'Running'],
  ];

  it.each(
    actions.flatMap(([action, work, from, to]) => each.map((cut) => ({ action, work, from, to, cut }))),
  )('$action, done $cut', async ({ work, from, to, cut }) => {
    const { server, client } = await start({ operationTime: 30 });
    server.addInstance({ name: 'web', status: from as 'Running' });
    const web = await client.instances.get('web');
    server.failNext('PUT /1.0/instances/web/state', { drop: cuts[cut] });
    await work(web);
    await delay(2 * cuts.later);
    expect((await web.fetch()).status).toBe(to);
    expect(lines(server).filter((line) => line.endsWith('/state'))).toHaveLength(cut === 'after' ? 1 : 2);
  });

  it('a restart is told by when it has begun to run, and never sent again', async () => {
    const { server, client } = await start();
    server.addInstance({ name: 'web', status: 'Running' });
    const web = await client.instances.get('web');
    server.failNext('PUT /1.0/instances/web/state', { drop: 'after' });
    await web.restart({ force: true });
    server.failNext('PUT /1.0/instances/web/state', { drop: 'before' });
    await rejection(web.restart({ force: true }), OutcomeUnknownError);
    expect(lines(server)).toHaveLength(2);
  });

  it('an ephemeral one that is gone may have stopped, or not', async () => {
    const { server, client } = await start();
    server.addInstance({ name: 'web', status: 'Running', ephemeral: true });
    const web = await client.instances.get('web');
    server.failNext('PUT /1.0/instances/web/state', { drop: 'after' });
    await rejection(web.stop({ force: true }), OutcomeUnknownError);
  });

  it('what the server refuses at the second try is told as it is', async () => {
    const { server, client } = await start();
    server.addInstance({ name: 'web', status: 'Stopped' });
    const web = await client.instances.get('web');
    server.failNext('PUT /1.0/instances/web/state', { drop: 'before' });
    server.failNext('PUT /1.0/instances/web/state', { operation: 'No space left' });
    expect((await rejection(web.start(), OperationError)).message).toContain('No space left');
  });

  it("waits for what is under way, as long as the caller's timeout says", async () => {
    const { server, client } = await start({ operationTime: 400 });
    server.addInstance({ name: 'web', status: 'Stopped' });
    const web = await client.instances.get('web');
    server.failNext('PUT /1.0/instances/web/state', { drop: 'after' });
    await rejection(web.start({ timeout: 150 }), TimeoutError);
    server.failNext('PUT /1.0/instances/*/state', { drop: 'after' });
    server.addInstance({ name: 'db', status: 'Stopped' });
    await (await client.instances.get('db')).start();
    expect(lines(server)).toHaveLength(2);
  });
});

describeFakes('a lost creation of an instance', (start) => {
  it.each(each)('is done once, where it was done %s', async (cut) => {
    const { server, client } = await start({ operationTime: 30 });
    server.failNext('POST /1.0/instances', { drop: cuts[cut] });
    const web = await client.instances.create({ name: 'web', start: true, ...bare });
    await delay(2 * cuts.later);
    expect([web.key, (await web.fetch()).status]).toEqual(['web', 'Running']);
    expect(await client.instances.names()).toEqual(['web']);
  });

  it.each(each)('and so is a copy, done %s', async (cut) => {
    const { server, client } = await start({ operationTime: 30 });
    const web = await client.instances.create({ name: 'web', ...bare });
    server.failNext('POST /1.0/instances', { drop: cuts[cut] });
    const copy = await web.copy('copy');
    await delay(2 * cuts.later);
    expect(copy.key).toBe('copy');
    expect((await client.instances.names()).sort()).toEqual(['copy', 'web']);
  });

  it('never takes one that was there before for its own', async () => {
    const { server, client } = await start();
    await client.instances.create({ name: 'web', ...bare });
    await delay(5);
    server.failNext('POST /1.0/instances', { drop: 'after' });
    await rejection(client.instances.create({ name: 'web', ...bare }), OutcomeUnknownError);
  });

  it("and knows one that is long there for somebody else's", async () => {
    const { server, client } = await start();
    server.addInstance({ name: 'old', createdAt: '2024-01-01T00:00:00Z' });
    server.failNext('POST /1.0/instances', { drop: 'after' });
    await rejection(client.instances.create({ name: 'old', ...bare }), AlreadyExistsError);
  });

  it.each<Record<string, string>>([{ 'user.mine': '1', 'user.theirs': '2' }, { 'user.mine': '2' }, {}])(
    'takes one that was made since for its own if it has all that was asked for: %j',
    async (config) => {
      const { server, client } = await start();
      server.failNext('POST /1.0/instances', { drop: 'before' });
      beforeLook(server, () => server.addInstance({ name: 'web', config }));
      const pending = client.instances.create({ name: 'web', ...bare, config: { 'user.mine': '1' } });
      if (config['user.mine'] === '1') expect((await pending).key).toBe('web');
      else await rejection(pending, OutcomeUnknownError);
      expect(lines(server)).toHaveLength(1);
    },
  );

  it('without a name is not told, nor sent again', async () => {
    const { server, client } = await start();
    server.failNext('POST /1.0/instances', { drop: 'after' });
    await rejection(client.instances.create({ ...bare }), OutcomeUnknownError);
    while ((await client.instances.names()).length === 0) await delay(1); // it is done, and nobody knows
    expect(lines(server)).toEqual(['POST /1.0/instances']);
  });

  it('with wait: false resolves with an operation that has ended', async () => {
    const { server, client } = await start();
    server.failNext('POST /1.0/instances', { drop: 'after' });
    const operation = await client.instances.create({ name: 'web', ...bare }, { wait: false });
    expect(operation.state).toBe('succeeded');
    expect((await operation.wait()).key).toBe('web');
    server.failNext('DELETE /1.0/instances/web', { drop: 'after' });
    const web = await client.instances.get('web');
    expect((await web.delete({ wait: false })).state).toBe('succeeded');
    await rejection(web.fetch(), NotFoundError).catch(() => undefined);
    expect(await client.instances.names()).toEqual([]);
  });
});

describeFakes('a lost deletion', (start) => {
  it('leaves another one of that name alone', async () => {
    const { server, client } = await start();
    const web = await client.instances.create({ name: 'web', ...bare });
    server.failNext('DELETE /1.0/instances/web', { drop: 'after' });
    let wasGone = false;
    const isLook = ({ method, path }: LoggedRequest) => method === 'GET' && path === '/1.0/instances/web';
    server.failNext(
      (request) => {
        if (isLook(request) && !wasGone) {
          wasGone = true;
          server.addInstance({ name: 'web', config: { 'user.new': '1' } });
        }
        return false;
      },
      { status: 500 },
    );
    await web.delete();
    expect(wasGone).toBe(true);
    expect((await client.instances.get('web')).config['user.new']).toBe('1');
    expect(lines(server).filter((line) => line.startsWith('DELETE'))).toHaveLength(1);
  });
});

describeFakes('a server that stays away', (start) => {
  it("leaves it unknown after the client's own time", async () => {
    const { server } = await start();
    const client = server.client({ timeout: 300 });
    const web = await client.profiles.create('web');
    server.failNext('DELETE /1.0/profiles/web', { drop: 'before' });
    const fault = server.failNext('/1.0/**', { drop: 'before' }, { times: Infinity });
    const error = await rejection(web.delete(), OutcomeUnknownError);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error.message).toMatch(
      /^DELETE \/1\.0\/profiles\/web: .*look before you ask again; it could not be seen: GET /,
    );
    expect(error).toMatchObject({ method: 'DELETE', path: '/1.0/profiles/web' });
    fault.cancel();
    await web.delete();
    await client.close();
  });

  it('is waited for while it restarts', async () => {
    const { server, client } = await start();
    const web = await client.profiles.create('web');
    web.config['user.a'] = '1';
    server.failNext('PATCH /1.0/profiles/web', { drop: 'after' });
    server.failNext('GET /1.0/**', { status: 503, error: 'daemon is shutting down' }, { times: 3 });
    await web.save();
    expect(lines(server).filter((line) => line.startsWith('PATCH'))).toHaveLength(1);
  });

  it("a write of the caller's own is told as it is", async () => {
    const { server, client } = await start();
    server.failNext('POST /1.0/profiles', { drop: 'after' });
    await rejection(client.request('POST', '/1.0/profiles', { body: { name: 'web' } }), OutcomeUnknownError);
    expect(lines(server)).toEqual(['POST /1.0/profiles']);
  });
});
