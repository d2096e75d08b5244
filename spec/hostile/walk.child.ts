import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { listCalls } from './calls/index.js';
import { oddities } from './oddities.js';
import { RawServer } from './raw-server.js';
import { placesOf, record, titleOf, walk, type Combination, type Recorded } from './walk.js';

// Walks a share of the combinations; prints what was wrong and how many there were, as JSON.
// TSLXD_HOSTILE is a part of the titles to walk, for who mends one.
const [share = '0', shares = '1', density = '1'] = process.argv.slice(2);
const wanted = process.env.TSLXD_HOSTILE ?? '';

const faults: string[] = [];
const current = new AsyncLocalStorage<string>();
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    const stack = error instanceof Error ? (error.stack ?? error.message) : inspect(error);
    faults.push(
      `${current.getStore() ?? 'some call'}: ${event}: ${stack.split('\n').slice(0, 8).join('\n    ')}`,
    );
  });
}

const scratch = await mkdtemp(join(tmpdir(), 'tslxd-hostile-'));
const own = listCalls().filter((_, index) => index % Number(shares) === Number(share));
const recordings: Recorded[] = [];
for (const { title, call } of own) {
  try {
    recordings.push(await record(title, call, scratch));
  } catch (error) {
    faults.push(`${title}: could not be recorded: ${inspect(error)}`);
  }
}

function combinationsOf(recorded: Recorded, seed: number): Combination[] {
  const odd = oddities.flatMap((oddity) =>
    placesOf(recorded, oddity, 4).map((from) => ({ recorded, oddity, from })),
  );
  const extras: object[] = [{ tslxdNoSuchOption: 1 }];
  if (recorded.takes.has('timed')) extras.push({ timeout: -1 }, { timeout: NaN }, { timeout: '5' });
  if (recorded.takes.size === 0) extras.length = 0;
  return [
    { recorded, oddity: undefined, from: 0 },
    ...odd.filter((_, index) => (index + seed) % Number(density) === 0),
    ...extras.map((extra) => ({ recorded, oddity: undefined, from: 0, extra })),
  ];
}

const combinations = recordings
  .flatMap(combinationsOf)
  .filter((combination) => titleOf(combination).includes(wanted));
const isOdd = ({ oddity }: Combination): boolean => oddity !== undefined;
await walkAll(
  combinations.filter((one) => !isOdd(one)),
  10, // the good ones have to end in time
);
const isSlow = ({ recorded }: Combination): boolean => recorded.call.slow !== undefined;
const odd = combinations.filter(isOdd).sort((a, b) => Number(isSlow(b)) - Number(isSlow(a)));
await walkAll(odd, 60);
await rm(scratch, { recursive: true, force: true });
await RawServer.removeFolder();

// Everything has been closed: what keeps the process alive now is left behind by some call.
for (let tries = 0; tries < 50 && leftBehind().length > 0; tries++) await delay(100);
for (const name of leftBehind()) faults.push(`left behind: ${name}`);

async function walkAll(all: readonly Combination[], atOnce: number): Promise<void> {
  const left = all.values(); // which all take from
  const worker = async () => {
    for (const combination of left) {
      const title = titleOf(combination);
      const fault = await current.run(title, () =>
        walk(combination, scratch).catch((error: unknown) => `could not be walked: ${inspect(error)}`),
      );
      if (fault !== undefined) faults.push(`${title}: ${fault}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

function leftBehind(): string[] {
  return process.getActiveResourcesInfo().filter((name) => !/^(TTYWrap|PipeWrap|Immediate)$/.test(name));
}

process.stdout.write(`${JSON.stringify({ walked: combinations.length, faults })}\n`);
process.exit();
