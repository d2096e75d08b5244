import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Websocket } from '../../../rest/transport.js';
import { slices } from '../../transfer/slices.js';
import type { ExecInput } from './options.js';

/** How much of a text or of bytes goes into one message. */
const chunkSize = 64 * 1024;

/** What a command reads: a stream over a websocket, which may come later than the first write. */
export class Input {
  #socket: Websocket | undefined;
  #attached: (() => void) | undefined;
  #closed = false;
  #fed = false;
  /** In a terminal there is no end of the input but Ctrl-D. */
  readonly #terminal: boolean;
  readonly stream: Writable;

  /** `left` is called when whoever writes to a terminal leaves it before its end. */
  constructor(terminal: boolean, left: () => void) {
    this.#terminal = terminal;
    this.stream = new Writable({
      construct: (ready) => {
        this.#attached = once(ready); // nothing is written before the socket is there
      },
      write: (chunk: Buffer, _encoding, done) => {
        this.#send(chunk, done);
      },
      final: (done) => {
        this.#send(this.#terminal ? Buffer.from([4]) : '', done);
      },
      destroy: (error, done) => {
        done(error);
        // What is fed by us must not seem whole when its source has failed.
        if (this.#closed || this.#fed || this.stream.writableFinished) return;
        if (terminal) left();
        else this.#socket?.send('', () => undefined); // the end of the input, as with a pipe that is closed
      },
    });
    this.stream.on('error', () => undefined); // a command need not read all; who writes in a pipeline is told
  }

  attach(socket: Websocket): void {
    this.#socket = socket;
    socket.once('close', () => {
      this.close();
    });
    this.#attached?.();
  }

  /** Nobody reads any more: as with a pipe. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#attached?.(); // a stream that waits for its socket could not be destroyed
    if (!this.stream.writableFinished) this.stream.destroy(brokenPipe());
  }

  /** Writes all of it; resolves when that is done or nobody wants it, rejects if the source fails. */
  async feed(input: ExecInput): Promise<void> {
    if (typeof input === 'string' && input === '') {
      this.stream.end();
      return;
    }
    this.#fed = true;
    try {
      await pipeline(sourceFrom(input), this.stream);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
    }
  }

  #send(data: Buffer | '', done: (error?: Error) => void): void {
    // Never a text but for the end: the server would take that for the end.
    if (!this.#socket || this.#closed) {
      done(brokenPipe());
      return;
    }
    this.#socket.send(data, (error) => {
      done(error ? brokenPipe() : undefined);
    });
  }
}

function brokenPipe(): NodeJS.ErrnoException {
  return Object.assign(new Error('write EPIPE: the command reads no more'), { code: 'EPIPE' });
}

function sourceFrom(input: ExecInput): Readable {
  if (input instanceof Readable) {
    if (input.errored) throw input.errored;
    return input;
  }
  if (typeof input === 'string' || input instanceof Uint8Array)
    return Readable.from(slices(Buffer.from(input), chunkSize));
  return Readable.from(input as AsyncIterable<Uint8Array>, { objectMode: false });
}

/** Node takes a second call for a fault. */
function once(call: () => void): () => void {
  let called = false;
  return () => {
    if (called) return;
    called = true;
    call();
  };
}
