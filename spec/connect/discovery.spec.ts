import { spawn } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { discover, type Surroundings } from '../../lib/connect/discovery.js';
import { ClosedError, ConnectionError } from '../../lib/errors/index.js';

const lxd = '/var/lib/lxd/unix.socket';
const snap = '/var/snap/lxd/common/lxd/unix.socket';
const incus = '/var/lib/incus/unix.socket';
const incusUser = '/var/lib/incus/unix.socket.user';

let root: string;
let servers: Server[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tslxd-'));
  servers = [];
});

afterEach(async () => {
  for (const server of servers.filter(({ listening }) => listening)) {
    await new Promise((resolve) => server.close(resolve));
  }
  rmSync(root, { recursive: true, force: true });
});

async function listen(path: string): Promise<Server> {
  mkdirSync(dirname(path), { recursive: true });
  const server = createServer((socket) => socket.resume());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  servers.push(server);
  return server;
}

/** A socket that a killed daemon has left behind: a hard link outlives the server's removing its own name. */
async function leaveStale(path: string): Promise<void> {
  const own = join(root, 'own');
  const server = await listen(own);
  mkdirSync(dirname(path), { recursive: true });
  linkSync(own, path);
  await new Promise((resolve) => server.close(resolve));
}

const search = (more: Partial<Surroundings> = {}, closing?: AbortSignal) =>
  discover({ env: {}, uid: 1000, root, ...more }, closing);

async function failure(promise: Promise<unknown>): Promise<ConnectionError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConnectionError);
  return error as ConnectionError;
}

const failWith = (codes: Record<string, string>) => async (path: string) => {
  const code = codes[path.slice(root.length)] ?? 'ENOENT';
  if (code !== 'ok') throw Object.assign(new Error(`connect ${code}`), { code });
};

describe('the search on this machine', () => {
  test('finds LXD', async () => {
    await listen(join(root, lxd));
    expect(await search()).toEqual({ kind: 'unix', socketPath: join(root, lxd), product: 'lxd' });
  });

  test('prefers LXD where both answer', async () => {
    await listen(join(root, incus));
    await listen(join(root, lxd));
    expect(await search()).toMatchObject({ product: 'lxd' });
  });

  test('goes on over a stale socket', async () => {
    await leaveStale(join(root, snap));
    await listen(join(root, incus));
    expect(await search()).toEqual({ kind: 'unix', socketPath: join(root, incus), product: 'incus' });
  });

  test('goes on over a file that is no socket', async () => {
    mkdirSync(dirname(join(root, lxd)), { recursive: true });
    writeFileSync(join(root, lxd), '');
    await listen(join(root, incus));
    expect(await search()).toMatchObject({ product: 'incus' });
  });

  test("takes Incus's user socket with its project where the main one is not permitted", async () => {
    const probe = failWith({ [incus]: 'EACCES', [incusUser]: 'ok' });
    expect(await search({ probe })).toEqual({
      kind: 'unix',
      socketPath: join(root, incusUser),
      product: 'incus',
      project: 'user-1000',
    });
  });

  test('goes on over a socket that is not permitted', async () => {
    await listen(join(root, lxd));
    await listen(join(root, incus));
    chmodSync(join(root, lxd), 0o600);
    chmodSync(join(root, incus), 0o666);
    chmodSync(root, 0o755);
    const isRoot = process.geteuid?.() === 0; // to whom everything is permitted
    if (isRoot) process.seteuid?.(65534);
    else chmodSync(join(root, lxd), 0o400);
    try {
      expect(await search()).toMatchObject({ product: 'incus' });
      const error = await failure(search({ env: { LXD_SOCKET: join(root, lxd) } }));
      expect(error.attempts[0]).toMatchObject({ reason: 'not permitted' });
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  test('says every place with its reason and remedy when nothing answers', async () => {
    const error = await failure(
      search({
        probe: failWith({
          [snap]: 'ECONNREFUSED',
          [lxd]: 'EACCES',
          [incus]: 'EACCES',
          [incusUser]: 'EACCES',
        }),
      }),
    );
    expect(error.code).toBe('ERR_LXD_CONNECTION');
    const at = (path: string) => error.attempts.find(({ address }) => address === join(root, path));
    expect(at(snap)).toEqual({
      address: join(root, snap),
      reason: 'refused',
      remedy: expect.stringContaining('start'),
    });
    expect(at(lxd)).toMatchObject({ reason: 'not permitted', remedy: expect.stringContaining('group lxd') });
    expect(at(incus)).toMatchObject({
      reason: 'not permitted',
      remedy: expect.stringContaining('incus-admin'),
    });
    expect(at(incusUser)).toMatchObject({ remedy: expect.stringContaining('usermod -aG incus "$USER"') });
    expect(at('/run/incus/unix.socket')).toEqual({
      address: join(root, '/run/incus/unix.socket'),
      reason: 'absent',
    });
    for (const { address, reason, remedy } of error.attempts) {
      expect(error.message).toContain(address);
      expect(error.message).toContain(reason);
      if (remedy) expect(error.message).toContain(remedy);
    }
  });

  test('advises to install a server where there is none', async () => {
    const error = await failure(search());
    expect(error.attempts.map(({ reason }) => reason)).toEqual(Array(7).fill('absent'));
    expect(error.message).toMatch(/Install LXD or Incus.*socketPath or endpoint/);
  });

  test('leaves no connection open', async () => {
    const server = await listen(join(root, lxd));
    await search();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await new Promise((resolve) => server.getConnections((_, count) => resolve(count)))).toBe(0);
  });
});

describe('the environment', () => {
  test('keeps a server from being found that it does not name', async () => {
    await listen(join(root, incus));
    const error = await failure(search({ env: { LXD_SOCKET: join(root, 'nowhere') } }));
    expect(error.attempts).toEqual([
      { address: join(root, 'nowhere'), reason: 'absent', remedy: expect.stringContaining('LXD_SOCKET') },
    ]);
    expect(error.message).toMatch(/\(LXD_SOCKET\): absent; correct LXD_SOCKET.*\nNothing else was tried/);
    expect(error.cause).toMatchObject({ code: 'ENOENT' });
  });

  test.each(['a b/unix socket', 'a:b/c:d', 'мир/ñ☃.sock', 'a%20b#c?d'])('may name %s', async (name) => {
    const socketPath = join(root, name);
    await listen(socketPath);
    expect(await search({ env: { INCUS_SOCKET: socketPath } })).toEqual({
      kind: 'unix',
      socketPath,
      product: 'incus',
    });
  });

  test('tries what INCUS_DIR names when LXD_DIR answers not', async () => {
    await listen(join(root, 'i/unix.socket'));
    const env = { LXD_DIR: join(root, 'l'), INCUS_DIR: join(root, 'i') };
    expect(await search({ env })).toMatchObject({
      product: 'incus',
      socketPath: join(root, 'i/unix.socket'),
    });
  });

  test('does not connect to what the kernel would cut a long path down to', async () => {
    const long = join(root, 'x'.repeat(200));
    await listen(long.slice(0, 107));
    const error = await failure(search({ env: { LXD_SOCKET: long } }));
    expect(error.attempts[0]?.reason).toMatch(/too long/);
  });
});

describe('the probe', () => {
  test('takes a daemon whose queue is full for one that is there', async () => {
    // As a busy daemon: its listening socket is there, its process accepts nothing.
    const path = join(root, 'busy');
    const code = `require('net').createServer().listen({ path: ${JSON.stringify(path)}, backlog: 1 }, () => console.log('up'))`;
    const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await new Promise((resolve) => child.stdout.once('data', resolve));
      child.kill('SIGSTOP');
      for (let i = 0; i < 6; i += 1) {
        expect(await search({ env: { LXD_SOCKET: path } })).toMatchObject({ socketPath: path });
      }
    } finally {
      child.kill('SIGKILL');
    }
  });

  test('ends when the client is closed, and no other follows it', async () => {
    const closing = new AbortController();
    const probed: string[] = [];
    const probe = (path: string, signal: AbortSignal) =>
      new Promise<void>((_resolve, reject) => {
        probed.push(path);
        signal.addEventListener('abort', () => reject(signal.reason as Error));
        closing.abort();
      });
    await expect(search({ probe }, closing.signal)).rejects.toBeInstanceOf(ClosedError);
    expect(probed).toHaveLength(1);
  });

  test('is not even begun when the client is closed', async () => {
    const probed: string[] = [];
    const probe = async (path: string) => void probed.push(path);
    await expect(search({ probe }, AbortSignal.abort())).rejects.toBeInstanceOf(ClosedError);
    expect(probed).toEqual([]);
  });

  test('is given up after two seconds', async () => {
    const probe = (_path: string, signal: AbortSignal) =>
      new Promise<void>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    const error = await failure(search({ env: { LXD_SOCKET: '/hangs' }, probe }));
    expect(error.attempts[0]?.reason).toBe('no answer');
  });
});
