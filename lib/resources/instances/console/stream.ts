import { Duplex } from 'node:stream';
import type { Websocket } from '../../../rest/transport.js';

/** What a stream asks and tells. */
export interface SocketStreamHooks {
  /** Why the socket closed without a word; undefined if that was a good end. */
  lost: () => Promise<Error | undefined>;
  /** Called once when no more will come, with what was wrong about the end. */
  over?: (error?: Error) => void;
  /** What the last bytes before the end say went wrong. */
  verdict?: (tail: string) => Error | undefined;
}

/** How much of the end is kept for the verdict, in bytes. */
const tailSize = 400;

/**
 * The bytes of a websocket, both ways and with back-pressure. Data are binary messages; a text message is the end
 * (semantics.md §5). Ending the writing side says nothing to the server; destroying it ends the socket.
 */
export class SocketStream extends Duplex {
  readonly #socket: Websocket;
  readonly #hooks: SocketStreamHooks;
  #tail = '';
  #over = false;

  constructor(socket: Websocket, hooks: SocketStreamHooks) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.#hooks = hooks;
    this.on('error', () => undefined); // who reads it is told; who does not is told by the session
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.#take(data);
      else this.#finish(this.#hooks.verdict?.(this.#tail));
    });
    socket.once('close', () => void this.#closed());
    if (socket.readyState > 1) setImmediate(() => void this.#closed()); // its last messages come on the next tick
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.send(chunk, (error) => {
      done(error && Object.assign(new Error('write EPIPE: nobody reads any more'), { code: 'EPIPE' }));
    });
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.terminate();
    done(error);
    this.#tell(error ?? undefined);
  }

  #take(data: Buffer): void {
    if (this.#over || this.destroyed) return;
    if (this.#hooks.verdict) this.#tail = (this.#tail + data.toString('latin1')).slice(-tailSize);
    if (!this.push(data)) this.#socket.pause();
  }

  async #closed(): Promise<void> {
    if (this.#over || this.destroyed) return;
    this.#finish(await this.#hooks.lost());
  }

  #finish(error: Error | undefined): void {
    if (this.#over || this.destroyed) return;
    this.#socket.resume(); // so that its close is seen
    this.#socket.terminate();
    if (error) this.destroy(error);
    else this.push(null);
    this.#tell(error);
  }

  #tell(error: Error | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#hooks.over?.(error);
  }
}
