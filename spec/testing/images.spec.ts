import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LxdError } from 'tslxd';
import { smallImage, smallParts } from '../support/small-image.js';
import { describeFakes } from './support.js';

describeFakes('images', (fake) => {
  const bytes = smallImage('the image');
  const fingerprint = createHash('sha256').update(bytes).digest('hex');
  const path = `/1.0/images/${fingerprint}`;
  const prefix = (): string => (fake.server.product === 'lxd' ? 'X-LXD-' : 'X-Incus-');

  it('are uploaded with what the headers say of them, and come back as they were', async () => {
    const end = await fake.run('POST', '/1.0/images', bytes, {
      [`${prefix()}filename`]: 'my file.tgz',
      [`${prefix()}public`]: '1',
      [`${prefix()}properties`]: 'os=busybox&note=a%20b',
    });
    expect(end).toMatchObject({ status_code: 200, metadata: { fingerprint, size: String(bytes.length) } });
    expect(await fake.read(path)).toMatchObject({
      ...{ fingerprint, filename: 'my file.tgz', public: true, size: bytes.length, type: 'container' },
      ...{
        properties: { os: 'busybox', note: 'a b' },
        aliases: [],
        profiles: ['default'],
        auto_update: false,
      },
    });
    const exported = await fake.call('GET', `${path}/export`);
    expect([exported.text, exported.headers['content-disposition']]).toEqual([
      bytes.toString(),
      `inline;filename=${fingerprint}.tar`,
    ]);
    expect((await fake.run('POST', '/1.0/images', bytes)).err).toBe(
      'Image with same fingerprint already exists',
    );
    const wrong = await fake.run('POST', '/1.0/images', Buffer.from('x'), {
      [`${prefix()}fingerprint`]: 'abc',
    });
    expect(wrong.err).toMatch(/^fingerprints don't match, got \w{64} expected abc$/);
  });

  it('are found by the beginning of their fingerprint, if it is one image’s', async () => {
    const all = Array.from({ length: 17 }, (_, count) => fake.server.addImage({ data: `image ${count}` }));
    const [first = ''] = all;
    expect((await fake.read(`/1.0/images/${first.slice(0, 12)}`)).fingerprint).toBe(first);
    const shared = all.map((one) => one[0]).find((digit, index, digits) => digits.indexOf(digit) < index);
    const ambiguous = await fake.call('GET', `/1.0/images/${shared}`);
    expect([ambiguous.status, ambiguous.body.error]).toEqual([500, 'More than one image matches']);
    const missing = await fake.call('GET', '/1.0/images/zz');
    const text = fake.server.product === 'lxd' ? 'Image not found' : 'Image "zz" not found';
    expect([missing.status, missing.body.error]).toEqual([404, text]);
  });

  it('are changed by PATCH in part and by PUT as a whole, behind an ETag', async () => {
    fake.server.addImage({ data: bytes, properties: { os: 'busybox' } });
    const match = { 'If-Match': (await fake.call('GET', path)).headers.etag ?? '' };
    expect((await fake.call('PATCH', path, { properties: { a: '1' }, public: true }, match)).status).toBe(
      200,
    );
    for (const method of ['PATCH', 'PUT'])
      expect((await fake.call(method, path, {}, match)).status).toBe(412);
    expect(await fake.read(path)).toMatchObject({ properties: { os: 'busybox', a: '1' }, public: true });
    await fake.call('PATCH', path, { properties: { a: '' }, expires_at: '2040-01-01T00:00:00Z' });
    const patched = await fake.read(path);
    expect(patched.properties).toEqual({ os: 'busybox' });
    expect(patched.expires_at).not.toMatch(/^2040/);
    await fake.call('PUT', path, { properties: { only: '1' }, expires_at: '2040-01-01T00:00:00Z' });
    expect(await fake.read(path)).toMatchObject({
      ...{ properties: { only: '1' }, public: false, auto_update: false },
      expires_at: '2040-01-01T00:00:00Z',
    });
    const profile = await fake.call('PUT', path, { profiles: ['no'] });
    expect(profile.body.error).toBe("Profile 'no' doesn't exist");
  });

  it('are deleted with their aliases', async () => {
    fake.server.addImage({ data: bytes, aliases: ['one', 'two'] });
    expect((await fake.run('DELETE', path)).resources).toEqual({ images: [path] });
    expect(await fake.read('/1.0/images')).toEqual([]);
    expect(await fake.read('/1.0/images/aliases')).toEqual([]);
    expect((await fake.call('DELETE', path)).status).toBe(404);
  });

  it('are published from instances that are stopped, and from snapshots', async () => {
    fake.server.addInstance({
      name: 'web',
      config: { 'image.os': 'busybox' },
      status: 'Running',
      snapshots: ['s'],
    });
    const publish = (source: object, more?: object): ReturnType<typeof fake.run> =>
      fake.run('POST', '/1.0/images', { source, ...more });
    const running = await publish({ type: 'instance', name: 'web' });
    expect(running.err).toBe('Cannot export a running instance as an image');
    const fromSnapshot = await publish({ type: 'snapshot', name: 'web/s' });
    expect((await fake.read(`/1.0/images/${String(fromSnapshot.metadata?.fingerprint)}`)).properties.os).toBe(
      'busybox',
    );
    await fake.run('PUT', '/1.0/instances/web/state', { action: 'stop' });
    const aliases = [{ name: 'mine', description: 'x' }];
    const end = await publish(
      { type: 'instance', name: 'web' },
      { public: true, properties: { a: '1' }, aliases },
    );
    const image = await fake.read(`/1.0/images/${String(end.metadata?.fingerprint)}`);
    const own = fake.server.product === 'lxd' ? { a: '1' } : { a: '1', os: 'busybox' };
    expect([image.public, image.properties, image.aliases]).toEqual([true, own, aliases]);
  });

  it('in two files go in, come out, and are made an instance of', async () => {
    const client = fake.server.client();
    const parts = smallParts('root');
    const image = await client.images.create(parts, { properties: { os: 'x' }, aliases: ['split'] });
    const whole = createHash('sha256').update(parts.metadata).update(parts.rootfs).digest('hex');
    expect(image).toMatchObject({
      fingerprint: whole,
      size: parts.metadata.length + parts.rootfs.length,
      type: 'container',
    });
    const folder = await mkdtemp(join(tmpdir(), 'tslxd-fake-image-'));
    const files = (await image.exportTo(folder)) as { metadata: string; rootfs: string };
    expect(await readFile(files.metadata)).toEqual(parts.metadata);
    expect((await readFile(files.rootfs)).equals(parts.rootfs)).toBe(true);
    const made = await client.instances.create({ name: 'of-split', source: 'split' });
    expect(made.config['volatile.base_image']).toBe(whole);
    await image.delete();
    expect((await client.images.create({ ...files, type: 'virtual-machine' })).type).toBe('virtual-machine');
    await rm(folder, { recursive: true });
  });

  it('in what is no form of an image are refused by the operation', async () => {
    const form = (...names: string[]) =>
      Buffer.from(
        `${names
          .map(
            (name) =>
              `--X\r\ncontent-disposition: form-data; name="${name}"; filename="f"\r\n\r\n${name}\r\n`,
          )
          .join('')}--X--\r\n`,
      );
    const headers = { 'content-type': 'multipart/form-data; boundary=X' };
    for (const [names, err] of [
      [[], 'EOF'],
      [['metadata'], 'EOF'],
      [['rootfs', 'metadata'], 'Invalid multipart image'],
      [['metadata', 'zoo'], 'Invalid multipart image'],
    ] as const) {
      expect((await fake.run('POST', '/1.0/images', form(...names), headers)).err).toBe(err);
    }
    const cut = form('metadata', 'rootfs').subarray(0, -40);
    expect((await fake.run('POST', '/1.0/images', cut, headers)).err).toBe('EOF');
    expect(await fake.read('/1.0/images')).toEqual([]);
  });

  it('are found wrong where a lying server sends other bytes, or half of them', async () => {
    const client = fake.server.client();
    const image = await client.images.create(smallParts('root'));
    const folder = await mkdtemp(join(tmpdir(), 'tslxd-fake-image-'));
    fake.server.failNext(`GET /1.0/images/${image.fingerprint}/export`, { cut: 0.5 });
    await expect(image.exportTo(folder)).rejects.toBeInstanceOf(LxdError);
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  });

  it('are refreshed from nowhere', async () => {
    fake.server.addImage({ data: bytes });
    expect((await fake.run('POST', `${path}/refresh`, {})).err).toBe(
      `Failed to update image "${fingerprint}" in project "default": Image source not found`,
    );
  });

  it('drop the connection where the servers panic', async () => {
    await expect(fake.call('POST', '/1.0/images', {})).rejects.toThrow('socket hang up');
    const answer = await fake.server.fetch(
      new Request('http://lxd/1.0/images', { method: 'POST', body: '{}' }),
    );
    expect(answer.type).toBe('error');
  });

  it.each([undefined, 'application/x-www-form-urlencoded', 'text/plain', 'image/png'])(
    'are uploads whatever their content type, such as %s, unless they are JSON',
    async (type) => {
      const { socketPath } = fake.server;
      const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
      const post = (data: Buffer | string): Promise<number> =>
        new Promise((resolve, reject) => {
          const outgoing = request(
            { socketPath, method: 'POST', path: '/1.0/images', headers },
            (incoming) => {
              incoming.resume().on('end', () => resolve(incoming.statusCode ?? 0));
            },
          );
          outgoing.on('error', reject).end(data);
        });
      expect(await post(bytes)).toBe(202);
      while ((await fake.call('GET', path)).status !== 200) await delay(5);
      expect(await post(JSON.stringify({ source: { type: 'nope' } }))).toBe(500);
    },
  );
});
