import { posix } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { FileError } from '../../files/file-system.js';
import type { Process } from '../process.js';
import { write, type Sink } from '../sink.js';
import { textOf, type Expanding } from './expand.js';
import { ShellError } from './scope.js';
import { UnknownSyntax, type Redirect } from './syntax.js';

/** The three streams of a command. */
export interface Streams {
  readonly stdin: Readable;
  readonly out: Sink;
  readonly err: Sink;
}

/** Those of a process. */
export function streamsOf({ stdin, stdout, stderr }: Process): Streams {
  return { stdin, out: async (bytes) => write(stdout, bytes), err: async (bytes) => write(stderr, bytes) };
}

/** What they are of. */
export interface Redirecting extends Expanding {
  readonly process: Process;
  readonly streams: Streams;
}

/** Those that a command has by its redirections. @throws RedirectError where one cannot be */
export async function redirected(redirects: readonly Redirect[], by: Redirecting): Promise<Streams> {
  let { stdin, out, err } = by.streams;
  const put = (fd: number, sink: Sink): void => {
    if (fd === 2) err = sink;
    else out = sink;
  };
  for (const { fd, operator, target } of redirects) {
    const text = await textOf(target, by);
    switch (operator) {
      case '<<':
        stdin = filled(Buffer.from(text));
        break;
      case '<':
        stdin = filled(await bytesOf(text, by));
        break;
      case '>&':
        if (text !== '1' && text !== '2') throw new UnknownSyntax(`>&${text}`);
        put(fd, text === '1' ? out : err);
        break;
      case '>':
      case '>>':
      case '>|':
        put(fd, fileSink(text, operator === '>>', by));
        break;
      default:
        throw new UnknownSyntax(operator);
    }
  }
  return { stdin, out, err };
}

/** A redirection that cannot be: the command is not run, but the shell goes on. */
export class RedirectError extends ShellError {}

function filled(bytes: Buffer): Readable {
  const stream = new PassThrough();
  stream.end(bytes);
  return stream;
}

async function bytesOf(path: string, { scope, files }: Expanding): Promise<Buffer> {
  if (path === '/dev/null') return Promise.resolve(Buffer.alloc(0));
  try {
    return await Promise.resolve(files.read(posix.resolve(scope.cwd, path)));
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    if (error.code === 'EISDIR') return Buffer.alloc(0); // who reads it says what is wrong
    throw new RedirectError(
      `can't open ${path}: ${error.code === 'ENOENT' ? 'no such file' : reasonOf(error)}`,
    );
  }
}

/** What is said of a file, as busybox has it: with a capital. */
export function reasonOf({ message }: Error): string {
  const reason = message.replace(/^.*: /s, '');
  return reason.charAt(0).toUpperCase() + reason.slice(1);
}

function fileSink(path: string, append: boolean, { scope, files, process }: Redirecting): Sink {
  if (path === '/dev/null') return async () => Promise.resolve();
  const { clock, show } = process.spec;
  if (path === '/dev/console') return show;
  if (path === '/dev/stdout') return async (bytes) => write(process.stdout, bytes);
  if (path === '/dev/stderr') return async (bytes) => write(process.stderr, bytes);
  const full = posix.resolve(scope.cwd, path);
  try {
    if (!append || !isFile(files, full)) files.write(full, Buffer.alloc(0), { modified: clock.now() });
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const reason = error.code === 'ENOENT' ? 'nonexistent directory' : reasonOf(error);
    throw new RedirectError(`can't create ${path}: ${reason}`);
  }
  return async (bytes) => {
    files.write(full, bytes, { append: true, modified: clock.now() });
    return Promise.resolve();
  };
}

function isFile(files: Expanding['files'], path: string): boolean {
  try {
    return files.stat(path).type === 'file';
  } catch {
    return false;
  }
}
