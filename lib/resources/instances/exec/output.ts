import { Readable } from 'node:stream';
import type { Websocket } from '../../../rest/transport.js';

/** How an output is kept. */
export interface OutputOptions {
  /** Whether to collect it. */
  keep: boolean;
  /** How many bytes may be collected. */
  limit: number;
  /** Called once when there are more. */
  exceeded: () => void;
}

/**
 * What a command writes to one of its outputs: collected, and streamed where somebody takes the stream. Data are binary
 * messages; a text message is the end (architecture.md), without which the output is not whole.
 */
export class Output {
  readonly #options: OutputOptions;
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #received = 0;
  #stream: Readable | undefined;
  #socket: Websocket | undefined;
  #state: 'open' | 'whole' | 'cut' | 'unwanted' = 'open';
  #settled = false;
  #end: () => void = () => undefined;
  /** Resolves when no more will come. */
  readonly ended = new Promise<void>((resolve) => (this.#end = resolve));

  constructor(options: OutputOptions) {
    this.#options = options;
  }

  /** Whether it came to an end of which the server told, or that the consumer wanted. */
  get isWhole(): boolean {
    return this.#state === 'whole' || this.#state === 'unwanted';
  }

  /** What came so far, in bytes. */
  get received(): number {
    return this.#received;
  }

  /** Whether it waits for its consumer. */
  get isPaused(): boolean {
    return this.#stream !== undefined && this.#mustWait(this.#stream) && this.#stream.readableLength > 0;
  }

  /** The collected bytes. */
  get collected(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** As a stream; what was collected before it was taken is in it. */
  get stream(): Readable {
    this.#stream ??= this.#open();
    return this.#stream;
  }

  attach(socket: Websocket): void {
    this.#socket = socket;
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.#take(data);
      else this.#over('whole');
    });
    socket.once('close', () => {
      this.#over('cut');
    });
    // It may be closed already, with messages that are given to us on the next tick.
    if (socket.readyState > 1)
      setImmediate(() => {
        this.#over('cut');
      });
  }

  /** There is nothing to come: a terminal has no stderr. */
  none(): void {
    this.#over('whole');
  }

  /** Ends the stream, well or with what went wrong; a command without this output has an empty one. */
  settle(error?: Error): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#over('cut');
    if (error) this.#stream?.destroy(error);
    else this.#stream?.push(null);
  }

  #open(): Readable {
    const stream = new Readable({
      read: () => {
        this.#socket?.resume();
      },
      destroy: (error, done) => {
        // As with a closed pipe: the server ends the command that goes on writing with SIGPIPE.
        if (this.#state === 'open') {
          this.#over('unwanted');
          this.#socket?.terminate();
        }
        done(error);
      },
    });
    stream.on('error', () => undefined); // who only awaits the result gets it there
    for (const chunk of this.#chunks) stream.push(chunk);
    if (this.#state === 'whole' || this.#settled) stream.push(null);
    return stream;
  }

  #take(data: Buffer): void {
    if (this.#state !== 'open') return;
    this.#received += data.length;
    const { keep, limit, exceeded } = this.#options;
    if (keep) {
      const rest = limit - this.#size;
      this.#size += data.length;
      if (rest > 0) this.#chunks.push(data.length > rest ? data.subarray(0, rest) : data);
      if (rest >= 0 && data.length > rest) exceeded();
    }
    const stream = this.#stream;
    if (stream && !stream.push(data) && this.#mustWait(stream)) this.#socket?.pause();
  }

  /** A stream that was taken but that nobody reads must not hold up a command whose output is collected anyway. */
  #mustWait(stream: Readable): boolean {
    return !this.#options.keep || stream.readableFlowing !== null;
  }

  #over(state: 'whole' | 'cut' | 'unwanted'): void {
    if (this.#state !== 'open') return;
    this.#state = state;
    if (state === 'whole') this.#stream?.push(null);
    this.#end();
  }
}
