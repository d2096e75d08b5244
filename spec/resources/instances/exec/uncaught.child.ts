// Run by uncaught.spec.ts, since jest hides what ends a process: commands whose streams nobody listens to, ended in every
// way. Prints what nobody caught as JSON.
import { createReadStream } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '../../../../lib/client.js';
import type { ExecOptions } from '../../../../lib/resources/instances/exec/options.js';
import type { ExecProcess } from '../../../../lib/resources/instances/exec/process.js';
import { ExecServer } from './exec-server.js';

const faults: string[] = [];
let running = '';
process.on('unhandledRejection', (reason) =>
  faults.push(`${running}: unhandled rejection: ${String(reason)}`),
);
process.on('uncaughtException', (error) =>
  faults.push(`${running}: uncaught exception: ${String(error.stack)}`),
);

/** What a program does with a command and forgets. */
const uses: Record<string, (command: ExecProcess<string | Buffer>) => unknown> = {
  'leaves a loop': async (command) => {
    for await (const line of command) if (line === 'ready') break;
  },
  'leaves a loop over stderr': async (command) => {
    for await (const line of command.iterable({ from: 'stderr' })) if (line === 'ready') break;
  },
  'leaves a loop over both': async (command) => {
    for await (const line of command.iterable({ from: 'all' })) if (line === 'ready') break;
  },
  'makes an iterable and never reads it': (command) => command.iterable(),
  'reads one line by hand': async (command) => command.iterable().next(),
  'takes all streams and reads none': ({ stdin, stdout, stderr, all }) => [stdin, stdout, stderr, all],
  'pipes to a stream that breaks': ({ stdout }) => {
    const broken = new PassThrough().on('error', () => undefined);
    stdout.pipe(broken);
    setTimeout(() => broken.destroy(new Error('broken')), 50);
  },
  'writes to it': ({ stdin }) => {
    stdin.write('x');
    setInterval(() => stdin.writable && stdin.write('x'), 5).unref();
  },
  'attaches it': (command) => command.attach({ stdin: new PassThrough(), stdout: new PassThrough() }),
  'does nothing': () => undefined,
};

/** What ends it. */
const ends: Record<string, [ExecOptions, (server: ExecServer, client: Client) => unknown]> = {
  'a timeout': [{ timeout: 150 }, () => undefined],
  'a signal': [{}, () => undefined], // set below
  'the end of the client': [{}, (_server, client) => client.close()],
  'the end of the daemon': [{}, (server) => server.stop()],
  itself: [{}, (server) => [...server.commands.values()].map((command) => command.end(7))],
  'its sockets': [{}, (server) => [...server.websockets].map((socket) => socket.terminate())],
};

const inputs: Record<string, () => ExecOptions['input']> = {
  'a file that is not there': () => createReadStream('/no/such/file'),
  'a stream that breaks at once': () =>
    new Readable({
      read() {
        this.destroy(new Error('broken'));
      },
    }).resume(),
  'an iterable that breaks': async function* () {
    yield 'x';
    await delay(1);
    throw new Error('broken');
  },
};

async function one(use: string, end: string, options: ExecOptions): Promise<void> {
  const server = await ExecServer.start(({ sockets }) => {
    for (const name of ['0', '1', '2']) {
      if (name !== '0' || !sockets['1']) sockets[name]?.send(Buffer.from('ready\nsteady\n'), () => undefined);
    }
  });
  const client = new Client({ socketPath: server.socketPath });
  const [own, act] = ends[end]!;
  const signal = end === 'a signal' ? AbortSignal.timeout(150) : undefined;
  const command = client.instances.ref('web').exec(['command'], { ...options, ...own, signal });
  void Promise.resolve(uses[use]!(command)).catch(() => undefined);
  await delay(150);
  await act(server, client);
  await Promise.race([command.catch(() => undefined), delay(8000, undefined, { ref: false })]);
  await client.close();
  await delay(20);
  await server.stop();
}

const runs: Promise<void>[] = [];
for (const use of Object.keys(uses)) {
  for (const end of Object.keys(ends)) {
    for (const options of [{}, { buffer: false }, { interactive: true }]) {
      running = 'one of the uses';
      runs.push(one(use, end, options));
    }
  }
}
await Promise.all(runs);
for (const [name, make] of Object.entries(inputs)) {
  running = `input from ${name}`;
  const server = await ExecServer.start(() => undefined);
  const client = new Client({ socketPath: server.socketPath });
  for (let round = 0; round < 2; round++) {
    const input = make();
    await client.instances
      .ref('web')
      .exec(['command'], { input, timeout: 3000 })
      .then(
        () => faults.push(`${running}: it resolved`),
        (error: unknown) => {
          if (!/broke|ENOENT/.test(String(error))) faults.push(`${running}: ${String(error)}`);
        },
      );
  }
  await client.close();
  await server.stop();
}
console.log(JSON.stringify({ faults }));
process.exit(0);
