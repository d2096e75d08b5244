import { createHash, randomBytes } from 'node:crypto';
import { Client } from 'tslxd';
import { bareExec } from './bare-exec.js';

// Moves megabytes out of a container or into it through a command, in a process of its own. Prints how that went as JSON.
const [kind = '', socketPath = '', name = '', megabytes = '0'] = process.argv.slice(2);

const piece = randomBytes(2 ** 20);
const hash = createHash('sha256');
const hear = (data: Buffer) => void hash.update(data);
const out = ['cat', '/root/big'];

let peak = 0;
const measure = () => (peak = Math.max(peak, process.memoryUsage().rss));

const client = new Client({ socketPath });
const web = client.instances.ref(name);
const bare = bareExec(socketPath, name);
await (kind.startsWith('ours') ? web.exec(['true']) : bare.run(['true'])); // all code is loaded
globalThis.gc?.();
const base = process.memoryUsage().rss;
const timer = setInterval(measure, 20);
const started = performance.now();
const remote = await ways();
const ms = performance.now() - started;
clearInterval(timer);
measure();
const same = remote === undefined || remote.startsWith(hash.copy().digest('hex'));
console.log(JSON.stringify({ ms, same, hash: hash.digest('hex'), growth: (peak - base) / 2 ** 20 }));
bare.close();
await client.close();

/** The hash that the container saw, of what went in. */
async function ways(): Promise<string | undefined> {
  if (kind === 'bare-out') {
    await bare.run(out, hear);
    return undefined;
  }
  if (kind === 'ours-out') {
    const process = web.exec(out, { buffer: false });
    for await (const data of process.stdout) hear(data as Buffer);
    await process;
    return undefined;
  }
  if (kind === 'ours-in') return (await web.exec(['sha256sum'], { input: pieces() })).stdout;
  let told = '';
  const write = async (send: (data: Buffer) => Promise<void>) => {
    for (const data of pieces()) await send(data);
  };
  await bare.run(['sha256sum'], (data) => (told += data.toString()), write);
  return told;
}

function* pieces(): Generator<Buffer> {
  for (let i = 0; i < Number(megabytes); i++) {
    hear(piece);
    yield piece;
  }
}
