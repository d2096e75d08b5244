import { describePair } from './parity.js';

describePair((servers) => {
  const { real } = servers;
  let project: string;
  let images: [string, string];
  const at = (target: string) => `${target}?project=${project}`;
  const same = (method: string, target: string, body?: object | string) =>
    servers.pair.same(method, at(target), body);
  const all = (action: string, more?: object) =>
    same('PUT', '/1.0/instances', { state: { action, ...more } });

  beforeAll(async () => {
    project = real.uniqueName('states');
    servers.fake.addProject(project);
    const config = { 'features.images': 'false', 'features.profiles': 'true' };
    await real.run('POST', '/1.0/projects', { name: project, config });
    const fingerprint = await real.ensureImage();
    const { properties } = await real.read<{ properties: Record<string, string> }>(
      `/1.0/images/${fingerprint}`,
    );
    images = [fingerprint, servers.fake.addImage({ properties, project })];
  });

  it('to what is no state of all instances', async () => {
    const bodies = [{}, { state: {} }, { state: { action: 'nonsense' } }, '[]', '', 'x'];
    const odd = ['{"state":[]}', { state: { action: 1 } }, { state: { action: 'stop', timeout: 'x' } }];
    for (const body of [...bodies, ...odd]) await same('PUT', '/1.0/instances', body);
    await servers.pair.same('PUT', '/1.0/instances?project=nope', { state: { action: 'stop' } });
  });

  it('to the state of all instances of a project', async () => {
    const devices = { root: { type: 'disk', path: '/', pool: 'default' } };
    const body = (name: string, fingerprint: string) => ({
      name,
      devices,
      source: { type: 'image', fingerprint },
    });
    for (const action of ['start', 'stop']) await all(action); // of none
    // Never two that are meant: each server says in an order of chance which.
    const make = (name: string) => {
      const [one, other] = images;
      return servers.pair.same('POST', at('/1.0/instances'), [body(name, one), body(name, other)]);
    };
    await make('a');
    for (let round = 0; round < 2; round++) await all('start');
    await make('b');
    await all('freeze');
    await all('freeze');
    await all('restart');
    await all('unfreeze');
    await all('stop', { force: true });
    await all('stop', { force: true });
    await all('restart', { force: true });
    await same('DELETE', '/1.0/instances/b');
    await all('start', { stateful: true });
    await same('GET', '/1.0/instances/a');
    await same('DELETE', '/1.0/instances/a');
  });

  it('about who has access, and of dumps of memory', async () => {
    const devices = { root: { type: 'disk', path: '/', pool: 'default' } };
    await same('POST', '/1.0/instances', { name: 'c', devices, source: { type: 'none' } });
    for (const what of ['access', 'debug/memory', 'uefi-vars', 'nvram']) {
      for (const name of ['c', 'nope', 'c%2Fx']) await same('GET', `/1.0/instances/${name}/${what}`);
      await servers.pair.same('GET', `/1.0/instances/c/${what}?project=nope`);
      await same('PUT', `/1.0/instances/c/${what}`, {});
    }
    await same('DELETE', '/1.0/instances/c');
  });
});
