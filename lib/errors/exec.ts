import { LxdError, type ErrorDetails } from './base.js';
import { named } from './named.js';

/** What is known of a command that did not end as wanted. */
export interface ExecErrorDetails extends ErrorDetails {
  command: readonly string[];
  exitCode?: number | undefined;
  signal?: NodeJS.Signals | undefined;
  /** What it had written until then: text, or bytes with `encoding: 'buffer'`. */
  stdout?: string | Buffer | undefined;
  stderr?: string | Buffer | undefined;
  /** Both in the order in which they came, with `all: true`. */
  all?: string | Buffer | undefined;
}

type Written = Pick<ExecErrorDetails, 'stdout' | 'stderr' | 'all'>;

/** Gives an error what a command wrote; not enumerable, since a printed error should not bring megabytes along. */
export function addWritten(error: Error, { stdout = '', stderr = '', all }: Written): void {
  Object.defineProperties(error, {
    stdout: { value: stdout },
    stderr: { value: stderr },
    all: { value: all },
  });
}

/** A command in an instance ended with another exit code than 0, or could not be started (126, 127). */
export class ExecError extends LxdError {
  readonly command: readonly string[];
  /** 126: not executable; 127: not found; 128 + n: ended by signal n. */
  readonly exitCode: number;
  /** The signal that ended it, where the exit code says so. */
  readonly signal: NodeJS.Signals | undefined;
  declare readonly stdout: string | Buffer;
  declare readonly stderr: string | Buffer;
  /** Both in the order in which they came, with `all: true`; else undefined. */
  declare readonly all: string | Buffer | undefined;

  constructor(
    message: string,
    { command, exitCode = -1, signal, stdout, stderr, all, ...details }: ExecErrorDetails,
  ) {
    super('ERR_LXD_EXEC', message, details);
    this.command = command;
    this.exitCode = exitCode;
    this.signal = signal;
    addWritten(this, { stdout, stderr, all });
  }
}

/** A command wrote more than `maxBuffer` bytes, and was killed. */
export class MaxBufferError extends LxdError {
  declare readonly stdout: string | Buffer;
  declare readonly stderr: string | Buffer;
  /** Both in the order in which they came, with `all: true`; else undefined. */
  declare readonly all: string | Buffer | undefined;

  constructor(message: string, written: Written) {
    super('ERR_LXD_MAX_BUFFER', message);
    addWritten(this, written);
  }
}

named({ ExecError, MaxBufferError });
