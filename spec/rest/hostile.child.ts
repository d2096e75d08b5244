// Run by hostile-answers.spec.ts: every call against every odd answer, in a process whose uncaught errors are seen.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import tls from 'node:tls';
import { Client } from '../../lib/client.js';
import { endpointFromOptions, type ConnectOptions } from '../../lib/connect/options.js';
import { AbortedError, isLxdError } from '../../lib/errors/index.js';
import { SimpleStreams } from '../../lib/resources/simplestreams/simplestreams.js';
import { Connection } from '../../lib/rest/connection.js';
import { GotTransport } from '../../lib/rest/got-transport.js';
import { Session } from '../../lib/rest/session.js';
import { Web } from '../../lib/rest/web.js';
import { answers, good } from './hostile-answers.js';

const [how = 'unix', key = '', cert = ''] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'tslxd-hostile-'));

/** Uncaught errors, with what was under way. */
const uncaught: string[] = [];
const underWay = new Set<string>();
const answersUnderWay = () => [...new Set([...underWay].map((title) => title.split(' / ')[0]))].join(', ');
const note = (error: unknown) => uncaught.push(`${answersUnderWay()}: ${String((error as Error).stack)}`);
process.on('uncaughtException', note);
process.on('unhandledRejection', note);

/** Serves an answer's bytes, piece by piece, for all but what must succeed before. */
async function serve(bytes: readonly string[], end: string, number: number): Promise<Served> {
  const sockets = new Set<net.Socket>();
  const onConnection = (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.on('data', (data) => {
      const head = /^([A-Z]+) (\S+) HTTP/.exec(data.toString('latin1'));
      if (head) void answer(socket, head[2] ?? '');
    });
  };
  const answer = async (socket: net.Socket, path: string) => {
    const before = good(path);
    if (before) return socket.write(before);
    for (const piece of bytes) {
      socket.write(piece, 'latin1');
      await delay(2);
    }
    if (end === 'end') socket.end();
    if (end === 'destroy') socket.destroy();
    return undefined;
  };
  const server =
    how === 'unix' ? net.createServer(onConnection) : tls.createServer({ key, cert }, onConnection);
  const socketPath = join(folder, `${String(number)}.sock`);
  await new Promise<void>((resolve) => {
    if (how === 'unix') server.listen(socketPath, resolve);
    else server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = (how === 'unix' ? {} : server.address()) as { port?: number };
  const stop = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  const options =
    how === 'unix' ? { socketPath } : { endpoint: `https://127.0.0.1:${String(port)}`, serverCert: cert };
  return { options, stop };
}

interface Served {
  options: ConnectOptions;
  stop: () => void;
}

const get = { method: 'GET', path: '/1.0/x' };

async function readBody({ body }: { body: Readable }, pause = 0): Promise<string> {
  if (pause) await delay(pause);
  let length = 0;
  for await (const piece of body) length += (piece as Buffer).length;
  return String(length);
}

type Call = (given: {
  session: Session;
  client: Client;
  options: ConnectOptions;
  file: string;
}) => Promise<unknown>;

const instance = (client: Client) => client.instances.ref('x');

const calls: Record<string, Call> = {
  'send GET': ({ session }) => session.send(get),
  'send HEAD': ({ session }) => session.send({ ...get, method: 'HEAD' }),
  'send PUT': ({ session }) => session.send({ ...get, method: 'PUT', body: { a: 1 } }),
  'send bytes': ({ session }) => session.send({ ...get, method: 'POST', body: Buffer.from('x') }),
  'send a stream': ({ session }) =>
    session.send({ ...get, method: 'POST', body: Readable.from([Buffer.from('x')]) }),
  'stream, read at once': async ({ session }) => readBody(await session.stream(get)),
  'stream, read later': async ({ session }) => readBody(await session.stream(get), 40),
  'stream, not read': async ({ session }) => {
    await session.stream(get);
  },
  'stream HEAD': async ({ session }) => readBody(await session.stream({ ...get, method: 'HEAD' }), 20),
  'transport request': async ({ options }) => {
    const transport = new GotTransport(endpointFromOptions(options)!);
    return transport.request({ ...get, timeout: 500 }).finally(() => transport.close());
  },
  websocket: ({ session }) => session.websocket({ path: '/1.0/events' }).then((socket) => socket.terminate()),
  upgrade: ({ session }) =>
    session.upgrade({ path: '/1.0/sftp' }, 'sftp').then((socket) => void socket.destroy()),
  'web text': ({ options }) => web(options).text(new URL('/x', options.endpoint as string)),
  'web file': async ({ options }) =>
    readBody({ body: await web(options).file(new URL('/x', options.endpoint as string)) }, 40),
  simplestreams: ({ options }) => simplestreams(options).all(),
  'client.request': ({ client }) =>
    client
      .request('GET', '/1.0/images/{fingerprint}/export', { fingerprint: 'ab' })
      .then((body) => readBody({ body: body }, 20)),
  'instances.get': ({ client }) => client.instances.get('y'),
  'instances.all': ({ client }) => client.instances.all(),
  'files.readFile': ({ client }) => instance(client).files.readFile('/a'),
  'files.writeFile': ({ client }) => instance(client).files.writeFile('/a', 'x'),
  'files.readdir': ({ client }) => instance(client).files.readdir('/a'),
  'files.stat': ({ client }) => instance(client).files.stat('/a'),
  'files.createReadStream': async ({ client }) =>
    readBody({ body: instance(client).files.createReadStream('/a') }),
  'files.createReadStream, not read': async ({ client }) => {
    instance(client).files.createReadStream('/a').read(0);
    await delay(60);
  },
  'files.sftpSocket': ({ client }) =>
    instance(client)
      .files.sftpSocket()
      .then((socket) => void socket.destroy()),
  'files.pull': ({ client, file }) => instance(client).files.pull('/a', file),
  'image.exportTo': ({ client, file }) => client.images.ref('ab').exportTo(file),
  'image.export, read': ({ client }) => readBody({ body: client.images.ref('ab').export() }),
  'image.export, not read': async ({ client }) => {
    client.images.ref('ab').export().read(0); // has it begin
    await delay(60);
  },
  'backup.exportTo': ({ client, file }) => instance(client).backups.ref('b').exportTo(file),
  'server.metrics': ({ client }) => client.server.metrics(),
  'logs.read': async ({ client }) => text((await instance(client).logs.read('lxc.log')) as never),
};

function web(options: ConnectOptions): Web {
  if (!options.endpoint) throw Object.assign(new Error('only over https'), { code: 'ERR_LXD_SKIPPED' });
  return new Web(new URL(options.endpoint), { serverCert: options.serverCert, timeout: 500 });
}

function simplestreams(options: ConnectOptions): SimpleStreams {
  if (!options.endpoint) throw Object.assign(new Error('only over https'), { code: 'ERR_LXD_SKIPPED' });
  return new SimpleStreams(options.endpoint as string, { serverCert: options.serverCert, timeout: 500 });
}

async function outcome(call: Call, given: Parameters<Call>[0]): Promise<string> {
  const hang = new AbortController();
  const hung = delay(8000, 'HANG', { signal: hang.signal, ref: true }).catch(() => 'HANG');
  const run = (async () => {
    try {
      await call(given);
      return 'ok';
    } catch (error) {
      const { code } = error as { code?: string };
      if (isLxdError(error) || code === 'ERR_LXD_SKIPPED') return String(code);
      return `RAW ${String((error as Error).stack)}`;
    }
  })();
  const result = await Promise.race([run, hung]);
  hang.abort();
  return result;
}

const results: Record<string, Record<string, string>> = {};
let number = 0;

async function tryOut(name: string): Promise<void> {
  const { bytes, end } = answers[name]!;
  const served = await serve(bytes, end, (number += 1));
  await Promise.all(
    Object.entries(calls).map(async ([what, call]) => {
      const title = `${name} / ${what}`;
      const client = new Client({ ...served.options, timeout: 500 });
      const session = new Session(new Connection(served.options), { timeout: 500 });
      underWay.add(title);
      const file = join(folder, `${String((number += 1))}.file`);
      (results[name] ??= {})[what] = await outcome(call, { session, client, options: served.options, file });
      await delay(30);
      session.connection.close();
      await client.close();
      await delay(10);
      if (results[name][what] === 'ok') await rm(file, { recursive: true, force: true });
      underWay.delete(title);
    }),
  );
  served.stop();
}

// A few at a time: most of it is waiting for what stalls.
const names = Object.keys(answers);
const workers = Array.from({ length: 5 }, async () => {
  for (let name = names.shift(); name !== undefined; name = names.shift()) await tryOut(name);
});
await Promise.all(workers);

/** Every call that takes a signal, with one that has fired or fires while the answer is on its way. */
const signalled: Record<
  string,
  (session: Session, client: Client, signal: AbortSignal, file: string) => Promise<unknown>
> = {
  send: (session, _client, signal) => session.send({ ...get, signal }),
  'send a stream': (session, _client, signal) =>
    session.send({ ...get, method: 'POST', body: Readable.from([Buffer.from('x')]), signal }),
  'stream, read': async (session, _client, signal) => readBody(await session.stream({ ...get, signal })),
  'stream, not read': async (session, _client, signal) => {
    await session.stream({ ...get, signal });
    await delay(60);
    throw new AbortedError('nobody is told');
  },
  websocket: (session, _client, signal) => session.websocket({ ...get, signal }),
  upgrade: (session, _client, signal) => session.upgrade({ ...get, signal }, 'sftp'),
  'files.readFile': (_session, client, signal) => instance(client).files.readFile('/a', { signal }),
  'files.createReadStream': (_session, client, signal) =>
    readBody({ body: instance(client).files.createReadStream('/a', { signal }) }),
  'files.sftpSocket': (_session, client, signal) => instance(client).files.sftpSocket({ signal }),
  'image.export': (_session, client, signal) =>
    readBody({ body: client.images.ref('ab').export({ signal }) }),
  'image.exportTo': (_session, client, signal, file) => client.images.ref('ab').exportTo(file, { signal }),
  'backup.exportTo': (_session, client, signal, file) =>
    instance(client).backups.ref('b').exportTo(file, { signal }),
};

async function abortAll(name: string, bytes: string[], after: number | undefined): Promise<void> {
  const served = await serve(bytes, 'open', (number += 1));
  const client = new Client(served.options);
  const session = new Session(new Connection(served.options));
  await Promise.all(
    Object.entries(signalled).map(async ([what, call]) => {
      underWay.add(`${name} / ${what}`);
      const controller = new AbortController();
      if (after === undefined) controller.abort();
      else setTimeout(() => controller.abort(), after);
      const file = join(folder, `${String((number += 1))}.file`);
      const run: Call = () => call(session, client, controller.signal, file);
      (results[name] ??= {})[what] = await outcome(run, { session, client, options: served.options, file });
      await delay(10);
      underWay.delete(`${name} / ${what}`);
    }),
  );
  session.connection.close();
  await client.close();
  served.stop();
}

const { bytes: stalls } = answers['a body that stalls']!;
await abortAll('a signal that has fired', stalls, undefined);
await abortAll('a signal that fires before the head', [], 30);
await abortAll('a signal that fires in the body', stalls, 30);
await delay(50);
const left = (await readdir(folder)).filter((name) => !name.endsWith('.sock'));
await rm(folder, { recursive: true });
console.log(JSON.stringify({ results, uncaught, left }));
