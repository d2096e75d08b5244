import { Client, type Model } from 'tslxd';
import { raw } from '../real/raw.js';

/** One thing that several clients write at once, each keys of its own into one map of it. */
export interface Contested {
  get: (client: Client) => Promise<Model>;
  /** The map, in the model and on the wire. */
  map: 'config' | 'properties';
  /** For the plain way, with its query. */
  path: string;
}

export interface Race {
  socketPath: string;
  writers: number;
  keys: number;
}

/** How a race ended. */
export interface Outcome {
  /** How many of all keys are there. */
  kept: number;
  /** How often a save merged what others had written meanwhile. */
  merged: number;
  /** Writes that the server refused, which the plain way leaves at that. */
  refused: number;
  /** ms */
  took: number;
}

type Add = (client: Client, key: string) => Promise<{ merged?: number; refused?: number }>;

/** Each client gets, changes and saves. */
export function raceSaves(race: Race, thing: Contested): Promise<Outcome> {
  return run(race, thing, async (client, key) => {
    const model = await thing.get(client);
    mapOf(model, thing)[key] = 'x';
    return model.saveReport();
  });
}

/** Each client reads, adds its key and puts the whole back, as pylxd's `save()` does. */
export function racePlain(race: Race, thing: Contested): Promise<Outcome> {
  const { socketPath } = race;
  return run(race, thing, async (_, key) => {
    const { body } = await raw<Record<string, object | null>>(socketPath, 'GET', thing.path);
    const whole = { ...body.metadata, [thing.map]: { ...body.metadata[thing.map], [key]: 'x' } };
    const answer = await raw(socketPath, 'PUT', thing.path, whole);
    if (answer.body.type !== 'async') return { refused: answer.body.type === 'error' ? 1 : 0 };
    const wait = answer.body.operation.replace(/\?|$/, '/wait$&');
    const end = await raw<{ err: string }>(socketPath, 'GET', wait);
    return { refused: end.body.metadata.err === '' ? 0 : 1 };
  });
}

async function run({ socketPath, writers, keys }: Race, thing: Contested, add: Add): Promise<Outcome> {
  const outcome: Outcome = { kept: 0, merged: 0, refused: 0, took: 0 };
  const began = performance.now();
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      await using client = await Client.connect({ socketPath }); // its own connection: writes over one take turns
      for (let index = 0; index < keys; index++) {
        const { merged = 0, refused = 0 } = await add(client, `user.w${String(writer)}.${String(index)}`);
        outcome.merged += merged;
        outcome.refused += refused;
      }
    }),
  );
  outcome.took = performance.now() - began;
  await using client = await Client.connect({ socketPath });
  const map = mapOf(await thing.get(client), thing);
  outcome.kept = Object.keys(map).filter((key) => key.startsWith('user.w')).length;
  return outcome;
}

function mapOf(model: Model, { map }: Contested): Record<string, string> {
  return (model as unknown as Record<string, Record<string, string>>)[map]!;
}
