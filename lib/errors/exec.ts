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

  constructor(
    message: string,
    { command, exitCode = -1, signal, stdout, stderr, ...details }: ExecErrorDetails,
  ) {
    super('ERR_LXD_EXEC', message, details);
    this.command = command;
    this.exitCode = exitCode;
    this.signal = signal;
    // Not enumerable: a printed error should not bring megabytes along.
    Object.defineProperties(this, { stdout: { value: stdout ?? '' }, stderr: { value: stderr ?? '' } });
  }
}

/** A command wrote more than `maxBuffer` bytes, and was killed. */
export class MaxBufferError extends LxdError {
  declare readonly stdout: string | Buffer;
  declare readonly stderr: string | Buffer;

  constructor(message: string, { stdout, stderr }: Pick<ExecErrorDetails, 'stdout' | 'stderr'>) {
    super('ERR_LXD_MAX_BUFFER', message);
    Object.defineProperties(this, { stdout: { value: stdout ?? '' }, stderr: { value: stderr ?? '' } });
  }
}

named({ ExecError, MaxBufferError });
