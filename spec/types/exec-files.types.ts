// Compiled by `npm run typecheck`, never run: each exported options type is taken whole by its method, so that a wrapper
// can pass it on, and what comes back has the kind of text that the options say.
import {
  AbortedError,
  TimeoutError,
  type CallOptions,
  type ConsoleOptions,
  type ConsoleSession,
  type ExecOptions,
  type ExecProcess,
  type Instance,
  type IterableOptions,
  type MakeDirectoryOptions,
  type PullOptions,
  type PushOptions,
  type ReadFileOptions,
  type RemoveOptions,
  type VgaConsole,
  type VgaOptions,
  type WriteFileOptions,
  type WriteStreamOptions,
} from '../../lib/index.js';

declare const web: Instance;
declare const flag: boolean;
declare const perhaps: number | undefined;
declare function use(...values: unknown[]): void;

type Same<A, B> = [A, B] extends [B, A] ? true : false;
function same<A, B>(_same: Same<A, B>): void {
  use(_same);
}

// Wrappers.
const exec = (command: string[], options: ExecOptions) => web.exec(command, options);
const execAll = (command: readonly string[], options?: ExecOptions) =>
  web.exec(command, { ...options, all: true });
const inShell = (line: string, options: ExecOptions) => web.exec(line, { ...options, shell: true });
same<ReturnType<typeof exec>, ExecProcess<string | Buffer>>(true);
use(execAll, inShell);
const text = (options: ConsoleOptions) => web.console(options);
const screen = (options: VgaOptions) => web.console(options);
const either = (options: ConsoleOptions | VgaOptions) => web.console(options);
same<ReturnType<typeof text>, Promise<ConsoleSession>>(true);
same<ReturnType<typeof screen>, Promise<VgaConsole>>(true);
same<ReturnType<typeof either>, Promise<ConsoleSession | VgaConsole>>(true);
const read = (path: string, options: ReadFileOptions) => web.files.readFile(path, options);
same<ReturnType<typeof read>, Promise<string | Buffer>>(true);
const wrappers = {
  write: (path: string, options: WriteFileOptions) => web.files.writeFile(path, '', options),
  append: (path: string, options: WriteFileOptions) => web.files.appendFile(path, '', options),
  mkdir: (path: string, options: MakeDirectoryOptions) => web.files.mkdir(path, options),
  rm: (path: string, options: RemoveOptions) => web.files.rm(path, options),
  push: (options: PushOptions) => web.files.push('/a', '/b', options),
  pull: (options: PullOptions) => web.files.pull('/a', '/b', options),
  stream: (path: string, options: WriteStreamOptions) => web.files.createWriteStream(path, options),
  call: (path: string, options: CallOptions) => web.files.stat(path, options),
  lines: (command: ExecProcess, options: IterableOptions) => command.iterable(options),
};
use(wrappers, exec, text, screen, either, read);

// Under exactOptionalPropertyTypes, too, what may be left out may be undefined.
use(
  web.exec(['true'], {
    timeout: perhaps,
    env: undefined,
    cwd: undefined,
    all: undefined,
    checkCwd: undefined,
  }),
  web.files.rm('/x', { recursive: flag ? true : undefined, force: undefined }),
  web.files.mkdir('/x', { recursive: undefined, mode: perhaps }),
  web.files.push('/a', '/b', { mode: perhaps, concurrency: undefined }),
);

// What the options say of the result.
const plain = web.exec(['true']);
same<typeof plain, ExecProcess>(true);
const timed = web.exec(['true'], { timeout: 5 });
same<typeof timed, ExecProcess>(true);
const bytes = web.exec(['true'], { encoding: 'buffer' });
same<typeof bytes, ExecProcess<Buffer>>(true);
const shell = web.exec('true', { shell: true });
same<typeof shell, ExecProcess>(true);
use(plain, timed, bytes, shell);
// @ts-expect-error -- a line of shell only with `shell`
web.exec('true');
// @ts-expect-error -- and not with other options alone
web.exec('true', { timeout: 5 });
// @ts-expect-error -- unknown
web.exec(['true'], { enviroment: {} });

// What ended a command early has what it wrote.
declare const error: unknown;
if (error instanceof AbortedError || error instanceof TimeoutError) {
  const written: string | Buffer | undefined = error.stdout ?? error.stderr ?? error.all;
  use(written);
}
