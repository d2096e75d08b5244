import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, type ClientOptions } from 'tslxd';
import { startCluster, type Cluster } from '../cluster.js';
import type { ServerFacts } from '../server.js';
import { play, type Round } from './faults.js';
import { judge } from './judge.js';
import { Outages } from './outages.js';
import { Worker } from './worker.js';

export interface Played {
  /** What must not have happened. */
  wrong: string[];
  /** How long what took, while members were away. */
  table: string;
}

/** How long all members are there before the first goes, in ms. */
const calm = 5000;

/** For a closer look at what has gone wrong: all requests of the client, into the file that TSLXD_ROUNDS_LOG names. */
function noted(): ClientOptions['log'] {
  const { TSLXD_ROUNDS_LOG: file } = process.env;
  if (!file) return undefined;
  return { debug: (line) => appendFileSync(file, `${performance.now().toFixed(0)} ${line}\n`) };
}

/** A cluster of three, a worker, and one member after the other that goes away and comes back. */
export async function playRounds(facts: ServerFacts, rounds: readonly Round[]): Promise<Played> {
  const cluster = await startCluster(facts);
  const log = noted();
  const outages = new Outages((what) => log?.debug?.(what));
  try {
    const { server, members } = cluster;
    await server.ensureImage();
    await using client = await Client.connect({ ...(await cluster.access()), log });
    const worker = new Worker(
      {
        client,
        members: members.map(({ name }) => name),
        uniqueName: server.uniqueName,
        image: server.imageAlias,
      },
      outages,
    );
    try {
      await worker.start();
      await delay(calm);
      await rest(cluster, worker);
      for (const round of rounds) {
        await play(cluster, client, round, outages);
        await rest(cluster, worker);
      }
    } finally {
      await worker.stop();
    }
    return { wrong: worker.calls.wrong, table: String(worker.times) };
  } finally {
    await cluster.remove();
  }
}

async function rest(cluster: Cluster, worker: Worker): Promise<void> {
  await worker.gate.close();
  await judge(cluster, worker);
  worker.gate.open();
}
