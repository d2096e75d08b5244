import { Instance, InvalidInputError, NotFetchedError, NotFoundError, OperationError } from 'tslxd';
import { makeEmpty, useClient } from './client.js';
import { describeReal } from './harness.js';

describeReal('lists of instances', (server) => {
  const { client, requestsOf } = useClient(server);
  const one = server.uniqueName('one');
  const two = server.uniqueName('two');
  const three = server.uniqueName('three');
  const names = [one, two, three];
  // Other spec files have instances of their own on the same server.
  const ours = `name eq ${server.prefix}-.*`;

  beforeAll(async () => {
    await makeEmpty(server, client, { name: one, config: { 'user.role': 'web', 'user.dots': 'a.c' } });
    await makeEmpty(server, client, { name: two, config: { 'user.role': 'db', 'user.dots': 'abc' } });
    await makeEmpty(server, client, {
      name: three,
      config: { 'user.role': 'web', 'user.words': 'two words' },
    });
    await server.run('POST', `/1.0/instances/${one}/snapshots`, { name: 'first' });
  });

  it.each([0, 1, 2] as const)('takes one request at recursion %i', async (recursion) => {
    let all: Instance[] = [];
    const sent = await requestsOf(async () => {
      all = await client.instances.all({ recursion, filter: ours });
    });
    expect(sent).toEqual(['GET /1.0/instances 200']);
    expect(all.map(({ name }) => name).sort()).toEqual([...names].sort());
    expect(
      all.every((instance) => instance instanceof Instance && instance.isFetched === recursion > 0),
    ).toBe(true);
  });

  it('knows nothing but names at recursion 0, and the state and snapshots at recursion 2', async () => {
    const find = async (recursion: 0 | 1 | 2) => {
      const all = await client.instances.all({ recursion, filter: ours });
      const found = all.find(({ name }) => name === one);
      if (!found) throw new Error(`${one} is not in the list`);
      return found;
    };
    const [unread, plain, full] = [await find(0), await find(1), await find(2)];
    expect(() => unread.config).toThrow(NotFetchedError);
    expect(plain.config['user.role']).toBe('web');
    expect([plain.fetchedState, plain.fetchedSnapshots]).toEqual([undefined, undefined]);
    expect(full.fetchedState).toMatchObject({ status: 'Stopped', pid: 0, startedAt: null });
    expect(full.fetchedSnapshots?.map(({ name, key, instance }) => [name, key, instance])).toEqual([
      ['first', 'first', one],
    ]);
  });

  it('gives names, existence and an iterator', async () => {
    expect(await requestsOf(() => client.instances.names())).toEqual(['GET /1.0/instances 200']);
    expect(await client.instances.names()).toEqual(expect.arrayContaining(names));
    expect(await client.instances.exists(one)).toBe(true);
    expect(await client.instances.exists(`${one}-not`)).toBe(false);
    const iterated: string[] = [];
    const sent = await requestsOf(async () => {
      for await (const instance of client.instances) iterated.push(instance.name);
    });
    expect(sent).toHaveLength(1);
    expect(iterated).toEqual(expect.arrayContaining(names));
  });

  it('filters in the words of the API and with an object', async () => {
    const found = async (filter: string | Record<string, string>) =>
      (await client.instances.all({ filter }))
        .map(({ name }) => name)
        .filter((name) => names.includes(name))
        .sort();
    expect(await found(`${ours} and config.user.role eq web`)).toEqual([one, three].sort());
    expect(await found(`${ours} and not config.user.role eq web`)).toEqual([two]);
    expect(await found({ 'config.user.role': 'web', name: one })).toEqual([one]);
    expect(await found({ 'config.user.dots': 'a.c' })).toEqual([one]); // a text, not a regular expression
    expect(await found({ 'config.user.words': 'two words' })).toEqual([three]);
    expect(await found({ status: 'Running', name: two })).toEqual([]);
    const names2 = await client.instances.names({ filter: { name: two } });
    expect(names2).toEqual([two]);
    await expect(client.instances.all({ filter: { 'config.user.words': 'two  words' } })).rejects.toThrow(
      InvalidInputError,
    );
  });

  it('narrows containers and virtual machines by type, also beside an "or"', async () => {
    const either = `name eq ${one} or name eq ${two}`;
    for (const recursion of [0, 1, 2] as const) {
      const containers = await client.containers.all({ filter: either, recursion });
      expect(containers.map(({ name }) => name).sort()).toEqual([one, two].sort());
      expect(await client.virtualMachines.all({ filter: either, recursion })).toEqual([]);
    }
    expect((await client.containers.names({ filter: either })).sort()).toEqual([one, two].sort());
    expect(await client.virtualMachines.names({ filter: either })).toEqual([]);
    expect(await client.containers.exists(one)).toBe(true);
    expect(await client.virtualMachines.exists(one)).toBe(false);
    expect((await client.containers.get(one)).type).toBe('container');
    await expect(client.virtualMachines.get(one)).rejects.toThrow(NotFoundError);
  });

  it('creates a virtual machine, or says why the server cannot', async () => {
    const name = server.uniqueName('vm');
    const made = await client.virtualMachines
      .create({ name, source: { type: 'none' } })
      .catch((error: unknown) => error);
    if (made instanceof Instance) expect(made.type).toBe('virtual-machine');
    else expect(made).toBeInstanceOf(OperationError);
  });
});
