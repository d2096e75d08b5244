// Run by offsets.spec.ts, since jest hides unhandled rejections: an exec with one trouble at one byte of one connection,
// again and again. Prints a summary as JSON.
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '../../../../lib/client.js';
import { isLxdError } from '../../../../lib/errors/index.js';
import type { ExecResult } from '../../../../lib/resources/instances/exec/outcome.js';
import { proxyTo, troubleKinds, type Carried, type Trouble } from '../../../support/proxy.js';
import { ExecServer } from './exec-server.js';

const options = JSON.parse(process.argv[2] ?? '{}') as {
  /** Between two offsets: of frames, and of heads and JSON. */
  strides: [number, number];
  /** A real server and a running instance of it instead of the scripted one. */
  real?: { socketPath: string; instance: string };
};

/** The timeout of exec() itself, in ms: for a command whose input's end was spoilt on the way, which waits for it. */
const limit = 10_000;
/** How long one may take, in ms: the bounds of exec() itself are a few seconds. */
const patience = 25_000;
const atOnce = options.real ? 8 : 24;
const stdin = 'some text to read\n';
const wanted = { stdout: 'out of the command', stderr: 'and what it complains of' };

interface Run extends Trouble {
  /** The connection: `POST`, `wait`, or the name of a websocket. */
  name: string;
}

const faults: string[] = [];
process.on('unhandledRejection', (reason) => faults.push(`unhandled rejection: ${String(reason)}`));
process.on('uncaughtException', (error) => faults.push(`uncaught exception: ${String(error.stack)}`));

const scripted = options.real
  ? undefined
  : await ExecServer.start(async ({ sockets, end, finish }) => {
      await Promise.race([
        new Promise((resolve) =>
          sockets['0']?.on('message', (_data, binary) => !binary && resolve(undefined)),
        ),
        new Promise((resolve) => sockets['0']?.once('close', resolve)),
      ]);
      sockets['1']?.send(Buffer.from(wanted.stdout.slice(0, 7)));
      finish('2', `${wanted.stderr}\n`);
      finish('1', `${wanted.stdout.slice(7)}\n`);
      end(0);
    });
const socketPath = options.real?.socketPath ?? scripted?.socketPath ?? '';
const instance = options.real?.instance ?? 'web';
const command = ['sh', '-c', `cat > /dev/null; echo ${wanted.stdout}; echo ${wanted.stderr} >&2`];

const whole = await carriedBy();
const runs = [...whole].flatMap(([name, carried]) => troublesOf(name, carried));
const ends: Record<string, number> = {};
const slow: string[] = [];
let slowest = 0;
let next = 0;
const started = performance.now();
await Promise.all(
  Array.from({ length: atOnce }, async () => {
    for (let run = runs[next++]; run; run = runs[next++]) await one(run);
  }),
);
await delay(50); // for rejections that nobody handles
await scripted?.stop();
console.log(
  JSON.stringify({
    runs: runs.length,
    ends,
    slowest: Math.round(slowest),
    faults: faults.slice(0, 20),
    slow: slow.slice(0, 40),
    took: Math.round(performance.now() - started),
  }),
);
process.exit(0);

/** What an exec without trouble carries, by connection. */
async function carriedBy(): Promise<Map<string, Carried>> {
  const proxy = await proxyTo({ path: socketPath });
  const client = new Client({ socketPath: proxy.socketPath });
  const end = await execute(client).then(judge);
  if (end !== 'right') throw new Error(end);
  await client.close();
  await proxy.close();
  return new Map(proxy.carried.map((carried) => [nameOf(carried.line), carried]));
}

function execute(client: Client) {
  return client.instances.ref(instance).exec(command, { input: stdin, timeout: limit });
}

/** The connections of real servers do not tell which socket they are: there it is the first, and the offsets of the last. */
function nameOf(line: string): string {
  const secret = /secret=([^& ]+)/.exec(line)?.[1];
  if (secret === undefined) return 'http';
  return /^fd-(\w+)-/.exec(secret)?.[1] ?? 'websocket';
}

function troublesOf(name: string, { up, down, head, upHead }: Carried): Run[] {
  const [frames, heads] = options.strides;
  const isSocket = name !== 'http';
  const troubles: Run[] = [];
  for (const kind of troubleKinds) {
    for (const [direction, size, from] of [
      ['up', up, upHead],
      ['down', down, head],
    ] as const) {
      for (let at = 0; at < size; at += isSocket && at >= from ? frames : heads) {
        troubles.push({ name, kind, direction, at, ms: 20 });
        if (isSocket && at < from && at + heads > from) at = from - heads; // frames begin at their first byte
      }
    }
  }
  return troubles;
}

async function one(run: Run): Promise<void> {
  const title = `${run.kind} at ${run.at} ${run.direction} of ${run.name}`;
  let used = false;
  const proxy = await proxyTo({ path: socketPath }, (line) => {
    if (used || nameOf(line) !== run.name) return undefined;
    used = true;
    return run;
  });
  const client = new Client({ socketPath: proxy.socketPath, timeout: limit / 2 });
  const begun = performance.now();
  const alarm = Symbol('late');
  const result = await Promise.race([
    execute(client).then(judge, (error: unknown) => errorOf(error)),
    delay(patience, alarm, { ref: false }),
  ]);
  const took = performance.now() - begun;
  slowest = Math.max(slowest, took);
  if (result === alarm) faults.push(`${title}: hangs`);
  else if (result.startsWith('!')) faults.push(`${title}: ${result.slice(1)}`);
  const end = result === alarm ? 'hangs' : result;
  ends[end] = (ends[end] ?? 0) + 1;
  if (took > 4000) slow.push(`${title}: ${end} after ${Math.round(took)} ms`);
  // Nothing else may need it.
  if (
    end === 'TimeoutError' &&
    took >= limit &&
    !(run.kind === 'duplicate' && run.direction === 'up' && run.name === '0')
  ) {
    faults.push(`${title}: only the timeout ended it`);
  }
  const deadline = performance.now() + 3000;
  const left = () => proxy.carried.filter(({ line, isOpen }) => isOpen && nameOf(line) !== 'http');
  while (left().length > 0 && performance.now() < deadline) await delay(5);
  if (left().length > 0) faults.push(`${title}: ${left().length} websockets are left open`);
  await client.close();
  await proxy.close();
}

function judge({ stdout, stderr, exitCode }: ExecResult): string {
  if (exitCode === 0 && stdout === wanted.stdout && stderr === wanted.stderr) return 'right';
  return `!wrong result: ${JSON.stringify({ stdout, stderr, exitCode })}`;
}

function errorOf(error: unknown): string {
  return isLxdError(error) ? error.constructor.name : `!no error of ours: ${String((error as Error).stack)}`;
}
