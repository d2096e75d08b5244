import { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
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

/** How long the server has to take note of a goodbye, in ms. */
const goodbye = 50;

/**
 * The bytes of a websocket, both ways and with back-pressure. Data are binary messages; a text message is the end
 * (architecture.md). Ending the writing side says nothing to the server; destroying it ends the socket.
 */
export class SocketStream extends Duplex {
  readonly #socket: Websocket;
  readonly #hooks: SocketStreamHooks;
  #tail = '';
  #over = false;
  #bye: Promise<void> | undefined;

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
    void this.bye();
    done(error);
    this.#tell(error ?? undefined);
  }

  /** Ends the socket; resolves when the server knows. */
  async bye(): Promise<void> {
    this.#bye ??= sayGoodbye(this.#socket);
    return this.#bye;
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
    void this.bye();
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

/**
 * Ends a socket so that the server writes no more to it, and resolves when it must have heard. A control that is closed
 * without that kills LXD 5.0 now and then, `lxc console` too: two of its routines write to the socket at the end, and
 * gorilla/websocket panics ("concurrent write"; seen after 23 to 56 consoles, never in 1,600 with this).
 */
export async function sayGoodbye(socket: Websocket): Promise<void> {
  socket.resume(); // so that its close is seen
  if (socket.readyState > 1) return;
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.close(1000);
  await Promise.race([closed, delay(goodbye)]);
  socket.terminate();
}
