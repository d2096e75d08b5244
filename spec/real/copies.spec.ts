import { buildTinyImage } from '../../examples/support/tiny-image.js';
import {
  AlreadyExistsError,
  BadRequestError,
  type Instance,
  type InstanceInput,
  InvalidInputError,
  NotFoundError,
  Operation,
  OperationError,
  UnsupportedError,
} from 'tslxd';
import { makeBusybox, makeEmpty, useClient } from './client.js';
import { describeReal } from './harness.js';

interface RawInstance {
  description: string;
  ephemeral: boolean;
  profiles: string[];
  config: Record<string, string>;
  devices: Record<string, Record<string, string>>;
  expanded_devices: Record<string, Record<string, string>>;
}

describeReal('copies and moves on one server', (server) => {
  const { client, requestsOf } = useClient(server);
  const project = server.uniqueName('project');
  const pool = server.uniqueName('pool');
  const profile = server.uniqueName('profile');
  const elsewhere = client.useProject(project);
  const read = (name: string, of = 'default') =>
    server.read<RawInstance>(`/1.0/instances/${name}?project=${of}`);
  const bare = (config: Record<string, string>) =>
    Object.fromEntries(Object.entries(config).filter(([key]) => !key.startsWith('volatile.')));
  const rich = (more: Partial<InstanceInput> = {}): Promise<Instance> =>
    makeBusybox(server, client, {
      description: 'the original',
      ephemeral: true,
      profiles: ['default', profile],
      config: { 'user.a': '1', 'user.old': 'x', 'limits.cpu': '1' },
      devices: { data: { type: 'disk', source: '/srv', path: '/srv' } },
      ...more,
    });

  beforeAll(async () => {
    const config = { 'features.profiles': 'false', 'features.images': 'false' };
    await server.run('POST', '/1.0/projects', { name: project, config });
    await server.run('POST', '/1.0/storage-pools', { name: pool, driver: 'dir' });
    await server.run('POST', '/1.0/profiles', { name: profile, config: { 'user.of': 'profile' } });
  });

  it('a copy has all of the original: profiles, config, devices, snapshots, ephemeral, description', async () => {
    const web = await rich();
    await web.files.writeFile('/etc/mine', 'first');
    await web.snapshots.create('first');
    await web.files.writeFile('/etc/mine', 'second');
    const name = server.uniqueName('copy');
    const copy: Instance = await client.instances.ref(web.name).copy(name);
    expect(copy).toMatchObject({ name, isFetched: true, status: 'Stopped', ephemeral: true });
    const [from, to] = [await read(web.name), await read(name)];
    expect(to).toMatchObject({
      description: 'the original',
      ephemeral: true,
      profiles: ['default', profile],
      devices: from.devices,
    });
    expect(bare(to.config)).toEqual(bare(from.config));
    expect(to.config['volatile.base_image']).toBe(from.config['volatile.base_image']);
    expect(await copy.snapshots.names()).toEqual(['first']);
    expect(await copy.files.readFile('/etc/mine', 'utf8')).toBe('second');
    const alone = await web.copy(server.uniqueName('alone'), { instanceOnly: true });
    expect(await alone.snapshots.names()).toEqual([]);
    await expect(web.copy(name)).rejects.toThrow(AlreadyExistsError);
    await expect(client.instances.ref('no-such').copy(server.uniqueName())).rejects.toThrow(NotFoundError);
  });

  it('what is given overrides, and an empty text takes a key away', async () => {
    const web = await rich();
    const copy = await web.copy(server.uniqueName('other'), {
      profiles: ['default'],
      config: { 'user.a': '2', 'user.b': '3', 'user.old': '' },
      devices: { data: { type: 'none' }, more: { type: 'disk', source: '/opt', path: '/opt' } },
      description: 'the copy',
      ephemeral: false,
    });
    expect(await read(copy.name)).toMatchObject({
      description: 'the copy',
      ephemeral: false,
      profiles: ['default'],
      devices: { data: { type: 'none' }, more: { source: '/opt' } },
    });
    expect(bare(copy.config)).toMatchObject({ 'user.a': '2', 'user.b': '3', 'limits.cpu': '1' });
    expect(copy.config).not.toHaveProperty(['user.old']);
    const none = await web.copy(server.uniqueName('none'), { profiles: [], pool: 'default' });
    expect((await read(none.name)).profiles).toEqual([]);
  });

  it('into another pool and project, by name and started', async () => {
    const web = await rich({ ephemeral: false });
    const copy = await web.copy(web.name, { project, pool });
    expect([copy.name, copy.project]).toEqual([web.name, project]);
    expect((await read(web.name, project)).expanded_devices.root).toMatchObject({ pool, path: '/' });
    await expect(read(web.name)).resolves.toMatchObject({ description: 'the original' });
    copy.description = 'edited there';
    await copy.save();
    expect((await read(web.name, project)).description).toBe('edited there');
    const back = await copy.copy(server.uniqueName('back'), {
      project: 'default',
      pool: 'default',
      config: { 'user.started': '1' },
      start: true,
    });
    expect([back.status, back.project]).toEqual(['Running', 'default']);
    expect((await back.exec(['hostname'])).stdout).toBe(back.name);
    await back.delete({ force: true });
    const operation: Operation<Instance> = await web.copy(server.uniqueName('later'), { wait: false });
    expect(operation).toBeInstanceOf(Operation);
    expect((await operation.wait()).status).toBe('Stopped');
  });

  it('into a project whose profiles have no root disk', async () => {
    const own = server.uniqueName('own');
    const config = { 'features.profiles': 'true', 'features.images': 'false' };
    await server.run('POST', '/1.0/projects', { name: own, config });
    const web = await makeEmpty(server, client);
    await web.snapshots.create('one');
    const copies = [
      await web.copy(server.uniqueName('there'), { project: own }),
      await web.copy(server.uniqueName('there'), { project: own, snapshot: 'one' }),
    ];
    for (const copy of copies) {
      expect(copy.devices).toEqual({ root: web.expandedDevices.root });
      expect([copy.project, copy.profiles]).toEqual([own, ['default']]);
    }
    // Where a profile has one, it stays the profile's.
    const shared = await web.copy(server.uniqueName('shared'), { project });
    expect(shared.devices).toEqual({});
  });

  it('of a snapshot, from either manager and by option', async () => {
    const web = await rich();
    await web.files.writeFile('/etc/mine', 'then');
    const snapshot = await web.snapshots.create('then');
    await web.files.writeFile('/etc/mine', 'now');
    web.config['user.a'] = 'now';
    await web.save();
    const copies = [
      await snapshot.copy(server.uniqueName('snap')),
      await (await client.snapshots.get(`${web.name}/then`)).copy(server.uniqueName('snap')),
      await web.copy(server.uniqueName('snap'), { snapshot: 'then', config: { 'user.b': '2' } }),
      await client.instances.create({
        name: server.uniqueName('snap'),
        source: { type: 'copy', source: `${web.name}/then` },
      }),
    ];
    for (const copy of copies) {
      expect(await copy.files.readFile('/etc/mine', 'utf8')).toBe('then');
      // A snapshot does not know that its instance was ephemeral.
      expect(copy).toMatchObject({ ephemeral: false, profiles: ['default', profile], type: 'container' });
      expect(copy.config['user.a']).toBe('1');
      expect(Object.keys(copy.devices)).toEqual(['data']);
      expect(await copy.snapshots.names()).toEqual([]);
    }
    expect(copies[2]?.config['user.b']).toBe('2');
    await expect(web.copy(server.uniqueName(), { snapshot: 'no' })).rejects.toThrow(NotFoundError);
    await expect(web.copy('x', { snapshot: 'then', refresh: true })).rejects.toThrow(InvalidInputError);
  });

  it('a refreshed copy becomes the same again, snapshots and configuration too', async () => {
    const web = await rich({ ephemeral: false });
    await web.snapshots.create('one');
    const name = server.uniqueName('refreshed');
    const made = await web.copy(name, { refresh: true, pool }); // there is none yet
    expect(await made.snapshots.names()).toEqual(['one']);
    made.config['user.mine'] = 'gone with the refresh';
    await made.save();
    await web.files.writeFile('/etc/mine', 'new');
    await web.snapshots.create('two');
    web.config['user.a'] = '2';
    delete web.config['user.old'];
    web.devices.tmp = { type: 'disk', source: '/tmp', path: '/mnt' };
    web.description = 'changed';
    web.profiles = ['default'];
    await web.save();
    const copy = await web.copy(name, { refresh: true });
    expect(await copy.files.readFile('/etc/mine', 'utf8')).toBe('new');
    expect((await copy.snapshots.names()).sort()).toEqual(['one', 'two']);
    const [from, to] = [await read(web.name), await read(name)];
    expect(to).toMatchObject({ description: 'changed', profiles: ['default'] });
    expect(bare(to.config)).toEqual(bare(from.config));
    expect(to.devices).toMatchObject(from.devices);
    expect(to.expanded_devices.root?.pool).toBe(pool);
  });

  it('create() of a copy takes all of the original too, and refuses what it cannot have', async () => {
    const web = await rich();
    const name = server.uniqueName('made');
    const made = await client.containers.create({
      name,
      source: { type: 'copy', source: web.name, instanceOnly: true },
      config: { 'user.b': '2' },
    });
    expect(await read(name)).toMatchObject({ ephemeral: true, profiles: ['default', profile] });
    expect(made.config).toMatchObject({ 'user.a': '1', 'user.b': '2' });
    const across = await elsewhere.instances.create({
      name,
      source: { type: 'copy', source: web.name, project: 'default' },
    });
    expect([across.project, across.ephemeral]).toEqual([project, true]);
    const unnamed = await client.instances.create({ source: { type: 'copy', source: web.name } });
    expect(unnamed.name).not.toBe('');
    expect(unnamed.config['user.a']).toBe('1');
    await unnamed.delete();
    const machine = client.virtualMachines.create({ name: 'x', source: { type: 'copy', source: web.name } });
    await expect(machine).rejects.toThrow(/is a "container"/);
  });

  it('moves to another pool, and the model stays', async () => {
    const web = await rich({ ephemeral: false });
    await web.snapshots.create('one');
    await web.move({ pool });
    const now = await read(web.name);
    expect(now.expanded_devices.root?.pool).toBe(pool);
    expect(now).toMatchObject({ description: 'the original', profiles: ['default', profile] });
    expect(web.devices.root).toMatchObject({ pool });
    expect(await web.snapshots.names()).toEqual(['one']);
    const name = server.uniqueName('renamed');
    const operation: Operation<Instance> = await web.move({ pool: 'default', name, wait: false });
    expect((await operation.wait()).name).toBe(name);
    expect(web.name).toBe(name);
    expect((await read(name)).expanded_devices.root?.pool).toBe('default');
    expect(await web.files.readFile('/etc/passwd', 'utf8')).toContain('root');
  });

  it('moves to another project, and the model follows', async () => {
    const web = await rich({ ephemeral: false });
    const { name } = web;
    await web.files.writeFile('/etc/mine', 'moved');
    expect(await web.snapshots.names()).toEqual([]);
    await web.move({ project });
    expect([web.name, web.project]).toEqual([name, project]);
    expect(await client.instances.exists(name)).toBe(false);
    expect(await web.files.readFile('/etc/mine', 'utf8')).toBe('moved');
    web.description = 'edited there';
    await web.save();
    await web.snapshots.create('there');
    expect(await read(name, project)).toMatchObject({ description: 'edited there' });
    const back = server.uniqueName('back');
    await web.move({ project: 'default', name: back });
    expect(await read(back)).toMatchObject({ description: 'edited there', profiles: ['default', profile] });
    expect(await web.snapshots.names()).toEqual(['there']);
    const twin = await makeEmpty(server, elsewhere, { name: back });
    await expect(web.move({ project })).rejects.toThrow();
    expect([(await read(back)).description, web.project]).toEqual(['edited there', 'default']);
    await twin.delete();
  });

  it('several at once where the server can, and an error where it would ignore some', async () => {
    const web = await rich({ ephemeral: false });
    const change = { config: { 'user.a': '9' }, profiles: ['default'] };
    if (client.server.has('instance_move_config')) {
      await web.move({ pool, project, ...change });
      const now = await read(web.name, project);
      expect(now.expanded_devices.root?.pool).toBe(pool);
      expect([now.config['user.a'], now.profiles]).toEqual(['9', ['default']]);
    } else {
      const before = await read(web.name);
      await expect(web.move({ pool, project })).rejects.toThrow(UnsupportedError);
      await expect(web.move({ pool, ...change })).rejects.toThrow(UnsupportedError);
      expect(await read(web.name)).toEqual(before);
    }
  });

  it('a move keeps no backup in silence, nor a running instance from running', async () => {
    const web = await makeBusybox(server, client);
    const backup = await web.backups.create('only');
    await expect(web.move({ pool })).rejects.toThrow(/would delete its backups \(only\)/);
    await expect(web.move({ project })).rejects.toThrow(InvalidInputError);
    expect(await web.backups.names()).toEqual(['only']);
    await backup.delete();
    await web.start();
    const running: unknown = await web.move({ pool }).catch((error: unknown) => error);
    expect(running instanceof BadRequestError || running instanceof OperationError).toBe(true);
    expect((await web.fetch()).status).toBe('Running');
    expect(web.expandedDevices.root?.pool).toBe('default');
    await web.delete({ force: true });
  });

  it('bad input is said before anything is sent', async () => {
    const web = client.instances.ref('web');
    const sent = await requestsOf(async () => {
      const bad = [
        () => web.copy(''),
        () => web.copy('a/b'),
        () => web.copy('b', { config: { 'limits.cpu': 2 } as never }),
        () => web.copy('b', { devices: { data: 'disk' } as never }),
        () => web.copy('b', { profiles: 'default' as never }),
        () => web.copy('b', { ephemeral: 'yes' as never }),
        () => web.copy('b', { pool: '' }),
        () => web.copy('b', { project: '' }),
        () => web.copy('b', { target: 7 as never }),
        () => web.move({}),
        () => web.move({ name: 'new' }),
        () => web.move({ pool: '' }),
        () => web.move({ project: 'p', name: '..' }),
      ];
      for (const call of bad) await expect(call()).rejects.toThrow(InvalidInputError);
    });
    expect(sent).toEqual([]);
  });

  it('rebuilds, where the server can', async () => {
    const web = await makeBusybox(server, client, { config: { 'user.a': '1' } });
    if (!client.server.has('instances_rebuild')) {
      await expect(web.rebuild()).rejects.toThrow(UnsupportedError);
      return;
    }
    // Not through its files: Incus 6.0 looks into the old root for some seconds more.
    const inside = async (...command: string[]) => {
      await web.start();
      const { exitCode } = await web.exec(command, { reject: false });
      await web.stop({ force: true });
      return exitCode;
    };
    expect(await inside('touch', '/etc/mine')).toBe(0);
    await web.rebuild();
    expect(web.config['user.a']).toBe('1');
    expect(await inside('test', '-e', '/etc/mine')).toBe(1);
    await web.rebuild(server.imageAlias);
    await web.rebuild({ fingerprint: await server.ensureImage() });
    const operation: Operation<Instance> = await web.rebuild({ type: 'none' }, { wait: false });
    expect(await operation.wait()).toBe(web);
    await expect(web.files.readFile('/etc/passwd')).rejects.toThrow(NotFoundError);
    await expect(web.rebuild()).rejects.toThrow(InvalidInputError); // nor an image that it was made of
    await expect(web.rebuild({ type: 'copy', source: 'x' } as never)).rejects.toThrow(InvalidInputError);
    await web.rebuild(await client.images.get(await server.ensureImage()));
    expect(await inside('true')).toBe(0);
    await web.start();
    await expect(web.rebuild()).rejects.toThrow(/running|stopped/i);
    await web.delete({ force: true });
  });

  it('create() of the image with some properties', async () => {
    const ours = { 'ours.name': server.uniqueName('image'), 'ours.too': 'yes' };
    const image = await client.images.create(await buildTinyImage({ salt: server.uniqueName('salt') }), {
      properties: ours,
    });
    const made = await client.instances.create({
      name: server.uniqueName('by-properties'),
      source: { properties: ours },
    });
    expect(made.config['volatile.base_image']).toBe(image.fingerprint);
    const none = client.instances.create({ source: { properties: { ...ours, 'ours.too': 'no' } } });
    await expect(none).rejects.toThrow(/No matching image/);
  });
});
