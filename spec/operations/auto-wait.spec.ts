import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Image, InvalidInputError, isLxdError, Operation } from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { listCalls } from '../hostile/calls/index.js';
import type { Given } from '../hostile/calls/call.js';
import { Tape } from '../hostile/tape.js';
import { startGood } from '../hostile/worlds.js';

type Row = ReturnType<typeof listCalls>[number];

/** How a call ended, and what it wrote. */
interface Outcome {
  /** What came of it: the kind of a value, or the code of an error. */
  end: string;
  /** The same of its operation, where it resolved with one. */
  operation: string | undefined;
  error?: unknown;
  writes: string[];
  /** Whether it takes options of a call. */
  takesOptions: boolean;
}

interface How {
  product: 'lxd' | 'incus';
  autoWait: boolean;
  wait?: boolean;
}

let scratch = '';
beforeAll(async () => (scratch = await mkdtemp(join(tmpdir(), 'tslxd-auto-wait-'))));
afterAll(() => rm(scratch, { recursive: true, force: true }));

let files = 0;

/** What differs from run to run in URLs. */
const madeUp = /[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}|(?<=tslxd-)[0-9a-f]{12}/;

const missing = Symbol('missing');

/** What a call needs; `missing` where the other product does not have it. */
async function elsewhere(isOwn: boolean, prepare: () => Promise<unknown>): Promise<unknown> {
  try {
    return await prepare();
  } catch (error) {
    if (isOwn || !isLxdError(error)) throw error;
    return missing;
  }
}

/** Makes a call of the table of spec/hostile/calls, on a server of its own. */
async function outcomeOf({ call }: Row, { product, autoWait, wait }: How): Promise<Outcome | undefined> {
  await using good = await startGood(product);
  const isOwn = product === (call.server ?? 'lxd'); // the table is made for that
  const made = await elsewhere(isOwn, async () => call.before?.(good.fake!));
  if (made === missing) return undefined;
  const tape = new Tape(call.canned);
  const server = await tape.recorder(good.target, false);
  const client = new Client({ ...server.place, autoWait } as { socketPath: string; autoWait: true });
  const other = new Client({ socketPath: good.fake!.socketPath });
  const options = { timeout: 20_000, ...(wait === undefined ? {} : { wait }) };
  let takesOptions = false;
  const given: Given = {
    get timed() {
      takesOptions = true;
      return options;
    },
    get signalled() {
      return { signal: AbortSignal.timeout(20_000) };
    },
    other,
    file: join(scratch, String(++files)),
  };
  try {
    await client.server.fetch();
    const subject = await elsewhere(isOwn, async () => call.on(client, { place: server.place, made }));
    if (subject === missing) return undefined;
    const prepared = tape.exchanges.length;
    const first = await ending(async () => call.call(subject as never, given));
    const { value } = first;
    const last = value instanceof Operation ? await ending(async () => value.wait()) : undefined;
    const writes = tape.exchanges.slice(prepared).filter(({ method }) => method !== 'GET');
    return {
      ...first,
      operation: last?.end,
      writes: writes.map(({ method, url }) => `${method} ${url.split('?')[0]!.replace(madeUp, '*')}`),
      takesOptions,
    };
  } finally {
    await Promise.all([client.close(), other.close()]);
    server.stop();
  }
}

async function ending(
  work: () => Promise<unknown>,
): Promise<{ end: string; value?: unknown; error?: unknown }> {
  try {
    const value = await work();
    const isThing = typeof value === 'object' && value !== null;
    return { end: isThing ? (value.constructor?.name ?? 'object') : typeof value, value };
  } catch (error) {
    if (!isLxdError(error)) throw error;
    return { end: error.code, error };
  }
}

/** What only reads, by its name. */
const reading = /\.(get|find|all|names|exists|asyncIterator|watch|fetch|waitFor|state)( #\d)?$/;

type Found =
  'starts nothing' | 'is always waited for' | 'takes wait' | 'takes wait, but not so' | 'is not here';

/** What a call is, which must do the same at the server whether it is waited for or not. */
async function walk(row: Row, product: 'lxd' | 'incus'): Promise<Found> {
  const usual = await outcomeOf(row, { product, autoWait: true });
  if (usual === undefined) return 'is not here';
  const { end, writes } = usual;
  if (!usual.takesOptions || writes.length === 0) return 'starts nothing';
  const bare = await outcomeOf(row, { product, autoWait: false });
  const isRefused = bare?.error instanceof InvalidInputError && bare.error.message.includes('say wait: true');
  if (bare?.end === 'Operation' || isRefused) {
    const waited = await outcomeOf(row, { product, autoWait: false, wait: true });
    expect(waited).toMatchObject({ end, writes });
    if (isRefused) return 'takes wait, but not so';
    expect(bare).toMatchObject({ operation: end, writes });
    return 'takes wait';
  }
  expect(bare).toMatchObject({ end, writes });
  // And it has no such option, unless the server refuses what there is to wait for.
  const unwaited = await outcomeOf(row, { product, autoWait: true, wait: false });
  expect(['ERR_LXD_INVALID_INPUT', ...(usual.error ? [end] : [])]).toContain(unwaited?.end);
  return 'is always waited for';
}

describe('with autoWait: false', () => {
  const calls = listCalls().filter(
    ({ title, call: { server, isEndless = false } }) =>
      server !== 'images' && !isEndless && !reading.test(title),
  );
  const walks = new Map<Row, Promise<Found>>();

  /** Walks it once, whoever asks first. */
  function kindOf(row: Row): Promise<Found> {
    const walked = walks.get(row) ?? walk(row, row.call.server === 'incus' ? 'incus' : 'lxd');
    walks.set(row, walked);
    return walked;
  }

  it.each(calls)('$title gives an operation if it takes wait, else what it gives otherwise', async (row) => {
    if ((await kindOf(row)) !== 'takes wait' || row.call.server !== undefined) return;
    expect(['takes wait', 'is not here']).toContain(await walk(row, 'incus'));
  });

  it('was tried', async () => {
    const found = new Map<string, Found>();
    for (const row of calls) {
      const is = await kindOf(row).catch(() => undefined); // which has failed by its own name
      if (is !== undefined) found.set(row.title, is);
    }
    const of = (what: Found) => [...found].filter(([, is]) => is === what).map(([title]) => title);
    expect(of('takes wait').length).toBeGreaterThan(80);
    expect(of('takes wait')).toEqual(
      expect.arrayContaining([
        'Client.request #2',
        'Instance.start',
        'InstanceManager.create',
        'Profile.delete',
      ]),
    );
    expect(of('takes wait, but not so')).toEqual(['Project.delete #2']);
    expect(of('is always waited for')).toEqual(
      expect.arrayContaining([
        'Instance.exportTo',
        'Instance.moveTo',
        'InstanceManager.setState',
        'ImageManager.ensure #2',
      ]),
    );
    expect(of('is not here')).toEqual([]);
  }, 120_000); // where it is run alone

  it('refuses what takes several requests unless it is to be waited for, before anything is sent', async () => {
    await using fake = await FakeServer.start();
    fake.addInstance({ name: 'web', status: 'Running' });
    const web = fake.client({ autoWait: false }).instances.ref('web');
    const stop = { force: 'afterTimeout', timeout: 5000 } as const;
    const before = fake.requests.length;
    for (const refused of [web.stop(stop), web.publish({ stop: true })])
      await expect(refused).rejects.toThrow(
        /always waited for: say wait: true, since its client has autoWait: false/,
      );
    expect(fake.requests).toHaveLength(before);
    expect(await web.publish({ stop: true, wait: true })).toBeInstanceOf(Image);
    expect(await web.stop({ ...stop, wait: true })).toBe(web);
  });

  it('is that of derived clients, and of what comes of an operation', async () => {
    await using fake = await FakeServer.start();
    fake.addInstance({ name: 'web' });
    const client = fake.client({ autoWait: false });
    expect(client.autoWait).toBe(false);
    expect(client.useProject('default').useTarget('none').autoWait).toBe(false);
    const started = await client.useProject('default').instances.ref('web').start();
    expect(started).toBeInstanceOf(Operation);
    const web = await started.wait();
    expect(await web.stop({ force: true })).toBeInstanceOf(Operation);
    await expect(web.delete({ wait: true, force: true })).resolves.toBeUndefined();
    const again = await web.delete({ ifExists: true }); // costs no request, and is none that could fail
    await expect(again.wait()).resolves.toBeUndefined();
    expect(fake.client().autoWait).toBe(true);
    expect(() => new Client({ autoWait: 'no' } as never)).toThrow(/autoWait must be a boolean, not 'no'/);
  });

  it('is that of the original for its copy on another server', async () => {
    await using here = await FakeServer.start();
    await using there = await FakeServer.start();
    here.addInstance({ name: 'web' });
    const web = here.client({ autoWait: false }).instances.ref('web');
    const copy = await web.copyTo(there.client(), { mode: 'relay' });
    const started = await copy.start();
    expect(started).toBeInstanceOf(Operation);
    await started.wait();
  });

  it('is the default of each method that takes wait, in its type too', async () => {
    const folder = join(import.meta.dirname, '../../lib');
    const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'));
    const texts = await Promise.all(
      files.map(async (name) => [name, await readFile(join(folder, name), 'utf8')]),
    );
    const careless = texts.filter(([, text]) => /\bW extends boolean = true\b/.test(text!));
    // It is WaitOf<this> in models, and WaitOf of its model in managers.
    expect(careless.map(([name]) => name)).toEqual([]);
  });
});
