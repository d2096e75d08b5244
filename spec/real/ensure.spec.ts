import { InvalidInputError, NotFoundError, OperationError, SaveAllError } from 'tslxd';
import { makeEmpty, useClient } from './client.js';
import { describeReal } from './harness.js';

describeReal('scripts that run twice, and at the same time', (server) => {
  const one = useClient(server);
  const two = useClient(server);
  const clients = [one.client, two.client, one.client, two.client];
  const source = { type: 'none' } as const;

  it('ensure an instance: made once, then left alone, then changed where it differs', async () => {
    const name = server.uniqueName('ensured');
    const path = `/1.0/instances/${name}`;
    const input = {
      source,
      config: { 'user.a': '1' },
      devices: { a: { type: 'none' } },
      profiles: ['default'],
    };
    await one.client.instances.ensure(name, input);
    await server.run('PATCH', path, { description: 'by hand', config: { 'user.by': 'hand' } });
    const before = await server.read(path);
    const again = await one.requestsOf(() => one.client.instances.ensure(name, input));
    expect(again).toEqual([`GET ${path} 200`]);
    expect(await server.read(path)).toEqual(before);

    await one.client.instances.ensure(name, { ...input, config: { 'user.a': '2' } });
    expect(await server.read(path)).toMatchObject({
      description: 'by hand',
      config: { 'user.a': '2', 'user.by': 'hand' },
    });
    const impossible = one.client.virtualMachines.ensure(name, { source });
    await expect(impossible).rejects.toThrow(/container|virtual-machine/);
    await expect(one.client.instances.ensure(name, { ...input, type: 'virtual-machine' })).rejects.toThrow(
      InvalidInputError,
    );
  });

  it('ensure the same instance at once: each gets it, and what each asked for is there', async () => {
    const name = server.uniqueName('raced');
    const configs = clients.map((_, index) => ({ [`user.${String(index)}`]: 'x' }));
    const made = clients.map((client, index) =>
      client.instances.ensure(name, { source, config: configs[index] }),
    );
    for (const instance of await Promise.all(made)) expect(instance.name).toBe(name);
    const config: unknown = Object.assign({}, ...configs);
    expect(await server.read(`/1.0/instances/${name}`)).toMatchObject({ config });
  });

  it('ensure the same profile at once', async () => {
    const name = server.uniqueName('raced');
    // All the same: of different edits to a profile within a moment both servers accept each and keep the last,
    // since they compare If-Match before they write and hold no lock meanwhile.
    const input = { config: { 'user.a': '1' }, description: 'the same' };
    const made = clients.map((client) => client.profiles.ensure(name, input));
    for (const profile of await Promise.all(made)) expect(profile.config).toEqual(input.config);
    expect(await server.read(`/1.0/profiles/${name}`)).toMatchObject(input);
  });

  it('ensure says what a creation lacks', async () => {
    const made = one.client.instances.ensure(server.uniqueName('x'), { source: 'no-such-image' });
    const error: unknown = await made.catch((reason: unknown) => reason);
    expect(error instanceof NotFoundError || error instanceof OperationError).toBe(true);
  });

  it('save many models, say which failed, and can be run again', async () => {
    const models = await Promise.all(Array.from({ length: 6 }, () => makeEmpty(server, one.client)));
    const [conflicting, gone, clean, ...good] = models;
    if (!conflicting || !gone || !clean) throw new Error('too few models');
    for (const model of [conflicting, gone, ...good]) model.config['user.bulk'] = 'mine';
    await server.run('PATCH', `/1.0/instances/${conflicting.name}`, { config: { 'user.bulk': 'theirs' } });
    await server.run('DELETE', `/1.0/instances/${gone.name}`);
    const progress: string[] = [];
    const saving = one.client.saveAll(models, { onProgress: ({ outcome }) => progress.push(outcome) });
    const error = await saving.then(
      () => undefined,
      (reason: unknown) => reason as SaveAllError,
    );
    expect(error).toBeInstanceOf(SaveAllError);
    expect(error?.failed).toEqual([conflicting, gone]);
    expect(error?.saved).toEqual(good);
    expect(error?.unchanged).toEqual([clean]);
    expect(progress.sort()).toEqual(['failed', 'failed', 'saved', 'saved', 'saved', 'unchanged']);
    for (const { name } of good) {
      expect(await server.read(`/1.0/instances/${name}`)).toMatchObject({ config: { 'user.bulk': 'mine' } });
    }
    const again = await one.client.instances.saveAll([conflicting, clean, ...good], { onConflict: 'mine' });
    expect(again.saved).toEqual([conflicting]);
    expect(again.unchanged).toEqual([clean, ...good]);
  });
});
