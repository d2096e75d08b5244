import { describePair } from './parity.js';

describePair((servers) => {
  const { real } = servers;
  let project: string;
  const at = (target: string) => `${target}${target.includes('?') ? '&' : '?'}project=${project}`;
  const same = (method: string, target: string, body?: object) => servers.pair.same(method, at(target), body);

  beforeAll(async () => {
    project = real.uniqueName('project');
    servers.fake.addProject(project);
    const config = { 'features.images': 'true', 'features.profiles': 'true' };
    await real.run('POST', '/1.0/projects', { name: project, config });
  });

  it('in a project of its own', async () => {
    const path = '/1.0/instances/c1';
    const devices = { root: { type: 'disk', path: '/', pool: 'default' } };
    await same('POST', '/1.0/instances', { name: 'c1', devices, source: { type: 'none' } });
    for (const recursion of [0, 1, 2]) await same('GET', `/1.0/instances?recursion=${recursion}`);
    await same('POST', `${path}/snapshots`, { name: 's1' });
    await same('PUT', `${path}/snapshots/s1`, { expires_at: '2041-01-02T03:04:05Z' });
    await same('POST', `${path}/snapshots/s1`, { name: 's2' });
    await same('DELETE', `${path}/snapshots/s2`);
    await same('POST', `${path}/backups`, { name: 'b1', compression_algorithm: 'none' });
    await same('POST', `${path}/backups/b1`, { name: 'b2' });
    await same('DELETE', `${path}/backups/b2`);
    await same('PUT', `${path}/state`, { action: 'stop' });
    await same('PATCH', path, { description: 'x' });
    await same('GET', `${path}/console`);
    await same('DELETE', `${path}/console`);
    for (const name of ['qemu.log', 'migration_x.log']) await same('GET', `${path}/logs/${name}`);
    await same('GET', path);
    await same('POST', path, { name: 'c2' });
    await same('DELETE', '/1.0/instances/c2');
  });

  it('to what is asked of the wrong member, or in the wrong way', async () => {
    for (const target of ['/1.0', '/1.0/instances/c1']) await same('GET', `${target}?target=nope`);
    for (const target of ['/1.0', '/1.0/instances', '/1.0/instances/c1/console', '/1.0/instances/c1/sftp'])
      await same('HEAD', target);
    for (const method of ['GET', 'PUT', 'POST']) await same(method, '/1.0/instances/c1/sftp', {});
  });
});
