import { call } from './support.js';
import { describePair } from './parity.js';

// Two requests are not made here on purpose: they harm the real servers. A snapshot named `..` is accepted,
// and takes the snapshots of all instances with it when it is deleted; on Incus 6.0.4 an image source of type
// `image` without a server ends the whole daemon.
describePair((servers) => {
  const { real } = servers;
  let name: string;
  let path: string;

  beforeAll(async () => {
    await real.ensureImage();
    servers.fake.addImage({ aliases: [real.imageAlias], properties: { os: 'busybox', description: 'x' } });
  });
  beforeEach(() => {
    name = real.uniqueName('parity');
    path = `/1.0/instances/${name}`;
  });
  afterEach(async () => {
    await call(real.socketPath, 'PUT', `${path}/state`, { action: 'stop', force: true });
    await servers.pair.quietly('DELETE', path);
  });

  const create = (more: object = {}): Promise<void> =>
    servers.pair.same('POST', '/1.0/instances', { name, source: { type: 'none' }, ...more });

  it('about itself and about paths', async () => {
    const { config } = await real.read<{ config: Record<string, unknown> }>('/1.0');
    // A secret that is set reads as true.
    const known = Object.entries(config).map(([key, value]) => [key, value === true ? 'secret' : value]);
    await call(servers.fake.socketPath, 'PATCH', '/1.0', { config: Object.fromEntries(known) });
    for (const target of ['/', '/1.0', '/1.0/resources', '/1.0/events', '/1.0/instances']) {
      await servers.pair.same('GET', target);
    }
    for (const target of [
      '/1.0/',
      '/1.0/nope',
      '/2.0',
      '/1.0//instances',
      '/1.0/instances/',
      '/1.0/images/a/b',
    ]) {
      await servers.pair.same('GET', target);
    }
    for (const method of ['POST', 'DELETE']) await servers.pair.same(method, '/1.0');
    for (const method of ['PUT', 'PATCH']) await servers.pair.same(method, '/1.0', {}, { 'If-Match': '"x"' });
    await servers.pair.same('PATCH', '/1.0/instances');
    // Not on Incus: before 6.0.6 a refused PATCH empties the rest of the node's configuration.
    if (real.product === 'lxd') await servers.pair.same('PATCH', '/1.0', { config: { 'tslxd.nope': '1' } });
    for (const target of ['..', '%2e%2e', 'a%2Fb', '%zz'])
      await servers.pair.same('GET', `/1.0/profiles/${target}`);
    await servers.pair.same('GET', '/1.0/instances/a%2Fb');
    await servers.pair.same('GET', '/1.0/instances?project=nope');
    await servers.pair.same('GET', '/1.0/profiles?project=nope');
    await servers.pair.same('GET', '/1.0/images?project=nope');
    await servers.pair.same('GET', '/1.0/instances?project=default&all-projects=true');
    await servers.pair.same('GET', '/1.0/operations/nope/wait');
  });

  it('to what is no instance', async () => {
    for (const body of ['', '{bad', '[]', '{"name":1}', '{"config":{"a":1}}', '{"devices":{"a":{"b":1}}}']) {
      await servers.pair.same('POST', '/1.0/instances', body);
    }
    for (const more of [
      { source: { type: 'nope' } },
      { type: 'nope' },
      { name: 'a_b' },
      { name: 'a/b' },
      { profiles: ['nope'] },
      { config: { nope: '1' } },
      { config: { 'limits.cpu': 'all' } },
      { config: { 'boot.autostart': 'maybe' } },
      { devices: { a: { type: 'nope' } } },
      { profiles: [] },
      { source: { type: 'image', alias: 'tslxd-nope' } },
      { source: { type: 'image' } },
      { source: { type: 'copy' } },
      { source: { type: 'copy', source: 'tslxd-nope' } },
    ]) {
      await create(more);
    }
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE'])
      await servers.pair.same(method, path, method === 'GET' ? undefined : {});
    await servers.pair.same('POST', path, { name: 'other' });
    await servers.pair.same('PUT', `${path}/state`, { action: 'start' });
  });

  it('to the life of an instance', async () => {
    await servers.pair.same('POST', '/1.0/instances', {
      name,
      source: { type: 'image', alias: real.imageAlias },
    });
    await servers.pair.same('GET', path);
    await servers.pair.same('GET', `${path}?recursion=1`);
    await servers.pair.same('GET', `${path}/state`);
    await create();
    for (const action of ['stop', 'freeze', 'unfreeze', 'nope', 'start']) {
      await servers.pair.same('PUT', `${path}/state`, { action });
    }
    await servers.pair.same('GET', path);
    await servers.pair.same('GET', `${path}/state`);
    await servers.pair.same('DELETE', path);
    await servers.pair.same('POST', path, { name: `${name}-b` });
    for (const action of ['start', 'unfreeze', 'freeze', 'freeze', 'start', 'unfreeze']) {
      await servers.pair.same('PUT', `${path}/state`, { action });
    }
    await servers.pair.same('PUT', `${path}/state`, { action: 'restart', force: true });
    await servers.pair.same('PUT', `${path}/state`, { action: 'stop', force: true });
    await servers.pair.same('GET', path);
    await servers.pair.same('POST', path, { name: 'a/b' });
    await servers.pair.same('POST', path, { name: `${name}-b` });
    await servers.pair.same('GET', path);
    await servers.pair.same('DELETE', `${path}-b`);
  });

  it('to writes', async () => {
    await create({ config: { 'user.a': '1' }, devices: { d: { type: 'none' } }, description: 'x' });
    for (const body of [
      { config: { 'user.b': '2' } },
      { config: { 'user.a': '', 'user.b': null } },
      { description: 'y' },
      { devices: { d: null } },
      { devices: { constructor: { type: 'none' } } },
      { config: { nope: '1' } },
      { config: { 'user.a': 1 } },
      { profiles: ['nope'] },
      { profiles: ['default', 'default'] },
      { restore: 'x' },
      { ephemeral: 'x' },
      '[]',
      '',
    ]) {
      await servers.pair.same('PATCH', path, body);
      await servers.pair.same('GET', path);
    }
    for (const method of ['PUT', 'PATCH']) {
      await servers.pair.same(method, path, {}, { 'If-Match': '"x"' });
      await servers.pair.sameETag(method, path);
    }
    await servers.pair.same('PUT', path, { config: {}, profiles: ['default'] });
    await servers.pair.same('PUT', path, { restore: 'nope' });
  });
});
