import { Client, type Model } from 'tslxd';
import { describeReal } from './harness.js';
import { useClient } from './client.js';

const writers = 12;
const keys = 20;

/**
 * The servers compare the versions of these and write in two steps, so that of several writers with one version each is
 * told that it has written, and all but the last are wiped. What `save()` does about that is in lib/orm/save.ts.
 */
describeReal('twelve clients that save one thing whose version is checked loosely', (server) => {
  const { client } = useClient(server);

  /** Has each client add its keys by get, change, save. Resolves with those that are there in the end. */
  async function race<M extends Model>(
    get: (client: Client) => Promise<M>,
    mapOf: (model: M) => Record<string, string | undefined>,
  ): Promise<{ kept: string[]; merged: number }> {
    const merged = await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        await using one = await Client.connect({ socketPath: server.socketPath });
        let sum = 0;
        for (let index = 0; index < keys; index++) {
          const model = await get(one);
          mapOf(model)[`user.w${String(writer)}.${String(index)}`] = 'x';
          sum += (await model.saveReport()).merged;
        }
        return sum;
      }),
    );
    const kept = Object.keys(mapOf(await get(client))).filter((key) => key.startsWith('user.w'));
    return { kept, merged: merged.reduce((sum, some) => sum + some, 0) };
  }

  function report(what: string, { kept, merged }: Awaited<ReturnType<typeof race>>): void {
    const all = writers * keys;
    console.log(
      `${server.name}: ${String(kept.length)} of ${String(all)} keys of ${what}, ${String(merged)} times merged`,
    );
    expect(kept).toHaveLength(all);
  }

  it('keeps all keys of a profile', async () => {
    const name = server.uniqueName('race');
    const profile = await client.profiles.create({ name });
    try {
      const result = await race(
        (one) => one.profiles.get(name),
        (model) => model.config,
      );
      report('a profile', result);
    } finally {
      await profile.delete();
    }
  }, 180_000);

  it('keeps all keys of a network ACL', async () => {
    const { name } = await client.networks.acls.create(server.uniqueName('race'));
    const result = await race(
      (one) => one.networks.acls.get(name),
      (model) => model.config,
    );
    report('a network ACL', result);
    await client.networks.acls.ref(name).delete();
  }, 180_000);

  it('keeps all rules of a network ACL, the items of one list', async () => {
    const { name } = await client.networks.acls.create(server.uniqueName('race'));
    const each = 6;
    await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        await using one = await Client.connect({ socketPath: server.socketPath });
        for (let index = 0; index < each; index++) {
          const acl = await one.networks.acls.get(name);
          const description = `${String(writer)} ${String(index)}`;
          acl.ingress.push({ action: 'drop', state: 'enabled', description });
          await acl.save();
        }
      }),
    );
    const { ingress } = await client.networks.acls.get(name);
    const kept = new Set(ingress.map(({ description }) => description));
    expect([kept.size, ingress.length]).toEqual([writers * each, writers * each]);
    await client.networks.acls.ref(name).delete();
  }, 180_000);

  it('keeps all keys of a storage pool and of a volume in it', async () => {
    const pool = await client.storagePools.create({ name: server.uniqueName('race'), driver: 'dir' });
    const volume = await pool.volumes.create('race');
    const [ofPool, ofVolume] = [
      await race(
        (one) => one.storagePools.get(pool.name),
        (model) => model.config,
      ),
      await race(
        (one) => one.storagePools.ref(pool.name).volumes.get('race'),
        (model) => model.config,
      ),
    ];
    report('a storage pool', ofPool);
    report('a volume', ofVolume);
    await volume.delete();
    await pool.delete();
  }, 240_000);

  it('keeps all properties of an image', async () => {
    const fingerprint = await server.ensureImage();
    const result = await race(
      (one) => one.images.get(fingerprint),
      (model) => model.properties,
    );
    report('an image', result);
    const image = await client.images.get(fingerprint);
    for (const key of result.kept) Reflect.deleteProperty(image.properties, key);
    await image.save();
  }, 180_000);
});
