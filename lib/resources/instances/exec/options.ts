import { constants } from 'node:os';
import { Readable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { assertOptions, InvalidInputError, milliseconds, type OptionNames } from '../../../errors/index.js';
import type { JsonMap } from '../../../orm/index.js';

/** What a command can be given to read. */
export type ExecInput =
  string | Uint8Array | AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>;

export interface ExecOptions {
  /** Variables beside those of the instance's configuration (`environment.*`), PATH, HOME, USER and LANG. */
  environment?: Readonly<Record<string, string>> | undefined;
  /** Another word for `environment`, execa's. */
  env?: Readonly<Record<string, string>> | undefined;
  /**
   * The directory to run in, an absolute path; the user's home by default. The servers run a command whose directory is
   * missing in `/` and say nothing: see `checkCwd`.
   */
  cwd?: string | undefined;
  /** Looks first whether `cwd` is a directory, in one request more: else a NotFoundError or InvalidInputError. */
  checkCwd?: boolean | undefined;
  /** User by number, 0 by default. The servers look up no names; `id -u name` in the instance does. */
  user?: number | undefined;
  /** Group by number, 0 by default. */
  group?: number | undefined;
  /** What the command reads: text, bytes, a stream, or another iterable of these. */
  input?: ExecInput | undefined;
  /**
   * Another word for `input`; or `'pipe'` to write to the handle's `stdin` later, `'ignore'` for an input that is empty.
   * By default the input is empty unless `stdin` of the handle is taken before the next tick.
   */
  stdin?: ExecInput | undefined;
  /** `'utf8'` (default) collects text, `'buffer'` bytes. */
  encoding?: 'utf8' | 'buffer' | undefined;
  /**
   * Whether to collect the output for the result, true by default; `false` leaves it to the streams. What is not taken
   * then is held, and so is the command that writes more than a pipe holds, until it is taken, or the command is awaited
   * or iterated, which throws away what was not taken by then.
   */
  buffer?: boolean | undefined;
  /** Whether the result has `all`: stdout and stderr in the order in which they came. */
  all?: boolean | undefined;
  /** How much of each of stdout and stderr may be collected, in bytes; more is a MaxBufferError. 100 MB by default. */
  maxBuffer?: number | undefined;
  /** Whether to take the last newline off collected text. True by default, as in execa. */
  stripFinalNewline?: boolean | undefined;
  /** Milliseconds after which it is killed: a TimeoutError. 0 and Infinity are no limit, which is the default. */
  timeout?: number | undefined;
  /** Kills it when it fires: an AbortedError. */
  signal?: AbortSignal | undefined;
  /** `false` resolves whatever the exit code is. */
  reject?: boolean | undefined;
  /** Runs a text in a shell of the instance: `/bin/sh`, or the one named. Mind what you put into that text. */
  shell?: boolean | string | undefined;
  /**
   * In a terminal: stdout and stderr are one, and `resize()` works. LXD before 5.0.3 may drop the last output of a process
   * that ends at once.
   */
  interactive?: boolean | undefined;
  /** The terminal's size; 80 × 24 by default. */
  columns?: number | undefined;
  rows?: number | undefined;
  /** The terminal's `TERM`; that of this process, or `xterm`. */
  term?: string | undefined;
  /**
   * Lets the server keep the output in files, which are read and deleted at the end: quicker for short commands on slow
   * links, but without input, streams, or a way to kill it.
   */
  record?: boolean | undefined;
}

/** A checked request to run a command. */
export interface ExecPlan {
  command: string[];
  /** What it reads; `hand`: what is written to its stream; `auto`: that, if the stream is taken at once. */
  input: 'hand' | 'auto' | { data: ExecInput };
  body: JsonMap;
  encoding: 'utf8' | 'buffer';
  buffer: boolean;
  all: boolean;
  maxBuffer: number;
  stripFinalNewline: boolean;
  /** Undefined for none. */
  timeout: number | undefined;
  /** Looked for before the command is run. */
  checkedCwd: string | undefined;
  signal: AbortSignal | undefined;
  reject: boolean;
  interactive: boolean;
  record: boolean;
}

/** How much of each output is collected by default, in bytes: execa's. */
const defaultMaxBuffer = 100_000_000;

const known: OptionNames<ExecOptions> = {
  environment: true,
  env: true,
  cwd: true,
  checkCwd: true,
  user: true,
  group: true,
  input: true,
  stdin: true,
  encoding: true,
  buffer: true,
  all: true,
  maxBuffer: true,
  stripFinalNewline: true,
  timeout: true,
  signal: true,
  reject: true,
  shell: true,
  interactive: true,
  columns: true,
  rows: true,
  term: true,
  record: true,
};

/** Checks what the caller gave, before anything is sent. */
export function planFrom(command: unknown, options: ExecOptions): ExecPlan {
  assertOptions(options, known, 'exec()');
  const { interactive = false, record = false, buffer = true, encoding = 'utf8' } = options;
  const maxBuffer = whole('maxBuffer', options.maxBuffer) ?? defaultMaxBuffer;
  const timeout = milliseconds(options.timeout, 'exec(): timeout');
  const input = inputFrom(options);
  if (record && (interactive || options.input !== undefined || input === 'hand')) {
    throw bad('a recorded command has no terminal and no input; leave out `record`');
  }
  if (record && options.all)
    throw bad('a recorded command keeps its outputs apart; leave out `all` or `record`');
  if (options.checkCwd && options.cwd === undefined) throw bad('`checkCwd` needs a `cwd`');
  if (encoding !== 'utf8' && encoding !== 'buffer') throw bad("encoding is 'utf8' or 'buffer'");
  const words = wordsFrom(command, options.shell);
  return {
    command: words,
    input,
    body: bodyFrom(words, options),
    encoding,
    buffer,
    all: options.all ?? false,
    maxBuffer,
    stripFinalNewline: options.stripFinalNewline ?? true,
    timeout,
    checkedCwd: options.checkCwd ? options.cwd : undefined,
    signal: options.signal,
    reject: options.reject ?? true,
    interactive,
    record,
  };
}

function wordsFrom(command: unknown, shell: boolean | string | undefined): string[] {
  if (shell) {
    if (typeof command !== 'string' || command === '') throw bad('with `shell`, the command is one text');
    return [shell === true ? '/bin/sh' : shell, '-c', nulFree(command)];
  }
  if (typeof command === 'string') {
    throw bad(`the command is a list of words, e.g. ['ls', '-l']; for a line of shell pass { shell: true }`);
  }
  if (!Array.isArray(command) || command.length === 0 || !command.every((word) => typeof word === 'string')) {
    throw bad('the command is a list of texts with at least one');
  }
  if (command[0] === '') throw bad('the name of the command is empty');
  return command.map((word) => nulFree(word));
}

function inputFrom({ input, stdin }: ExecOptions): ExecPlan['input'] {
  if (input !== undefined && stdin !== undefined && !isDeepStrictEqual(input, stdin))
    throw bad('`stdin` is another word for `input`: give one of them, or the same twice');
  if (stdin === 'pipe') return 'hand';
  if (stdin === 'ignore') return { data: '' };
  const data = input ?? stdin;
  if (data === undefined) return 'auto';
  // A stream that fails before the command runs must not end the process: the command rejects with its error.
  if (data instanceof Readable) data.on('error', () => undefined);
  if (typeof data === 'string' || isIterable(data)) return { data };
  throw bad('the input is a text, bytes, a stream or another iterable of these');
}

function isIterable(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value)
  );
}

function bodyFrom(command: string[], options: ExecOptions): JsonMap {
  const { cwd, user, group, interactive = false, record = false } = options;
  const environment = environmentFrom(options);
  if (cwd !== undefined && (typeof cwd !== 'string' || !cwd.startsWith('/'))) {
    throw bad(`cwd is ${JSON.stringify(cwd)}; it must be an absolute path in the instance`);
  }
  if (interactive) environment.TERM ??= options.term ?? process.env.TERM ?? 'xterm';
  return {
    command,
    environment,
    interactive,
    'wait-for-websocket': !record,
    'record-output': record,
    ...(cwd === undefined ? {} : { cwd }),
    ...(user === undefined ? {} : { user: whole('user', user, byNumber('user', 'u')) }),
    ...(group === undefined ? {} : { group: whole('group', group, byNumber('group', 'g')) }),
    ...(interactive
      ? { width: size('columns', options.columns, 80), height: size('rows', options.rows, 24) }
      : {}),
  };
}

function environmentFrom({ environment, env }: ExecOptions): Record<string, string> {
  if (environment && env && !isDeepStrictEqual(environment, env))
    throw bad('`env` is another word for `environment`: give one of them, or the same twice');
  const given = Object.entries(environment ?? env ?? {});
  for (const [name, value] of given) {
    if (typeof value !== 'string') throw bad(`the variable ${name} must be a text`);
    if (name === '' || /[=\0]/.test(name)) throw bad(`${JSON.stringify(name)} cannot name a variable`);
    nulFree(value);
  }
  return Object.fromEntries(given);
}

/** A signal's number, of its name or number. */
export function signalNumber(signal: NodeJS.Signals | number): number {
  const number = typeof signal === 'number' ? signal : constants.signals[signal];
  if (Number.isInteger(number) && number > 0 && number <= 64) return number;
  throw bad(`${JSON.stringify(signal)} is no signal; pass a name like 'SIGTERM' or its number`);
}

/** The name of the signal that an exit code of 128 + n tells of. */
export function signalOf(exitCode: number): NodeJS.Signals | undefined {
  if (exitCode <= 128) return undefined;
  const names = Object.entries(constants.signals);
  return names.find(([, number]) => number === exitCode - 128)?.[0] as NodeJS.Signals | undefined;
}

/** A terminal's width or height. */
export function size(name: string, given: number | undefined, usual: number): number {
  const value = given ?? usual;
  if (Number.isInteger(value) && value > 0 && value < 65_536) return value;
  throw new InvalidInputError(`${name} is ${String(value)}; it must be a whole number from 1 to 65535`);
}

function whole(
  name: string,
  value: number | undefined,
  what = 'a whole number from 0 on',
): number | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) return value;
  throw bad(`${name} is ${JSON.stringify(value)}; it must be ${what}`);
}

function byNumber(what: string, flag: string): string {
  return `a ${what} by number, as \`id -${flag} name\` in the instance tells it: names are not looked up`;
}

function nulFree(text: string): string {
  if (text.includes('\0')) throw bad('texts with a NUL character cannot be passed to a command');
  return text;
}

function bad(message: string): InvalidInputError {
  return new InvalidInputError(`exec(): ${message}`);
}
