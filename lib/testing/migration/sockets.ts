import type { WebSocket } from 'ws';
import { Secrets } from '../exec/sockets.js';
import type { Speaker } from '../remote/web.js';
import { openWebsocket } from '../remote/websocket.js';
import { Refusal } from '../state/refusal.js';
import type { State } from '../state/state.js';
import { Channel } from './channel.js';
import { migrationQuirks, type SocketQuirks, type Side } from './quirks.js';

/** The websockets of one end of a migration: others connect to them, or it connects to the other end. */
export class MigrationSockets {
  readonly #names: readonly string[];
  readonly #secrets: Secrets<string>;
  readonly #channels = new Map<string, Channel>();
  #whenComplete: () => void = () => undefined;

  constructor(
    state: State,
    readonly side: Side,
    names: readonly string[],
    /** How these behave, and what is said of them. */
    readonly quirks: SocketQuirks = migrationQuirks[state.product.name],
  ) {
    this.#names = names;
    this.#secrets = new Secrets(names, state.chance);
  }

  /** The secrets by their names, for who connects. */
  get secrets(): Record<string, unknown> {
    return this.#secrets.fds;
  }

  /** One that is not there yet. */
  get missing(): string | undefined {
    return this.#names.find((name) => !this.#channels.has(name));
  }

  channel(name: string): Channel {
    const channel = this.#channels.get(name);
    if (!channel) throw new Error(`No socket ${name}`);
    return channel;
  }

  /** Calls back once others have connected to all of them. */
  onComplete(callback: () => void): void {
    this.#whenComplete = callback;
  }

  /** Takes the socket of whoever knows a secret. @throws Refusal */
  acceptor(secret: string): (socket: WebSocket) => void {
    const name = this.#secrets.nameOf(secret);
    if (name === undefined) {
      const { status, error } = this.quirks.refused[secret === '' ? 'none' : 'wrong'](this.side);
      throw new Refusal(status, error);
    }
    const { again } = this.quirks;
    if (again && this.#channels.has(name)) throw new Refusal(409, again(this.side, name));
    return (socket) => {
      // LXD dies of a second one.
      if (this.#channels.has(name)) socket.on('error', () => undefined);
      else this.#channels.set(name, new Channel(socket));
      if (this.missing === undefined) this.#whenComplete();
    };
  }

  /** Connects to the other end, one socket after the other. @throws Refusal */
  async dial(operation: string, secrets: Readonly<Record<string, string>>, by: Speaker): Promise<void> {
    for (const name of this.#names) {
      try {
        const socket = await openWebsocket(operation, secrets[name] ?? '', by);
        this.#channels.set(name, new Channel(socket));
      } catch (error) {
        this.close();
        throw new Refusal(500, this.quirks.unconnected(this.side, name, (error as Error).message));
      }
    }
  }

  /** Ends them all. */
  close(): void {
    for (const [name, channel] of this.#channels) {
      if (name === 'control') channel.close();
      else channel.drop();
    }
  }
}
