import { FakeServer } from '../../lib/testing/index.js';
import { describeReal } from '../real/harness.js';
import { Pair } from './parity.js';

describeReal('the fake and the real server answer alike', (real) => {
  let fake: FakeServer;
  let pair: Pair;
  let name: string;

  beforeAll(async () => {
    await real.ensureImage();
    fake = await FakeServer.start({ product: real.product, operationTime: 1 });
    fake.addImage({ aliases: [real.imageAlias], properties: { os: 'busybox', description: 'x' } });
    pair = new Pair(real.socketPath, fake.socketPath);
  });
  beforeEach(() => {
    name = real.uniqueName('parity');
  });
  afterAll(() => fake.close());

  it('about snapshots', async () => {
    const path = `/1.0/instances/${name}`;
    const snapshots = `${path}/snapshots`;
    await pair.same('GET', snapshots);
    await pair.same('POST', '/1.0/instances', { name, source: { type: 'none' }, config: { 'user.a': '1' } });
    for (const body of [
      {},
      { name: 'one', expires_at: '2040-01-02T03:04:05Z' },
      { name: 'one' },
      { name: 'a/b' },
      { name: 'a b' },
      { name: 'x', expires_at: 'soon' },
      '{bad',
    ]) {
      await pair.same('POST', snapshots, body);
    }
    await pair.same('GET', snapshots);
    await pair.same('GET', `${snapshots}?recursion=1`);
    await pair.same('GET', `${snapshots}/one`);
    await pair.same('GET', `${snapshots}/nope`);
    for (const method of ['PUT', 'PATCH']) {
      await pair.same(method, `${snapshots}/one`, {}, { 'If-Match': '"x"' });
      await pair.same(method, `${snapshots}/one`, { expires_at: '2041-01-02T03:04:05Z' });
      await pair.same(method, `${snapshots}/one`, { expires_at: null });
      await pair.same(method, `${snapshots}/one`, '{bad');
      await pair.same('GET', `${snapshots}/one`);
    }
    await pair.same('PATCH', path, { config: { 'user.a': '2' } });
    await pair.same('PUT', path, { restore: 'one' });
    await pair.same('GET', path);
    await pair.same('POST', `${snapshots}/one`, { name: 'snap0' });
    await pair.same('POST', `${snapshots}/one`, { name: 'two' });
    await pair.same('DELETE', `${snapshots}/two`);
    await pair.same('DELETE', `${snapshots}/two`);
    const copy = { name: `${name}-c`, source: { type: 'copy', source: name }, profiles: ['default'] };
    await pair.same('POST', '/1.0/instances', copy);
    await pair.same('GET', `${path}-c?recursion=1`);
    await pair.same('DELETE', `${path}-c`);
    await pair.same('DELETE', path);
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
      await pair.same('POST', '/1.0/profiles', body);
    }
    await pair.same('DELETE', `/1.0/profiles/${encodeURIComponent(odd)}`);
    await pair.same('GET', path);
    await pair.same('PATCH', path, { config: { 'user.a': null }, devices: { d: { type: 'none' } } });
    await pair.same('GET', path);
    await pair.same('PATCH', path, { devices: { d: null } });
    await pair.same('PUT', path, { config: { 'user.c': '1' } });
    await pair.same('GET', path);
    for (const method of ['PUT', 'PATCH']) {
      await pair.same(method, path, {}, { 'If-Match': '"x"' });
      await pair.same(method, path, { config: { nope: '1' } });
      await pair.same(method, `${path}-no`, {});
      await pair.sameETag(method, path);
    }
    await pair.same('POST', '/1.0/profiles/default', { name: 'x' });
    await pair.same('DELETE', '/1.0/profiles/default');
    await pair.same('POST', path, { name: 'default' });
    await pair.same('POST', path, { name: `${name}-b` });
    await pair.same('DELETE', `${path}-b`);
    await pair.same('GET', `${path}-b`);
  });

  it('about images and aliases', async () => {
    const alias = `/1.0/images/aliases/${encodeURIComponent(`${name}/a b`)}`;
    await pair.same('POST', '/1.0/instances', { name, source: { type: 'image', alias: real.imageAlias } });
    const source = { type: 'instance', name };
    await pair.same('POST', '/1.0/images', { source: { type: 'instance', name: 'tslxd-nope' } });
    const fingerprints = await pair.made('POST', '/1.0/images', { source, properties: { name } });
    const image = fingerprints.map((one) => `/1.0/images/${one}`);
    await pair.same('GET', image);
    await pair.same(
      'GET',
      image.map((one) => one.slice(0, -30)),
    );
    for (const method of ['PUT', 'PATCH']) {
      await pair.same(method, image, { properties: { name, a: '1' }, public: true });
      await pair.same('GET', image);
      await pair.same(method, image, {}, { 'If-Match': '"x"' });
      await pair.same(method, image, { properties: { a: 1 } });
    }
    const entry = { name: `${name}/a b`, description: 'x' };
    const targets = fingerprints.map((target) => ({ ...entry, target }));
    await pair.same('POST', '/1.0/images/aliases', { name });
    await pair.same('POST', '/1.0/images/aliases', { ...entry, target: '0000' });
    for (let count = 0; count < 2; count++) await pair.same('POST', '/1.0/images/aliases', targets);
    await pair.same('GET', alias);
    await pair.same(
      'PUT',
      alias,
      targets.map((target) => ({ ...target, description: 'y' })),
    );
    await pair.same('PUT', alias, targets, { 'If-Match': '"x"' });
    await pair.same('GET', alias);
    await pair.same('GET', `${alias}-no`);
    // PATCH and POST of an alias lock LXD 5.0.2's database for ten seconds, for everybody.
    if (real.product === 'incus') {
      await pair.same('PATCH', alias, { description: 'z' });
      await pair.same('POST', alias, { name: `${name}/a b` });
    }
    await pair.same('DELETE', alias);
    await pair.same('DELETE', image);
    await pair.same('GET', image);
    await pair.same('DELETE', `/1.0/instances/${name}`);
  });
});
