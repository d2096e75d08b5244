import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buildTinyImage } from '../../examples/support/tiny-image.js';
import { AlreadyExistsError, NotFoundError, UnsupportedError } from 'tslxd';
import { makeEmpty, useClient } from './client.js';
import { describeReal } from './harness.js';

describeReal('images, profiles and the server', (server) => {
  const { client } = useClient(server);

  it('creates images from a path, bytes, a stream and an iterable', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tslxd-images-'));
    const bytes = () => buildTinyImage({ salt: server.uniqueName('salt') });
    const path = join(folder, 'my image ü.tar.gz');
    await writeFile(path, await bytes());
    const alias = `${server.uniqueName('alias')}/one`;
    const image = await client.images.create(path, {
      public: true,
      properties: { os: 'a=b&c', release: '1' },
      aliases: [alias, { name: `${alias}/two`, description: 'second' }],
    });
    expect(image.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect([image.public, image.type]).toEqual([true, 'container']);
    expect(image.properties).toMatchObject({ os: 'a=b&c', release: '1' });
    expect((await client.images.getByAlias(alias)).fingerprint).toBe(image.fingerprint);
    expect((await client.images.get(image.fingerprint.slice(0, 12))).key).toBe(image.fingerprint);
    expect(image.aliases.map(({ name }) => name).sort()).toEqual([alias, `${alias}/two`]);
    await expect(client.images.create(path)).rejects.toThrow(AlreadyExistsError);
    const whole = await bytes();
    const parts = async function* () {
      for (let start = 0; start < whole.length; start += 100_000)
        yield whole.subarray(start, start + 100_000);
    };
    const others = [
      await client.images.create(await bytes()),
      await client.images.create(Readable.from([await bytes()])),
      await client.images.create(parts()),
    ];
    for (const other of [image, ...others]) {
      const made = await client.containers.create({ name: server.uniqueName('of-image'), source: other });
      await made.delete();
      await other.delete();
      await expect(client.images.get(other.fingerprint)).rejects.toThrow(NotFoundError);
    }
    await rm(folder, { recursive: true });
  });

  it('creates, lists and renames profiles', async () => {
    const name = server.uniqueName('profile');
    const profile = await client.profiles.create({ name, config: { 'user.a': '1' }, description: 'mine' });
    await expect(client.profiles.create({ name })).rejects.toThrow(/already exists/);
    const web = await makeEmpty(server, client, { profiles: ['default', name] });
    expect((await profile.fetch()).usedBy).toEqual([`/1.0/instances/${web.name}`]);
    expect((await client.profiles.all()).map(({ key }) => key)).toContain(name);
    await web.delete();
    await profile.rename(`${name}-two`);
    expect(await client.profiles.exists(name)).toBe(false);
    await profile.delete();
    await expect(client.profiles.ref('default').delete()).rejects.toThrow(/default/);
  });

  it('knows the server', async () => {
    const { server: self } = client;
    expect([self.product, self.version, self.auth]).toEqual([server.product, server.version, 'trusted']);
    expect(self.has('patch')).toBe(true);
    expect(() => self.require('no_such_extension')).toThrow(UnsupportedError);
    expect((await self.resources()).cpu).toBeDefined();
    expect(await self.metrics()).toContain('# EOF');
    expect(self.environment?.serverVersion).toBe(server.version);
    await expect(self.delete()).rejects.toThrow(UnsupportedError);
  });

  it('takes any request, typed', async () => {
    const web = await makeEmpty(server, client);
    const { name } = web;
    expect((await client.request('GET', '/1.0/instances/{name}/state', { name })).status).toBe('Stopped');
    const list = await client.request('GET', '/1.0/instances', { query: { recursion: 1 } });
    expect(list.map((instance) => instance.name)).toContain(name);
    await client.request('PATCH', '/1.0/instances/{name}', { name, body: { config: { 'user.a': '1' } } });
    const ended = await client.request('POST', '/1.0/instances/{name}/snapshots', {
      name,
      body: { name: 'a' },
    });
    expect(ended.status_code).toBe(200);
    const operation = await client.request('DELETE', '/1.0/instances/{name}', { name, wait: false });
    await operation.wait();
    await expect(client.request('GET', '/1.0/no/such/thing')).rejects.toThrow(NotFoundError);
  });
});
