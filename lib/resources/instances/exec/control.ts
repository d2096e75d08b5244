import type { Websocket } from '../../../rest/transport.js';
import { watchPulse } from './pulse.js';

/** The control socket of a command or console: signals and the size of the terminal. */
export class Control {
  #socket: Websocket | undefined;
  #state: 'new' | 'open' | 'closed' = 'new';
  readonly #early: string[] = [];
  #attached: () => void = () => undefined;
  #close: () => void = () => undefined;
  /** Resolves when it is connected, or never will be. */
  readonly attached = new Promise<void>((resolve) => (this.#attached = resolve));
  /** Resolves when nothing can be told any more. */
  readonly closed = new Promise<void>((resolve) => (this.#close = resolve));

  /** `dead` is called when the server has not been heard for 25 s. */
  attach(socket: Websocket, dead: () => void, interval?: number): void {
    if (this.#state === 'closed') {
      socket.terminate();
      return;
    }
    this.#state = 'open';
    this.#socket = socket;
    socket.once('close', () => {
      this.close();
    });
    socket.resume(); // so that its end is seen
    watchPulse(socket, dead, interval);
    for (const text of this.#early.splice(0)) socket.send(text);
    this.#attached();
  }

  /** False if the command is over. */
  signal(signal: number): boolean {
    return this.#send({ command: 'signal', signal });
  }

  /** The server wants these numbers as texts. */
  resize(columns: number, rows: number): boolean {
    const args = { width: String(columns), height: String(rows) };
    return this.#send({ command: 'window-resize', args });
  }

  /** The server kills the command whose control is closed. */
  close(): void {
    this.#state = 'closed';
    this.#socket?.terminate();
    this.#attached();
    this.#close();
  }

  /** What comes before the socket is there waits for it. */
  #send(message: object): boolean {
    if (this.#state === 'closed') return false;
    const text = JSON.stringify(message);
    if (this.#socket) this.#socket.send(text, () => undefined);
    else this.#early.push(text);
    return true;
  }
}
