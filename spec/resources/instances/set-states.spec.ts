import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { AbortedError, Client, ForbiddenError, InstanceManager, OperationError, TimeoutError } from 'tslxd';
import { ScriptedDaemon } from '../../support/scripted-daemon.js';
import { describeFakes, rejection, sent } from '../support.js';

describeFakes('setState() of many instances', (start) => {
  let fake: Awaited<ReturnType<typeof start>>;
  beforeEach(async () => {
    fake = await start({ operationTime: 1 });
  });
  const puts = () =>
    fake.server.requests
      .filter(({ method }) => method === 'PUT')
      .map(({ path, query }) => [path, query.project]);

  it('is one request for all of a project', async () => {
    fake.server.addProject('lab');
    for (const name of ['a', 'b', 'c']) fake.server.addInstance({ name, project: 'lab' });
    fake.server.addInstance({ name: 'other' });
    const lab = fake.client.useProject('lab');
    const { changed, failed } = await lab.instances.setState('start');
    expect(changed.map(({ name, status }) => [name, status])).toEqual(
      ['a', 'b', 'c'].map((name) => [name, 'Running']),
    );
    expect(failed).toEqual([]);
    expect(puts()).toEqual([['/1.0/instances', 'lab']]);
    expect((await fake.client.instances.get('other')).status).toBe('Stopped');
  });

  it('never touches what its manager does not have', async () => {
    for (const name of ['a', 'b']) fake.server.addInstance({ name, status: 'Running' });
    for (const name of ['v', 'w'])
      fake.server.addInstance({ name, type: 'virtual-machine', status: 'Running' });
    await fake.client.containers.setState('stop');
    await fake.client.instances.setState('freeze', { filter: 'name eq v' });
    const all = await fake.client.instances.all();
    expect(all.map(({ name, status }) => `${name} ${status}`).sort()).toEqual([
      'a Stopped',
      'b Stopped',
      'v Frozen',
      'w Running',
    ]);
    expect(
      puts()
        .map(([path]) => path)
        .sort(),
    ).toEqual(['a', 'b', 'v'].map((name) => `/1.0/instances/${name}/state`));
  });

  it('lets frozen ones go on, and not those that are stopped', async () => {
    fake.server.addInstance({ name: 'off' });
    for (const name of ['a', 'b']) fake.server.addInstance({ name, status: 'Frozen' });
    const { changed, failed } = await fake.client.instances.setState('unfreeze');
    expect([changed.map(({ name, status }) => `${name} ${status}`), failed]).toEqual([
      ['a Running', 'b Running'],
      [],
    ]);
  });

  it('tells of each that failed in one request, and not of those that were there already', async () => {
    for (const name of ['a', 'b']) fake.server.addInstance({ name, status: 'Running' });
    fake.server.addInstance({ name: 'cold', status: 'Frozen' });
    const seen: string[] = [];
    const { changed, failed } = await fake.client.instances.setState('restart', {
      onProgress: ({ instance, outcome, done, total }) =>
        void seen.push(`${instance.name} ${outcome} ${String(done)}/${String(total)}`),
    });
    expect(changed.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(failed).toEqual([
      { instance: expect.any(Object) as unknown, error: expect.any(OperationError) as unknown },
    ]);
    expect([failed[0]?.instance.name, failed[0]?.error.message]).toEqual([
      'cold',
      "Instance 'cold': Instance is not running",
    ]);
    expect(seen).toEqual(['a changed 1/3', 'b changed 2/3', 'cold failed 3/3']);
    const frozen = await fake.client.instances.setState('freeze');
    expect([frozen.changed.map(({ name }) => name), frozen.failed]).toEqual([['a', 'b'], []]);
  });

  it('goes one by one, so many at a time', async () => {
    for (let n = 0; n < 12; n++) fake.server.addInstance({ name: `c${String(n)}` });
    const { changed } = await fake.client.containers.setState('start', { concurrency: 3 });
    expect(changed).toHaveLength(12);
    const controller = new AbortController();
    const stopping = fake.client.containers.setState('stop', {
      concurrency: 1,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    expect((await rejection(stopping, AbortedError)).message).toMatch(/1 of 12 instances were changed/);
  });

  it('throws what is said of the request as a whole', async () => {
    for (const name of ['a', 'b']) fake.server.addInstance({ name });
    fake.server.failNext('PUT /1.0/instances', { status: 403 });
    await expect(fake.client.instances.setState('start')).rejects.toThrow(ForbiddenError);
    const before = sent(fake.server).length;
    await fake.client.instances.setState('stop');
    expect(sent(fake.server).slice(before)).toEqual(['GET /1.0/instances']);
  });

  it('says of all that are not there yet that the time is over', async () => {
    const slow = await start({ operationTime: 60_000 });
    for (const name of ['a', 'b']) slow.server.addInstance({ name });
    const { failed } = await slow.client.instances.setState('start', { timeout: 20 });
    expect(failed.map(({ error }) => error.constructor)).toEqual([TimeoutError, TimeoutError]);
  });

  it('says of all that the operation failed, where it does not say of which', async () => {
    for (const name of ['a', 'b']) fake.server.addInstance({ name });
    fake.server.failNext('PUT /1.0/instances', { operation: 'out of space' });
    const { changed, failed } = await fake.client.instances.setState('start');
    expect([changed, failed.map(({ instance, error }) => [instance.name, error.message])]).toEqual([
      [],
      ['a', 'b'].map((name) => [name, expect.stringMatching(/out of space/)]),
    ]);
  });
});

/** LXD with operations for each instance, of which that of `b` fails. */
class Parent extends ScriptedDaemon {
  protected answer({ method, url = '' }: IncomingMessage, response: ServerResponse): void {
    const path = url.replace(/\?.*$/, '');
    const operation = (id: string, err: string, name: string) => ({
      ...{ id, class: 'task', description: '', status: err ? 'Failure' : 'Success', metadata: {}, err },
      ...{
        status_code: err ? 400 : 200,
        may_cancel: false,
        location: 'none',
        created_at: '',
        updated_at: '',
      },
      resources: { instances: [`/1.0/instances/${name}`] },
    });
    const children = ['a', 'b'].map((name) => operation(name, name === 'b' ? 'no room' : '', name));
    const parent = { ...operation('parent', 'Some operations failed', ''), resources: {}, children };
    const one = (name: string) => ({ name, location: 'none', type: 'container', status: 'Running' });
    const metadata = path === '/1.0/instances' ? ['a', 'b'].map(one) : parent;
    const answers: Record<string, object> = {
      '/1.0': { metadata: { api_extensions: ['instance_bulk_state_change', 'bulk_operations'] } },
      '/1.0/instances': { metadata },
    };
    const isPut = method === 'PUT';
    const started = {
      type: 'async',
      status_code: 100,
      operation: '/1.0/operations/parent',
      metadata: parent,
    };
    const read = { type: 'sync', status_code: 200, metadata: parent, ...answers[path] };
    response.statusCode = isPut ? 202 : 200;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(isPut ? started : read));
  }

  protected connect(_: IncomingMessage, socket: Duplex): void {
    socket.destroy();
  }
}

it('setState() asks newer LXD for the operations of its operation', async () => {
  const server = new Parent();
  await server.listen();
  const client = new Client({ socketPath: server.socketPath });
  const { changed, failed } = await client.instances.setState('restart');
  expect(changed.map(({ name }) => name)).toEqual(['a']);
  expect(failed.map(({ error }) => error.message)).toEqual(["Instance 'b': no room"]);
  await client.close();
  await server.stop();
});

/** A member of a cluster, with two containers on two members. */
class Member extends ScriptedDaemon {
  readonly requests: string[] = [];

  protected answer({ method, url = '' }: IncomingMessage, response: ServerResponse): void {
    const path = url.replace(/\?.*$/, '');
    this.requests.push(`${method ?? ''} ${path}`);
    const one = (name: string, location: string) => ({
      name,
      location,
      type: 'container',
      status: 'Stopped',
    });
    const all = [one('a', 'n1'), one('b', 'n2')];
    const metadata = path === '/1.0/instances' ? all : all.find(({ name }) => path.endsWith(`/${name}`));
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ type: 'sync', status_code: 200, metadata: metadata ?? {} }));
  }

  protected connect(): void {
    throw new Error('there are no websockets');
  }
}

it('setState() goes one by one in a cluster, whose members do not say which instances failed', async () => {
  const member = new Member();
  await member.listen();
  const client = new Client({ socketPath: member.socketPath });
  const { changed } = await client.instances.setState('start');
  expect(changed.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(member.requests.filter((line) => line.startsWith('PUT')).sort()).toEqual([
    'PUT /1.0/instances/a/state',
    'PUT /1.0/instances/b/state',
  ]);
  await client.close();
  await member.stop();
  expect(client.instances).toBeInstanceOf(InstanceManager);
});
