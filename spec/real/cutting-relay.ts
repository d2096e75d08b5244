import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A relay before a real server, which cuts connections. */
export interface CuttingRelay {
  /** Of a unix socket the path, else `https://host:port`. */
  readonly at: string;
  /** Cuts the connection over which the next write goes: `before` it reaches the server, or `after`, when the server answers. */
  cut(when: 'before' | 'after'): void;
  /** How many were cut. */
  readonly count: number;
  close(): Promise<void>;
}

/** `isWrite` says of what a client sends whether it is one; over TLS nobody can read it. */
export async function cuttingRelay(
  target: net.NetConnectOpts,
  isWrite: (text: string) => boolean,
): Promise<CuttingRelay> {
  const isUnix = 'path' in target;
  const folder = await mkdtemp(join(tmpdir(), 'tslxd-cutting-'));
  const sockets = new Set<net.Socket>();
  let next: 'before' | 'after' | undefined;
  let count = 0;
  const listener = net.createServer((client) => {
    const remote = net.connect(target);
    for (const socket of [client, remote]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        sockets.delete(socket);
        client.destroy();
      });
    }
    client.once('close', () => remote.end());
    let isCut = false;
    client.on('data', (chunk: Buffer) => {
      if (next !== undefined && isWrite(chunk.toString('latin1'))) {
        const when = next;
        next = undefined;
        count++;
        if (when === 'before') {
          client.destroy();
          remote.destroy();
          return;
        }
        isCut = true;
      }
      remote.write(chunk);
    });
    remote.on('data', (chunk: Buffer) => {
      if (isCut) client.destroy();
      else client.write(chunk);
    });
    remote.once('end', () => client.end());
  });
  listener.listen(isUnix ? join(folder, 'unix.socket') : { host: '127.0.0.1', port: 0 });
  await once(listener, 'listening');
  return {
    at: isUnix
      ? join(folder, 'unix.socket')
      : `https://127.0.0.1:${String((listener.address() as AddressInfo).port)}`,
    cut: (when) => {
      next = when;
    },
    get count() {
      return count;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
