import { lifecycleOf } from './lifecycle.js';
import { describePair } from './parity.js';
import { call, ended } from './support.js';

const rootIn = (pool?: string) => ({
  root: { type: 'disk', path: '/', ...(pool !== undefined && { pool }) },
});

describePair((servers) => {
  const { real } = servers;
  const pool = real.uniqueName('pool');
  const name = real.uniqueName('parity');
  const other = `${name}-b`;
  const path = `/1.0/instances/${name}`;
  let images: [string, string];

  beforeAll(async () => {
    const { fake } = servers;
    await real.run('POST', '/1.0/storage-pools', { name: pool, driver: 'dir' });
    fake.addPool(pool);
    const fingerprint = await real.ensureImage();
    const { properties } = await real.read<{ properties: Record<string, string> }>(
      `/1.0/images/${fingerprint}`,
    );
    images = [fingerprint, fake.addImage({ properties })];
  });

  afterAll(async () => {
    await real.cleanup();
    await real.remove(`/1.0/storage-pools/${pool}`);
  });

  const make = (more: object = {}) => {
    const body = (fingerprint: string) => ({ name, source: { type: 'image', fingerprint }, ...more });
    return servers.pair.same('POST', '/1.0/instances', [body(images[0]), body(images[1])]);
  };
  const create = (more: object) => servers.pair.same('POST', '/1.0/instances', { name: other, ...more });
  const move = (to: object, of = path) =>
    servers.pair.same('POST', of, { migration: true, live: false, ...to });
  /** Both tell the same of this. */
  const sameEvents = async (last: string, method: string, at: string, body?: object) => {
    const act = (socketPath: string) =>
      lifecycleOf(socketPath, name, last, async () =>
        ended(socketPath, await call(socketPath, method, at, body)),
      );
    expect(await act(servers.fake.socketPath)).toEqual(await act(real.socketPath));
  };

  it('of the pool of a root disk', async () => {
    const { pair } = servers;
    for (const devices of [rootIn('tslxd-nope'), rootIn()]) {
      await make({ devices });
      await create({ devices, source: { type: 'none' } });
    }
    await make();
    await create({ devices: rootIn(pool), source: { type: 'none' } });
    await pair.same('GET', `/1.0/instances/${other}`);
    const current = (devices: object) => ({ devices, profiles: ['default'] });
    await pair.same('PUT', `/1.0/instances/${other}`, current(rootIn('tslxd-nope')));
    await pair.same('PUT', `/1.0/instances/${other}`, current(rootIn('default')));
    await pair.same('DELETE', `/1.0/instances/${other}`);
    await pair.same('DELETE', path);
  });

  it('of copies into another pool', async () => {
    const { pair } = servers;
    await make();
    for (const snapshot of ['one', 'two']) await pair.same('POST', `${path}/snapshots`, { name: snapshot });
    const source = { type: 'copy', source: name };
    await create({ devices: rootIn('tslxd-nope'), source });
    const copy = { name: other, devices: rootIn(pool), profiles: ['default'], source };
    await sameEvents(
      'instance-snapshot-created /1.0/instances/…-b/snapshots/two',
      'POST',
      '/1.0/instances',
      copy,
    );
    await pair.same('GET', `/1.0/instances/${other}`);
    await pair.same('GET', `/1.0/instances/${other}/snapshots/one`);
    const refreshed = { ...copy, source: { ...source, refresh: true } };
    await pair.same('DELETE', `/1.0/instances/${other}/snapshots/one`);
    await pair.same('POST', `/1.0/instances/${other}/snapshots`, { name: 'theirs' });
    const last = 'instance-snapshot-created /1.0/instances/…-b/snapshots/one';
    await sameEvents(last, 'POST', '/1.0/instances', refreshed);
    await pair.same('GET', `/1.0/instances/${other}`);
    await pair.same('PUT', `/1.0/instances/${other}/state`, { action: 'start' });
    await pair.same('POST', '/1.0/instances', refreshed);
    await pair.same('PUT', `/1.0/instances/${other}/state`, { action: 'stop', force: true });
    await sameEvents('instance-deleted', 'DELETE', `/1.0/instances/${other}`);
    await pair.same('DELETE', path);
  });

  it('of moves into another pool', async () => {
    const { pair } = servers;
    await make();
    for (const snapshot of ['one', 'two']) await pair.same('POST', `${path}/snapshots`, { name: snapshot });
    await move({ pool: 'tslxd-nope' });
    await pair.same('PUT', `${path}/state`, { action: 'start' });
    await move({ pool });
    await pair.same('POST', path, { migration: true, live: true, pool });
    await pair.same('PUT', `${path}/state`, { action: 'stop', force: true });
    await pair.same('POST', `${path}/backups`, { name: 'kept', compression_algorithm: 'none' });
    await sameEvents('instance-renamed', 'POST', path, { migration: true, live: false, pool });
    await pair.same('GET', path);
    await pair.same('GET', `${path}/backups`);
    await pair.same('GET', `${path}/snapshots/one`);
    await move({ pool });
    await create({ devices: rootIn('default'), source: { type: 'none' } });
    await move({ pool: 'default', name: other });
    await pair.same('DELETE', `/1.0/instances/${other}`);
    await sameEvents('instance-deleted', 'POST', path, {
      migration: true,
      live: false,
      pool: 'default',
      name: other,
    });
    await pair.same('GET', `/1.0/instances/${other}`);
    await move({ pool, instance_only: true }, `/1.0/instances/${other}`);
    await pair.same('GET', `/1.0/instances/${other}/snapshots`);
    await pair.same('DELETE', `/1.0/instances/${other}`);
  });
});
