import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { tar } from '../../examples/support/tar.js';
import { buildTinyImage } from '../../examples/support/tiny-image.js';
import { InvalidInputError, IntegrityError, type Image, type ImageFiles, type Progress } from 'tslxd';
import { booted, makeBusybox, useClient, useHttpsClient } from './client.js';
import { describeReal } from './harness.js';
import { buildSplitImage } from './split-image.js';

const sha256 = (...parts: Buffer[]) => createHash('sha256').update(Buffer.concat(parts)).digest('hex');

describeReal('files of images', (server) => {
  const { client, requestsOf } = useClient(server);
  const https = useHttpsClient(server);
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tslxd-images-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function newFolder(): Promise<string> {
    return mkdtemp(join(folder, 'target-'));
  }

  it('an image in one file: up with everything, down again', async () => {
    const bytes = await buildTinyImage({ salt: server.uniqueName('salt') });
    const path = join(folder, 'mein "Bild" ü 1.tar.gz');
    await writeFile(path, bytes);
    const name = server.uniqueName('alias/with/slashes');
    const progress: Progress[] = [];
    const expiresAt = new Date(Date.now() + 86_400_000);
    expiresAt.setMilliseconds(0);
    const image = await client.images.create(path, {
      public: true,
      properties: { release: 'a=b&c ü', os: 'mine' },
      profiles: [],
      aliases: [name, { name: `${name}-2`, description: 'second' }],
      expiresAt,
      fingerprint: sha256(bytes).toUpperCase(),
      onProgress: (step) => progress.push(step),
    });
    expect(image.fingerprint).toBe(sha256(bytes));
    expect(image.properties).toMatchObject({ release: 'a=b&c ü', os: 'mine', salt: expect.any(String) });
    expect([image.public, image.profiles, image.expiresAt, image.filename, image.size]).toEqual([
      true,
      [],
      expiresAt,
      'mein "Bild" ü 1.tar.gz',
      bytes.length,
    ]);
    expect(image.aliases.map((alias) => alias.name).sort()).toEqual([name, `${name}-2`]);
    expect(progress[0]).toMatchObject({ stage: 'upload' });
    expect(progress.find(({ percent }) => percent === 100)).toMatchObject({
      stage: 'upload',
      bytes: bytes.length,
    });

    const down: Progress[] = [];
    const target = await newFolder();
    const written = await image.exportTo(target, { onProgress: (step) => down.push(step) });
    expect(written).toBe(join(target, `${image.fingerprint}.tar.gz`));
    expect(sha256(await readFile(written as string))).toBe(image.fingerprint);
    expect(down.at(-1)).toMatchObject({ stage: 'download', percent: 100, bytes: bytes.length });
    await writeFile(join(target, 'mine'), 'old');
    expect(await image.exportTo(join(target, 'mine'))).toBe(join(target, 'mine'));
    expect(sha256(await readFile(join(target, 'mine')))).toBe(image.fingerprint);
    expect((await readdir(target)).sort()).toEqual([`${image.fingerprint}.tar.gz`, 'mine'].sort());
    expect(sha256(await buffer(image.export()))).toBe(image.fingerprint);
    // By the beginning of its fingerprint, and not fetched.
    expect(sha256(await buffer(client.images.ref(image.fingerprint.slice(0, 20)).export()))).toBe(
      image.fingerprint,
    );
    await image.delete();
  });

  it('a container’s image in two files: as files, bytes and streams of unknown length; it starts', async () => {
    const { metadata, rootfs } = await buildSplitImage(server.uniqueName('salt'));
    const fingerprint = sha256(metadata, rootfs);
    const made: Image[] = [];
    const paths = { metadata: join(folder, 'meta.tar.gz'), rootfs: join(folder, 'root "ü".tar.gz') };
    await writeFile(paths.metadata, metadata);
    await writeFile(paths.rootfs, rootfs);
    const streams = { metadata: Readable.from([metadata]), rootfs: createReadStream(paths.rootfs) };
    for (const source of [{ metadata, rootfs }, streams, paths]) {
      const image = await client.images.create(source);
      expect([image.fingerprint, image.type]).toEqual([fingerprint, 'container']);
      if (source !== paths) await image.delete();
      else made.push(image);
    }
    const [image] = made as [Image];
    expect(image.filename).toBe('root "ü".tar.gz');

    const target = await newFolder();
    const files = (await image.exportTo(target)) as ImageFiles;
    expect(files).toEqual({
      metadata: join(target, `meta-${fingerprint}.tar.gz`),
      rootfs: join(target, `${fingerprint}.tar.gz`),
      type: 'container',
    });
    expect((await readFile(files.metadata)).equals(metadata)).toBe(true);
    expect((await readFile(files.rootfs)).equals(rootfs)).toBe(true);
    expect(await image.exportTo(join(target, 'mine'))).toEqual({
      metadata: join(target, 'mine'),
      rootfs: join(target, 'mine.root'),
      type: 'container',
    });
    expect(await readdir(target)).toHaveLength(4);
    await expect(buffer(image.export())).rejects.toThrow(InvalidInputError);
    const web = await client.containers.create({
      name: server.uniqueName('of-split'),
      source: image,
      start: true,
    });
    await booted(web);
    await web.delete({ force: true });
    await image.delete();
    expect((await client.images.create(files)).fingerprint).toBe(fingerprint);
    await client.images.ref(fingerprint).delete();
  });

  it('many pieces, from files over HTTPS and the socket, arrive as they are and come back so', async () => {
    const properties = { salt: server.uniqueName('salt') };
    const metadata = tar([
      {
        path: 'metadata.yaml',
        content: JSON.stringify({ architecture: 'x86_64', creation_date: 1, properties }),
      },
    ]);
    const padding = randomBytes(9_000_001);
    const whole = Buffer.concat([
      metadata.subarray(0, -1024), // without the end of the archive
      tar([{ path: 'rootfs/padding', content: padding }]),
    ]);
    const paths = {
      whole: join(folder, 'whole'),
      metadata: join(folder, 'meta'),
      rootfs: join(folder, 'root'),
    };
    await writeFile(paths.whole, whole);
    await writeFile(paths.metadata, metadata);
    await writeFile(paths.rootfs, padding);
    for (const { images } of [client, https.client]) {
      const one = await images.create(paths.whole);
      expect([one.fingerprint, one.size]).toEqual([sha256(whole), whole.length]);
      expect((await readFile((await one.exportTo(await newFolder())) as string)).equals(whole)).toBe(true);
      await one.delete();
      const { metadata: first, rootfs: second } = paths;
      const two = await images.create({ metadata: first, rootfs: second });
      expect(two.fingerprint).toBe(sha256(metadata, padding));
      const files = (await two.exportTo(await newFolder())) as ImageFiles;
      expect((await readFile(files.rootfs)).equals(padding)).toBe(true);
      await two.delete();
    }
  });

  it('a virtual machine’s image in two files, part by part', async () => {
    const { metadata, rootfs } = await buildSplitImage(server.uniqueName('salt'));
    const image = await client.images.create({ metadata, rootfs, type: 'virtual-machine' });
    expect(image.type).toBe('virtual-machine');
    const parts: [string, boolean][] = [];
    for await (const { name, body } of image.exportParts()) {
      parts.push([name, (await buffer(body)).equals(name === 'metadata' ? metadata : rootfs)]);
    }
    expect(parts).toEqual([
      ['metadata', true],
      ['rootfs.img', true],
    ]);
    expect(await image.exportTo(join(await newFolder(), 'vm'))).toMatchObject({ type: 'virtual-machine' });
    await image.delete();
  });

  it('a wrong image is not stored', async () => {
    const bytes = await buildTinyImage({ salt: server.uniqueName('salt') });
    const expected = sha256(Buffer.from('another'));
    const parts = () => Readable.from([bytes.subarray(0, 1000), bytes.subarray(1000)]);
    for (const source of [bytes, parts(), { metadata: bytes, rootfs: parts() }]) {
      const error = await client.images.create(source, { fingerprint: expected }).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(IntegrityError);
      expect(error).toMatchObject({ expected, code: 'ERR_LXD_INTEGRITY' });
    }
    for (const length of [bytes.length - 1, bytes.length + 1])
      await expect(client.images.create(parts(), { length })).rejects.toThrow(InvalidInputError);
    const controller = new AbortController();
    async function* aborted() {
      yield bytes.subarray(0, 1000);
      controller.abort();
      yield bytes.subarray(1000);
    }
    await expect(client.images.create(aborted(), { signal: controller.signal })).rejects.toThrow(/aborted/);
    expect(await client.images.exists(sha256(bytes))).toBe(false);
    const image = await client.images.create(parts(), { length: bytes.length });
    await image.delete();
  });

  it('refuses what no image can be made of, before anything is sent', async () => {
    const none = join(folder, 'none');
    await writeFile(join(folder, 'empty'), '');
    const server_ = 'https://127.0.0.1:1';
    const bad: unknown[] = [
      none,
      folder,
      join(folder, 'empty'),
      '',
      Buffer.alloc(0),
      undefined,
      null,
      7,
      {},
      { metadata: Buffer.from('x') },
      { metadata: Buffer.from('x'), rootfs: none },
      { metadata: 'x', rootfs: 'y', type: 'vm' },
      { server: server_ },
      { server: server_, alias: '' },
      { server: server_, alias: 'a', fingerprint: 'b' },
      { server: server_, alias: 'a', protocol: 'ftp' },
      { server: 'box', alias: 'a' },
      { alias: 'a' },
      { url: 'x' },
      { instance: '' },
      { instance: 'a/b' },
      { snapshot: 'a' },
      client.images.ref('abc'),
      client.instances.ref('web'),
    ];
    const sent = await requestsOf(async () => {
      for (const source of bad)
        await expect(client.images.create(source as string)).rejects.toThrow(InvalidInputError);
      const options: object[] = [
        { properties: { a: 1 } },
        { public: 'yes' },
        { fingerprint: 'abc' },
        { aliases: [''] },
        { aliases: ['a', 'a'] },
        { filename: 'a\nb' },
        { expiresAt: 'tomorrow' },
        { profiles: 'default' },
        { length: -1 },
      ];
      for (const option of options)
        await expect(client.images.create(Readable.from([Buffer.from('x')]), option)).rejects.toThrow(
          InvalidInputError,
        );
      const target = await newFolder();
      const image = client.images.ref('abc');
      await mkdir(join(target, 'a'));
      for (const path of ['', join(target, 'none', 'x'), join(target, 'none/')])
        await expect(image.exportTo(path)).rejects.toThrow(InvalidInputError);
    });
    expect(sent).toEqual([]);
  });

  it('publishes instances and snapshots with all options', async () => {
    const web = await makeBusybox(server, client, { config: { 'user.a': '1' } });
    const snapshot = await web.snapshots.create('one');
    const name = server.uniqueName('published');
    const expiresAt = new Date('2040-01-02T03:04:05Z');
    const first = await web.publish({
      aliases: [name],
      properties: { salt: server.uniqueName('salt') },
      profiles: [],
      expiresAt,
      public: true,
      compressionAlgorithm: 'none',
    });
    expect([first.public, first.profiles, first.expiresAt]).toEqual([true, [], expiresAt]);
    const target = await newFolder();
    const file = await first.exportTo(target);
    expect(sha256(await readFile(file as string))).toBe(first.fingerprint);
    for (const source of [{ instance: web }, { snapshot }, { snapshot: `${web.name}/one` }]) {
      const image = await client.images.create(source, { properties: { salt: server.uniqueName('salt') } });
      expect(image.properties.salt).toContain(server.prefix);
      await image.delete();
    }
    await expect(web.publish({ aliases: [name] })).rejects.toThrow(/moveAliases/);
    const second = await snapshot.publish({ aliases: [name], moveAliases: true });
    expect((await client.images.getByAlias(name)).fingerprint).toBe(second.fingerprint);
    await first.delete();
    await second.delete();
    await web.delete();
  });
});
