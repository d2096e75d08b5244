import { lifecycleOf } from './lifecycle.js';
import { call } from './support.js';
import { describePair } from './parity.js';

describePair((servers) => {
  const { real } = servers;

  it('about moves to another project', async () => {
    const { pair, fake } = servers;
    const name = real.uniqueName('parity');
    const project = real.uniqueName('project');
    const path = `/1.0/instances/${name}`;
    const there = `${path}?project=${project}`;
    const config = { 'features.profiles': 'true', 'features.images': 'false' };
    const devices = { root: { type: 'disk', path: '/', pool: 'default' } };
    await real.run('POST', '/1.0/projects', { name: project, config });
    fake.addProject(project);
    const fingerprint = await real.ensureImage();
    const { properties } = await real.read<{ properties: Record<string, string> }>(
      `/1.0/images/${fingerprint}`,
    );
    const image = fake.addImage({ properties });
    const make = (used: string) => ({ name, devices, source: { type: 'image', fingerprint: used } });
    await pair.same('POST', '/1.0/instances', [make(fingerprint), make(image)]);
    await pair.quietly('POST', `${path}/snapshots`);

    const told = async (socketPath: string) => {
      const lines = await lifecycleOf(socketPath, name, 'instance-deleted', async (client) =>
        client.instances.ref(name).move({ project }),
      );
      return lines.map((line) => line.replaceAll(project, 'there'));
    };
    const move = (at: string, more: object) =>
      pair.same('POST', at, { migration: true, live: false, ...more });
    await pair.same('PUT', `${path}/state`, { action: 'start' });
    await move(path, { project });
    await pair.same('PUT', `${path}/state`, { action: 'stop', force: true });
    await move(path, { project: 'tslxd-nope' });
    await move(`${path}?target=nobody`, {});
    expect(await told(fake.socketPath)).toEqual(await told(real.socketPath));
    await pair.same('GET', path);
    await pair.same('GET', there);
    await pair.same('GET', `${there}&recursion=1`);
    await move(there, { project });
    await pair.same('POST', '/1.0/instances', { name, devices, source: { type: 'none' } });
    await move(there, { project: 'default' });
    await pair.same('DELETE', path);
    await move(there, { project: 'default', name: `${name}-b` });
    await pair.same('GET', `${path}-b`);
    await pair.same('DELETE', `${path}-b`);
    await call(real.socketPath, 'DELETE', `/1.0/projects/${project}`);
  });
});
