import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client, type Instance } from 'tslxd';
import type { RealServer } from '../real/harness.js';
import { bareExec } from './bare-exec.js';
import { compare, median, row, timed, type Row } from './measure.js';

const name = 'tslxd-bench-exec';
const megabytes = 200;

// Both are compiled by V8 after some hundred runs; a program that runs many commands is past that.
const warmUp = 150;

/** Commands in a container of a real server: one, many, and big ones. */
export async function benchExec(server: RealServer): Promise<Row[]> {
  const { socketPath } = server;
  const title = `${server.name} ${server.version}`;
  const client = await Client.connect({ socketPath });
  const bare = bareExec(socketPath, name);
  try {
    const web = await started(client, server);
    const run = async () => web.exec(['true']);
    for (let i = 0; i < warmUp; i++) await Promise.all([run(), bare.run(['true'])]);
    const one = await compare(
      { name: 'exec()', run },
      { name: 'bare websockets', run: async () => bare.run(['true']) },
      200,
    );
    const rows = [row(`exec true, and bare websockets, ${title}`, one, 'ms', '<= 1.15')];
    for (const [what, theirs] of await others(server)) {
      rows.push(row(`exec true, and ${what}, ${title}`, [one[0], theirs], 'ms', '<= 1.00'));
    }
    return [...rows, ...(await many(web, title)), ...(await big(web, socketPath, title))];
  } finally {
    bare.close();
    await client.instances
      .ref(name)
      .delete({ force: true })
      .catch(() => undefined);
    await client.close();
  }
}

async function started(client: Client, server: RealServer): Promise<Instance> {
  await client.instances
    .ref(name)
    .delete({ force: true })
    .catch(() => undefined);
  const fingerprint = await server.ensureImage();
  const web = await client.containers.create({ name, source: { fingerprint } });
  return web.start();
}

/** Medians of the other clients of this machine, in ms. */
async function others({ product, socketPath }: RealServer): Promise<[string, number][]> {
  const found: [string, number][] = [];
  const tool = product === 'lxd' ? 'lxc' : 'incus';
  const env = { ...process.env, LXD_SOCKET: socketPath, INCUS_SOCKET: socketPath };
  const whole = async () => promisify(execFile)(tool, ['exec', name, '--', 'true'], { env });
  try {
    await whole();
    const times: number[] = [];
    for (let i = 0; i < 20; i++) times.push(await timed(whole));
    found.push([`${tool} exec as a whole process`, median(times)]);
  } catch (error) {
    console.log(`skipped: ${tool} exec: ${(error as Error).message.split('\n')[0] ?? ''}`);
  }
  if (product === 'lxd') {
    try {
      const { stdout } = await promisify(execFile)('/usr/bin/python3', ['-c', pylxd, socketPath, name]);
      found.push(['pylxd', Number(stdout)]);
    } catch (error) {
      console.log(`skipped: pylxd: ${(error as Error).message.trim().split('\n').at(-1) ?? ''}`);
    }
  }
  return found;
}

const pylxd = `
import statistics, sys, time, urllib.parse, pylxd
web = pylxd.Client(endpoint='http+unix://' + urllib.parse.quote(sys.argv[1], safe='')).containers.get(sys.argv[2])
times = []
for _ in range(11):
    start = time.perf_counter()
    assert web.execute(['true']).exit_code == 0
    times.append((time.perf_counter() - start) * 1000)
print(statistics.median(times))
`;

/** 1,000 one after another, then 200 at 20 a time: each must end well, and leave no socket and no memory behind. */
async function many(web: Instance, title: string): Promise<Row[]> {
  await atOnce(20, 40, async () => web.exec(['true'])); // as many kept-alive connections as there will be
  const before = held();
  const alone = await timed(async () => atOnce(1, 1000, async () => web.exec(['true'])));
  const together = await timed(async () => atOnce(20, 200, async () => web.exec(['true'])));
  const after = held();
  return [
    row(`1,000 exec, and 200 at 20 a time, each, ${title}`, [alone / 1000, together / 200], 'ms', ''),
    row(`open files after and before these, ${title}`, [after.files, before.files], '', '<= 1.00'),
    row(`RSS after and before these, ${title}`, [after.rss, before.rss], 'MB', '<= 1.20'),
  ];
}

function held(): { files: number; rss: number } {
  globalThis.gc?.();
  return { files: readdirSync('/proc/self/fd').length, rss: process.memoryUsage().rss / 2 ** 20 };
}

/** So many at a time; rejects if one does. */
async function atOnce(
  width: number,
  total: number,
  work: () => Promise<unknown> | PromiseLike<unknown>,
): Promise<void> {
  let left = total;
  const worker = async () => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: width }, worker));
}

interface Moved {
  ms: number;
  same: boolean;
  hash: string;
  /** Megabytes. */
  growth: number;
}

/** 200 MB out of it and into it, beside a bare script; the bytes must be the same, and the memory bounded. */
async function big(web: Instance, socketPath: string, title: string): Promise<Row[]> {
  const script = `dd if=/dev/urandom of=/root/big bs=1M count=${String(megabytes)} 2>/dev/null; sha256sum /root/big`;
  const { stdout: truth } = await web.exec(script, { shell: true });
  const rows: Row[] = [];
  for (const direction of ['out', 'in']) {
    const rounds: [Moved[], Moved[]] = [[], []];
    for (let i = 0; i < 3; i++) {
      for (const [index, kind] of ['ours', 'bare'].entries()) {
        const moved = await move(`${kind}-${direction}`, socketPath);
        if (!moved.same || (direction === 'out' && !truth.startsWith(moved.hash))) {
          throw new Error(`${kind}-${direction} on ${title}: other bytes arrived`);
        }
        rounds[index]?.push(moved);
      }
    }
    const speeds = rounds.map((list) => megabytes / (median(list.map(({ ms }) => ms)) / 1000));
    const growths = rounds.map((list) => Math.max(...list.map(({ growth }) => growth)));
    const what = `${String(megabytes)} MB ${direction} through exec`;
    rows.push(
      row(`${what}, and bare, ${title}`, [speeds[0] ?? 0, speeds[1] ?? 0], 'MB/s', '>= 0.80'),
      row(`RSS growth of that, ${title}`, [growths[0] ?? 0, 64], 'MB', '<= 1.00'),
    );
  }
  return rows;
}

async function move(kind: string, socketPath: string): Promise<Moved> {
  const script = fileURLToPath(new URL('./exec-child.ts', import.meta.url));
  const args = ['--expose-gc', '--import', 'tsx', script, kind, socketPath, name, String(megabytes)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Moved;
}
