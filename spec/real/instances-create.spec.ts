import {
  AlreadyExistsError,
  BadRequestError,
  type Instance,
  InvalidInputError,
  NotFoundError,
  Operation,
  OperationError,
} from 'tslxd';
import { makeBusybox, makeEmpty, useClient } from './client.js';
import { describeReal } from './harness.js';

interface RawInstance {
  name: string;
  status: string;
  config: Record<string, string>;
}

describeReal('creating instances', (server) => {
  const { client, sent, requestsOf } = useClient(server);
  const read = (name: string) => server.read<RawInstance>(`/1.0/instances/${name}`);

  it('sends everything that an input can say', async () => {
    const name = server.uniqueName('full');
    const made = await client.instances.create({
      name,
      source: { type: 'none' },
      type: 'container',
      description: 'all of it',
      config: { 'limits.cpu': '1', 'user.empty': '' },
      devices: { data: { type: 'disk', source: '/srv', path: '/srv' } },
      profiles: ['default'],
      ephemeral: true,
      architecture: 'x86_64',
    });
    expect(made.isFetched).toBe(true);
    expect(made.isDirty).toBe(false);
    expect(await read(name)).toMatchObject({
      description: 'all of it',
      config: { 'limits.cpu': '1' },
      devices: { data: { type: 'disk', source: '/srv', path: '/srv' } },
      profiles: ['default'],
      ephemeral: true,
      architecture: 'x86_64',
    });
    expect(made).toMatchObject({
      name,
      ephemeral: true,
      type: 'container',
      stateful: false,
      location: 'none',
    });
    expect(made.createdAt?.getTime()).toBeGreaterThan(Date.now() - 60_000);
    expect(made.lastUsedAt === null || made.lastUsedAt instanceof Date).toBe(true);
  });

  it('takes an alias, an image and a fingerprint', async () => {
    const fingerprint = await server.ensureImage();
    const image = await client.images.get(fingerprint);
    for (const source of [server.imageAlias, image, { fingerprint }, { alias: server.imageAlias }]) {
      const made = await client.instances.create({ name: server.uniqueName('from'), source });
      expect(made.config['volatile.base_image']).toBe(fingerprint);
      await made.delete();
    }
  });

  it('learns the name that the server chose', async () => {
    const made = await client.instances.create({
      source: { type: 'none' },
      config: { 'user.ours': server.prefix },
    });
    try {
      expect(made.name).not.toBe('');
      expect(await read(made.name)).toMatchObject({
        name: made.name,
        config: { 'user.ours': server.prefix },
      });
    } finally {
      await made.delete(); // its name is not one of ours, so `cleanup()` would not
    }
  });

  it('starts it at once when asked, also where the server cannot', async () => {
    const made = await makeBusybox(server, client, { start: true });
    expect(made.status).toBe('Running');
    expect(await read(made.name)).toMatchObject({ status: 'Running' });
    await made.delete({ force: true });
  });

  it('gives the operation instead at wait: false, and the instance at its end', async () => {
    const name = server.uniqueName('later');
    const operation: Operation<Instance> = await client.instances.create(
      { name, source: { type: 'none' } },
      { wait: false },
    );
    expect(operation).toBeInstanceOf(Operation);
    const made = await operation.wait();
    expect(made.name).toBe(name);
    expect(operation.state).toBe('succeeded');
    expect(await read(name)).toMatchObject({ status: 'Stopped' });
  });

  it('says which name is in use', async () => {
    const first = await makeEmpty(server, client);
    const again = makeEmpty(server, client, { name: first.name });
    await expect(again).rejects.toThrow(AlreadyExistsError);
    await expect(again).rejects.toThrow(/POST \/1\.0\/instances.*(exists|in use|UNIQUE constraint)/i);
  });

  it('says that an image is unknown', async () => {
    for (const source of ['no-such-alias', { fingerprint: 'ab'.repeat(32) }]) {
      const made = client.instances.create({ name: server.uniqueName('nothing'), source });
      const error: unknown = await made.catch((reason: unknown) => reason);
      expect(error instanceof NotFoundError || error instanceof OperationError).toBe(true);
    }
  });

  it('refuses bad input before any request', async () => {
    const before = sent.length;
    const source = { type: 'none' } as const;
    const bad = [
      { name: '', source },
      { name: 'a/b', source },
      { name: 'x', source: '' },
      { name: 'x', source: { type: 'image' } },
      { name: 'x', source, config: { 'limits.cpu': 2 } },
      { name: 'x', source, devices: { data: 'disk' } },
      { name: 'x', source, profiles: 'default' },
    ];
    for (const input of bad) {
      await expect(client.instances.create(input as never)).rejects.toThrow(InvalidInputError);
    }
    await expect(client.instances.get('')).rejects.toThrow(InvalidInputError);
    await expect(client.instances.get('a/b')).rejects.toThrow(InvalidInputError);
    expect(() => client.instances.ref('')).toThrow(InvalidInputError);
    expect(sent.slice(before)).toEqual([]);
  });

  it('leaves to the server what only it knows to be wrong', async () => {
    const source = { type: 'none' } as const;
    await expect(client.instances.create({ name: 'no spaces', source })).rejects.toThrow(BadRequestError);
    const unknownKey = makeEmpty(server, client, { config: { 'no.such.key': '1' } });
    const error: unknown = await unknownKey.catch((reason: unknown) => reason);
    expect(error instanceof BadRequestError || error instanceof OperationError).toBe(true);
  });

  it('asks for one instance of a strange name and nothing else', async () => {
    for (const name of ['..', '%2e%2e', 'a?b', 'a#b', 'ä ö', '.']) {
      const asked = await requestsOf(() => expect(client.instances.get(name)).rejects.toThrow());
      expect(asked).toHaveLength(1);
    }
    await expect(client.profiles.get('../instances')).rejects.toThrow(NotFoundError);
  });
});
