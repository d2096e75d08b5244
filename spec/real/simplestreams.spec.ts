import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { NotFoundError, OperationError, SimpleStreams } from 'tslxd';
import { buildTinyImage } from '../../examples/support/tiny-image.js';
import { ImageServer, product, sha256 } from '../resources/simplestreams/image-server.js';
import { makeCertificate } from '../support/certificates.js';
import { useClient } from './client.js';
import { describeReal } from './harness.js';

const run = promisify(execFile);

/** A tree with the busybox image in two files and in one. */
async function listBusybox(server: ImageServer, salt: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tslxd-simplestreams-'));
  const whole = await buildTinyImage({ salt });
  await writeFile(join(folder, 'whole.tar.gz'), whole);
  await run('tar', ['-xzf', 'whole.tar.gz'], { cwd: folder });
  await run('tar', ['-cJf', 'metadata.tar.xz', 'metadata.yaml'], { cwd: folder });
  await run('tar', ['-cJf', 'root.tar.xz', '-C', 'rootfs', '.'], { cwd: folder });
  const metadata = await readFile(join(folder, 'metadata.tar.xz'));
  const rootfs = await readFile(join(folder, 'root.tar.xz'));
  await rm(folder, { recursive: true });

  const combined = { combined_rootxz_sha256: sha256(metadata, rootfs) };
  const split = {
    lxd: server.file(`${salt}/metadata.tar.xz`, metadata, 'lxd.tar.xz', combined),
    incus: server.file(`${salt}/metadata.tar.xz`, metadata, 'incus.tar.xz', combined),
    root: server.file(`${salt}/root.tar.xz`, rootfs, 'root.tar.xz'),
  };
  const unified = {
    lxd: server.file(`${salt}/whole.tar.gz`, whole, 'lxd_combined.tar.gz'),
    incus: server.file(`${salt}/whole.tar.gz`, whole, 'incus_combined.tar.gz'),
  };
  server.list({
    split: product({ aliases: 'busy/split', versions: { '20260101_01:00': { items: split } } }),
    unified: product({ aliases: 'busy/one', versions: { '20260101_01:00': { items: unified } } }),
  });
}

describeReal('an image server', (server) => {
  const { client } = useClient(server);
  let images: ImageServer;
  let serverCert: string;

  beforeAll(async () => {
    const certificate = await makeCertificate({ commonName: 'images', altNames: ['127.0.0.1'] });
    serverCert = certificate.cert;
    images = await ImageServer.start(certificate);
    await listBusybox(images, server.uniqueName('streams'));
  });
  afterAll(() => images[Symbol.asyncDispose]());

  it.each(['busy/split', 'busy/one/amd64'])('gives instances their image: %s', async (alias) => {
    const image = await new SimpleStreams(images.url, { serverCert }).getByAlias(alias, {
      architecture: 'amd64',
    });
    const name = server.uniqueName('of-streams');
    const web = await client.instances.create({ name, source: image, start: true });
    expect([web.type, web.status, web.config['volatile.base_image']]).toEqual([
      'container',
      'Running',
      image.fingerprint,
    ]);
    // The server describes it as the lists do.
    const kept = await client.images.get(image.fingerprint);
    expect(kept.properties).toEqual(image.properties);
    expect(kept).toMatchObject({ type: image.type, size: image.size, cached: true });
    expect([kept.createdAt, kept.expiresAt]).toEqual([image.createdAt, image.expiresAt]);
    await web.delete({ force: true });
    await kept.delete();
  });

  it('gives the server images, by fingerprint and by alias', async () => {
    const image = await new SimpleStreams(images.url, { serverCert }).getByAlias('busy/split/amd64');
    const made = await client.images.create(image);
    expect([made.fingerprint, made.properties]).toEqual([image.fingerprint, image.properties]);
    await made.delete();
    const named = await client.images.create(image.source({ alias: 'busy/split' }));
    expect(named.fingerprint).toBe(image.fingerprint);
    expect(named.updateSource).toMatchObject({
      alias: 'busy/split',
      protocol: 'simplestreams',
      server: images.url,
    });
    await named.delete();
  });

  it('gives files that can be uploaded', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tslxd-simplestreams-'));
    for (const alias of ['busy/split', 'busy/one']) {
      const streams = new SimpleStreams(images.url, { serverCert });
      const image = await streams.getByAlias(alias, { architecture: 'amd64' });
      const made = await client.images.create(await image.exportTo(folder));
      expect(made.fingerprint).toBe(image.fingerprint);
      await made.delete();
    }
    await rm(folder, { recursive: true });
  });

  it('is reached by the server over an authority of its own, and without encryption', async () => {
    const ca = await makeCertificate({ commonName: 'images ca', ca: true });
    const certificate = await makeCertificate({ commonName: 'images', issuer: ca, altNames: ['127.0.0.1'] });
    await using signed = await ImageServer.start(certificate);
    await using open = await ImageServer.start();
    for (const [tree, options] of [
      [signed, { ca: ca.cert }],
      [open, {}],
    ] as const) {
      await listBusybox(tree, server.uniqueName('streams'));
      const image = await new SimpleStreams(tree.url, options).getByAlias('busy/one', {
        architecture: 'amd64',
      });
      const web = await client.instances.create({ name: server.uniqueName('of-streams'), source: image });
      await web.delete();
      await client.images.ref(image.fingerprint).delete();
    }
  });

  it('is not believed without its certificate, nor for an image that is gone', async () => {
    const streams = new SimpleStreams(images.url, { verify: false });
    const image = await streams.getByAlias('busy/one', { architecture: 'amd64' });
    const name = server.uniqueName('of-streams');
    const refused = client.instances.create({ name, source: image });
    await expect(refused).rejects.toThrow(/certificate signed by unknown authority/);
    await using other = await ImageServer.start();
    other.list({ a: product({ aliases: 'gone', versions: {} }) });
    const source = { ...image.source(), server: other.url };
    const error = await client.instances.create({ name, source }).catch((error: unknown) => error);
    expect(error instanceof OperationError || error instanceof NotFoundError).toBe(true);
    expect(await client.instances.exists(name)).toBe(false);
  });
});
