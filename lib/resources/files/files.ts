import { posix } from 'node:path';
import { Readable, type Duplex, type Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { assertOptions, InvalidInputError, named, UnsupportedError } from '../../errors/index.js';
import { callNames } from '../../operations/index.js';
import type { CallOptions } from '../../orm/index.js';
import { checkAttributes, checkEncoding, checkPath } from './check.js';
import type { FileAttributes, FileInfo } from './info.js';
import * as names from './option-names.js';
import { pull } from './pull.js';
import { push } from './push.js';
import { readStream } from './read-stream.js';
import {
  assertSingle,
  FileRequests,
  inTheWay,
  namesIn,
  noneIfMissing,
  type FileBody,
  type FileHome,
} from './requests.js';
import { removeTree } from './remove.js';
import type { PullOptions, PushOptions, TransferReport } from './transfer.js';
import { writeStream } from './write-stream.js';

/** What can be written: text, bytes, a stream or another iterable of these. */
export type FileData =
  string | Uint8Array | AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>;

/** How a file is written. Owner and mode are those of a new file: the servers change none of an existing one. */
export interface WriteFileOptions extends CallOptions, FileAttributes {}

export interface ReadFileOptions extends CallOptions {
  encoding?: BufferEncoding | null | undefined;
}

export interface MakeDirectoryOptions extends WriteFileOptions {
  /** Makes the directories on the way too, and takes one that is there for done. */
  recursive?: boolean | undefined;
}

export interface RemoveOptions extends CallOptions {
  /** Removes a directory with all that is in it. */
  recursive?: boolean | undefined;
  /** Takes what is not there for done. */
  force?: boolean | undefined;
}

export interface WriteStreamOptions extends WriteFileOptions {
  /** `'w'` (default) writes the file anew, `'a'` at its end. */
  flags?: 'w' | 'a' | undefined;
}

/**
 * The files of an instance or a volume, with the shape of `node:fs/promises`. Paths are absolute; a missing file is a
 * NotFoundError that names it, and so is a missing instance or volume.
 */
export abstract class FileAccess {
  readonly #home: FileHome;
  readonly #requests: FileRequests;

  /** @internal Use `instance.files` and `volume.files`. */
  constructor(home: FileHome) {
    this.#home = home;
    this.#requests = new FileRequests(home);
  }

  /** The content: bytes, or text if an encoding is given. Large files are better read as a stream. */
  readFile(
    path: string,
    options: BufferEncoding | (ReadFileOptions & { encoding: BufferEncoding }),
  ): Promise<string>;
  readFile(path: string, options?: ReadFileOptions & { encoding?: null | undefined }): Promise<Buffer>;
  readFile(path: string, options?: BufferEncoding | ReadFileOptions): Promise<string | Buffer>;
  async readFile(path: string, options: BufferEncoding | ReadFileOptions = {}): Promise<string | Buffer> {
    const given: ReadFileOptions = typeof options === 'string' ? { encoding: options } : options;
    assertOptions(given, names.readFile, 'files.readFile()');
    const { encoding, ...rest } = given;
    checkEncoding(encoding);
    const content = await buffer(await this.#content(path, rest));
    return encoding ? content.toString(encoding) : content;
  }

  /**
   * Writes a file, in place of what it held: one request, or two if `mode`, `uid` or `gid` is given, since the servers
   * change none of an existing file, which must be said before it is written. What somebody else does between the two is
   * not seen. @throws NotFoundError if its directory is missing; UnsupportedError for another mode or owner than it has
   */
  async writeFile(path: string, data: FileData, options: WriteFileOptions = {}): Promise<void> {
    assertOptions(options, names.writeFile, 'files.writeFile()');
    const body = await this.#prepared(path, data, options, async ({ mode, uid, gid, ...call }) => {
      const isNamed = [mode, uid, gid].some((value) => value !== undefined);
      if (isNamed) await this.#assertTakes(path, { mode, uid, gid }, call);
    });
    const { mode, uid, gid, ...call } = options;
    await this.#requests.write(path, 'file', body, { mode, uid, gid }, call);
  }

  /** Writes at the end of a file, and makes it if it is missing; owner and mode are those of a new one. */
  async appendFile(path: string, data: FileData, options: WriteFileOptions = {}): Promise<void> {
    assertOptions(options, names.writeFile, 'files.appendFile()');
    let append = false;
    const body = await this.#prepared(path, data, options, async (call) => {
      append = (await this.#requests.findToWrite(path, callOf(call))) !== undefined; // a stream cannot be sent twice
    });
    const { mode, uid, gid, ...call } = options;
    await this.#requests.write(path, 'file', body, { mode, uid, gid }, { ...call, append });
  }

  /** The names in a directory. @throws NotFoundError; InvalidInputError if it is not a directory */
  async readdir(path: string, options: CallOptions = {}): Promise<string[]> {
    assertOptions(options, callNames, 'files.readdir()');
    checkPath(path);
    const opened = await this.#requests.follow(path, options);
    if (opened.info.isDirectory()) {
      const found = await namesIn(opened.body, path);
      assertSingle(found, path);
      return found;
    }
    opened.body.destroy();
    throw new InvalidInputError(`files: ${path} is not a directory but a ${opened.info.type}`);
  }

  /**
   * Makes a directory, with mode 0o755 unless told otherwise; with `recursive` those on the way too, and none that is there
   * is in the way. @throws ConflictError if there is something; NotFoundError if its parent is missing
   */
  async mkdir(path: string, options: MakeDirectoryOptions = {}): Promise<void> {
    assertOptions(options, names.mkdir, 'files.mkdir()');
    checkPath(path);
    const { recursive = false, mode = 0o755, uid, gid, ...call } = options;
    checkAttributes({ mode, uid, gid });
    await this.#mkdir(posix.normalize(path), recursive, { mode, uid, gid }, call);
  }

  /** Removes a file, a link or an empty directory; with `recursive` all that is in it; with `force` if it is there. */
  async rm(path: string, options: RemoveOptions = {}): Promise<void> {
    assertOptions(options, names.rm, 'files.rm()');
    checkPath(path);
    const { recursive = false, force = false, ...call } = options;
    if (recursive && posix.normalize(path) === '/')
      throw new InvalidInputError('files: rm() will not empty /');
    const removing = recursive ? removeTree(this.#requests, path, call) : this.#requests.remove(path, call);
    await (force ? removing.catch(noneIfMissing) : removing);
  }

  /** What a path leads to, following links. */
  async stat(path: string, options: CallOptions = {}): Promise<FileInfo> {
    assertOptions(options, callNames, 'files.stat()');
    checkPath(path);
    const info = await this.#requests.stat(path, options);
    if (!info.isSymbolicLink()) return info;
    const opened = await this.#requests.follow(path, options);
    opened.body.destroy();
    return opened.info;
  }

  /** What is at a path: of a link, the link itself. */
  async lstat(path: string, options: CallOptions = {}): Promise<FileInfo> {
    assertOptions(options, callNames, 'files.lstat()');
    checkPath(path);
    return this.#requests.stat(path, options);
  }

  /**
   * Whether there is something at a path; of a link, where it leads does not matter.
   * @throws NotFoundError if the instance or volume is not there
   */
  async exists(path: string, options: CallOptions = {}): Promise<boolean> {
    assertOptions(options, callNames, 'files.exists()');
    checkPath(path);
    return (await this.#requests.find(path, options)) !== undefined;
  }

  /** Makes a link at `path` that leads to `target`, which is kept as it is written. */
  async symlink(target: string, path: string, options: CallOptions = {}): Promise<void> {
    assertOptions(options, callNames, 'files.symlink()');
    checkPath(path);
    if (typeof target !== 'string' || target === '' || target.includes('\0')) {
      throw new InvalidInputError('files: the target of a link must be a non-empty string without NUL');
    }
    const found = await this.#requests.findToWrite(path, options);
    if (found) throw inTheWay(path, found.type);
    await this.#requests.write(path, 'symlink', Buffer.from(target), {}, options);
  }

  /** Where a link leads; the servers make an absolute path of it. */
  async readlink(path: string, options: CallOptions = {}): Promise<string> {
    assertOptions(options, callNames, 'files.readlink()');
    checkPath(path);
    const { info, body } = await this.#requests.open(path, options);
    if (info.isSymbolicLink()) return (await buffer(body)).toString();
    body.destroy();
    throw new InvalidInputError(`files: ${path} is not a link but a ${info.type}`);
  }

  /** The content as a stream, never held in memory; what goes wrong is its error. */
  createReadStream(path: string, options: CallOptions = {}): Readable {
    assertOptions(options, callNames, 'files.createReadStream()');
    return readStream(this.#content(path, options));
  }

  /** A stream that writes the file, or to its end with `flags: 'a'`; `finish` comes when the server has all. */
  createWriteStream(path: string, options: WriteStreamOptions = {}): Writable {
    assertOptions(options, names.writeStream, 'files.createWriteStream()');
    const { flags = 'w', ...rest } = options;
    if (flags !== 'w' && flags !== 'a')
      throw new InvalidInputError(`files: flags is ${inspect(flags)}; it is 'w' or 'a'`);
    return writeStream(async (body) =>
      flags === 'a' ? this.appendFile(path, body, rest) : this.writeFile(path, body, rest),
    );
  }

  /**
   * Copies a local file or tree to `remotePath`, which it becomes: directories, files with their modes, links as they
   * are. The directory that it is put into must be there. Resolves with what was copied. @throws TransferError with what was and what was not, if something failed
   */
  async push(localPath: string, remotePath: string, options: PushOptions = {}): Promise<TransferReport> {
    assertOptions(options, names.push, 'files.push()');
    checkPath(remotePath);
    return push(this.#requests, localPath, remotePath, options);
  }

  /**
   * Copies a file or tree of the instance to `localPath`, which it becomes. Nothing is written outside of it, whatever
   * the instance offers. @throws TransferError with what was copied and what was not, if something failed
   */
  async pull(remotePath: string, localPath: string, options: PullOptions = {}): Promise<TransferReport> {
    assertOptions(options, names.pull, 'files.pull()');
    checkPath(remotePath);
    return pull(this.#requests, remotePath, localPath, options);
  }

  /**
   * A connection on which the server speaks SFTP, version 3 (GET …/sftp), for a client of that protocol. It is the caller's
   * to end.
   */
  async sftpSocket(options: CallOptions = {}): Promise<Duplex> {
    assertOptions(options, callNames, 'files.sftpSocket()');
    await this.#home.assertOffered?.('sftp', options);
    return this.#home.session().upgrade({ path: `${this.#home.path()}/sftp`, ...options }, 'sftp');
  }

  /** What `console.log` and `JSON.stringify` show. */
  toJSON(): string {
    return `${this.constructor.name}(${JSON.stringify(decodeURIComponent(posix.basename(this.#home.path())))})`;
  }

  [inspect.custom](): string {
    return this.toJSON();
  }

  /** The body for some data, when `check` has found that it can be written: else a stream is not left open. */
  async #prepared(
    path: string,
    data: FileData,
    options: WriteFileOptions,
    check: (options: WriteFileOptions) => Promise<void>,
  ): Promise<FileBody> {
    const body = bodyFrom(data);
    try {
      checkPath(path);
      checkAttributes(options);
      await check(options);
      if (body instanceof Readable && body.errored) throw body.errored;
      return body;
    } catch (error) {
      if (body instanceof Readable) body.destroy();
      throw error;
    }
  }

  async #mkdir(
    path: string,
    recursive: boolean,
    attributes: FileAttributes,
    call: CallOptions,
  ): Promise<void> {
    // The servers take a directory that is there, and even a file, for done.
    const found = await this.#find(path, call);
    if (found && !(recursive && found.isDirectory())) throw inTheWay(path, found.type);
    if (found) return;
    const parent = posix.dirname(path);
    if (recursive && parent !== '/') await this.#mkdir(parent, recursive, attributes, call);
    await this.#requests.write(path, 'directory', Buffer.alloc(0), attributes, call);
  }

  async #content(path: string, options: CallOptions): Promise<Readable> {
    checkPath(path);
    const opened = await this.#requests.follow(path, options);
    if (!opened.info.isDirectory()) return opened.body;
    opened.body.destroy();
    throw new InvalidInputError(`files: ${path} is a directory; list it with readdir()`);
  }

  /** What is at a path that is going to be written, following links; undefined if there is nothing. */
  async #find(path: string, options: CallOptions): Promise<FileInfo | undefined> {
    const found = await this.#requests.findToWrite(path, options);
    if (!found?.isSymbolicLink()) return found;
    const opened = await this.#requests.follow(path, options).catch(noneIfMissing);
    opened?.body.destroy();
    return opened?.info;
  }

  async #assertTakes(path: string, wanted: FileAttributes, call: CallOptions): Promise<void> {
    const found = await this.#find(path, call);
    if (!found) return;
    const { mode = found.mode, uid = found.uid, gid = found.gid } = wanted;
    if (found.mode === mode && found.uid === uid && found.gid === gid) return;
    throw new UnsupportedError(
      `files: ${path} is there already, and the server changes neither mode nor owner of an existing file; ` +
        'remove it first, or leave mode, uid and gid out',
    );
  }
}

function bodyFrom(data: FileData): FileBody {
  if (typeof data === 'string') return Buffer.from(data);
  if (data instanceof Uint8Array) return data;
  if (data instanceof Readable) {
    return data.on('error', () => undefined); // one that fails before it is sent must not end the process
  }
  if (
    typeof data === 'object' &&
    (data as unknown) !== null &&
    (Symbol.asyncIterator in data || Symbol.iterator in data)
  ) {
    return Readable.from(data, { objectMode: false });
  }
  throw new InvalidInputError('files: the data must be a text, bytes, a stream or another iterable of these');
}

function callOf({ signal, timeout }: CallOptions): CallOptions {
  return { signal, timeout };
}

named({ FileAccess });
