import {
  AbortedError,
  addWritten,
  ConnectionError,
  MaxBufferError,
  OperationError,
  TimeoutError,
  type ErrorDetails,
} from '../../../errors/index.js';
import type { ExecPlan } from './options.js';
import { readAs, type Written } from './outcome.js';

/** What can go wrong with one command. Its messages name the program alone: arguments may be secrets. */
export class Failures {
  readonly #plan: ExecPlan;
  readonly #name: string;
  readonly #path: string;
  readonly #operation: () => string | undefined;

  /** `where` is the instance, `path` its URL, and `operation` gives the id of what runs the command, once it is known. */
  constructor(plan: ExecPlan, where: string, path: string, operation: () => string | undefined) {
    this.#plan = plan;
    this.#name = `${JSON.stringify(plan.command[0])} in ${where}`;
    this.#path = path;
    this.#operation = operation;
  }

  aborted(): AbortedError {
    const cause: unknown = this.#plan.signal?.reason;
    return new AbortedError(`${this.#name}: aborted`, { ...this.#details, cause });
  }

  late(): TimeoutError {
    const ms = String(this.#plan.timeout);
    return new TimeoutError(`${this.#name} did not end within ${ms} ms and was killed`, this.#details);
  }

  tooMuch(output: string, written: Written): MaxBufferError {
    const message =
      `${this.#name} wrote more than ${String(this.#plan.maxBuffer)} bytes to ${output} and was killed: ` +
      'raise `maxBuffer`, or pass `buffer: false` and read the streams';
    return new MaxBufferError(message, readAs(this.#plan, written));
  }

  /** A connection of it is gone, and the command is not over. */
  cut(what: string): ConnectionError {
    return new ConnectionError(
      `${this.#name}: the connection of its ${what} ended before it was told to; some of it may be missing`,
      this.#details,
    );
  }

  silent(): ConnectionError {
    return new ConnectionError(
      `${this.#name}: nothing was heard of the server for 25 s, so the connection is dead; the command is killed with it`,
      this.#details,
    );
  }

  notRun(reason: string): OperationError {
    const message = `${this.#name} could not be run${reason ? `: ${reason}` : '; the server does not say why'}`;
    return new OperationError(message, this.#details);
  }

  /** Adds what the command had written to an error that ended it. */
  withWritten(error: Error, written: Written): Error {
    if (error instanceof TimeoutError || error instanceof AbortedError) {
      addWritten(error, readAs(this.#plan, written));
    }
    return error;
  }

  get #details(): ErrorDetails {
    const operation = this.#operation();
    return { method: 'POST', path: `${this.#path}/exec`, ...(operation ? { operation } : {}) };
  }
}
