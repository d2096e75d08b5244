import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
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
    const heap = { ours: heapOf('ours', server.socketPath), theirs: heapOf('raw', server.socketPath) };
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

/** Bytes of heap that a list holds, measured in a process of its own. */
function heapOf(kind: 'ours' | 'raw', socketPath: string): number {
  const script = fileURLToPath(new URL('./heap-child.ts', import.meta.url));
  const args = ['--expose-gc', '--import', 'tsx', script, kind, socketPath];
  return Number(execFileSync(process.execPath, args).toString());
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
