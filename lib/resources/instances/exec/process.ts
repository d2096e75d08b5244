import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { InvalidInputError } from '../../../errors/index.js';
import type { Execution } from './execution.js';
import { signalNumber, size } from './options.js';
import type { ExecResult } from './outcome.js';
import { attachTerminal, type Terminal } from './terminal.js';

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

  /** What it writes, as bytes with back-pressure; in a terminal stderr too. `setEncoding()` decodes over chunks. */
  get stdout(): Readable {
    return this.#streamed.stdout.stream;
  }

  get stderr(): Readable {
    return this.#streamed.stderr.stream;
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

  /** Connects its terminal with ours until it ends, and resolves with its result; keys go to it as they are. */
  async attach(terminal: Terminal = process): Promise<ExecResult<T>> {
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
    return this.#result.then(fulfilled, rejected);
  }

  catch<B = never>(rejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<ExecResult<T> | B> {
    return this.#result.catch(rejected);
  }

  finally(settled?: (() => void) | null): Promise<ExecResult<T>> {
    return this.#result.finally(settled);
  }

  /** The lines of its stdout as they come; throws what the result rejects with. */
  async *[Symbol.asyncIterator](): AsyncGenerator<string, void, undefined> {
    const { stdout } = this;
    yield* createInterface({ input: stdout, crlfDelay: Infinity });
    await this.#result;
  }

  get #streamed(): Execution {
    if (this.#execution) return this.#execution;
    throw new InvalidInputError('A recorded or refused command has no streams; await it');
  }
}
