import type { WebSocket } from 'ws';
import { endOf, sent } from '../exec/sockets.js';
import { Attached } from './attached.js';
import { ConsoleSession, type ConsoleSocket } from './session.js';
import { runtimeOf } from '../kinds/instances/state/runtime.js';

/** The screen of a virtual machine: any number of raw sockets, until the control socket goes. */
export class VgaSession extends ConsoleSession {
  readonly #channels = new Set<WebSocket>();
  #control: WebSocket | undefined;

  override close(): void {
    for (const socket of this.#channels) socket.terminate();
    this.#control?.terminate();
  }

  protected override connect(name: ConsoleSocket, socket: WebSocket): void {
    if (name === '0') this.#open(socket);
    else {
      this.#control ??= socket;
      socket.once('close', () => this.over(true));
    }
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
    runtimeOf(state).processes.add(instance, end);
    attached.stdout.once('finish', end);
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary && attached.stdin.writable) attached.stdin.write(data);
    });
    socket.once('close', () => {
      this.#channels.delete(socket);
      runtimeOf(state).processes.delete(instance, end);
      attached.leave();
    });
    void attached.begin();
  }
}
