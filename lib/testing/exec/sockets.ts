import type { WebSocket } from 'ws';

/** What a client says over the control socket of a command or console. */
export interface Said {
  command?: unknown;
  signal?: unknown;
  args?: { width?: unknown; height?: unknown };
}

/** Hears what is said there; what is no message is overlooked. */
export function listenToControl(socket: WebSocket, hear: (said: Said) => void): void {
  socket.on('message', (data: Buffer) => {
    let said: Said | null;
    try {
      said = JSON.parse(data.toString()) as Said | null;
    } catch {
      return;
    }
    if (said) hear(said);
  });
}

/** Secrets for sockets of these names, by which they are told apart. */
export class Secrets<Name extends string> {
  readonly fds: Readonly<Record<string, string>>;

  constructor(names: readonly Name[], chance: { hex(bytes: number): string }) {
    this.fds = Object.fromEntries(names.map((name) => [name, chance.hex(32)]));
  }

  nameOf(secret: string): Name | undefined {
    return Object.keys(this.fds).find((name) => this.fds[name] === secret) as Name | undefined;
  }
}

/** Tells the end of an output, as the servers do: with an empty text. Resolves when it is on its way. */
export function endOf(socket: WebSocket | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (socket?.readyState !== 1) resolve();
    else socket.send('', { binary: false }, () => setImmediate(resolve));
  });
}

/** Resolves when it is on its way, or when nobody is there to read it. */
export function sent(socket: WebSocket, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (socket.readyState === 1 && bytes.length > 0) socket.send(bytes, { binary: true }, () => resolve());
    else resolve();
  });
}
