import type { Readable, Writable } from 'node:stream';
import { inspect } from 'node:util';
import { assertOptions, ExecError, InvalidInputError } from '../../../errors/index.js';
import type { Execution } from './execution.js';
import { LineSplitter } from './lines.js';
import { signalNumber, size } from './options.js';
import type { ExecResult } from './outcome.js';
import { attachTerminal, type Terminal } from './terminal.js';

/** Which output to iterate. */
export interface IterableOptions {
  /** `'stdout'` by default; `'all'` is both, in the order in which they come. */
  from?: 'stdout' | 'stderr' | 'all' | undefined;
}

/**
 * A command in an instance: a handle with its streams, and a promise of its result. As with execa it is awaited on its
 * own; an async function that returns it awaits it. Whoever does not await it gets no unhandled rejection.
 */
export class ExecProcess<T extends string | Buffer = string>
  implements Promise<ExecResult<T>>, AsyncIterable<string>
{
  readonly [Symbol.toStringTag] = 'ExecProcess';
  readonly #execution: Execution | undefined;
  readonly #result: Promise<ExecResult<T>>;

  /** @internal Use `instance.exec()`. */
  constructor(result: Promise<ExecResult<T>>, execution: Execution | undefined) {
    this.#result = result;
    this.#execution = execution;
    result.catch(() => undefined);
  }

  /** What it reads. Take it before the next tick, or pass `stdin: 'pipe'`: else its input is ended at the start. */
  get stdin(): Writable {
    const execution = this.#streamed;
    execution.inputTaken = true;
    return execution.input.stream;
  }

  /**
   * What it writes, as bytes with back-pressure; in a terminal stderr too. `setEncoding()` decodes over chunks. Destroying
   * it closes the pipe, and hangs up a terminal: the command gets SIGHUP, and is killed if it goes on.
   */
  get stdout(): Readable {
    return this.#streamed.stdout;
  }

  get stderr(): Readable {
    return this.#streamed.stderr;
  }

  /** Both, in the order in which they come. */
  get all(): Readable {
    return this.#streamed.all;
  }

  /** The id of the operation that runs it; undefined until the server has answered. */
  get operationId(): string | undefined {
    return this.#execution?.operation?.id;
  }

  /** Sends it a signal, by name or number; false if it is over, or recorded. @throws InvalidInputError */
  kill(signal: NodeJS.Signals | number = 'SIGTERM'): boolean {
    const number = signalNumber(signal);
    return this.#execution?.control.signal(number) ?? false;
  }

  /** Tells its terminal a new size; false if it is over. @throws InvalidInputError */
  resize(columns: number, rows: number): boolean {
    const width = size('columns', columns, 0);
    const height = size('rows', rows, 0);
    return this.#execution?.control.resize(width, height) ?? false;
  }

  /**
   * Connects its terminal with ours until it ends, and resolves with its result; keys go to it as they are. If ours
   * closes, it is hung up.
   */
  async attach(terminal: Terminal = process): Promise<ExecResult<T>> {
    this.#execution?.awaited();
    return attachTerminal(
      {
        input: this.stdin,
        output: this.stdout,
        resize: (columns, rows) => {
          this.resize(columns, rows);
        },
      },
      terminal,
      this.#result,
    );
  }

  then<A = ExecResult<T>, B = never>(
    fulfilled?: ((result: ExecResult<T>) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#execution?.awaited();
    return this.#result.then(fulfilled, rejected);
  }

  catch<B = never>(rejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<ExecResult<T> | B> {
    this.#execution?.awaited();
    return this.#result.catch(rejected);
  }

  finally(settled?: (() => void) | null): Promise<ExecResult<T>> {
    this.#execution?.awaited();
    return this.#result.finally(settled);
  }

  /** The lines of its stdout as they come, as `iterable()` has them. */
  [Symbol.asyncIterator](): AsyncGenerator<string, void, undefined> {
    return this.iterable();
  }

  /**
   * The lines of an output as they come, without their `\n` or `\r\n`; awaits the command, so it throws what the result
   * rejects with. Whoever leaves the loop closes the output, and the loop ends when the command has: a command that goes
   * on writing is ended by SIGPIPE, which is no error then, one that writes nothing by its `timeout`, `signal` or `kill()`.
   */
  iterable(options: IterableOptions = {}): AsyncGenerator<string, void, undefined> {
    assertOptions(options, { from: true }, 'iterable()');
    const { from = 'stdout' } = options;
    if (from !== 'stdout' && from !== 'stderr' && from !== 'all')
      throw new InvalidInputError(`iterable(): from is ${inspect(from)}; it is 'stdout', 'stderr' or 'all'`);
    const stream = this.#execution?.[from]; // now, so that nothing of it is missed
    return this.#lines(stream);
  }

  async *#lines(stream: Readable | undefined): AsyncGenerator<string, void, undefined> {
    if (!stream) {
      await this.#result;
      throw new InvalidInputError('A recorded command has no streams; await it');
    }
    this.#execution?.awaited();
    const lines = new LineSplitter();
    let left = true;
    try {
      for await (const piece of stream as AsyncIterable<Buffer | string>) yield* lines.push(piece);
      yield* lines.end();
      left = false;
    } catch (error) {
      left = false;
      await this.#result; // its rejection says more
      throw error;
    } finally {
      stream.destroy();
      if (left) await this.#result.catch(butSigpipe);
    }
    await this.#result;
  }

  /** What `console.log` shows. */
  [inspect.custom](): string {
    return `ExecProcess(${this.operationId ?? 'not started'})`;
  }

  get #streamed(): Execution {
    if (this.#execution) return this.#execution;
    throw new InvalidInputError('A recorded or refused command has no streams; await it');
  }
}

/** The end of a command whose output we have closed. */
function butSigpipe(error: unknown): void {
  if (!(error instanceof ExecError && error.signal === 'SIGPIPE')) throw error;
}
