import type { Websocket } from '../../../rest/transport.js';
import type { Tap } from './tap.js';

/** How an output is kept. */
export interface OutputOptions {
  /** Whether to collect it. */
  keep: boolean;
  /** How many bytes may be collected. */
  limit: number;
  /** Called once when there are more. */
  exceeded: () => void;
  /** Called once when its consumer leaves before its end; true if its socket is to be closed then. */
  left: () => boolean;
}

/** A piece of output, and its place among those of all outputs. */
export interface Piece {
  at: number;
  data: Buffer;
}

/** How much is held for a consumer that is yet to come, in bytes: what a pipe holds. */
const holds = 64 * 1024;

let arrived = 0;

/**
 * What a command writes to one of its outputs: collected, and passed on to those who take it (`Tap`). What is not collected
 * is held for the first of them, and its socket with it, until the command is awaited without any. Data are binary
 * messages; a text message is the end (architecture.md), without which the output is not whole.
 */
export class Output {
  readonly #options: OutputOptions;
  readonly #taps = new Set<Tap>();
  /** Those who must take something before more may come; the output itself while it holds as much as it may. */
  readonly #full = new Set<Tap | this>();
  #pieces: Piece[] = [];
  /** Of the pieces, in bytes. */
  #size = 0;
  #received = 0;
  #socket: Websocket | undefined;
  #state: 'open' | 'whole' | 'cut' | 'unwanted' = 'open';
  #settled = false;
  #error: Error | undefined;
  #unheld = false;
  #gone = false;
  #unpiped = false;
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

  /** Whether it waits for a consumer. */
  get isPaused(): boolean {
    return this.#full.size > 0 || [...this.#taps].some((tap) => this.#mustWait(tap) && tap.holds);
  }

  /** Whether some of it can be had no more. */
  get isGone(): boolean {
    return this.#gone;
  }

  /** The pieces that are collected or held. */
  get pieces(): readonly Piece[] {
    return this.#pieces;
  }

  /** The collected bytes. */
  get collected(): Buffer {
    return Buffer.concat(this.#options.keep ? this.#pieces.map(({ data }) => data) : []);
  }

  attach(socket: Websocket): void {
    this.#socket = socket;
    if (this.#state === 'unwanted' && this.#unpiped) socket.terminate();
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

  /** Passes on to a consumer what is here, which it has got, and all that is to come. */
  join(tap: Tap): void {
    if (!this.#options.keep) this.#forget();
    this.#taps.add(tap);
    if (this.#state === 'whole' || this.#settled) tap.end(this, this.#error);
  }

  /** A consumer has room again. */
  release(who: Tap | this): void {
    if (this.#full.delete(who) && this.#full.size === 0) this.#socket?.resume();
  }

  /** A consumer leaves, or the only one there could be; as with a closed pipe, the server ends the command that goes on writing with SIGPIPE. */
  leave(tap?: Tap): void {
    if (tap) this.release(tap);
    if (this.#state !== 'open') return;
    this.#over('unwanted');
    this.#full.clear();
    this.#unpiped = this.#options.left();
    if (this.#unpiped) this.#socket?.terminate();
    else this.#socket?.resume(); // what still comes is thrown away
  }

  /** Nobody is to come who takes it: it is read and thrown away, so that the command can go on. */
  discard(): void {
    if (this.#options.keep || this.#taps.size > 0 || this.#unheld) return;
    this.#unheld = true;
    this.#forget();
  }

  /** Ends its streams, well or with what went wrong; a command without this output has empty ones. */
  settle(error?: Error): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#error = error;
    this.#over('cut');
    for (const tap of this.#taps) tap.end(this, error);
  }

  #take(data: Buffer): void {
    if (this.#state !== 'open') return;
    this.#received += data.length;
    if (this.#options.keep) this.#collect(data);
    else if (this.#taps.size > 0 || this.#unheld) this.#gone = true;
    else this.#hold(data);
    for (const tap of this.#taps) if (!tap.push(data) && this.#mustWait(tap)) this.#pause(tap);
  }

  #collect(data: Buffer): void {
    const { limit, exceeded } = this.#options;
    const rest = limit - this.#size;
    this.#size += data.length;
    if (rest > 0)
      this.#pieces.push({ at: arrived++, data: data.length > rest ? data.subarray(0, rest) : data });
    if (rest >= 0 && data.length > rest) exceeded();
  }

  #hold(data: Buffer): void {
    this.#pieces.push({ at: arrived++, data });
    this.#size += data.length;
    if (this.#size >= holds) this.#pause(this);
  }

  #forget(): void {
    if (this.#pieces.length > 0) this.#gone = true;
    this.#pieces = [];
    this.#size = 0;
    this.release(this);
  }

  #pause(who: Tap | this): void {
    this.#full.add(who);
    this.#socket?.pause();
  }

  /** A stream that was taken but that nobody reads must not hold up a command whose output is collected anyway. */
  #mustWait(tap: Tap): boolean {
    return !this.#options.keep || tap.isRead;
  }

  #over(state: 'whole' | 'cut' | 'unwanted'): void {
    if (this.#state !== 'open') return;
    this.#state = state;
    if (state === 'whole') for (const tap of this.#taps) tap.end(this);
    this.#end();
  }
}
