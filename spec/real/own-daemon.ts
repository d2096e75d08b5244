import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realServer, type RealServer, type ServerFacts } from './server.js';

/** A daemon of one spec, with a state folder of its own: it may be killed. */
export interface OwnDaemon {
  server: RealServer;
  socketPath: string;
  /** As a crash does. */
  kill(): Promise<void>;
  /** Resolves when it answers. */
  start(): Promise<void>;
  /** Ends it with all that it made. */
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

/** Starts a second daemon of a product beside the one that answers. */
export async function startOwnDaemon(facts: ServerFacts): Promise<OwnDaemon> {
  const command = commandOf(facts.product);
  if (command === undefined) throw new Error(`No ${facts.name} daemon can be started here`);
  const folder = await mkdtemp(join(tmpdir(), `tslxd-${facts.product}-`));
  const socketPath = join(folder, 'unix.socket');
  const server = realServer({ ...facts, socketPath, httpsUrl: '', hasNetwork: false });
  let child: ChildProcess | undefined;
  const daemon: OwnDaemon = {
    server,
    socketPath,
    async start() {
      const env = { ...process.env, LXD_DIR: folder, INCUS_DIR: folder };
      child = spawn(command, ['--group', 'root'], { env, detached: true, stdio: 'ignore', cwd: '/' });
      child.on('error', () => undefined);
      const deadline = performance.now() + 60_000;
      for (;;) {
        const answer = await server.raw('GET', '/1.0').catch(() => undefined);
        if (answer?.status === 200) return;
        if (performance.now() > deadline) throw new Error(`${command} did not answer on ${socketPath}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async kill() {
      const over = new Promise((resolve) => child?.once('exit', resolve));
      child?.kill('SIGKILL');
      await over;
    },
    async remove() {
      await server.cleanup('').catch(() => undefined); // every instance of it
      if (child?.exitCode === null && child.signalCode === null) await daemon.kill();
      // Containers that lived on, and what the daemon had mounted, hold the folder.
      for (const mount of mountsBelow(folder)) execFileSync('umount', ['-l', mount]);
      await rm(folder, { recursive: true, force: true });
    },
  };
  await daemon.start();
  await server.run('POST', '/1.0/storage-pools', { name: 'default', driver: 'dir' });
  const devices = { root: { type: 'disk', path: '/', pool: 'default' } };
  await server.run('PUT', '/1.0/profiles/default', { config: {}, description: '', devices });
  return daemon;
}

function mountsBelow(folder: string): string[] {
  const lines = execFileSync('cat', ['/proc/mounts'], { encoding: 'utf8' }).split('\n');
  return lines
    .map((line) => line.split(' ')[1] ?? '')
    .filter((mount) => mount.startsWith(`${folder}/`))
    .reverse();
}
