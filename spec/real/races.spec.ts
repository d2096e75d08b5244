import { Client } from 'tslxd';
import { contestedKinds } from '../support/race-kinds.js';
import { raceSaves } from '../support/races.js';
import { describeReal } from './harness.js';
import { useClient } from './client.js';

const writers = 12;
const keys = 20;

/**
 * The servers compare the versions of these, if at all, and write in two steps, so that of several writers with one
 * version each is told that it has written, and all but the last are wiped. What `save()` does about that is in
 * lib/orm/save.ts; `npm run bench` and spec/bench/races.ts show what is left without it.
 */
describeReal('twelve clients that save one thing at once', (server) => {
  const { client } = useClient(server);

  // An instance has a spec of its own: race.spec.ts.
  const kinds = contestedKinds.filter(({ title }) => title !== 'an instance');

  it.each(kinds.map((kind) => [kind.title, kind] as const))(
    'keep all keys of %s',
    async (title, { make }) => {
      const { remove, ...thing } = await make(client, server.uniqueName('race'), server);
      try {
        const { kept, merged, took } = await raceSaves(
          { socketPath: server.socketPath, writers, keys },
          thing,
        );
        const all = writers * keys;
        console.log(
          `${server.name}: ${String(kept)} of ${String(all)} keys of ${title}, ` +
            `${String(merged)} times merged, ${(took / 1000).toFixed(1)} s`,
        );
        expect(kept).toBe(all);
      } finally {
        await remove();
      }
    },
    300_000,
  );

  it('keep all rules of a network ACL, the items of one list', async () => {
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
  }, 300_000);

  it('find an ACL while others are deleted', async () => {
    const { acls } = client.networks;
    const [one, other] = [server.uniqueName('stays'), server.uniqueName('goes')];
    await acls.create(one);
    let over = false;
    const looking = Array.from({ length: 8 }, async () => {
      const found: boolean[] = [];
      while (!over) found.push(await acls.exists(one));
      return found;
    });
    for (let count = 0; count < 25; count++) {
      await acls.create(other);
      await acls.ref(other).delete();
    }
    over = true;
    const found = (await Promise.all(looking)).flat();
    expect(found.filter((is) => !is)).toEqual([]);
    await acls.ref(one).delete();
  }, 120_000);
});
