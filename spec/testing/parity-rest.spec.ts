import { describePair } from './parity.js';
import { call } from './support.js';

describePair((servers) => {
  const { real } = servers;
  let name: string;

  beforeAll(async () => {
    await real.ensureImage();
    servers.fake.addImage({ aliases: [real.imageAlias], properties: { os: 'busybox', description: 'x' } });
  });
  beforeEach(() => {
    name = real.uniqueName('parity');
  });

  it('about snapshots', async () => {
    const path = `/1.0/instances/${name}`;
    const snapshots = `${path}/snapshots`;
    await servers.pair.same('GET', snapshots);
    await servers.pair.same('POST', '/1.0/instances', {
      name,
      source: { type: 'none' },
      config: { 'user.a': '1' },
    });
    for (const body of [
      {},
      { name: 'one', expires_at: '2040-01-02T03:04:05Z' },
      { name: 'one' },
      { name: 'a/b' },
      { name: 'a b' },
      { name: 'x', expires_at: 'soon' },
      '{bad',
    ]) {
      await servers.pair.same('POST', snapshots, body);
    }
    await servers.pair.same('GET', snapshots);
    await servers.pair.same('GET', `${snapshots}?recursion=1`);
    await servers.pair.same('GET', `${snapshots}/one`);
    await servers.pair.same('GET', `${snapshots}/nope`);
    for (const method of ['PUT', 'PATCH']) {
      await servers.pair.same(method, `${snapshots}/one`, {}, { 'If-Match': '"x"' });
      await servers.pair.same(method, `${snapshots}/one`, { expires_at: '2041-01-02T03:04:05Z' });
      const kept: unknown[] = [];
      for (const expires_at of [null, '0001-01-01T00:00:00Z', '2042-01-02T03:04:05Z']) {
        await servers.pair.same(method, `${snapshots}/one`, { expires_at });
        for (const { socketPath } of [real, servers.fake])
          kept.push((await call(socketPath, 'GET', `${snapshots}/one`)).body.metadata.expires_at);
      }
      expect(kept.filter((_, index) => index % 2 === 0)).toEqual(kept.filter((_, index) => index % 2 === 1));
      await servers.pair.same(method, `${snapshots}/one`, '{bad');
      await servers.pair.same('GET', `${snapshots}/one`);
    }
    await servers.pair.same('PATCH', path, { config: { 'user.a': '2' } });
    await servers.pair.same('PUT', path, { restore: 'one' });
    await servers.pair.same('GET', path);
    await servers.pair.same('POST', `${snapshots}/one`, { name: 'snap0' });
    await servers.pair.same('POST', `${snapshots}/one`, { name: 'two' });
    await servers.pair.same('DELETE', `${snapshots}/two`);
    await servers.pair.same('DELETE', `${snapshots}/two`);
    const copy = { name: `${name}-c`, source: { type: 'copy', source: name }, profiles: ['default'] };
    await servers.pair.same('POST', '/1.0/instances', copy);
    await servers.pair.same('GET', `${path}-c?recursion=1`);
    await servers.pair.same('DELETE', `${path}-c`);
    await servers.pair.same('DELETE', path);
  });

  it('about copies that are refreshed', async () => {
    const [path, copy] = [`/1.0/instances/${name}`, `/1.0/instances/${name}-c`];
    const { pair } = servers;
    const post = (source: object) =>
      pair.same('POST', '/1.0/instances', {
        name: `${name}-c`,
        profiles: ['default'],
        source: { type: 'copy', source: name, ...source },
      });
    const look = async () => {
      for (const target of [copy, `${copy}/snapshots`, `${copy}/snapshots?recursion=1`])
        await pair.same('GET', target);
      for (const one of ['one', 'own', 'two', 'three']) await pair.same('GET', `${copy}/snapshots/${one}`);
    };
    await pair.same('POST', '/1.0/instances', { name, config: { 'user.a': '1' }, source: { type: 'none' } });
    await pair.same('POST', `${path}/snapshots`, { name: 'one' });
    await post({ refresh: true }); // there is none yet
    await pair.same('POST', `${copy}/snapshots`, { name: 'own' });
    await pair.same('PATCH', path, { config: { 'user.b': '2' } });
    await pair.same('POST', `${path}/snapshots`, { name: 'two' });
    await post({});
    await post({ refresh: true });
    await look();
    await pair.same('POST', `${path}/snapshots`, { name: 'three' });
    await post({ refresh: true, instance_only: true });
    await look();
    await post({ refresh: true, source: `${name}/one` });
    await look();
    await post({ source: name, project: 'nope' });
    for (const target of [copy, path]) await pair.same('DELETE', target);
  });

  it('about profiles', async () => {
    const path = `/1.0/profiles/${name}`;
    const odd = `${name} ü?#%`;
    for (const body of [
      { name, config: { 'user.a': '1', 'user.b': '' }, description: 'x' },
      { name },
      { name: '' },
      { name: 'a/b' },
      { name: odd },
      { name: `${name}-x`, config: { nope: '1' } },
      { name: `${name}-x`, config: { 'volatile.uuid': '1' } },
      { name: `${name}-x`, devices: { d: {} } },
      { name: `${name}-x`, devices: { d: { type: 'nope' } } },
    ]) {
      await servers.pair.same('POST', '/1.0/profiles', body);
    }
    await servers.pair.same('DELETE', `/1.0/profiles/${encodeURIComponent(odd)}`);
    await servers.pair.same('GET', path);
    await servers.pair.same('PATCH', path, { config: { 'user.a': null }, devices: { d: { type: 'none' } } });
    await servers.pair.same('GET', path);
    await servers.pair.same('PATCH', path, { devices: { d: null } });
    await servers.pair.same('PUT', path, { config: { 'user.c': '1' } });
    await servers.pair.same('GET', path);
    for (const method of ['PUT', 'PATCH']) {
      await servers.pair.same(method, path, {}, { 'If-Match': '"x"' });
      await servers.pair.same(method, path, { config: { nope: '1' } });
      await servers.pair.same(method, `${path}-no`, {});
      await servers.pair.sameETag(method, path);
    }
    await servers.pair.same('POST', '/1.0/profiles/default', { name: 'x' });
    await servers.pair.same('DELETE', '/1.0/profiles/default');
    await servers.pair.same('POST', path, { name: 'default' });
    await servers.pair.same('POST', path, { name: `${name}-b` });
    await servers.pair.same('DELETE', `${path}-b`);
    await servers.pair.same('GET', `${path}-b`);
  });

  it('about images and aliases', async () => {
    const alias = `/1.0/images/aliases/${encodeURIComponent(`${name}/a b`)}`;
    await servers.pair.same('POST', '/1.0/instances', {
      name,
      source: { type: 'image', alias: real.imageAlias },
    });
    const source = { type: 'instance', name };
    await servers.pair.same('POST', '/1.0/images', { source: { type: 'instance', name: 'tslxd-nope' } });
    const fingerprints = await servers.pair.made('POST', '/1.0/images', { source, properties: { name } });
    const image = fingerprints.map((one) => `/1.0/images/${one}`);
    await servers.pair.same('GET', image);
    await servers.pair.same(
      'GET',
      image.map((one) => one.slice(0, -30)),
    );
    for (const method of ['PUT', 'PATCH']) {
      await servers.pair.same(method, image, { properties: { name, a: '1' }, public: true });
      await servers.pair.same('GET', image);
      await servers.pair.same(method, image, {}, { 'If-Match': '"x"' });
      await servers.pair.same(method, image, { properties: { a: 1 } });
    }
    const entry = { name: `${name}/a b`, description: 'x' };
    const targets = fingerprints.map((target) => ({ ...entry, target }));
    await servers.pair.same('POST', '/1.0/images/aliases', { name });
    await servers.pair.same('POST', '/1.0/images/aliases', { ...entry, target: '0000' });
    for (let count = 0; count < 2; count++) await servers.pair.same('POST', '/1.0/images/aliases', targets);
    await servers.pair.same('GET', alias);
    await servers.pair.same(
      'PUT',
      alias,
      targets.map((target) => ({ ...target, description: 'y' })),
    );
    await servers.pair.same('PUT', alias, targets, { 'If-Match': '"x"' });
    await servers.pair.same('GET', alias);
    await servers.pair.same('GET', `${alias}-no`);
    // PATCH and POST of an alias lock LXD 5.0.2's database for ten seconds, for everybody.
    if (real.product === 'incus') {
      await servers.pair.same('PATCH', alias, { description: 'z' });
      await servers.pair.same('POST', alias, { name: `${name}/a b` });
    }
    await servers.pair.same('DELETE', alias);
    await servers.pair.same('DELETE', image);
    await servers.pair.same('GET', image);
    await servers.pair.same('DELETE', `/1.0/instances/${name}`);
  });
});
