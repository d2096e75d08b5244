import type { WebSocket } from 'ws';
import { Secrets } from '../exec/sockets.js';
import type { ConsoleSpec } from './attached.js';

/** The sockets of a console: of its data, and of its control. */
export type ConsoleSocket = '0' | 'control';

/** A console over websockets, which whoever knows their secrets connects to. */
export abstract class ConsoleSession {
  readonly #spec: ConsoleSpec;
  readonly #over: (inOrder: boolean) => void;
  readonly #secrets: Secrets<ConsoleSocket>;

  constructor(spec: ConsoleSpec, over: (inOrder: boolean) => void) {
    this.#spec = spec;
    this.#over = over;
    this.#secrets = new Secrets(['0', 'control'], spec.state.chance);
  }

  protected get spec(): ConsoleSpec {
    return this.#spec;
  }

  /** The console's end: whether the control socket was the first to go. */
  protected over(inOrder: boolean): void {
    this.#over(inOrder);
  }

  get fds(): Readonly<Record<string, string>> {
    return this.#secrets.fds;
  }

  /** Takes the socket of whoever knows the secret. */
  acceptor(secret: string): ((socket: WebSocket) => void) | undefined {
    const name = this.#secrets.nameOf(secret);
    if (name === undefined) return undefined;
    return (socket) => {
      socket.on('error', () => undefined);
      this.connect(name, socket);
    };
  }

  /** Drops whoever is left. */
  abstract close(): void;

  protected abstract connect(name: ConsoleSocket, socket: WebSocket): void;
}
