import type { Client, Model } from 'tslxd';
import { callsOn, managerQuiet, modelQuiet, taken, type Call, type Calls, type Given } from './call.js';

/** What every manager has. */
interface Managing extends AsyncIterable<unknown> {
  get(key: string, options: Given['timed']): Promise<Model>;
  find(key: string, options: Given['timed']): Promise<Model | undefined>;
  all(options: Given['timed'] & { recursion: 0 | 1 }): Promise<Model[]>;
  names(options: Given['timed']): Promise<string[]>;
  exists(key: string, options: Given['timed']): Promise<boolean>;
  watch(options: Given['signalled']): AsyncIterable<unknown>;
  saveAll(models: Model[], options: Given['timed']): Promise<unknown>;
}

interface ManagerSpec<M> {
  /** One that is there. */
  key: string | ((client: Client) => Promise<string>);
  /** Changes what `saveAll()` saves; without it there is nothing to save. */
  edit?: (model: M) => void;
  common?: Partial<Call>;
}

/** The calls that all managers have in common. */
export function managerCalls<M extends Model>(
  manage: (client: Client) => unknown,
  { key, edit, common }: ManagerSpec<M>,
): Calls {
  const on = callsOn(async (client) => {
    const manager = (await manage(client)) as Managing;
    return { manager, key: typeof key === 'string' ? key : await key(client) };
  }, common);
  const calls: Calls = {
    ...managerQuiet,
    get: on(({ manager, key: one }, { timed }) => manager.get(one, timed)),
    find: on(({ manager, key: one }, { timed }) => manager.find(one, timed)),
    all: ([0, 1] as const).map((recursion) =>
      on(({ manager }, { timed }) => manager.all({ recursion, ...timed })),
    ),
    names: on(({ manager }, { timed }) => manager.names(timed)),
    exists: on(({ manager, key: one }, { timed }) => manager.exists(one, timed)),
    asyncIterator: on(({ manager }) => taken(manager)),
    watch: on(({ manager }, { signalled }) => taken(manager.watch(signalled), 2)),
    saveAll: { quiet: 'nothing of it can be written' },
  };
  if (!edit) return calls;
  const edited = callsOn(async (client) => {
    const manager = (await manage(client)) as Managing;
    const models = await manager.all({ recursion: 1, timeout: 0 });
    models.forEach((model) => edit(model as M));
    return { manager, models };
  }, common);
  return {
    ...calls,
    saveAll: edited(({ manager, models }, { timed }) => manager.saveAll(models, timed)),
  };
}

/** What models of servers have. */
interface Waiting {
  waitFor(predicate: () => boolean, options: Given['timed']): Promise<unknown>;
}

interface ModelSpec<M> {
  edit?: (model: M) => void;
  common?: Partial<Call>;
}

/** The calls that all models have in common. */
export function modelCalls<M extends Model>(
  get: (client: Client) => Promise<M>,
  { edit, common }: ModelSpec<M> = {},
): Calls {
  const on = callsOn(get as (client: Client) => Promise<Model>, common);
  const changing: Calls = edit
    ? {
        save: [{}, { dryRun: true }].map((how) =>
          on((model, { timed }) => {
            edit(model as M);
            return model.save({ ...how, ...timed });
          }),
        ),
      }
    : { save: { quiet: 'nothing of it can be written' } };
  return {
    ...modelQuiet,
    ...changing,
    fetch: on((model, { timed }) => model.fetch(timed)),
    waitFor: on((model, { timed }) => (model as unknown as Waiting).waitFor(() => true, timed)),
    delete: on((model, { timed }) => model.delete(timed)),
    rename: on((model, { timed }) => model.rename('renamed', timed)),
  };
}
