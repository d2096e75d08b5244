import { Client, Instance } from 'tslxd';
import { cannedInstance, cannedServer } from './canned.js';
import { median, row, timed, type Row } from './measure.js';

const count = 100_000;

/** Building models and reading three properties, against plain objects; diffing, against reading the same. */
export async function benchModels(): Promise<Row[]> {
  const json = Array.from({ length: count }, (_, index) => cannedInstance(index));
  const server = await cannedServer(json[0]);
  const client = new Client({ socketPath: server.socketPath });
  try {
    const one = await client.instances.get('c0');
    const Class = one.constructor as unknown as new (store: object, key: string, reading: object) => Instance;
    const store = {};
    const build = () => {
      let sum = 0;
      for (const data of json) {
        const model = new Class(store, data.name as string, { data });
        sum += model.name.length + model.status.length + model.description.length;
      }
      return sum;
    };
    const plain = () => {
      let sum = 0;
      for (const data of json as unknown as Instance[]) {
        const object = Object.assign<object, Instance>({}, data);
        sum += object.name.length + object.status.length + object.description.length;
      }
      return sum;
    };
    const models = json.slice(0, 10_000).map((data) => new Class(store, data.name as string, { data }));
    const read = await medianOf(() => models.forEach((model) => model.config['user.key1']));
    for (const model of models) model.config['user.key1'] = 'changed';
    const diff = await medianOf(() => models.forEach((model) => model.changes()));
    const fresh = await medianOf(() =>
      json.slice(0, 10_000).forEach((data) => new Class(store, 'x', { data }).config['user.key1']),
    );
    return [
      row(
        `building ${String(count)} models, reading 3 properties (vs. spread)`,
        [await medianOf(build), await medianOf(plain)],
        'ms',
        'printed',
      ),
      row('diffing 10,000 models with one change (vs. first read of config)', [diff, fresh], 'ms', '<= 2'),
      row('diffing 10,000 models with one change (vs. reading it again)', [diff, read], 'ms', 'printed'),
    ];
  } finally {
    await client.close();
    server.close();
  }
}

async function medianOf(run: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 9; i++) times.push(await timed(run));
  return median(times);
}
