import { AbortedError, ClosedError, SaveAllError, SaveConflictError, TimeoutError } from 'tslxd';
import { describeFakes, inOneGo, rejection, sent } from './support.js';

describeFakes('save()', (start) => {
  it('takes two requests for get, one change and save', async () => {
    const { server, client } = await start();
    server.addInstance({ name: 'web', config: { 'user.a': '1' } });
    await inOneGo(async () => {
      const web = await client.instances.get('web');
      web.config['user.a'] = '2';
      await web.save();
    });
    expect(sent(server)).toEqual(['GET /1.0/instances/web', 'PATCH /1.0/instances/web']);
    expect(server.requests[1]?.headers['if-match']).toBeDefined();
    expect(server.requests[1]?.body).toEqual({
      config: { 'user.a': '2' },
      description: '',
    });
  });

  it('takes one more from a list, which has no version', async () => {
    const { server, client } = await start();
    server.addInstance({ name: 'web' });
    const [web] = await client.instances.all();
    web!.config['user.a'] = '2';
    await web!.save();
    expect(sent(server)).toEqual([
      'GET /1.0/instances',
      'GET /1.0/instances/web',
      'PATCH /1.0/instances/web',
    ]);
  });

  it('ends by its signal and its time also while it waits for a save before it', async () => {
    const { server, client } = await start();
    server.addInstance({ name: 'web' });
    const [first, second, third] = await Promise.all([1, 2, 3].map(() => client.instances.get('web')));
    for (const one of [first, second, third]) one!.description = 'new';
    server.failNext('PATCH /1.0/instances/web', { stall: Infinity });
    const never = rejection(first!.save(), ClosedError);
    const controller = new AbortController();
    const aborted = rejection(second!.save({ signal: controller.signal }), AbortedError);
    const late = rejection(third!.save({ timeout: 200 }), TimeoutError);
    await late;
    controller.abort();
    await aborted;
    expect(sent(server).filter((line) => line.startsWith('PATCH'))).toHaveLength(1);
    await client.close();
    await never;
  });

  it('and so does an edit of what is written as a whole', async () => {
    const { server, client } = await start();
    server.addInstance({ name: 'web' });
    const { metadata } = client.instances.ref('web');
    server.failNext('PUT /1.0/instances/web/metadata', { stall: Infinity });
    const edit = (options = {}) => metadata.edit((data) => void (data.architecture = 'x86_64'), options);
    const never = rejection(edit(), ClosedError);
    const late = edit({ timeout: 200 });
    const aborted = edit({ signal: AbortSignal.abort() });
    await rejection(aborted, AbortedError);
    await rejection(late, TimeoutError);
    await client.close();
    await never;
  });

  it('sends nothing when nothing is dirty', async () => {
    const { server, client } = await start();
    server.addInstance({ name: 'web', config: { 'user.a': '1' } });
    const web = await client.instances.get('web');
    web.config['user.a'] = '2';
    web.config['user.a'] = '1';
    expect(web.isDirty).toBe(false);
    await web.save();
    expect(sent(server)).toEqual(['GET /1.0/instances/web']);
  });

  it('removes a device with a PUT of the whole, and everything else stays', async () => {
    const { server, client } = await start();
    const devices = { data: { type: 'disk', source: '/srv', path: '/srv' }, toString: { type: 'none' } };
    server.addInstance({ name: 'web', description: 'mine', devices, config: { 'user.a': '1' } });
    const before = (await client.instances.get('web')).toJSON();
    const web = await client.instances.get('web');
    delete web.devices.data;
    await web.save();
    expect(sent(server)).toContain('PUT /1.0/instances/web');
    expect(sent(server)).not.toContain('PATCH /1.0/instances/web');
    const after = (await client.instances.get('web')).toJSON();
    expect(Object.keys(after.devices as object)).not.toContain('data');
    expect({ ...after, devices: 0, expanded_devices: 0 }).toEqual({
      ...before,
      devices: 0,
      expanded_devices: 0,
    });
    expect(web.isDirty).toBe(false);
  });

  it('merges what two clients changed at different keys', async () => {
    const { server, client } = await start();
    server.addInstance({ name: 'web' });
    const [mine, theirs] = [await client.instances.get('web'), await client.instances.get('web')];
    theirs.config['user.theirs'] = 'x';
    await theirs.save();
    mine.config['user.mine'] = 'y';
    await mine.save();
    const { config } = await client.instances.get('web');
    expect([config['user.mine'], config['user.theirs']]).toEqual(['y', 'x']);
    expect(mine.config['user.theirs']).toBe('x');
  });

  it('writes nothing when both changed one key, and the model holds the edit for a second save', async () => {
    const { server, client } = await start();
    server.addInstance({ name: 'web', config: { 'user.a': 'base' } });
    const [mine, theirs] = [await client.instances.get('web'), await client.instances.get('web')];
    theirs.config['user.a'] = 'theirs';
    await theirs.save();
    mine.config['user.a'] = 'mine';
    const { conflicts } = await rejection(mine.save(), SaveConflictError);
    expect(conflicts).toEqual([{ path: ['config', 'user.a'], base: 'base', mine: 'mine', theirs: 'theirs' }]);
    expect((await client.instances.get('web')).config['user.a']).toBe('theirs');
    await mine.save();
    expect((await client.instances.get('web')).config['user.a']).toBe('mine');
  });

  it('compares a description, which the ETag does not cover', async () => {
    const { server, client } = await start();
    server.addInstance({ name: 'web', description: 'base' });
    const [mine, theirs] = [await client.instances.get('web'), await client.instances.get('web')];
    theirs.description = 'theirs';
    await theirs.save();
    mine.description = 'mine';
    await expect(mine.save()).rejects.toThrow(SaveConflictError);
    await mine.save({ onConflict: 'mine' });
    expect((await client.instances.get('web')).description).toBe('mine');
  });

  it('never conflicts with a start in between', async () => {
    const { server, client } = await start();
    server.addInstance({ name: 'web' });
    const web = await client.instances.get('web');
    await client.instances.ref('web').start();
    web.config['user.a'] = '1';
    await web.save();
    expect((await client.instances.get('web')).config['user.a']).toBe('1');
  });

  it('saves two models of one profile at the same time without losing either', async () => {
    const { server, client } = await start();
    server.addProfile({ name: 'web' });
    const [one, two] = [await client.profiles.get('web'), await client.profiles.get('web')];
    one.config['user.one'] = '1';
    two.config['user.two'] = '2';
    await Promise.all([one.save(), two.save()]);
    expect((await client.profiles.get('web')).config).toEqual(
      expect.objectContaining({ 'user.one': '1', 'user.two': '2' }),
    );
  });

  it('tries every model of saveAll() and names those that failed', async () => {
    const { server, client } = await start();
    for (const name of ['a', 'b', 'c']) server.addInstance({ name, config: { 'user.x': '0' } });
    const models = await client.instances.all();
    const [a, b] = models;
    a!.config['user.x'] = '1';
    b!.config['user.x'] = '1';
    await client.instances.ref('b').delete();
    const error = await rejection(client.saveAll(models), SaveAllError);
    expect(error.saved.map(({ key }) => key)).toEqual(['a']);
    expect(error.unchanged.map(({ key }) => key)).toEqual(['c']);
    expect(error.errors.map(({ message }) => message)).toEqual([expect.stringContaining("Instance 'b'")]);
  });
});

describeFakes('a dry run', (start) => {
  it('of a save tells its request', async () => {
    const { server, client } = await start();
    server.addInstance({ name: 'web', config: { 'user.a': '1' } });
    const web = await client.instances.get('web');
    expect(await web.save({ dryRun: true })).toBeUndefined();
    web.config['user.a'] = '2';
    const planned = await web.save({ dryRun: true });
    expect(planned).toEqual({
      method: 'PATCH',
      path: '/1.0/instances/web',
      body: { config: { 'user.a': '2' }, description: '' },
    });
    await web.save();
    expect(server.requests.at(-1)).toMatchObject({ method: 'PATCH', body: planned!.body });
  });

  it('of ensure() tells the creation, the change, the start, or nothing', async () => {
    const { server, client } = await start();
    const input = { source: { type: 'none' }, config: { 'user.a': '1' } } as const;
    const ensure = (more: object = {}) =>
      client.containers.ensure('web', { ...input, ...more }, { dryRun: true });
    expect(await ensure()).toMatchObject({
      method: 'POST',
      path: '/1.0/instances',
      body: { name: 'web', type: 'container', config: { 'user.a': '1' } },
    });
    await client.containers.ensure('web', input);
    expect(await ensure()).toBeUndefined();
    expect(await ensure({ config: { 'user.a': '2' } })).toMatchObject({
      method: 'PATCH',
      body: { config: { 'user.a': '2' } },
    });
    expect(await ensure({ start: true })).toMatchObject({
      method: 'PUT',
      path: '/1.0/instances/web/state',
      body: { action: 'start' },
    });
    expect(await client.profiles.ensure('p', { description: 'x' }, { dryRun: true })).toEqual({
      method: 'POST',
      path: '/1.0/profiles',
      body: { name: 'p', description: 'x' },
    });
    const alias = await client.images.aliases.ensure('a', { target: 'f'.repeat(64) }, { dryRun: true });
    expect(alias).toMatchObject({ method: 'POST', path: '/1.0/images/aliases' });
    const changed = sent(server).filter((line) => !line.startsWith('GET'));
    expect(changed).toEqual(['POST /1.0/instances']); // the one that was no dry run
  });
});

describeFakes('a description', (start) => {
  it('is not sent along where the server keeps it', async () => {
    const { server, client } = await start({
      extensions: (own) => [...own, 'instance_snapshot_disk_only_restore'],
    });
    server.addInstance({ name: 'web', description: 'kept' });
    await client.server.fetch();
    const web = await client.instances.get('web');
    web.config['user.a'] = '1';
    await web.save();
    expect(server.requests.at(-1)?.body).toEqual({ config: { 'user.a': '1' } });
  });
});
