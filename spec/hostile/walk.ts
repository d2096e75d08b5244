import { mkdir, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { Client, isLxdError, Model, TimeoutError } from 'tslxd';
import type { Call, Given, World } from './calls/call.js';
import { otherName, type Oddity } from './oddities.js';
import { RawServer, type Asked } from './raw-server.js';
import { play, Tape } from './tape.js';
import { startGood } from './worlds.js';

/** Times in ms. */
export const times = {
  /** That calls of odd servers are given. */
  limit: 300,
  /** That those of good servers are given. */
  well: 20_000,
  /** For which those that have no end of their own listen to a good server. */
  heard: 500,
  /** After which one has no end: the server of an operation may be away for 30 s, and then that of what is undone. */
  endless: 100_000,
  /** The same for those that clean up at the server first. */
  slow: 180_000, // six tries of a wait that is answered by nothing took 119 s
};

/** A call as it goes where all is well. */
export interface Recorded {
  title: string;
  call: Call;
  tape: Tape;
  made: unknown;
  /** How many requests prepare what it is called on. */
  prepared: number;
  result: { value: unknown } | { error: unknown };
  /** Whether it takes a time limit, or only a signal. */
  takes: Set<'timed' | 'signalled'>;
}

type Outcome = { value: unknown } | { error: unknown } | 'endless';

let folders = 0;

const missing = '{"type":"error","error":"not on the tape","error_code":500}';
const notOnTape = `HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nContent-Length: ${String(missing.length)}\r\n\r\n${missing}`;

/** Everything that a call is given; `extra` are options that it should refuse. */
async function give(
  place: World['place'],
  scratch: string,
  limit: number,
  extra: object,
  takes: Recorded['takes'],
) {
  const isSocket = 'socketPath' in place;
  const options = isSocket ? { ...place, timeout: limit } : { socketPath: '/nowhere' };
  const client = new Client(options);
  const other = new Client(options);
  const file = `${scratch}/${String(++folders)}`;
  await mkdir(scratch, { recursive: true });
  const given: Given = {
    get timed() {
      takes.add('timed');
      return { timeout: limit, ...extra };
    },
    get signalled() {
      takes.add('signalled');
      const signal = AbortSignal.timeout(limit);
      return { signal, ...extra };
    },
    other,
    file,
  };
  return { client, given, end: async () => Promise.all([client.close(), other.close()]) };
}

function limitOf({ isEndless = false }: Call): number {
  return isEndless ? times.heard : times.well;
}

async function settled(work: () => unknown, { slow }: Call): Promise<Outcome> {
  const most = slow === undefined ? times.endless : times.slow;
  const over = new AbortController();
  const result = (async () => {
    try {
      return { value: await work() };
    } catch (error) {
      return { error };
    }
  })();
  const endless = delay(most, 'endless' as const, { signal: over.signal }).catch(() => 'endless' as const);
  const outcome = await Promise.race([result, endless]);
  over.abort();
  return outcome;
}

/** Makes a call of a server that answers well, and keeps what was said. */
export async function record(title: string, call: Call, scratch: string): Promise<Recorded> {
  await using good = await startGood(call.server ?? 'lxd');
  const made = good.fake && (await call.before?.(good.fake));
  const tape = new Tape(call.canned);
  const server = await tape.recorder(good.target, good.fake === undefined);
  const takes: Recorded['takes'] = new Set();
  const { client, given, end } = await give(server.place, scratch, limitOf(call), {}, takes);
  try {
    if (good.fake) await client.server.fetch();
    const subject = await call.on(client, { place: server.place, made });
    const prepared = tape.exchanges.length;
    const outcome = await settled(() => call.call(subject as never, given), call);
    if (outcome === 'endless') throw new Error(`${title} has no end on a good server`);
    return { title, call, tape, made, prepared, result: outcome, takes };
  } finally {
    await end();
    server.stop();
  }
}

/** One combination. */
export interface Combination {
  recorded: Recorded;
  /** Undefined: all answers are good. */
  oddity: Oddity | undefined;
  /** The first answer that is odd, counted from those of the call itself. */
  from: number;
  extra?: object;
}

export function titleOf({ recorded, oddity, from, extra }: Combination): string {
  if (extra) return `${recorded.title} with ${inspect(extra)}`;
  const where = from === 0 ? '' : ` from answer ${String(from + 1)} on`;
  return `${recorded.title}, ${oddity?.name ?? 'well'}${where}`;
}

/** Which answers of a call an oddity can begin with: the first that it changes, and each later one up to `most`. */
export function placesOf({ tape, prepared }: Recorded, oddity: Oddity, most: number): number[] {
  const own = tape.exchanges.slice(prepared);
  const places = own.flatMap((exchange, index) => (oddity.changes(exchange) ? [index] : []));
  if (places.length <= most) return places;
  return [...places.slice(0, most - 1), places.at(-1)!]; // the last is often the look at what was done
}

/** Makes the call of an odd server. Resolves with what was wrong with how it ended. */
export async function walk(combination: Combination, scratch: string): Promise<string | undefined> {
  for (let tries = 1; ; tries++) {
    try {
      return await walkOnce(combination, scratch);
    } catch (error) {
      // The limit is the client's, and too short for what is well on a machine as busy as this may be.
      if (!(error instanceof TimeoutError) || tries === 10) throw error;
    }
  }
}

async function walkOnce(combination: Combination, scratch: string): Promise<string | undefined> {
  const { recorded, oddity, from, extra = {} } = combination;
  const find = recorded.tape.reader();
  let asked = -Infinity;
  const answer = (request: Asked) => {
    const good = find(request.method, request.url);
    const isOdd = asked++ >= from;
    if (!good) request.socket.end(notOnTape);
    else if (isOdd && oddity?.changes(good)) oddity.answer(good, request);
    else play(good, request.socket, request.headers);
  };
  const server = await RawServer.start(answer, { isTcp: recorded.call.server === 'images' });
  const { client, given, end } = await give(
    server.place,
    scratch,
    oddity ? times.limit : limitOf(recorded.call),
    extra,
    new Set(),
  );
  try {
    if ('socketPath' in server.place) await client.server.fetch({ timeout: 60_000 });
    const subject = await recorded.call.on(client, { place: server.place, made: recorded.made });
    asked = 0;
    const outcome = await settled(() => recorded.call.call(subject as never, given), recorded.call);
    return faultOf(combination, outcome, asked);
  } finally {
    await end();
    server.stop();
    await rm(given.file, { recursive: true, force: true });
  }
}

function faultOf(
  { recorded, oddity, from, extra }: Combination,
  outcome: Outcome,
  asked: number,
): string | undefined {
  if (outcome === 'endless')
    return `did not end within ${String((recorded.call.slow === undefined ? times.endless : times.slow) / 1000)} s`;
  if (extra) {
    if ('value' in outcome) return `resolved with ${show(outcome.value)}`;
    if (!isLxdError(outcome.error) || outcome.error.code !== 'ERR_LXD_INVALID_INPUT')
      return `rejected with ${show(outcome.error)}`;
    return asked > 0 ? `was refused only after ${String(asked)} requests` : undefined;
  }
  if ('error' in outcome) {
    if (!isLxdError(outcome.error)) return `rejected with ${show(outcome.error)}`;
    if (!oddity && !recorded.call.isEndless && 'value' in recorded.result)
      return `rejected with ${show(outcome.error)}`;
    return undefined;
  }
  const { value } = outcome;
  if (oddity?.isHopeless && from === 0 && recorded.call.lenient === undefined)
    return `resolved with ${show(value)}`;
  if (recorded.call.isVerbatim) return undefined;
  return faultOfResult(value, 'value' in recorded.result ? recorded.result.value : undefined);
}

/** A result must be of the same kind as the good one, and can be looked at like it. */
function faultOfResult(value: unknown, good: unknown): string | undefined {
  if (good !== undefined && value !== undefined && kindOf(value) !== kindOf(good))
    return `resolved with ${show(value)}, in place of ${show(good)}`;
  if (value instanceof Model && value.key !== otherName && value.toJSON().name === otherName)
    return `resolved with another thing: ${show(value)}`;
  const items = Array.isArray(value) ? value.slice(0, 3) : [value];
  const goodItem: unknown = Array.isArray(good) ? good[0] : good;
  for (const item of items) {
    if (Array.isArray(value) && goodItem !== undefined && kindOf(item) !== kindOf(goodItem))
      return `resolved with a list of ${show(item)}, in place of ${show(goodItem)}`;
    const fault = faultOfReading(item);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** What a value says of itself when it is printed, kept or read. */
function faultOfReading(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return undefined;
  const readings: [string, () => unknown][] = [
    ['console.log()', () => inspect(value)],
    ['JSON.stringify()', () => JSON.stringify(value)],
  ];
  for (let at: object | null = Object.getPrototypeOf(value) as object; at && at !== Object.prototype;) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(at)))
      if (property.get) readings.push([name, () => inspect((value as Record<string, unknown>)[name])]);
    at = Object.getPrototypeOf(at) as object | null;
  }
  for (const [name, read] of readings) {
    try {
      read();
    } catch (error) {
      if (!isLxdError(error)) return `resolved with something whose ${name} throws ${show(error)}`;
    }
  }
  return undefined;
}

function kindOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  return value.constructor?.name ?? 'object';
}

function show(value: unknown): string {
  try {
    const text =
      value instanceof Error && !isLxdError(value)
        ? (value.stack ?? value.message)
        : inspect(value, { depth: 1 });
    return text.split('\n').slice(0, 6).join('\n    ').slice(0, 600);
  } catch {
    return 'something that cannot be shown';
  }
}
