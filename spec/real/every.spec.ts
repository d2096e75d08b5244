import { SaveConflictError, UnsupportedError, type Model } from 'tslxd';
import { created, inputOf, rowsOf, type AnyManager } from '../resources/every/rows.js';
import { rejection, watching } from '../resources/support.js';
import { useClient } from './client.js';
import { describeReal } from './harness.js';

/** What the table of spec/resources/every tries on the fake, in one life of each kind. */
describeReal('one of every kind', (server) => {
  const { client } = useClient(server); // which watches, and reads for that whenever it is told of something
  const { client: other, requestsOf } = useClient(server);
  const unique = server.uniqueName('every');
  const rows = rowsOf(
    (label) => `${unique}-${label}`,
    (label) => server.prefix.replace(/^tslxd-/, 'tx') + label,
  ).filter(({ only, fakeOnly }) => fakeOnly === undefined && (only === undefined || only === server.product));

  it.each(rows.map((row) => [row.place, row] as const))(
    '%s',
    async (_, row) => {
      const [one, two] = row.keys;
      const lacks = row.lacks ?? {};
      const of = (from = client) => row.of(from) as AnyManager;
      const make = async (key: string, from = client) =>
        row.make ? row.make(from, key) : of(from).create?.(created(row, key));
      const edit = (model: Model, value: string, index: 0 | 1 = 0) =>
        row.edits?.[index](model as never, value);
      const parent = await row.before?.(client);
      try {
        if (await lacksAll(of())) {
          expect(row.extensions).toBeDefined();
          return;
        }
        await using told = watching(of());
        await told.seen('synced');
        await make(one);
        await told.seen(`added ${one}`);
        expect(await of().names()).toContain(one);
        expect(await of().exists(two)).toBe(false);

        if (lacks.ensure === undefined) {
          const again = await requestsOf(async () => of(other).ensure?.(one, inputOf(row, one)));
          expect(again).toEqual([expect.stringMatching(/^GET .* 200$/)]);
        }
        if (lacks.save === undefined) {
          const [mine, theirs] = [await of().get(one), await of(other).get(one)];
          edit(theirs, '22', 1);
          await theirs.save();
          await told.seen(`changed ${one}`);
          edit(mine, '1');
          if (lacks['second edit'] === undefined) {
            await mine.save();
            const both = await of().get(one);
            edit(both, '1');
            edit(both, '22', 1);
            expect(both.changes()).toEqual([]);
          }
          const [late, early] = [await of(other).get(one), await of().get(one)];
          edit(early, '333');
          await early.save();
          edit(late, '4444');
          const error = await rejection(late.save(), SaveConflictError);
          expect(error.conflicts.map(({ path }) => path)).toEqual([row.changed]);
          late.revert();
          expect(await requestsOf(() => late.save())).toEqual([]);
        }

        await make(two, other);
        const name = one.split('/').at(-1)!;
        const field = row.key === 'listenAddress' ? 'listen_address' : (row.key ?? 'name');
        await refusedOr(of().all({ filter: { [field]: name } }), (list) => {
          expect(list.map(({ key }) => key)).toEqual([one]);
        });
        await refusedOr(of().all({ allProjects: true }), (list) => {
          const ours = list.filter(({ key }) => row.keys.includes(key));
          expect(ours.map(({ key }) => key).sort()).toEqual([...row.keys].sort());
        });
        class Own extends (of().ref(one).constructor as new (...args: never[]) => Model) {}
        expect(
          await of()
            .as(Own as never)
            .get(one),
        ).toBeInstanceOf(Own);
        await of(other).ref(one).delete();
        await told.seen(`removed ${one}`);
      } finally {
        for (const key of row.keys) await of().ref(key).delete({ ifExists: true }).catch(unlessUnsupported);
        await parent?.delete();
      }
    },
    60_000,
  );
});

/** Whether the server has none of this kind. */
async function lacksAll(manager: AnyManager): Promise<boolean> {
  return manager.names().then(
    () => false,
    (error: unknown) => {
      unlessUnsupported(error);
      return true;
    },
  );
}

function unlessUnsupported(error: unknown): void {
  if (!(error instanceof UnsupportedError)) throw error;
}

async function refusedOr<T>(work: Promise<T>, check: (result: T) => void): Promise<void> {
  const result = await work.then(
    (value) => ({ value }),
    (error: unknown) => {
      unlessUnsupported(error);
      return undefined;
    },
  );
  if (result) check(result.value);
}
