import type { WebSocket } from 'ws';

/** What the other end says, or that it has gone. */
type Heard = { bytes: Buffer } | { text: string } | { lost: string };

const closings: Readonly<Record<number, string>> = {
  1000: '1000 (normal)',
  1001: '1001 (going away)',
  1005: '1005 (no status)',
  1006: '1006 (abnormal closure): unexpected EOF',
};

/** A websocket of a migration: what comes before it is asked for is kept. */
export class Channel {
  readonly #socket: WebSocket;
  readonly #heard: Heard[] = [];
  #wake: (() => void) | undefined;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    const hear = (one: Heard): void => {
      this.#heard.push(one);
      this.#wake?.();
    };
    const lose = (code: number): void => hear({ lost: `websocket: close ${closings[code] ?? String(code)}` });
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer, isBinary: boolean) =>
      hear(isBinary ? { bytes: data } : { text: data.toString() }),
    );
    if (socket.readyState === 3) lose(1006);
    else socket.once('close', lose);
  }

  /** The next message. @throws Error in Go's words when the other end has gone */
  async receive(): Promise<{ bytes: Buffer } | { text: string }> {
    while (this.#heard.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    const [next] = this.#heard;
    if (!next || 'lost' in next) throw new Error(next?.lost);
    this.#heard.shift();
    return next;
  }

  /** Resolves when it is on its way. @throws Error when the other end has gone */
  send(message: Buffer | string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.send(message, { binary: typeof message !== 'string' }, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  /** With a goodbye, which the servers send on the control socket only. */
  close(): void {
    this.#socket.close(1000);
  }

  drop(): void {
    this.#socket.terminate();
  }
}
