import type { WebSocket } from 'ws';
import { endOf, Secrets, sent } from '../exec/sockets.js';
import { Attached, type ConsoleSpec } from './attached.js';

/** The screen of a virtual machine: any number of raw sockets, until the control socket goes. */
export class VgaSession {
  readonly #secrets: Secrets<'0' | 'control'>;
  readonly #channels = new Set<WebSocket>();
  #control: WebSocket | undefined;

  constructor(
    private readonly spec: ConsoleSpec,
    private readonly over: (inOrder: boolean) => void,
  ) {
    this.#secrets = new Secrets(['0', 'control'], spec.state.chance);
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
      if (name === '0') this.#open(socket);
      else {
        this.#control ??= socket;
        socket.once('close', () => this.over(true));
      }
    };
  }

  /** Drops whoever is left. */
  close(): void {
    for (const socket of this.#channels) socket.terminate();
    this.#control?.terminate();
  }

  #open(socket: WebSocket): void {
    const { instance, state } = this.spec;
    if (instance.status === 'Stopped') {
      socket.terminate();
      return;
    }
    this.#channels.add(socket);
    const attached = new Attached(this.spec, 'vga', (bytes) => sent(socket, bytes));
    const end = (): void => {
      attached.leave();
      void endOf(socket);
    };
    state.processes.add(instance, end);
    attached.stdout.once('finish', end);
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary && attached.stdin.writable) attached.stdin.write(data);
    });
    socket.once('close', () => {
      this.#channels.delete(socket);
      state.processes.delete(instance, end);
      attached.leave();
    });
    void attached.begin();
  }
}
