import { Transform, type Duplex, type TransformCallback } from 'node:stream';
import { inspect } from 'node:util';
import { AbortedError, ClosedError, onAbort, OperationError, ProtocolError } from '../../../errors/index.js';
import type { Session } from '../../../rest/session.js';
import type { Websocket } from '../../../rest/transport.js';
import { allOf, openSockets } from '../exec/connection.js';
import { Control } from '../exec/control.js';
import { size } from '../exec/options.js';
import { attachTerminal, type Terminal } from '../exec/terminal.js';
import { abandon, lost, requestConsole, settled, silent, type Requested } from './connection.js';
import type { ConsolePlan } from './options.js';
import { SocketStream } from './stream.js';

/** The text console of an instance, as long as we are attached to it: `await instance.console()`. */
export class ConsoleSession {
  /**
   * What it shows, and what is typed: bytes, with back-pressure. It ends when the console does, as when the instance
   * stops; ending its writing side only ends our typing; destroying it detaches.
   */
  readonly stream: Duplex;
  /** Resolves when the console ended or was detached; rejects with a ConnectionError, OperationError or AbortedError. */
  readonly ended: Promise<void>;
  readonly #control = new Control();
  readonly #name: string;

  /** @internal Use `instance.console()`. */
  static async open(
    session: Session,
    path: string,
    where: string,
    plan: ConsolePlan,
  ): Promise<ConsoleSession> {
    const requested = await requestConsole(session, path, where, plan);
    try {
      const opening = openSockets(session, requested.operation, plan.signal);
      const { 0: data, control } = await allOf(opening, requested.operation);
      if (data && control) return new ConsoleSession(requested, data, control, plan.signal);
      throw new ProtocolError(`${requested.name}: the server named other sockets than 0 and control`);
    } catch (error) {
      await abandon(requested);
      throw error;
    }
  }

  private constructor(
    requested: Requested,
    data: Websocket,
    control: Websocket,
    signal: AbortSignal | undefined,
  ) {
    let over: (error?: Error) => void = () => undefined;
    const left = new Promise<Error | undefined>((resolve) => (over = resolve));
    const { name } = requested;
    this.#name = name;
    const stream = new SocketStream(data, {
      lost: () => lost(requested),
      over,
      verdict: (tail) => refusal(name, tail),
    });
    const abort = () => {
      stream.destroy(new AbortedError(`${name}: aborted`, { cause: signal?.reason }));
    };
    const off = onAbort(signal, abort);
    if (signal?.aborted) abort();
    const { closing } = requested.session.connection;
    const close = () => {
      stream.destroy(new ClosedError(`${name}: the client was closed`)); // says goodbye just before all sockets end
    };
    closing.addEventListener('abort', close, { once: true });
    this.stream = stream;
    this.#control.attach(control, () => {
      stream.destroy(silent(requested));
    });
    this.ended = left.then(async (error) => {
      off();
      closing.removeEventListener('abort', close);
      await stream.bye();
      this.#control.close();
      await settled(requested);
      if (error) throw error;
    });
    this.ended.catch(() => undefined); // the stream has the same error
  }

  /** Tells the console the size of our terminal; false if it is over. @throws InvalidInputError */
  resize(columns: number, rows: number): boolean {
    return this.#control.resize(size('columns', columns, 0), size('rows', rows, 0));
  }

  /**
   * Leaves it, once what was written is on its way. What runs there is not told and goes on. Safe to call again; never
   * rejects.
   */
  async detach(): Promise<void> {
    const { stream } = this;
    if (!stream.destroyed && stream.writableLength > 0) {
      await new Promise<void>((resolve) => {
        stream.once('close', resolve).once('drain', resolve).end(resolve);
      });
    }
    stream.destroy();
    await this.ended.catch(() => undefined);
  }

  /**
   * Connects it with our terminal until it ends, or is detached with Ctrl-A q as in `lxc console` (Ctrl-A twice sends
   * one); the terminal is left as it was. @throws what `ended` rejects with
   */
  async attach(terminal: Terminal = process): Promise<void> {
    const keys = new Keys(() => void this.detach());
    keys.pipe(this.stream);
    const resize = (columns: number, rows: number) => void this.resize(columns, rows);
    await attachTerminal({ input: keys, output: this.stream, resize }, terminal, this.ended);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.detach();
  }

  /** Not what waits in its stream, which may have been typed in secret. */
  toJSON(): string {
    return `ConsoleSession(${this.#name.replace('The console of ', '')})`;
  }

  [inspect.custom](): string {
    return this.toJSON();
  }
}

/** Both servers run a helper, which writes what is wrong with it to the console. */
function refusal(name: string, tail: string): Error | undefined {
  const reason = /Error: Failed running forkconsole: "(.*)"\s*$/.exec(tail)?.[1];
  if (reason === undefined) return undefined;
  const told = reason.replaceAll(String.raw`\"`, '"');
  return new OperationError(`${name} cannot be shown: ${told}; is it running, and not in use by another?`);
}

const ctrlA = 1;
const q = 'q'.charCodeAt(0);

/** What is typed, less the keys that detach. */
class Keys extends Transform {
  #escaped = false;
  readonly #detach: () => void;

  constructor(detach: () => void) {
    super();
    this.#detach = detach;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const out: number[] = [];
    for (const byte of chunk) {
      if (!this.#escaped && byte === ctrlA) {
        this.#escaped = true;
        continue;
      }
      if (this.#escaped && byte === q) {
        setImmediate(this.#detach); // after what was typed before it
        break;
      }
      if (this.#escaped && byte !== ctrlA) out.push(ctrlA);
      this.#escaped = false;
      out.push(byte);
    }
    done(null, Buffer.from(out));
  }
}
