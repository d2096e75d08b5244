import { Client } from 'tslxd';
import { forkCanned } from './child.js';
import { compare, row, type Row } from './measure.js';
import { rawGet } from './raw.js';

const name = 'tslxd-bench';
let edits = 0;

/** A read, an edit and a save in one go on a real server; of a profile and an image, where the save looks back, with and without that. */
export async function benchSaves(socketPath: string, fingerprint: string): Promise<Row[]> {
  const client = await Client.connect({ socketPath });
  const title = `${client.server.product} ${client.server.version}`;
  const edit = async (
    thing: { description: string; save: (options?: object) => Promise<unknown> },
    options = {},
  ) => {
    thing.description = `edit ${String(++edits)}`;
    await thing.save(options);
  };
  const profile = async (options = {}) => edit(await client.profiles.get(name), options);
  const image = async (options = {}) => {
    const read = await client.images.get(fingerprint);
    read.properties[name] = `edit ${String(++edits)}`;
    await read.save(options);
  };
  await client.instances.ref(name).delete({ ifExists: true });
  await client.profiles.ref(name).delete({ ifExists: true });
  try {
    await client.containers.create({ name, source: { type: 'none' } });
    await client.profiles.create({ name });
    const instance = await compare(
      { name: 'save()', run: async () => edit(await client.instances.get(name)) },
      { name: 'get()', run: () => client.instances.get(name) },
      40,
    );
    const verified = await compare(
      { name: 'save()', run: () => profile() },
      { name: 'verify: false', run: () => profile({ verify: false }) },
      20,
    );
    const ofImage = await compare(
      { name: 'save()', run: () => image() },
      { name: 'verify: false', run: () => image({ verify: false }) },
      20,
    );
    return [
      row(`get(), an edit and save() of an instance (vs. get() alone), ${title}`, instance, 'ms', 'printed'),
      row(`the same of a profile, looking back (vs. verify: false), ${title}`, verified, 'ms', 'printed'),
      row(`the same of an image, looking back (vs. verify: false), ${title}`, ofImage, 'ms', 'printed'),
    ];
  } finally {
    const edited = await client.images.get(fingerprint);
    delete edited.properties[name];
    await edited.save();
    await client.instances.ref(name).delete({ ifExists: true });
    await client.profiles.ref(name).delete({ ifExists: true });
    await client.close();
  }
}

/** Lists of 200 and one read from canned answers, in CPU time: a busy machine says little about anything else. */
export async function benchCpu(): Promise<Row[]> {
  const all = async (client: Client) => client.instances.all();
  const get = async (client: Client) => client.instances.get('c0');
  return [
    row('CPU of all() of 200 canned instances', await cpuOf(200, '?recursion=1', all), 'ms', 'printed'),
    row('CPU of get() of a canned instance', await cpuOf(1, '/c0', get), 'ms', 'printed'),
  ];
}

async function cpuOf(
  count: number,
  path: string,
  run: (client: Client) => Promise<unknown>,
): Promise<[number, number]> {
  const server = await forkCanned(count);
  const client = new Client({ socketPath: server.socketPath });
  const raw = rawGet(server.socketPath);
  try {
    return await leastCpu(
      () => run(client),
      () => raw.get(`/1.0/instances${path}`),
    );
  } finally {
    raw.close();
    await client.close();
    server.close();
  }
}

/** The least CPU of one run over rounds in which both take turns, in ms. */
async function leastCpu(ours: () => unknown, theirs: () => unknown): Promise<[number, number]> {
  const least: [number, number] = [Infinity, Infinity];
  for (let round = 0; round < 20; round++) {
    for (const [index, run] of [ours, theirs].entries()) {
      const before = process.cpuUsage();
      for (let count = 0; count < 50; count++) await run();
      const { user, system } = process.cpuUsage(before);
      least[index] = Math.min(least[index] ?? Infinity, (user + system) / 50e3);
    }
  }
  return least;
}
