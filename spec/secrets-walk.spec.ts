import repl from 'node:repl';
import { inspect } from 'node:util';
import {
  Client,
  createIdentity,
  type ClientOptions,
  type Model,
  type Operation,
  type ServerEvent,
} from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { Tape } from './hostile/tape.js';
import { created, rowsOf, type AnyManager, type Row } from './resources/every/rows.js';
import { managersUnder } from './support/managers.js';

/** All ways in which something is shown to a person or kept in a log. */
const printers: Readonly<Record<string, (thing: unknown) => string>> = {
  'console.log()': (thing) => inspect(thing),
  'console.log() to any depth': (thing) => inspect(thing, { depth: Infinity, showHidden: true }),
  'console.dir()': (thing) =>
    isPlain(thing) ? '' : inspect(thing, { depth: Infinity, showHidden: true, customInspect: false }),
  'the REPL': (thing) => repl.writer.call(undefined as never, thing),
  'JSON.stringify()': (thing) => JSON.stringify(thing) ?? '',
  'String()': (thing) => (hasText(thing) ? String(thing) : ''),
  'its stack and causes': (thing) =>
    causesOf(thing)
      .map((one) => `${one.message}\n${one.stack ?? ''}`)
      .join('\n'),
};

/** What a server answered, which can be read and so be shown by who leaves `inspect.custom` out. */
function isPlain(thing: unknown): boolean {
  return typeof thing !== 'object' || thing === null || Object.getPrototypeOf(thing) === Object.prototype;
}

function hasText(thing: unknown): boolean {
  return typeof thing !== 'object' || (thing !== null && 'toString' in thing);
}

function causesOf(thing: unknown): Error[] {
  if (!(thing instanceof Error)) return [];
  const more = thing instanceof AggregateError ? (thing.errors as unknown[]) : [];
  return [thing, ...[thing.cause, ...more].flatMap(causesOf)];
}

/** Where one of the secrets is shown: by which printer, of what. */
function leaks(things: ReadonlyMap<string, unknown>, secrets: Iterable<string>): string[] {
  const all = [...secrets];
  return [...things].flatMap(([title, thing]) =>
    Object.entries(printers).flatMap(([printer, print]) => {
      const text = print(thing);
      const secret = all.find((one) => text.includes(one));
      return secret === undefined ? [] : [`${printer} of ${title} shows ${secret}`];
    }),
  );
}

/** The secrets in an answer: those of tokens, websockets and buckets. */
function secretsIn(value: unknown, name = '', parent = ''): string[] {
  if (typeof value === 'string') {
    const isSecret = /^(secret|secret-key|control|fs|filesystem|criu)$/.test(name) || parent === 'fds';
    return isSecret && value !== '' ? [value] : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => secretsIn(inner, key, name));
}

const failure = (promise: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(promise).then(
    (value) => value,
    (error: unknown) => error,
  );

const header = 's3cret-header';
const password = 's3cret-password';

it('would see what is shown', () => {
  class Careless {
    constructor(readonly key: string) {}
  }
  const careless = new Map<string, unknown>([
    ['an object', new Careless(header)],
    ['an error', new Error('no', { cause: new Error(header) })],
  ]);
  expect(leaks(careless, [header])).toHaveLength(5 + 5);
});

describe.each(['lxd', 'incus'] as const)('of a client of the fake %s', (product) => {
  const rows = rowsOf((label) => label).filter(
    ({ place, only = product }) => only === product && !/^(containers|virtualMachines)$/.test(place), // instances
  );

  it('nothing is shown that is secret: models, managers, operations, events, handles, errors, log lines', async () => {
    const extensions = (own: readonly string[]) => [...own, ...rows.flatMap((row) => row.extensions ?? [])];
    await using fake = await FakeServer.start({ product, extensions });
    const tape = new Tape();
    const server = await tape.recorder({ socketPath: fake.socketPath }, false);
    const lines: string[] = [];
    const log = Object.fromEntries(
      ['error', 'warn', 'info', 'debug'].map((level) => [level, (line: string) => lines.push(line)]),
    );
    const headers = { authorization: `Bearer ${header}` };
    const client = new Client({ ...(server.place as { socketPath: string }), headers, log });
    const things = new Map<string, unknown>([['client', client]]);
    try {
      await client.server.fetch();
      const events: ServerEvent[] = [];
      const stream = client.events.listen();
      const listening = (async () => {
        for await (const event of stream) events.push(event);
      })().catch(() => undefined);
      await client.events.ready();
      for (const { place, manager } of managersUnder(client)) things.set(place, manager);
      for (const row of rows) {
        fake.reset(); // rows have things of the same names
        await addModels(things, row, client, fake);
      }
      await addOperations(things, client, fake);
      await addHandles(things, client, fake);
      client.server.config[product === 'lxd' ? 'loki.auth.password' : 'authorization.openfga.api.token'] =
        password;
      things.set('the server', client.server).set('its changes', client.server.changes());
      await stream.return();
      await listening;
      for (const [index, event] of events.entries())
        things.set(`event ${String(index)}, ${event.type}`, event);
      expect(events.some(({ type }) => type === 'operation')).toBe(true);
    } finally {
      await client.close();
      server.stop();
    }
    things.set('the log', lines);
    const answers = tape.exchanges.flatMap(({ body, isUpgrade }) => {
      if (isUpgrade || !body.toString().startsWith('{')) return [];
      return [JSON.parse(body.toString()) as unknown];
    });
    const learnt = new Set(answers.flatMap((answer) => secretsIn(answer)));
    expect(learnt.size).toBeGreaterThan(8);
    expect(leaks(things, [...learnt, header, password])).toEqual([]);
  }, 60_000);
});

/** Models of a kind: new ones, fetched ones, and those of a list. */
async function addModels(
  things: Map<string, unknown>,
  row: Row,
  client: Client,
  fake: FakeServer,
): Promise<void> {
  await row.before?.(client, fake);
  const manager = row.of(client) as AnyManager;
  const [one, two] = row.keys;
  things.set(`${row.place}: a reference`, manager.ref(one));
  things.set(`${row.place}: the error of a missing one`, await failure(manager.get(two)));
  const make = async (key: string) =>
    row.make ? row.make(client, key) : manager.create?.(created(row, key));
  const made = await failure(Promise.resolve(make(one)));
  things.set(`${row.place}: a new one`, made);
  things.set(`${row.place}: one twice`, await failure(Promise.resolve(make(one))));
  const found = await manager.get(one);
  things
    .set(`${row.place}: a fetched one`, await manager.get(one))
    .set(`${row.place}: a list`, await manager.all());
  if (found.isFetched && row.changed?.[0] === 'config')
    await addConflict(things, row, found, await manager.get(one));
  const { firstKey } = Object(made) as { firstKey?: unknown }; // of a bucket
  if (firstKey !== undefined) things.set(`${row.place}: its key`, firstKey);
}

/** The error of what two changed, whose values may be such as nobody is to see. */
async function addConflict(
  things: Map<string, unknown>,
  row: Row,
  mine: Model,
  theirs: Model,
): Promise<void> {
  row.edits![0](theirs as never, `${password}-theirs`);
  await theirs.save();
  row.edits![0](mine as never, password);
  const error = await failure(mine.save());
  things.set(`${row.place}: a conflict`, error);
}

/** Operations that have secrets, pending and done. */
async function addOperations(things: Map<string, unknown>, client: Client, fake: FakeServer): Promise<void> {
  const image = await client.images.get(fake.addImage({ aliases: ['tiny'] }));
  const token = { name: 'me', type: 'client', token: true } as never;
  const secret = (await client.request('POST', '/1.0/images/{fingerprint}/secret', {
    fingerprint: image.fingerprint,
  })) as Operation<unknown>;
  expect(secret.metadata.secret).toEqual(expect.any(String));
  things.set('an image', image).set('its secret', secret);
  things.set('what that prints', inspect(secret.metadata)); // as JSON it has what another server is to be told
  things.set('a trust token', await client.request('POST', '/1.0/certificates', { body: token }));
  await client.certificates.createToken({ name: 'you' });
  things.set('tokens', await client.certificates.tokens());
  const pending = await client.operations.all();
  things.set('pending operations', pending).set('one of them', await client.operations.get(secret.id));
  await secret.cancel();
  things.set('a cancelled one', secret).set('its error', await failure(secret.wait()));
}

/** What runs in an instance, and what it leaves. */
async function addHandles(things: Map<string, unknown>, client: Client, fake: FakeServer): Promise<void> {
  fake.addInstance({ name: 'runs', status: 'Running' });
  const runs = client.instances.ref('runs');
  const env = { DB_PASSWORD: password };
  const running = runs.exec(['cat'], { env, input: 'hello' });
  things.set('a command', running).set('its end', await running);
  const failing = runs.exec(['false'], { env });
  things.set('a failed command', await failure(failing));
  const session = await runs.console();
  things.set('a console', session);
  const body = { command: ['cat'], environment: env, 'wait-for-websocket': true, interactive: false };
  const unwaited = (await client.request('POST', '/1.0/instances/{name}/exec', {
    name: 'runs',
    body: body,
    wait: false,
  })) as Operation<unknown>;
  expect((unwaited.metadata.fds as Record<string, string>)['0']).toMatch(/^[0-9a-f]{32,}$/);
  things.set('a command of request()', unwaited).set('what that prints too', inspect(unwaited.metadata));
  things.set('operations of commands', await client.operations.all());
  await session.detach();
  await unwaited.cancel().catch(() => undefined);
  things.set('a file that is not there', await failure(runs.files.readFile('/none')));
  things.set('what is aborted', await failure(runs.fetch({ signal: AbortSignal.abort() })));
}

/** Ways to say who one is, with what of it is secret; a new one is a line here. */
const carriers: Readonly<Record<string, () => { options: Partial<ClientOptions>; secrets: string[] }>> = {
  'a client certificate': () => {
    const { clientCert, clientKey } = createIdentity({ name: 'me' });
    return { options: { clientCert, clientKey }, secrets: [clientKey.split('\n')[2]!] };
  },
  headers: () => ({ options: { headers: { cookie: `session=${header}` } }, secrets: [header] }),
  'a bearer token': () => ({ options: { bearer: 's3cret-bearer' }, secrets: ['s3cret-bearer'] }),
  'tokens of OIDC': () => {
    const tokens = { accessToken: 's3cret-access', refreshToken: 's3cret-refresh', idToken: 's3cret-id' };
    return {
      options: { oidc: { tokens: { load: () => tokens, save: () => undefined } } },
      secrets: Object.values(tokens),
    };
  },
};

it.each(Object.entries(carriers))(
  'nothing of %s is shown',
  async (_, make) => {
    await using fake = await FakeServer.start({ https: true });
    const { endpoint, serverCert } = fake.endpoint;
    const { options, secrets } = make();
    const lines: string[] = [];
    const log = { debug: (line: string) => lines.push(line), warn: (line: string) => lines.push(line) };
    for (const place of [
      { endpoint, serverCert },
      { endpoint: 'https://127.0.0.1:1', serverCert },
    ]) {
      const client = new Client({ ...place, ...options, log });
      try {
        const things = new Map<string, unknown>([
          ['client', client],
          ['the server', client.server],
        ]);
        things.set('a derived client', client.useProject('p'));
        for (const { place: at, manager } of managersUnder(client)) things.set(at, manager);
        things.set('a refusal', await failure(client.instances.all()));
        things.set('another', await failure(client.server.fetch()));
        const stream = client.events.listen({ signal: AbortSignal.timeout(5000) });
        things.set('a stream of events', stream).set('its error', await failure(stream.next()));
        things.set('the log', lines);
        expect(leaks(things, secrets)).toEqual([]);
        const { clientKey, bearer, ...credentials } = client.credentials();
        expect(leaks(new Map([['credentials', credentials]]), secrets)).toEqual([]);
        const printed = [inspect(client.credentials()), printers['the REPL']!(client.credentials())].join(
          '\n',
        );
        expect(secrets.filter((secret) => printed.includes(secret))).toEqual([]);
        expect([clientKey, bearer].filter((one) => one !== undefined).length).toBeLessThan(2);
      } finally {
        await client.close();
      }
    }
  },
  30_000,
);
