import { buffer } from 'node:stream/consumers';
import type { ServerResponse } from 'node:http';
import { Client, NotFoundError, OperationError, SimpleStreams, type Image, type Progress } from 'tslxd';
import { FakeServer, type FakeServerOptions } from '../../lib/testing/index.js';
import { ImageServer, product as listed, sha256 } from '../resources/simplestreams/image-server.js';
import { makeCertificate } from '../support/certificates.js';
import { smallImage, smallParts } from '../support/small-image.js';

const bytes = smallImage('the image'.repeat(30_000));
const options: FakeServerOptions = { https: true, operationTime: 1 };

describe.each(['lxd', 'incus'] as const)('images of other servers, as %s', (product) => {
  let from: FakeServer;
  let to: FakeServer;
  let here: Client;
  let there: Client;

  beforeAll(async () => {
    [from, to] = await Promise.all([
      FakeServer.start({ product, ...options }),
      FakeServer.start({ product, ...options }),
    ]);
    [here, there] = [from.client(), to.client()];
  });
  beforeEach(() => [from, to].forEach((server) => server.reset()));
  afterAll(() => Promise.all([from.close(), to.close()]));

  const remote = () => {
    const { endpoint: server, serverCert: certificate } = from.endpoint;
    return { server, certificate };
  };
  const add = (more: Parameters<FakeServer['addImage']>[0] = {}): Promise<Image> =>
    here.images.get(from.addImage({ data: bytes, properties: { os: 'x' }, ...more }));
  const downloads = () => from.requests.filter(({ path }) => path.endsWith('/export')).length;

  it.each(['pull', 'push', 'relay'] as const)('are copied, mode %s', async (mode) => {
    const original = await add({ public: mode === 'relay', aliases: ['debian/12'], filename: 'ü.tar' });
    const copy = await original.copyTo(there, { mode, aliases: true, properties: { more: '1' } });
    expect(copy).toMatchObject({ fingerprint: original.fingerprint, size: bytes.length, public: false });
    expect([copy.properties, copy.aliases]).toEqual([{ os: 'x', more: '1' }, original.aliases]);
    expect((await buffer(copy.export())).equals(bytes)).toBe(true);
    expect((await original.copyTo(there, { mode, public: true })).public).toBe(true);
    const parts = smallParts('root');
    const split = await here.images.create(parts);
    const names: string[] = [];
    for await (const { name, body } of (await split.copyTo(there, { mode })).exportParts())
      names.push(`${name} ${(await buffer(body)).length}`);
    expect(names).toEqual([`metadata ${parts.metadata.length}`, `rootfs ${parts.rootfs.length}`]);
  });

  it('are copied to the other product, and into a project', async () => {
    await using other = await FakeServer.start({ product: product === 'lxd' ? 'incus' : 'lxd', ...options });
    const original = await add({ public: true, aliases: ['moving'] });
    const copy = await original.copyTo(other.client(), { autoUpdate: true });
    expect(copy.updateSource).toMatchObject({ alias: 'moving', protocol: other.product });
    const newer = await add({ data: 'newer', public: true });
    await here.images.aliases.update('moving', { target: newer });
    expect((await copy.refresh()).fingerprint).toBe(newer.fingerprint);
    to.addProject('shop');
    for (const mode of ['pull', 'push'] as const) {
      const inShop = await original.copyTo(there.useProject('shop'), { mode });
      expect(await there.images.exists(inShop.fingerprint)).toBe(false);
      await inShop.delete();
    }
  });

  it('are replaced by newer ones, and keep their names', async () => {
    const [older, newer] = [
      await add({ public: true, aliases: ['moving'] }),
      await add({ data: '2', public: true }),
    ];
    const copy = await there.images.create({ ...remote(), alias: 'moving' }, { aliases: ['mine'] });
    expect(copy).toMatchObject({ fingerprint: older.fingerprint, autoUpdate: false, cached: false });
    expect(await copy.refresh()).toBe(copy);
    await here.images.aliases.update('moving', { target: newer });
    from.failNext('GET /1.0', { status: 503 });
    expect(await copy.refresh()).toBe(copy);
    const fresh = await copy.refresh();
    expect([fresh.fingerprint, fresh.autoUpdate]).toEqual([newer.fingerprint, true]);
    expect(fresh.aliases.map(({ name }) => name)).toEqual(['mine']);
    await expect(copy.fetch()).rejects.toThrow(NotFoundError);
    expect(await buffer(fresh.export())).toEqual(Buffer.from('2'));
  });

  it('that are private need a secret, which is good once', async () => {
    const original = await add({ aliases: ['mine'] });
    const { fingerprint } = original;
    const fetch = (secret?: string) => there.images.create({ ...remote(), fingerprint, secret });
    await expect(fetch()).rejects.toThrow(`Image "${fingerprint}" not found`);
    await expect(fetch('wrong')).rejects.toThrow(OperationError);
    const secret = await original.createSecret();
    await (await fetch(secret)).delete();
    const { endpoint, serverCert } = from.endpoint;
    await using guest = new Client({ endpoint, serverCert });
    await expect(guest.images.get(fingerprint)).rejects.toThrow(NotFoundError);
    const seen = await guest.images.get(fingerprint, { secret: await original.createSecret() });
    expect(seen.size).toBe(bytes.length);
  });

  it('make instances, and stay for the next', async () => {
    const { fingerprint } = await add({ public: true, aliases: ['x'] });
    const source = { type: 'image', ...remote(), alias: 'x' } as const;
    const steps: Progress[] = [];
    const one = await there.instances.create(
      { name: 'one', source },
      { onProgress: (step) => steps.push(step) },
    );
    expect(one.config).toMatchObject({ 'image.os': 'x', 'volatile.base_image': fingerprint });
    expect(steps.map(({ stage }) => stage)).toContain('download');
    expect(await there.images.get(fingerprint)).toMatchObject({ cached: true, autoUpdate: true });
    await there.instances.create({ name: 'two', source });
    expect(downloads()).toBe(1);
    const byHash = { type: 'image', ...remote(), fingerprint } as const;
    await expect(there.virtualMachines.create({ name: 'vm', source: byHash })).rejects.toThrow(
      `Requested image's type "container"`,
    );
    if (product === 'lxd') return;
    await there.images.ref(fingerprint).delete();
    await one.rebuild(source);
    expect(downloads()).toBe(2);
  });

  it('come from image servers', async () => {
    const certificate = await makeCertificate({ commonName: 'images', altNames: ['127.0.0.1'] });
    await using web = await ImageServer.start(certificate);
    const [metadata, rootfs] = [Buffer.from('what it is'), Buffer.alloc(70_000, 'root')];
    const whole = { combined_rootxz_sha256: sha256(metadata, rootfs) };
    const items = {
      lxd: web.file('meta', metadata, 'lxd.tar.xz', whole),
      incus: web.file('meta', metadata, 'incus.tar.xz', whole),
      root: web.file('root', rootfs, 'root.tar.xz'),
    };
    web.list({ one: listed({ aliases: 'busy/one', versions: { '20260101_01:00': { items } } }) });
    const streams = new SimpleStreams(web.url, { serverCert: certificate.cert });
    const image = await streams.getByAlias('busy/one', { architecture: 'amd64' });
    const made = await there.images.create(image.source({ alias: 'busy/one' }));
    expect(made).toMatchObject({ fingerprint: image.fingerprint, size: 70_010, createdAt: image.createdAt });
    expect(made.properties).toEqual(image.properties);
    expect(await made.refresh()).toBe(made);
    const web1 = await there.instances.create({ name: 'web', source: image });
    expect(web1.config['volatile.base_image']).toBe(image.fingerprint);
    await made.delete();
    web.tree.set('root', Buffer.alloc(70_000, 'evil'));
    await expect(there.images.create(image)).rejects.toThrow('Hash mismatch');
    expect(await there.images.names()).toEqual([]);
  });

  it('come from URLs', async () => {
    await using web = await ImageServer.start();
    web.tree.set('file', bytes);
    web.tree.set('page', (_: unknown, response: ServerResponse) => {
      for (const name of ['LXD', 'Incus']) {
        response.setHeader(`${name}-Image-Hash`, sha256(bytes));
        response.setHeader(`${name}-Image-URL`, `${web.url}/file`);
      }
      response.end();
    });
    const image = await there.images.create({ url: `${web.url}/page` }, { properties: { from: 'url' } });
    expect([image.fingerprint, image.properties]).toEqual([sha256(bytes), { from: 'url' }]);
    await expect(there.images.create({ url: `${web.url}/none` })).rejects.toThrow('Image-Hash header');
  });

  it('of which half comes are not there', async () => {
    const { fingerprint } = await add({ public: true });
    from.failNext('GET /1.0/images/*/export', { cut: 0.5 });
    await expect(there.images.create({ ...remote(), fingerprint })).rejects.toThrow(OperationError);
    expect(await there.images.names()).toEqual([]);
    const nowhere = there.images.create({ server: 'https://127.0.0.1:1', fingerprint });
    await expect(nowhere).rejects.toThrow('Unable to connect to: 127.0.0.1:1');
    await expect(there.images.create({ ...remote(), certificate: undefined, fingerprint })).rejects.toThrow(
      'certificate signed by unknown authority',
    );
  });

  it('are waited for no longer when the server is reset, or starts again', async () => {
    const { fingerprint } = await add({ public: true });
    for (const end of ['reset', 'restart'] as const) {
      const fault = from.failNext('GET /1.0/images/*/export', { stall: Infinity });
      await there.images.create({ ...remote(), fingerprint }, { wait: false });
      while (fault.left > 0) await new Promise((resolve) => setImmediate(resolve));
      if (end === 'reset') to.reset();
      else await to.restart();
      expect(await there.images.names()).toEqual([]);
    }
  });
});
