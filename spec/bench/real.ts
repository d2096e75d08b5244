import { Client } from 'tslxd';
import { compare, row, type Row } from './measure.js';
import { rawGet } from './raw.js';

const prefix = 'tslxd-bench-';
const count = 200;

/** Lists and single reads on a real server with 200 instances of its own. */
export async function benchReal(socketPath: string): Promise<Row[]> {
  const client = await Client.connect({ socketPath });
  const raw = rawGet(socketPath);
  const title = `${client.server.product} ${client.server.version}`;
  try {
    await fill(client);
    const list = await compare(
      { name: 'all()', run: () => client.instances.all() },
      { name: 'raw', run: () => raw.get('/1.0/instances?recursion=1') },
      40,
    );
    const one = await compare(
      { name: 'get()', run: () => client.instances.get(`${prefix}0`) },
      { name: 'raw', run: () => raw.get(`/1.0/instances/${prefix}0`) },
      400,
    );
    return [
      row(`all() of ${String(count)} instances, ${title}`, list, 'ms', '<= 1.15'),
      row(`get() of one instance, ${title}`, one, 'ms', '<= 1.20'),
    ];
  } finally {
    await empty(client);
    raw.close();
    await client.close();
  }
}

async function fill(client: Client): Promise<void> {
  await empty(client);
  await each(count, (index) =>
    client.containers.create({ name: `${prefix}${String(index)}`, source: { type: 'none' } }),
  );
}

async function empty(client: Client): Promise<void> {
  const mine = (await client.instances.all({ recursion: 0 })).filter(({ key }) => key.startsWith(prefix));
  await each(mine.length, async (index) => mine[index]?.delete());
}

/** Four at a time: quick, and gentle to the server's database. */
async function each(total: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < total) await work(next++);
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
}
