import { ExecError, OperationError } from '../../../errors/index.js';
import type { OperationData } from '../../../operations/index.js';
import { signalOf, type ExecPlan } from './options.js';

/** What became of a command. */
export interface ExecResult<T extends string | Buffer = string> {
  /** The command and its arguments. */
  command: readonly string[];
  /** 0 if all went well; 126: not executable; 127: not found; 128 + n: ended by signal n. */
  exitCode: number;
  /** The signal that ended it, where the exit code tells of one. */
  signal: NodeJS.Signals | undefined;
  /** What it wrote, with the last newline taken off texts; empty with `buffer: false`. */
  stdout: T;
  stderr: T;
  /** Both in the order in which they came, with `all: true`; else undefined. */
  all: T | undefined;
  /** Whether the exit code is another than 0. */
  failed: boolean;
}

/** The exit code that an ended operation tells; undefined if the command was not run. */
export function exitCodeOf(ended: OperationData | OperationError): number | undefined {
  const code = (ended.metadata as { return?: unknown } | undefined)?.return;
  if (typeof code === 'number' && code >= 0) return code;
  if (!(ended instanceof OperationError)) return undefined;
  // Where the server lost the operation, its words are left.
  if (/command not found$/i.test(ended.message)) return 127;
  if (/command not executable$/i.test(ended.message)) return 126;
  return undefined;
}

/** What a command wrote. */
export interface Written {
  stdout: Buffer;
  stderr: Buffer;
  all: Buffer | undefined;
}

/** What it wrote, as the caller wants it. */
export function readAs({ encoding, stripFinalNewline }: ExecPlan, { stdout, stderr, all }: Written) {
  const read = (bytes: Buffer) => {
    if (encoding === 'buffer') return bytes;
    const text = bytes.toString();
    return stripFinalNewline ? text.replace(/\r?\n$/, '') : text;
  };
  return { stdout: read(stdout), stderr: read(stderr), all: all && read(all) };
}

/** The result of a command that came to an end. */
export function resultOf(plan: ExecPlan, exitCode: number, written: Written): ExecResult<string | Buffer> {
  return {
    command: plan.command,
    exitCode,
    signal: signalOf(exitCode),
    ...readAs(plan, written),
    failed: exitCode !== 0,
  };
}

/** The error of a command that ended badly. It names the program alone: arguments may be secrets. */
export function failureOf(
  { command, exitCode, signal, stdout, stderr, all }: ExecResult<string | Buffer>,
  where: string,
  { id: operation, err }: Pick<OperationData, 'id' | 'err'>,
): ExecError {
  const how = signal
    ? `was ended by ${signal} (exit code ${String(exitCode)})`
    : `ended with exit code ${String(exitCode)}`;
  const said = err || lastOf(stderr);
  const message = `${JSON.stringify(command[0])} in ${where} ${how}${said ? `: ${said}` : ''}`;
  return new ExecError(message, { command, exitCode, signal, stdout, stderr, all, operation });
}

/** The end of what it complained of. */
function lastOf(stderr: string | Buffer): string {
  const text = stderr.toString().trim();
  return text.length > 300 ? `… ${text.slice(-300)}` : text;
}
