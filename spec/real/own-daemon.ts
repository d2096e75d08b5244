import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { realServer, type RealServer, type ServerFacts } from './server.js';

/** A daemon of one spec, with a state folder of its own: it may be killed. */
export interface OwnDaemon {
  server: RealServer;
  socketPath: string;
  /** Its state folder: what its own programs want as LXD_DIR or INCUS_DIR. */
  folder: string;
  /** As a crash does. */
  kill(): Promise<void>;
  /** Resolves when it answers. */
  start(): Promise<void>;
  /** Ends it with all that it made. A spec that dies before it says so has it ended too. */
  remove(): Promise<void>;
}

/** How each product is started; undefined where it is not installed, or we may not. */
function commandOf(product: 'lxd' | 'incus'): string | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const places = {
    lxd: ['/usr/bin/lxd', '/usr/sbin/lxd'],
    incus: ['/usr/libexec/incus/incusd', '/usr/bin/incusd'],
  };
  return places[product].find((place) => existsSync(place));
}

/** Whether a daemon of one's own can be had of this product. */
export function canStart(product: 'lxd' | 'incus'): boolean {
  return commandOf(product) !== undefined;
}

/** Starts a second daemon of a product beside the one that answers; `https` has it listen on a loopback address too. */
export async function startOwnDaemon(facts: ServerFacts, { https = false } = {}): Promise<OwnDaemon> {
  const daemon = await launch(facts);
  try {
    if (https) await listenOn(daemon.server, await freeAddress());
    await addStorage(daemon.server);
    return daemon;
  } catch (error) {
    await daemon.remove();
    throw error;
  }
}

/** Several at once, side by side; if one fails, none stays. */
export async function startOwnDaemons(
  facts: ServerFacts,
  count: number,
  { https = false } = {},
): Promise<OwnDaemon[]> {
  return allOrNone(Array.from({ length: count }, async () => startOwnDaemon(facts, { https })));
}

/** A daemon as it comes: without storage, and on its unix socket alone. */
export async function launch(facts: ServerFacts): Promise<OwnDaemon> {
  const command = commandOf(facts.product);
  if (command === undefined) throw new Error(`No ${facts.name} daemon can be started here`);
  const folder = await mkdtemp(join(tmpdir(), `tslxd-${facts.product}-`));
  const guard = guardOf(folder);
  const socketPath = join(folder, 'unix.socket');
  const server = realServer({ ...facts, socketPath, httpsUrl: '', hasNetwork: false });
  let child: ChildProcess | undefined;
  const daemon: OwnDaemon = {
    server,
    socketPath,
    folder,
    async start() {
      // A socket that is named for clients would be taken for the daemon's own.
      const sockets = { LXD_SOCKET: undefined, INCUS_SOCKET: undefined };
      const env = { ...process.env, ...sockets, LXD_DIR: folder, INCUS_DIR: folder };
      child = spawn(command, ['--group', 'root'], { env, detached: true, stdio: 'ignore', cwd: '/' });
      child.on('error', () => undefined);
      const deadline = performance.now() + 60_000;
      for (;;) {
        const answer = await server.raw('GET', '/1.0').catch(() => undefined);
        if (answer?.status === 200) return;
        if (performance.now() > deadline) throw new Error(`${command} did not answer on ${socketPath}`);
        await delay(50);
      }
    },
    async kill() {
      const over = new Promise((resolve) => child?.once('exit', resolve));
      child?.kill('SIGKILL');
      await over;
    },
    async remove() {
      if (guard.exitCode !== null) return;
      guard.ref();
      guard.stdin!.end();
      await once(guard, 'exit');
      if (existsSync(folder)) throw new Error(`${folder} could not be removed`);
    },
  };
  try {
    await daemon.start();
    return daemon;
  } catch (error) {
    await daemon.remove();
    throw error;
  }
}

/** Has a server listen for others; its clients find the address and the certificate in it then. */
export async function listenOn(server: RealServer, address: string): Promise<void> {
  const { config } = await server.read<{ config: object }>('/1.0');
  await server.run('PUT', '/1.0', { config: { ...config, 'core.https_address': address } });
  const { environment } = await server.read<{ environment: { certificate: string } }>('/1.0');
  Object.assign(server, { httpsUrl: `https://${address}`, serverCert: environment.certificate });
}

/** A pool `default` of folders, and a root disk in it for every instance. */
export async function addStorage(server: RealServer): Promise<void> {
  await server.run('POST', '/1.0/storage-pools', { name: 'default', driver: 'dir' });
  const devices = { root: { type: 'disk', path: '/', pool: 'default' } };
  await server.run('PUT', '/1.0/profiles/default', { config: {}, description: '', devices });
}

/** `127.0.0.1` with a port that nobody has at the moment. */
export async function freeAddress(): Promise<string> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  listener.close();
  await once(listener, 'close');
  return `127.0.0.1:${port}`;
}

/** What was started side by side; if one fails, the others are removed. */
export async function allOrNone(starting: Promise<OwnDaemon>[]): Promise<OwnDaemon[]> {
  const settled = await Promise.allSettled(starting);
  const failed = settled.find((one) => one.status === 'rejected');
  const started = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  if (!failed) return started;
  await removeAll(started);
  throw failed.reason;
}

/** Removes them side by side; throws if one cannot be. */
export async function removeAll(daemons: readonly OwnDaemon[]): Promise<void> {
  const settled = await Promise.allSettled(daemons.map(async (daemon) => daemon.remove()));
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
}

/** A process that removes everything once we say so, or are no more. */
function guardOf(folder: string): ChildProcess {
  const script = fileURLToPath(new URL('./own-daemon-guard.sh', import.meta.url));
  const guard = spawn(script, [folder], { detached: true, stdio: ['pipe', 'ignore', 'ignore'], cwd: '/' });
  guard.on('error', () => undefined);
  guard.unref();
  (guard.stdin as Socket).unref();
  return guard;
}
