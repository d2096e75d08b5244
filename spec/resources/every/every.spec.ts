import {
  AlreadyExistsError,
  Client,
  InvalidInputError,
  NotFetchedError,
  NotFoundError,
  SaveConflictError,
  UnsupportedError,
  type Model,
} from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { managersUnder } from '../../support/managers.js';
import { rejection, sent, watching } from '../support.js';
import { created, inputOf, others, rowsOf, type AnyManager } from './rows.js';

const rows = rowsOf((label) => label);

test('every manager has a row', () => {
  const places = managersUnder(new Client({ socketPath: '/nowhere' })).map(({ place }) => place);
  expect([...places].sort()).toEqual([...rows.map(({ place }) => place), ...Object.keys(others)].sort());
});

/** The lines of writes; creations start with POST. */
const writes = (server: FakeServer) => sent(server).filter((line) => !line.startsWith('GET '));

describe.each(['lxd', 'incus'] as const)('on the fake %s', (product) => {
  const offered = rows.filter(({ only }) => only === undefined || only === product);

  describe.each(offered.map((row) => [row.place, row] as const))('%s', (_, row) => {
    const [one, two] = row.keys;
    const lacks = row.lacks ?? {};
    let server: FakeServer;
    let client: Client;
    let second: Client;

    beforeAll(async () => {
      const extensions = (own: readonly string[]) => [...own, ...(row.extensions ?? [])];
      server = await FakeServer.start({ product, extensions });
    });
    afterAll(() => server.close());
    beforeEach(async () => {
      [client, second] = [server.client(), server.client()];
      await Promise.all([client.server.fetch(), second.server.fetch()]);
      await row.before?.(client, server);
    });
    afterEach(async () => {
      await Promise.all([client.close(), second.close()]);
      server.reset();
    });

    const of = (from = client) => row.of(from) as AnyManager;
    const make = async (key: string, from = client) =>
      row.make ? row.make(from, key) : of(from).create?.(created(row, key));
    const edit = (model: Model, value: string, index: 0 | 1 = 0) => row.edits?.[index](model as never, value);

    it('are read, found and listed by their keys, and deleted', async () => {
      await make(one);
      expect((await of().get(one)).key).toBe(one);
      expect(await of().names()).toContain(one);
      expect((await of().all()).map(({ key }) => key)).toContain(one);
      expect((await of().all({ recursion: 0 })).map(({ key }) => key)).toContain(one);
      expect(await of().exists(one)).toBe(true);
      expect(await of().exists(two)).toBe(false);
      const gone = of().ref(one);
      await gone.delete();
      expect(await of().find(one)).toBeUndefined();
      await of().ref(one).delete({ ifExists: true });
      await gone.delete({ ifExists: true }); // through the model that knows it
    });

    it('are named by what goes wrong, with the remedy', async () => {
      const missing = await rejection(of().get(two), NotFoundError);
      const where = (of().ref(two) as unknown as { path: string }).path;
      expect(missing.message).toContain(where);
      const model = of().ref(one);
      const message = read(() => (model as unknown as { config: unknown }).config);
      if (message !== undefined) {
        expect(message).toMatch(/fetch\(\)/);
        expect(message).toContain(one);
      }
      await make(one);
      const twice = await rejection(make(one), AlreadyExistsError);
      expect(twice.message).toContain(`'${one.split('/').at(-1)!}' already; ensure() takes`);
      expect(twice.message).toContain(twice.path);
    });

    it('refuse what a new one does not have', async () => {
      if (!of().create || row.make) return;
      server.clearRequests();
      const input = { ...created(row, one), odd: 1 };
      const error = await rejection(Promise.resolve(of().create?.(input)), InvalidInputError);
      expect(error.message).toContain("'odd'");
      expect(writes(server)).toEqual([]);
    });

    if (lacks.save === undefined) {
      it('know what was changed', async () => {
        await make(one);
        const model = await of().get(one);
        expect([model.isDirty, model.changes()]).toEqual([false, []]);
        edit(model, '1');
        expect(model.isDirty).toBe(true);
        expect(model.changes().map(({ path }) => path)).toEqual([row.changed]);
        model.revert();
        expect([model.isDirty, model.changes()]).toEqual([false, []]);
        server.clearRequests();
        await model.save();
        expect(sent(server)).toEqual([]);
        edit(model, '1');
        await model.save({ verify: false });
        expect(writes(server)).toHaveLength(1);
        expect(model.isDirty).toBe(false);
        const again = await of(second).get(one);
        edit(again, '1');
        expect(again.changes()).toEqual([]);
      });

      it('are looked at after a save, where two writers can pass the check together', async () => {
        await make(one);
        const model = await of().get(one);
        edit(model, '1');
        await model.save();
        const lines = sent(server);
        const after = lines.slice(lines.findLastIndex((line) => /^(PUT|PATCH) /.test(line)) + 1);
        const looks = after.filter((line) => !line.endsWith('/wait'));
        expect(looks).toHaveLength(lacks['look back'] === undefined ? 2 : 0);
      });
    }

    if (lacks.save === undefined && lacks.conflict === undefined) {
      it('say the same key changed twice, and keep the edit', async () => {
        await make(one);
        const [mine, theirs] = [await of().get(one), await of(second).get(one)];
        edit(theirs, '22');
        await theirs.save({ verify: false });
        edit(mine, '1');
        const error = await rejection(mine.save({ verify: false }), SaveConflictError);
        expect(error.conflicts.map(({ path }) => path)).toEqual([row.changed]);
        expect(error.message).toContain(one.split('/').at(-1));
        expect(mine.isDirty).toBe(true);
        await mine.save({ verify: false, onConflict: 'mine' });
        const last = await of(second).get(one);
        edit(last, '1');
        expect(last.isDirty).toBe(false);
      });
    }

    if (lacks.save === undefined) {
      it('are saved many at once, and only where something is changed', async () => {
        await make(one);
        await make(two);
        const models = (await of().all()).filter(({ key }) => row.keys.includes(key));
        expect(models).toHaveLength(2);
        edit(models[0]!, '1');
        expect((await of().saveAll(models, { verify: false })).saved).toHaveLength(1);
        server.clearRequests();
        expect((await client.saveAll(models)).saved).toEqual([]);
        expect(sent(server)).toEqual([]);
      });
    }

    if (lacks.save === undefined && lacks['second edit'] === undefined) {
      it('merge what two clients change', async () => {
        await make(one);
        const [mine, theirs] = [await of().get(one), await of(second).get(one)];
        edit(theirs, '22', 1);
        await theirs.save({ verify: false });
        edit(mine, '1');
        await mine.save({ verify: false });
        const both = await of().get(one);
        edit(both, '1');
        edit(both, '22', 1);
        expect(both.changes()).toEqual([]);
      });
    }

    if (lacks.ensure === undefined) {
      it('are brought to a state once', async () => {
        const wanted = inputOf(row, one);
        await of().ensure?.(one, wanted);
        expect(await of().exists(one)).toBe(true);
        server.clearRequests();
        await of().ensure?.(one, wanted);
        const lines = sent(server);
        expect({ lines, writes: writes(server) }).toEqual({ lines: [expect.any(String)], writes: [] });
      });
    }

    it('are watched, or refused to be', async () => {
      await make(one);
      if (lacks.watch !== undefined) {
        expect(() => of().watch()).toThrow(UnsupportedError);
        return;
      }
      await using told = watching(of());
      await told.seen('synced');
      expect([...told.lines]).toContain(`added ${one}`);
      await make(two, second);
      await told.seen(`added ${two}`);
      if (lacks.save === undefined) {
        const model = await of(second).get(two);
        edit(model, '1');
        await model.save({ verify: false });
        await told.seen(`changed ${two}`);
      }
      await of(second).ref(two).delete();
      await told.seen(`removed ${two}`);
    }, 20_000);

    it('are of a class of your own, with all that hangs on it', async () => {
      await make(one);
      const Class = of().ref(one).constructor as new (...args: never[]) => Model;
      class Own extends Class {
        get shouted() {
          return this.key.toUpperCase();
        }
      }
      const own = of().as(Own as never);
      const model = (await own.get(one)) as Own;
      expect(model).toBeInstanceOf(Own);
      expect(model.shouted).toBe(one.toUpperCase());
      for (const each of await own.all()) expect(each).toBeInstanceOf(Own);
      const below = (from: object) => managersUnder({ from: { ref: () => from } }).map(({ place }) => place);
      expect(below(model)).toEqual(below(await of().get(one)));
      for (const { manager } of managersUnder({ own: { ref: () => model } }).slice(1)) {
        await (manager as unknown as AnyManager).names().catch((error: unknown) => {
          // No model of the own class is asked for, but what hangs on one that is not there.
          if (!(error instanceof UnsupportedError || error instanceof NotFoundError)) throw error;
        });
      }
    });

    it('are filtered by the server, or refused to be', async () => {
      await make(one);
      await make(two);
      const name = one.split('/').at(-1)!;
      const field = row.key === 'listenAddress' ? 'listen_address' : (row.key ?? 'name');
      const filtered = of().all({ filter: { [field]: name } });
      await filtered.then(
        (list) => {
          expect(list.map(({ key }) => key)).toEqual([one]);
        },
        (error: unknown) => {
          expect(error).toBeInstanceOf(UnsupportedError);
          expect((error as Error).message).toMatch(/filter\(\)/);
        },
      );
    });

    it('are listed of all projects, or refused to be', async () => {
      server.addProject('lab');
      await make(one);
      const lab = client.useProject('lab');
      const isShared = await of(lab).exists(one); // in a project that has none of its own
      if (!isShared) await row.before?.(lab, server);
      await make(two, lab);
      expect(await of().exists(two)).toBe(isShared);
      expect((await of(lab).names()).includes(one)).toBe(isShared);
      const listed = of().all({ allProjects: true });
      await listed.then(
        async (list) => {
          const ours = list.filter(({ key }) => row.keys.includes(key));
          expect(ours.map(({ key }) => key).sort()).toEqual([...row.keys].sort());
          for (const model of ours) {
            await model.fetch(); // in its own project
            if (lacks.save !== undefined) continue;
            edit(model, '1');
            await model.save({ verify: false });
          }
        },
        (error: unknown) => {
          expect(error).toBeInstanceOf(UnsupportedError);
          expect((error as Error).message).toMatch(/useProject\(\)/);
        },
      );
    });
  });
});

/** The message of the NotFetchedError that it throws. */
function read(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(NotFetchedError);
    return (error as Error).message;
  }
}
