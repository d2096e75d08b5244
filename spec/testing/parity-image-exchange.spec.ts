import { buffer } from 'node:stream/consumers';
import type { Client, Image } from 'tslxd';
import { buildTinyImage } from '../../examples/support/tiny-image.js';
import { FakeServer } from '../../lib/testing/index.js';
import { useClient } from '../real/client.js';
import { describeReal } from '../real/harness.js';
import { buildSplitImage } from '../real/split-image.js';
import { sha256 } from '../resources/simplestreams/image-server.js';

describeReal('the fake and the real server exchange images', (real) => {
  const { client: theirs } = useClient(real);
  let fake: FakeServer;
  let ours: Client;

  beforeAll(async () => {
    fake = await FakeServer.start({ product: real.product, https: true, operationTime: 1 });
    ours = fake.client();
  });
  beforeEach(() => fake.reset());
  afterAll(() => fake.close());

  const properties = () => ({ owner: real.uniqueName('owner') });
  const bytesOf = async (image: Image): Promise<string> => {
    const parts: Buffer[] = [];
    for await (const { body } of image.exportParts()) parts.push(await buffer(body));
    return sha256(...parts);
  };

  for (const [title, ends] of [
    ['from the fake', () => [ours, theirs] as const],
    ['to the fake', () => [theirs, ours] as const],
  ] as const) {
    it.each(['pull', 'push', 'relay'] as const)(`${title}, mode %s`, async (mode) => {
      const [from, to] = ends();
      const { metadata, rootfs } = await buildSplitImage(real.uniqueName('salt'));
      const whole = await buildTinyImage({ salt: real.uniqueName('salt') });
      for (const upload of [whole, { metadata, rootfs }]) {
        for (const isPublic of [true, false]) {
          const aliases = [real.uniqueName('exchanged/one')];
          const original = await from.images.create(upload, {
            ...{ properties: properties(), aliases, public: isPublic },
            filename: 'ü.tar.gz',
          });
          const copy = await original.copyTo(to, { mode, aliases: true, properties: properties() });
          expect([copy.fingerprint, copy.size, copy.type]).toEqual([
            original.fingerprint,
            original.size,
            original.type,
          ]);
          expect(copy.aliases.map(({ name }) => name)).toEqual(aliases);
          expect(await bytesOf(copy)).toBe(original.fingerprint);
          for (const image of [copy, original]) await image.delete();
        }
      }
    });

    it(`${title}, and follow it there`, async () => {
      const [from, to] = ends();
      const make = async () =>
        from.images.create(await buildTinyImage({ salt: real.uniqueName('salt') }), {
          properties: properties(),
          public: true,
        });
      const [older, newer] = [await make(), await make()];
      const name = real.uniqueName('followed');
      await from.images.aliases.create({ name, target: older });
      const copy = await (await older.fetch()).copyTo(to, { autoUpdate: true });
      expect(copy.updateSource).toMatchObject({ alias: name, protocol: real.product });
      expect(await copy.refresh()).toBe(copy);
      await from.images.aliases.update(name, { target: newer });
      const fresh = await copy.refresh();
      expect(fresh.fingerprint).toBe(newer.fingerprint);
      for (const image of [fresh, older, newer]) await image.delete();
    });

    it(`${title}, to make instances`, async () => {
      const [from, to] = ends();
      const image = await from.images.create(await buildTinyImage({ salt: real.uniqueName('salt') }), {
        properties: properties(),
      });
      const { endpoint, serverCert } = fake.endpoint;
      const isOurs = from === ours;
      const instance = await to.instances.create({
        name: real.uniqueName('of-the-other'),
        devices: { root: { type: 'disk', path: '/', pool: 'default' } },
        source: {
          ...{ type: 'image', fingerprint: image.fingerprint, secret: await image.createSecret() },
          server: isOurs ? endpoint : real.httpsUrl,
          certificate: isOurs ? serverCert : real.serverCert,
        },
        start: true,
      });
      expect(instance.status).toBe('Running');
      const { stdout } = await instance.exec(['echo', 'hello']);
      expect(stdout).toContain('hello');
      await instance.delete({ force: true });
      await to.images.ref(image.fingerprint).delete();
      await image.delete();
    });
  }

  it('with the other product, too', async () => {
    const product = real.product === 'lxd' ? 'incus' : 'lxd';
    await using other = await FakeServer.start({ product, https: true, operationTime: 1 });
    const client = other.client();
    const image = await theirs.images.create(await buildTinyImage({ salt: real.uniqueName('salt') }), {
      properties: properties(),
    });
    for (const mode of ['pull', 'relay'] as const) {
      const copy = await image.copyTo(client, { mode });
      await theirs.images.ref(image.fingerprint).delete();
      const back = await copy.copyTo(theirs, { mode, properties: properties() });
      expect([back.fingerprint, back.size]).toEqual([image.fingerprint, image.size]);
      expect(back.expiresAt).toBe(null);
      await copy.delete();
    }
    await theirs.images.ref(image.fingerprint).delete();
  });
});
