import { InvalidInputError, NotFoundError, OperationError, TimeoutError } from 'tslxd';
import { booted, makeBusybox, makeEmpty, useClient } from './client.js';
import { describeReal } from './harness.js';

describeReal('the states of an instance', (server) => {
  const { client } = useClient(server);
  const statusOf = async (name: string) =>
    (await server.read<{ status: string }>(`/1.0/instances/${name}`)).status;

  it('start, freeze, unfreeze, restart, stop: the model follows', async () => {
    const web = await makeBusybox(server, client);
    for (const [act, status] of [
      [() => web.start(), 'Running'],
      [() => web.freeze(), 'Frozen'],
      [() => web.unfreeze(), 'Running'],
      [() => web.restart({ force: true }), 'Running'],
      [async () => (await booted(web)).stop({ timeout: 20_000 }), 'Stopped'],
    ] as const) {
      expect((await act()).status).toBe(status);
      expect(await statusOf(web.name)).toBe(status);
    }
    await expect(web.stop()).rejects.toThrow(OperationError);
    await web.delete();
  });

  it('gives its state in typed values', async () => {
    const web = await makeBusybox(
      server,
      client,
      server.hasNetwork ? { profiles: ['default', 'tslxd-net'] } : {},
    );
    await web.start();
    const state = await web.state();
    expect(state).toMatchObject({ status: 'Running', statusCode: 103 });
    expect(state.pid).toBeGreaterThan(0);
    expect(state.memory.usage).toBeGreaterThan(0);
    expect(state.network.lo?.addresses[0]).toMatchObject({
      family: 'inet',
      address: '127.0.0.1',
      scope: 'local',
    });
    if (server.hasNetwork) {
      await web.waitFor('ip', { timeout: 20_000 });
      const { network } = await web.state();
      expect(network.eth0?.addresses.some(({ scope }) => scope === 'global')).toBe(true);
    }
    await web.delete({ force: true });
  });

  it('is waited for: by name, by predicate, no longer than allowed', async () => {
    const web = await makeBusybox(server, client);
    await expect(web.waitFor('running', { timeout: 300 })).rejects.toThrow(TimeoutError);
    const [waited] = await Promise.all([web.waitFor('running', { timeout: 20_000 }), web.start()]);
    expect(waited).toBe(web);
    await web.waitFor((instance, state) => instance.status === 'Running' && state.pid > 0, { timeout: 5000 });
    await expect(web.waitFor('asleep' as never)).rejects.toThrow(InvalidInputError);
    await web.delete({ force: true });
  });

  it('does not complain when an ephemeral instance is gone with its stop', async () => {
    const web = await makeBusybox(server, client, { ephemeral: true });
    await web.start();
    await web.stop({ force: true });
    expect(await client.instances.exists(web.name)).toBe(false);
    const other = await makeBusybox(server, client, { ephemeral: true });
    await other.start();
    await other.delete({ force: true });
    expect(await client.instances.exists(other.name)).toBe(false);
  });

  it('renames a stopped one, and the model follows', async () => {
    const web = await makeEmpty(server, client);
    const old = web.name;
    const name = server.uniqueName('renamed');
    await web.rename(name);
    expect([web.name, web.key]).toEqual([name, name]);
    expect(await client.instances.exists(old)).toBe(false);
    web.config['user.a'] = '1';
    await web.save();
    expect((await client.instances.get(name)).config['user.a']).toBe('1');
    await web.delete();
    await expect(client.instances.get(name)).rejects.toThrow(NotFoundError);
  });

  it('hands out the operation at { wait: false }, which is no promise', async () => {
    const web = await makeBusybox(server, client);
    const operation = await web.start({ wait: false });
    expect(operation.id).toMatch(/^[0-9a-f-]{36}$/);
    expect('then' in operation).toBe(false);
    expect(await operation.wait({ timeout: 20_000 })).toBe(web);
    expect([operation.state, web.status]).toEqual(['succeeded', 'Running']);
    const updates: string[] = [];
    for await (const { state } of await web.stop({ force: true, wait: false })) updates.push(state);
    expect(updates.at(-1)).toBe('succeeded');
    await web.delete();
  });

  it('keeps the end of an operation that the server has forgotten', async () => {
    const web = await makeBusybox(server, client);
    const operation = await web.start({ wait: false });
    await new Promise((resolve) => setTimeout(resolve, 7000));
    await expect(client.operations.get(operation.id)).rejects.toThrow(NotFoundError);
    expect((await operation.wait()).status).toBe('Running');
    await web.delete({ force: true });
  });

  it('lists operations, and says what it knows of one', async () => {
    const web = await makeBusybox(server, client);
    const operation = await web.start({ wait: false });
    expect(await client.operations.names()).toContain(operation.id);
    const resumed = await client.operations.get(operation.id);
    await resumed.wait({ timeout: 20_000 });
    expect(resumed.createdAt).toBeInstanceOf(Date);
    expect(resumed.toJSON()).toMatchObject({ id: operation.id, status_code: 200 });
    await web.delete({ force: true });
  });
});
