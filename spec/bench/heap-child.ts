import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'tslxd';
import { rawGet } from './raw.js';

// Prints the bytes of heap that one big list holds, in a process of its own: how much goes when it is let go.
const [kind = '', socketPath = ''] = process.argv.slice(2);

const client = new Client({ socketPath });
const raw = rawGet(socketPath);
const list = async (): Promise<unknown> =>
  kind === 'ours' ? client.instances.all() : raw.get('/1.0/instances?recursion=1');

const kept: unknown[] = [];
await list(); // shapes, caches and compiled code are there before anything is counted
kept.push(await list());
const held = await heap();
kept.pop();
const freed = await heap();
raw.close();
await client.close();
console.log(held - freed);

async function heap(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    await delay(20); // lets go of the sockets' last answer
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed;
}
