import { InvalidInputError, type Client, type SetStatesProgress, type SetStatesResult } from 'tslxd';
import { useClient } from './client.js';
import { describeReal } from './harness.js';

const told = ({ changed, failed }: SetStatesResult) => ({
  changed: changed.map(({ name, status }) => `${name} ${status}`).sort(),
  failed: failed.map(({ instance, error }) => `${instance.name} ${instance.status}: ${error.message}`).sort(),
});

/** Until the server is at nothing more. */
async function idle(client: Client): Promise<void> {
  for (const operation of await client.operations.all()) await operation.wait().catch(() => undefined);
}

describeReal('setState() of many instances', (server) => {
  const { client: root, requestsOf } = useClient(server);
  let client: Client;
  let project: string;

  beforeAll(async () => {
    project = server.uniqueName('many');
    const config = { 'features.images': 'false', 'features.profiles': 'false' };
    await server.run('POST', '/1.0/projects', { name: project, config });
    client = root.useProject(project);
    const fingerprint = await server.ensureImage();
    for (const name of ['a', 'b', 'c']) await client.instances.create({ name, source: { fingerprint } });
    await client.instances.create({ name: 'broken', source: { type: 'none' } });
  });

  const statuses = async () => {
    const all = await client.instances.all();
    return Object.fromEntries(all.map(({ name, status }) => [name, status]));
  };

  it('is one request for all, which says of each that failed why', async () => {
    let result: SetStatesResult | undefined;
    const requests = await requestsOf(async () => {
      result = await client.instances.setState('start');
    });
    expect(requests.filter((line) => line.startsWith('PUT'))).toEqual(['PUT /1.0/instances 202']);
    expect(told(result ?? { changed: [], failed: [] })).toEqual({
      changed: ['a Running', 'b Running', 'c Running'],
      failed: [expect.stringMatching(/^broken \w+: Instance 'broken': .*(forkstart|idmapped)/)],
    });
    const [failure] = result?.failed ?? [];
    expect(failure?.error).toMatchObject({ operation: expect.any(String), status: 400 });
    await client.instances.ref('broken').delete({ force: true });
  });

  it('leaves alone what is in that state already, and sends nothing where all are', async () => {
    const requests = await requestsOf(() => client.instances.setState('start'));
    expect(requests).toEqual(['GET /1.0/instances 200']);
    await client.instances.ref('a').freeze();
    expect(told(await client.instances.setState('freeze'))).toEqual({
      changed: ['b Frozen', 'c Frozen'],
      failed: [],
    });
    expect(told(await client.instances.setState('start'))).toEqual({ changed: [], failed: [] });
    // A server that cannot do it in one request lets the stopped ones go on, and leaves the frozen ones.
    expect(told(await client.instances.setState('unfreeze'))).toEqual({
      changed: ['a Running', 'b Running', 'c Running'],
      failed: [],
    });
  });

  it('goes one by one through those of a filter and those of one type', async () => {
    const outcomes: string[] = [];
    const onProgress = ({ instance, outcome, done, total }: SetStatesProgress) => {
      outcomes.push(`${instance.name} ${outcome} ${String(done)}/${String(total)}`);
    };
    const one = await client.instances.setState('stop', { filter: { name: 'a' }, force: true, onProgress });
    expect(told(one)).toEqual({ changed: ['a Stopped'], failed: [] });
    expect(outcomes).toEqual(['a changed 1/1']);
    expect(await client.virtualMachines.setState('stop', { force: true })).toEqual({
      changed: [],
      failed: [],
    });
    expect(await statuses()).toEqual({ a: 'Stopped', b: 'Running', c: 'Running' });
    const requests = await requestsOf(() => client.containers.setState('restart', { force: true }));
    expect(requests.filter((line) => line.startsWith('PUT')).sort()).toEqual([
      'PUT /1.0/instances/b/state 202',
      'PUT /1.0/instances/c/state 202',
    ]);
  });

  it('tells of those that do not shut down in time', async () => {
    await client.instances.ref('a').start();
    for (const name of ['a', 'b']) {
      const instance = await client.instances.get(name);
      await instance.stop({ force: true });
      instance.config['raw.lxc'] = 'lxc.signal.halt = SIGCONT'; // its init hears nothing
      await instance.save();
      await instance.start();
    }
    const slow = (name: string) => ({
      instance: name,
      error: expect.stringMatching(`^Instance '${name}' did not shut down within 1000 ms`) as unknown,
    });
    const limited = async (filter?: { name: string }) => {
      const { failed } = await client.instances.setState('stop', { timeout: 1000, filter });
      await idle(client); // the server gives up after us
      const deaf = failed.filter(({ instance }) => instance.name !== 'c'); // which may not have set its trap yet
      return deaf
        .map(({ instance, error }) => ({ instance: instance.name, error: error.message }))
        .sort((one, other) => one.instance.localeCompare(other.instance)); // LXD lists in no order
    };
    expect(await limited()).toEqual([slow('a'), slow('b')]);
    expect(await limited({ name: 'a' })).toEqual([slow('a')]);
    const pulled = await client.instances.setState('stop', { timeout: 300, force: 'afterTimeout' });
    expect(pulled.failed).toEqual([]);
    expect(new Set(Object.values(await statuses()))).toEqual(new Set(['Stopped']));
  });

  it('ends with the ephemeral ones gone', async () => {
    for (const name of ['a', 'b']) {
      const instance = await client.instances.get(name);
      instance.ephemeral = true;
      await instance.save();
      await instance.start();
    }
    const { changed } = await client.instances.setState('stop', { force: true });
    expect(changed.map(({ name }) => name).sort()).toEqual(['a', 'b']);
    expect(await client.instances.names()).toEqual(['c']);
  });

  it('refuses what is no action and no option before anything is sent', async () => {
    const requests = await requestsOf(async () => {
      for (const call of [
        () => client.instances.setState('explode'),
        () => client.instances.setState('start', { force: 'afterTimeout', timeout: 1 }),
        () => client.instances.setState('stop', { force: 'afterTimeout' }),
        () => client.instances.setState('stop', { force: 1 as never }),
        () => client.instances.setState('stop', { stateful: 'yes' as never }),
        () => client.instances.setState('stop', { concurrency: 0 }),
        () => client.instances.setState('stop', { timeout: -1 }),
        () => client.instances.setState('stop', { nope: 1 } as never),
        () => client.instances.setState('stop', { onProgress: 1 as never }),
      ])
        await expect(call()).rejects.toThrow(InvalidInputError);
    });
    expect(requests).toEqual([]);
  });
});
