import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { tar } from '../../examples/support/tar.js';
import { buildTinyImage } from '../../examples/support/tiny-image.js';
import {
  Client,
  ConflictError,
  InvalidInputError,
  NotFoundError,
  OperationError,
  UnsupportedError,
  type Image,
  type ImageCreateOptions,
  type Progress,
} from 'tslxd';
import { useClient, watchedClient } from './client.js';
import { absent, describeReal, realServers } from './harness.js';
import { canStart, removeAll, startOwnDaemons, type OwnDaemon } from './own-daemon.js';
import { buildSplitImage } from './split-image.js';

const sha256 = (...parts: Buffer[]) => createHash('sha256').update(Buffer.concat(parts)).digest('hex');

describeReal('images between servers', (facts) => {
  if (!canStart(facts.product)) {
    absent(`${facts.name}: no daemon of one's own can be started here`);
    return;
  }
  const main = useClient(facts);
  let daemons: OwnDaemon[];
  let here: Client;
  let there: Client;
  let stranger: Client;

  beforeAll(async () => {
    daemons = await startOwnDaemons(facts, 2, { https: true });
    [here, there] = daemons.map(({ socketPath }) => new Client({ socketPath })) as [Client, Client];
    const { httpsUrl, serverCert } = daemons[0]!.server;
    stranger = new Client({ endpoint: httpsUrl, serverCert }); // without a certificate
  }, 60_000);
  afterAll(async () => {
    for (const client of [here, there, stranger]) await client?.close();
    await removeAll(daemons ?? []);
  }, 60_000);

  const upload = async (options: ImageCreateOptions = {}): Promise<Image> =>
    here.images.create(await buildTinyImage({ salt: facts.uniqueName('salt') }), options);

  const remote = () => ({ server: daemons[0]!.server.httpsUrl, certificate: daemons[0]!.server.serverCert });

  it('a server fetches a public image from another, by alias and by fingerprint', async () => {
    const name = facts.uniqueName('remote/one');
    const original = await upload({ public: true, aliases: [name], filename: 'its name' });
    const progress: Progress[] = [];
    const mine = facts.uniqueName('mine');
    const copy = await there.images.create(
      { ...remote(), alias: name, autoUpdate: true },
      {
        aliases: [mine],
        properties: { extra: '1' },
        fingerprint: original.fingerprint,
        onProgress: (step) => progress.push(step),
      },
    );
    expect([copy.fingerprint, copy.autoUpdate, copy.public]).toEqual([original.fingerprint, true, false]);
    expect(copy.updateSource).toMatchObject({ alias: name, server: remote().server });
    expect(copy.properties).toMatchObject({ os: 'busybox', extra: '1' });
    expect(copy.aliases.map((alias) => alias.name)).toEqual([mine]);
    // Incus forgets the name of a file that it fetched.
    expect(copy.filename).toBe(facts.product === 'lxd' ? 'its name' : '');
    await copy.delete();
    const expiresAt = new Date('2041-01-01T00:00:00Z');
    const byHash = await there.images.create(
      { ...remote(), fingerprint: original.fingerprint.slice(0, 20), protocol: facts.product },
      { expiresAt, profiles: [], public: true },
    );
    expect([byHash.fingerprint, byHash.expiresAt, byHash.profiles, byHash.public]).toEqual([
      original.fingerprint,
      expiresAt,
      [],
      true,
    ]);
    await byHash.delete();
    const missing = there.images.create({ ...remote(), alias: 'no-such-image' });
    await expect(missing).rejects.toThrow(OperationError);
    await original.delete();
  });

  it('a server fetches an image from a URL', async () => {
    const bytes = await buildTinyImage({ salt: facts.uniqueName('salt') });
    const web = createServer(({ url }, response) => {
      const { port } = web.address() as AddressInfo;
      for (const name of ['LXD', 'Incus'])
        response
          .setHeader(`${name}-Image-Hash`, url === '/wrong' ? 'f'.repeat(64) : sha256(bytes))
          .setHeader(`${name}-Image-URL`, `http://127.0.0.1:${port}/file`);
      response.setHeader('Content-Length', bytes.length).end(bytes);
    }).listen(0, '127.0.0.1');
    await once(web, 'listening');
    try {
      const url = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
      const name = facts.uniqueName('url');
      const image = await there.images.create({ url }, { aliases: [name], properties: { from: 'url' } });
      expect([image.fingerprint, image.properties.from]).toEqual([sha256(bytes), 'url']);
      expect((await there.images.getByAlias(name)).key).toBe(image.key);
      await image.delete();
      await expect(there.images.create({ url: `${url}/wrong` })).rejects.toThrow(OperationError);
      expect(await there.images.exists(sha256(bytes))).toBe(false);
    } finally {
      web.close();
      web.closeAllConnections();
    }
  });

  it('an image without properties gets some, of which both daemons die if they come with the upload', async () => {
    const metadata = `architecture: x86_64\ncreation_date: 1\n# ${facts.uniqueName('salt')}\n`;
    const bytes = gzipSync(tar([{ path: 'metadata.yaml', content: metadata }, { path: 'rootfs/etc' }]));
    const image = await here.images.create(bytes, { properties: { a: '1' } });
    expect(image.properties).toEqual({ a: '1' });
    await image.delete();
  });

  it('a secret lets who is not trusted have an image, once', async () => {
    const image = await upload();
    const secretly = stranger.images.ref(image.fingerprint);
    await expect(buffer(secretly.export())).rejects.toThrow(NotFoundError);
    const secret = await image.createSecret();
    expect(secret).toMatch(/^[0-9a-f]{20,}$/);
    expect(sha256(await buffer(secretly.export({ secret })))).toBe(image.fingerprint);
    await expect(stranger.images.get(image.fingerprint)).rejects.toThrow(NotFoundError);
    const other = await image.createSecret();
    const seen = await stranger.images.get(image.fingerprint, { secret: other });
    expect([seen.fingerprint, seen.size]).toEqual([image.fingerprint, image.size]);
    expect(await buffer(seen.export({ secret: other }))).toHaveLength(image.size);
    const copy = await there.images.create({
      ...remote(),
      fingerprint: image.fingerprint,
      secret: await image.createSecret(),
    });
    expect(copy.fingerprint).toBe(image.fingerprint);
    await copy.delete();
    await expect(there.images.create({ ...remote(), fingerprint: image.fingerprint })).rejects.toThrow(
      OperationError,
    );
    await image.delete();
  });

  it('refresh() gives the newer image, which has the aliases of the older', async () => {
    const name = facts.uniqueName('moving');
    const [older, newer] = [await upload({ public: true, aliases: [name] }), await upload({ public: true })];
    const named = facts.uniqueName('named');
    for (const aliases of [[named], []]) {
      await here.images.aliases.ensure(name, { target: older });
      const copy = await there.images.create({ ...remote(), alias: name, autoUpdate: true }, { aliases });
      expect(await copy.refresh()).toBe(copy);
      await here.images.aliases.ensure(name, { target: newer });
      const fresh = await there.images.ref(copy.fingerprint).refresh();
      expect([fresh.fingerprint, fresh.aliases.map((alias) => alias.name)]).toEqual([
        newer.fingerprint,
        aliases,
      ]);
      await expect(copy.fetch()).rejects.toThrow(NotFoundError);
      expect(await fresh.refresh()).toBe(fresh);
      await fresh.delete();
    }
    await older.delete();
    await newer.delete();
  });

  for (const mode of ['pull', 'push', 'relay'] as const) {
    it(`copies an image, mode ${mode}: private and public, with its aliases and properties`, async () => {
      const expiresAt = new Date('2042-01-01T00:00:00Z');
      const name = facts.uniqueName(`of/${mode}`);
      const original = await upload({
        aliases: [{ name, description: 'first' }],
        properties: { more: 'here' },
        expiresAt,
        filename: 'mine ü.tar.gz',
      });
      const progress: Progress[] = [];
      const copy = await original.copyTo(there, {
        mode,
        aliases: true,
        properties: { and: 'there' },
        onProgress: (step) => progress.push(step),
      });
      expect([copy.fingerprint, copy.public, copy.expiresAt]).toEqual([original.key, false, expiresAt]);
      expect(copy.properties).toEqual({ ...original.properties, and: 'there' });
      expect(copy.aliases).toEqual(original.aliases);
      if (mode !== 'push') expect(copy.filename).toBe('mine ü.tar.gz');
      if (mode === 'relay') expect(progress.at(-1)).toMatchObject({ percent: 100 });
      // Again: it is there, and only what is named is done.
      const again = await original.copyTo(there, { mode, public: true });
      expect([again.key, again.public]).toEqual([copy.key, true]);
      await copy.delete();
      const public_ = await original.copyTo(there, { mode, public: true, aliases: ['other'] });
      expect([public_.public, public_.aliases.map((alias) => alias.name)]).toEqual([true, ['other']]);
      await expect(original.copyTo(there, { mode, aliases: ['other'] })).rejects.toThrow(ConflictError);
      const unwaited = original.copyTo(there, { mode, wait: false } as object);
      await expect(unwaited).rejects.toThrow(/always waited for/);
      await public_.delete();
      await original.delete();
    });

    it(`copies an image in two files, and a virtual machine's, mode ${mode}`, async () => {
      const { metadata, rootfs } = await buildSplitImage(facts.uniqueName('salt'));
      for (const type of ['container', 'virtual-machine'] as const) {
        const original = await here.images.create({ metadata, rootfs, type });
        if (mode === 'push' && type === 'virtual-machine') {
          await expect(original.copyTo(there, { mode })).rejects.toThrow(UnsupportedError);
        } else {
          const copy = await original.copyTo(there, { mode });
          expect([copy.fingerprint, copy.type]).toEqual([sha256(metadata, rootfs), type]);
          const names: string[] = [];
          for await (const { name, body } of copy.exportParts())
            names.push(`${name} ${String((await buffer(body)).length)}`);
          expect(names).toEqual([
            `metadata ${String(metadata.length)}`,
            `${type === 'container' ? 'rootfs' : 'rootfs.img'} ${String(rootfs.length)}`,
          ]);
          await copy.delete();
        }
        await original.delete();
      }
    });
  }

  it('between projects, and to a client that follows it', async () => {
    const name = facts.uniqueName('project');
    await daemons[1]!.server.run('POST', '/1.0/projects', { name, config: { 'features.images': 'true' } });
    const project = there.useProject(name);
    const original = await upload();
    for (const mode of ['pull', 'push', 'relay'] as const) {
      const copy = await original.copyTo(project, { mode });
      expect(await there.images.exists(copy.key)).toBe(false);
      await copy.delete();
    }
    // From one project to another of the same server.
    const copy = await original.copyTo(project, { mode: 'relay' });
    const back = await copy.copyTo(there, { mode: 'relay' });
    expect(await there.images.exists(back.key)).toBe(true);
    if ((await there.server.fetch()).has('images_all_projects')) {
      // The URLs of that list do not say the project.
      const all = await there.images.all({ allProjects: true, recursion: 0 });
      const both = all.filter(({ key }) => key === back.key);
      const found = await Promise.all(both.map(async (image) => (await image.fetch()).project));
      expect(found.sort()).toEqual(['default', name].sort());
    }
    for (const image of [copy, back, original]) await image.delete();
  });

  it('an image that is updated follows an alias, and must be public', async () => {
    const name = facts.uniqueName('followed');
    const [older, newer] = [await upload({ public: true, aliases: [name] }), await upload({ public: true })];
    const copy = await older.copyTo(there, { autoUpdate: true });
    await here.images.aliases.ensure(name, { target: newer });
    const fresh = await copy.refresh();
    expect(fresh.fingerprint).toBe(newer.fingerprint);
    await fresh.delete();
    older.public = false;
    await older.save();
    await expect(older.copyTo(there, { autoUpdate: true })).rejects.toThrow(InvalidInputError);
    await expect(newer.copyTo(there, { autoUpdate: true, mode: 'relay' })).rejects.toThrow(InvalidInputError);
    await older.delete();
    await newer.delete();
  });

  it('an address that nobody has is one tried, and what is wrong is refused at once', async () => {
    const image = await upload();
    await expect(image.copyTo(there, { mode: 'other' as 'pull' })).rejects.toThrow(InvalidInputError);
    await expect(image.copyTo({} as Client)).rejects.toThrow(InvalidInputError);
    const lost = there.images.create({ server: 'https://127.0.0.1:1', fingerprint: image.fingerprint });
    await expect(lost).rejects.toThrow(OperationError);
    await image.delete();
  });

  it('between the products', async () => {
    const other = realServers().find(({ product }) => product !== facts.product);
    if (!other) return;
    const { client } = watchedClient(other);
    try {
      const properties = { owner: facts.uniqueName('owner') };
      const image = await main.client.images.create(
        await buildTinyImage({ salt: facts.uniqueName('salt') }),
        { properties },
      );
      for (const mode of ['pull', 'relay'] as const) {
        const copy = await image.copyTo(client, { mode, properties: { owner: other.uniqueName('owner') } });
        expect([copy.fingerprint, copy.public]).toEqual([image.fingerprint, false]);
        await copy.delete();
      }
      await expect(image.copyTo(client, { mode: 'push' })).rejects.toThrow(UnsupportedError);
      const alias = facts.uniqueName('followed');
      await main.client.images.aliases.create({ name: alias, target: image });
      image.public = true;
      await image.save();
      const followed = await image.copyTo(client, {
        autoUpdate: true,
        properties: { owner: other.uniqueName('owner') },
      });
      expect(followed.updateSource).toMatchObject({ alias, protocol: other.product });
      await followed.delete();
      await image.delete();
    } finally {
      await other.cleanup();
      await client.close();
    }
  });

  it('a server without an address can only be relayed to and from', async () => {
    await daemons[1]!.server.run('PATCH', '/1.0', { config: { 'core.https_address': '' } });
    const image = await upload();
    await expect(image.copyTo(there, { mode: 'push' })).rejects.toThrow(UnsupportedError);
    const copy = await image.copyTo(there, { mode: 'relay' });
    await image.delete();
    await expect(copy.copyTo(here)).rejects.toThrow(UnsupportedError);
    await expect(
      copy.copyTo(main.client, { properties: { owner: facts.uniqueName('owner') } }),
    ).rejects.toThrow(UnsupportedError);
    await copy.delete();
  });
});
