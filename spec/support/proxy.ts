import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** What can go wrong with a connection at one byte. */
export interface Trouble {
  /**
   * `cut` ends the connection before the byte; `delay` holds it and all after it back for `ms`; `halve` sends what
   * comes before it and what comes from it on in two writes; `duplicate` sends the byte twice.
   */
  kind: 'cut' | 'delay' | 'halve' | 'duplicate';
  /** From the server (`down`) or to it (`up`). */
  direction: 'down' | 'up';
  /** Counted from the first byte of that direction. */
  at: number;
  /** Of `delay`. */
  ms?: number;
}

export const troubleKinds: readonly Trouble['kind'][] = ['cut', 'delay', 'halve', 'duplicate'];

/** What went over one connection. */
export interface Carried {
  /** The first line that the client sent. */
  line: string;
  up: number;
  down: number;
  /** Of the `down` bytes, those of the answer's head: what follows is the body, or frames. */
  head: number;
  /** The same of `up`. */
  upHead: number;
  isOpen: boolean;
}

export interface Proxy {
  socketPath: string;
  /** All connections that were made. */
  carried: Carried[];
  /** From now on nothing comes through the connections that there are, and no end of them does: as if a NAT forgot them. */
  silence: () => void;
  close: () => Promise<void>;
}

/**
 * A proxy on a unix socket of its own before a server on another; `troubleFor` gets the first line that a client sends over
 * a connection (`GET /1.0/events HTTP/1.1`) and says what goes wrong with that.
 */
export async function proxyTo(
  target: net.NetConnectOpts,
  troubleFor: (line: string) => Trouble | undefined = () => undefined,
): Promise<Proxy> {
  const folder = await mkdtemp(join(tmpdir(), 'tslxd-proxy-'));
  const socketPath = join(folder, 'unix.socket');
  const carried: Carried[] = [];
  const sockets = new Set<net.Socket>();
  const pairs = new Set<Pair>();
  const server = net.createServer((client) => {
    const remote = net.connect(target);
    const pair: Pair = { client, remote, trouble: undefined, silent: false };
    pairs.add(pair);
    client.once('close', () => pairs.delete(pair));
    const seen: Carried = { line: '', up: 0, down: 0, head: 0, upHead: 0, isOpen: true };
    carried.push(seen);
    for (const socket of [client, remote]) {
      sockets.add(socket);
      socket.on('error', () => undefined); // 'close' follows
      socket.once('close', () => {
        sockets.delete(socket);
        seen.isOpen = false;
        client.destroy();
        remote.destroy();
      });
    }
    client.once('data', (first: Buffer) => {
      seen.line = first.toString('latin1').split('\r\n')[0] ?? '';
      pair.trouble = troubleFor(seen.line);
    });
    void pass(pair, 'up', seen);
    void pass(pair, 'down', seen);
  });
  server.listen(socketPath);
  await once(server, 'listening');
  return {
    socketPath,
    carried,
    silence: () => {
      for (const pair of pairs) pair.silent = true;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Pair {
  client: net.Socket;
  remote: net.Socket;
  trouble: Trouble | undefined;
  silent: boolean;
}

/** Passes on what comes from one side, until it ends or is cut. */
async function pass(pair: Pair, direction: Trouble['direction'], seen: Carried): Promise<void> {
  const [from, to] = direction === 'up' ? [pair.client, pair.remote] : [pair.remote, pair.client];
  let text = ''; // to find the end of the head
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      if (pair.silent) continue;
      const before = seen[direction];
      seen[direction] += chunk.length;
      const head = direction === 'up' ? 'upHead' : 'head';
      if (seen[head] === 0) {
        text += chunk.toString('latin1');
        seen[head] = text.indexOf('\r\n\r\n') + 4;
        if (seen[head] === 3) seen[head] = 0;
      }
      const { trouble } = pair;
      const at = trouble?.direction === direction ? trouble.at - before : -1;
      if (!trouble || at < 0 || at >= chunk.length) to.write(chunk);
      else if (!(await spoil(to, chunk, at, trouble))) return;
      if (to.writableNeedDrain) await Promise.race([once(to, 'drain'), once(to, 'close')]);
    }
    if (!pair.silent) to.end();
  } catch {
    to.destroy(); // as the other side went
  }
}

/** Sends a chunk with the trouble in it; false if that was the end. */
async function spoil(
  to: net.Socket,
  chunk: Buffer,
  at: number,
  { kind, ms = 50 }: Trouble,
): Promise<boolean> {
  if (at > 0) to.write(chunk.subarray(0, at));
  if (kind === 'cut') {
    to.end(() => to.destroy());
    return false;
  }
  if (kind === 'duplicate') to.write(chunk.subarray(at, at + 1));
  else await delay(kind === 'delay' ? ms : 1);
  if (kind === 'halve') to.setNoDelay(true);
  to.write(chunk.subarray(at));
  return true;
}
