import { Client, type NetworkAcl, type NetworkForward, type NetworkZoneRecord } from 'tslxd';
import { contestedKinds, type ContestedKind } from '../support/race-kinds.js';
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

  /** Lists of objects, with how one is added that is unlike all others. */
  const lists: [string, ContestedKind['title'], (model: never, n: number) => unknown][] = [
    [
      'rules of a network ACL',
      'a network ACL',
      ({ ingress }: NetworkAcl, n) =>
        ingress.push({ action: 'drop', state: 'enabled', description: String(n) }),
    ],
    [
      'ports of a forward',
      'a network forward',
      ({ ports }: NetworkForward, n) =>
        ports.push({ protocol: 'tcp', listenPort: String(1000 + n), targetAddress: '10.177.3.5' }),
    ],
    [
      'entries of a record',
      'a record of a zone',
      ({ entries }: NetworkZoneRecord, n) => entries.push({ type: 'TXT', value: `text-${String(n)}` }),
    ],
  ];

  it.each(lists)(
    'keep all %s, the items of one list',
    async (_, title, add) => {
      const kind = contestedKinds.find((one) => one.title === title);
      const thing = await kind!.make(client, server.uniqueName('race'), server);
      const each = 6;
      try {
        await Promise.all(
          Array.from({ length: writers }, async (_none, writer) => {
            await using one = await Client.connect({ socketPath: server.socketPath });
            for (let index = 0; index < each; index++) {
              const model = await thing.get(one);
              add(model as never, writer * each + index);
              await model.save();
            }
          }),
        );
        const model = (await thing.get(client)) as NetworkAcl & NetworkForward & NetworkZoneRecord;
        const items = model.ingress ?? model.ports ?? model.entries;
        expect(new Set(items.map((item) => JSON.stringify(item))).size).toBe(writers * each);
        expect(items).toHaveLength(writers * each);
      } finally {
        await thing.remove();
      }
    },
    300_000,
  );

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
    try {
      for (let count = 0; count < 25; count++) {
        await acls.create(other);
        await acls.ref(other).delete();
      }
    } finally {
      over = true;
      await Promise.allSettled(looking); // none is left at work, whatever failed
    }
    const found = (await Promise.all(looking)).flat();
    expect(found.filter((is) => !is)).toEqual([]);
    await acls.ref(one).delete();
  }, 120_000);
});
