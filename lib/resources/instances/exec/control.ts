import type { Websocket } from '../../../rest/transport.js';

/** The control socket of a command or console: signals and the size of the terminal. */
export class Control {
  #socket: Websocket | undefined;
  #state: 'new' | 'open' | 'closed' = 'new';
  readonly #early: string[] = [];
  #close: () => void = () => undefined;
  /** Resolves when nothing can be told any more. */
  readonly closed = new Promise<void>((resolve) => (this.#close = resolve));

  attach(socket: Websocket): void {
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
    for (const text of this.#early.splice(0)) socket.send(text);
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
