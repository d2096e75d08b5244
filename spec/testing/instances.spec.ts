import { describeFakes } from './support.js';

describeFakes('instances', (fake) => {
  const isLxd = (): boolean => fake.server.product === 'lxd';

  it('are copied with their snapshots, and without', async () => {
    fake.server.addInstance({
      name: 'web',
      config: { 'user.a': '1' },
      snapshots: ['s0'],
      description: 'old',
    });
    const copy = (name: string, source: object): Promise<unknown> =>
      fake.run('POST', '/1.0/instances', {
        name,
        source: { type: 'copy', ...source },
        profiles: ['default'],
      });
    await copy('full', { source: 'web' });
    await copy('bare', { source: 'web', instance_only: true });
    await copy('past', { source: 'web/s0' });
    const full = await fake.read('/1.0/instances/full?recursion=1');
    expect(full).toMatchObject({ config: { 'user.a': '1' }, description: '', snapshots: [{ name: 's0' }] });
    expect(full.config['volatile.uuid']).not.toBe(
      (await fake.read('/1.0/instances/web')).config['volatile.uuid'],
    );
    for (const name of ['bare', 'past'])
      expect(await fake.read(`/1.0/instances/${name}/snapshots`)).toEqual([]);
  });

  it('are listed as URLs, as objects, and with all there is to them', async () => {
    fake.server.addProject('lab');
    fake.server.addInstance({ name: 'b', snapshots: ['s0'] });
    fake.server.addInstance({ name: 'a' });
    fake.server.addInstance({ name: 'c', project: 'lab' });
    expect(await fake.read('/1.0/instances')).toEqual(['/1.0/instances/a', '/1.0/instances/b']);
    expect(await fake.read('/1.0/instances?project=lab')).toEqual(['/1.0/instances/c?project=lab']);
    expect(await fake.read('/1.0/instances?project=nope')).toEqual([]);
    const everywhere = await fake.read('/1.0/instances?recursion=1&all-projects=true');
    expect((everywhere as Record<string, string>[]).map(({ name, project }) => [name, project])).toEqual([
      ['a', 'default'],
      ['b', 'default'],
      ['c', 'lab'],
    ]);
    expect(everywhere[0]).not.toHaveProperty('state');
    const full = await fake.read('/1.0/instances?recursion=2');
    expect(full).toMatchObject([
      { snapshots: null },
      { snapshots: [{ name: 's0' }], state: { status: 'Stopped' } },
    ]);
    expect((await fake.call('GET', '/1.0/instances?all-projects=true&project=lab')).status).toBe(400);
  });

  it('are told apart by type', async () => {
    fake.server.addInstance({ name: 'c1' });
    fake.server.addInstance({ name: 'v1', type: 'virtual-machine' });
    expect(await fake.read('/1.0/instances?instance-type=virtual-machine')).toEqual(['/1.0/instances/v1']);
    expect((await fake.call('GET', '/1.0/instances?instance-type=x')).status).toBe(isLxd() ? 500 : 400);
  });

  it('are renamed and deleted while they are stopped', async () => {
    fake.server.addInstance({ name: 'web', status: 'Running' });
    fake.server.addInstance({ name: 'other' });
    expect((await fake.run('POST', '/1.0/instances/web', { name: 'w2' })).err).toMatch(
      /^Renaming of running/,
    );
    expect((await fake.call('DELETE', '/1.0/instances/web')).body.error).toBe('Instance is running');
    expect((await fake.call('POST', '/1.0/instances/web', { name: 'other' })).status).toBe(409);
    await fake.run('PUT', '/1.0/instances/web/state', { action: 'stop' });
    expect((await fake.run('POST', '/1.0/instances/web', { name: 'w2' })).status_code).toBe(200);
    expect((await fake.run('DELETE', '/1.0/instances/w2')).status_code).toBe(200);
    const gone = await fake.call('GET', '/1.0/instances/w2');
    const text = isLxd()
      ? 'Instance not found'
      : 'Failed to fetch instance "w2" in project "default": Instance not found';
    expect([gone.status, gone.body.error]).toEqual([404, text]);
  });
});
