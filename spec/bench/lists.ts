import { Client } from 'tslxd';
import { forkCanned } from './child.js';
import { compare, row, type Row } from './measure.js';
import { rawGet } from './raw.js';

const count = 10_000;

/** 10,000 instances from a canned answer: what the models cost above JSON. */
export async function benchLists(): Promise<Row[]> {
  const server = await forkCanned(count);
  const client = new Client({ socketPath: server.socketPath });
  const raw = rawGet(server.socketPath);
  try {
    const path = '/1.0/instances?recursion=1';
    const ours = { name: 'all()', run: () => client.instances.all() };
    const times = await compare(ours, { name: 'raw', run: () => raw.get(path) }, 15);
    const heap = await heapAbove(
      () => client.instances.all(),
      () => raw.get(path),
    );
    return [
      row(`all() of ${String(count)} canned instances`, times, 'ms', '<= 1.10'),
      {
        what: 'heap of those above the parsed JSON',
        ours: megabytes(heap.ours),
        theirs: megabytes(heap.theirs),
        ratio: heap.ours / heap.theirs,
        wanted: '<= 5 MB above',
      },
    ];
  } finally {
    raw.close();
    await client.close();
    server.close();
  }
}

async function heapAbove(ours: () => Promise<unknown>, theirs: () => Promise<unknown>) {
  return { ours: await heapOf(ours), theirs: await heapOf(theirs) };
}

/** Bytes of heap that a result holds. */
async function heapOf(make: () => Promise<unknown>): Promise<number> {
  const kept: unknown[] = [await make()]; // caches and shapes are there before the first reading
  kept.pop();
  collect();
  const before = process.memoryUsage().heapUsed;
  kept.push(await make());
  collect();
  const held = process.memoryUsage().heapUsed - before;
  kept.pop();
  return held;
}

function collect(): void {
  if (!globalThis.gc) throw new Error('run with node --expose-gc');
  for (let i = 0; i < 3; i++) globalThis.gc();
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
