import { setTimeout as delay } from 'node:timers/promises';
import { OutcomeUnknownError, UnsupportedError, type Client, type Model } from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { created, rowsOf, type AnyManager } from '../every/rows.js';

/** When a write is done whose connection is cut: never, before that, or after the look at what has become of it. */
const cuts = { before: 'before', after: 'after', later: 60 } as const;

const rows = rowsOf((label) => label);

describe.each(['lxd', 'incus'] as const)('on the fake %s', (product) => {
  const offered = rows.filter(({ only }) => only === undefined || only === product);

  describe.each(offered.map((row) => [row.place, row] as const))('a lost write of %s', (_, row) => {
    const [one, two] = row.keys;
    let server: FakeServer;
    let client: Client;

    beforeAll(async () => {
      const extensions = (own: readonly string[]) => [...own, ...(row.extensions ?? [])];
      const { members, https = false } = row;
      server = await FakeServer.start({ product, extensions, https, ...(members && { members }) });
    });
    afterAll(() => server.close());
    beforeEach(async () => {
      client = server.client();
      await row.before?.(client, server);
    });
    afterEach(async () => {
      await client.close();
      server.reset();
    });

    const of = () => row.of(client) as AnyManager;
    const make = async (key: string) => (row.make ? row.make(client, key) : of().create?.(created(row, key)));
    const count = async (key: string) => (await of().names()).filter((name) => name === key).length;
    /** Cuts the first write from now on; resolves with what comes of it, when all has come that may. */
    const cut = async (drop: keyof typeof cuts, work: () => Promise<unknown>) => {
      const fault = server.failNext(({ method }) => method !== 'GET', { drop: cuts[drop] });
      const error = await work().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(fault.left).toBe(0);
      if (drop === 'later') await delay(cuts.later * 2);
      return error;
    };

    describe.each(Object.keys(cuts) as (keyof typeof cuts)[])('that is done %s', (drop) => {
      it('creates one', async () => {
        if (row.place === 'cluster.links') return; // whose creation gives a token, which is told once
        const error = await cut(drop, () => make(one));
        const { path } = of().ref(one) as unknown as { path: string };
        const data = (await client.request('GET', path as '/1.0')) as unknown as Record<string, unknown>;
        // When most things were made, no server says, and of some to the second, which is enough by chance.
        const made = Date.parse(String(data.created_at));
        const isTold = drop === 'before' || (made > 0 && made % 1000 !== 0);
        // On a busy machine what is done later may be there at the look; on a cluster it was known not to be there before.
        if (isTold || error !== undefined)
          expect(error).toEqual(isTold ? undefined : expect.any(OutcomeUnknownError));
        expect(await count(one)).toBe(1);
      });

      it('ensures that there is one', async () => {
        if (row.lacks?.ensure !== undefined || row.make) return;
        const { [row.key ?? 'name']: __, ...input } = created(row, one) as Record<string, unknown>;
        expect(await cut(drop, async () => of().ensure?.(one, input))).toBeUndefined();
        expect(await count(one)).toBe(1);
      });

      it('saves it', async () => {
        const edit = row.edits?.[0];
        if (!edit) return;
        await make(one);
        const model = await of().get(one);
        edit(model as never, '1');
        const wanted = JSON.stringify(model.toJSON());
        expect(
          await cut(drop, () => (model as unknown as { save(): Promise<unknown> }).save()),
        ).toBeUndefined();
        expect(model.isDirty).toBe(false);
        const [path = '', key = ''] = row.changed ?? [];
        const at = (data: Record<string, unknown>) => (key === '' ? data[path] : (data[path] as never)[key]);
        expect(at((await of().get(one)).toJSON())).toEqual(at(JSON.parse(wanted) as Record<string, unknown>));
      });

      it('renames it', async () => {
        await make(one);
        const model = await of().get(one);
        const name = two.slice(two.lastIndexOf('/') + 1);
        let isOffered = true;
        const rename = () =>
          model.rename(name).catch((error: unknown) => {
            if (!(error instanceof UnsupportedError)) throw error;
            isOffered = false;
          });
        const probe = server.failNext(({ method }) => method !== 'GET', { drop: cuts[drop] });
        await rename();
        if (!isOffered) return probe.cancel();
        if (drop === 'later') await delay(cuts.later * 2);
        expect([await count(one), await count(two)]).toEqual([0, 1]);
        expect(model.key).toBe(two);
      });

      it('deletes it', async () => {
        await make(one);
        const model: Model = await of().get(one);
        expect(await cut(drop, () => model.delete())).toBeUndefined();
        expect(await count(one)).toBe(0);
      });
    });
  });
});
