import { posix } from 'node:path';
import { Readable, type Duplex, type Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { InvalidInputError, UnsupportedError } from '../../../errors/index.js';
import type { CallOptions } from '../../../orm/index.js';
import type { Session } from '../../../rest/session.js';
import { checkAttributes, checkPath } from './check.js';
import type { FileAttributes, FileInfo } from './info.js';
import { pull } from './pull.js';
import { push } from './push.js';
import { inTheWay, isMissing, FileRequests, namesIn, type FileBody } from './requests.js';
import type { PullOptions, PushOptions, TransferReport } from './transfer.js';
import { readStream } from './read-stream.js';
import { writeStream } from './write-stream.js';

/** What can be written: text, bytes, a stream or another iterable of these. */
export type FileData =
  string | Uint8Array | AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>;

/** How a file is written. Owner and mode are those of a new file: the servers change none of an existing one. */
export type WriteFileOptions = CallOptions & FileAttributes;

export interface ReadFileOptions extends CallOptions {
  encoding?: BufferEncoding | null | undefined;
}

/**
 * The files of an instance, running or not (`/1.0/instances/{name}/files`), with the shape of `node:fs/promises`. Paths
 * are absolute; a missing file is a NotFoundError.
 */
export class InstanceFiles {
  readonly #session: Session;
  readonly #path: () => string;
  readonly #requests: FileRequests;

  /** @internal Use `instance.files`. */
  constructor(session: Session, path: () => string) {
    this.#session = session;
    this.#path = path;
    this.#requests = new FileRequests(session, () => `${path()}/files`);
  }

  /** The content: bytes, or text if an encoding is given. Large files are better read as a stream. */
  readFile(
    path: string,
    options: BufferEncoding | (ReadFileOptions & { encoding: BufferEncoding }),
  ): Promise<string>;
  readFile(path: string, options?: ReadFileOptions & { encoding?: null | undefined }): Promise<Buffer>;
  async readFile(path: string, options: BufferEncoding | ReadFileOptions = {}): Promise<string | Buffer> {
    const { encoding, ...rest } = typeof options === 'string' ? { encoding: options } : options;
    const content = await buffer(await this.#content(path, rest));
    return encoding ? content.toString(encoding) : content;
  }

  /** Writes a file, in place of what it held. @throws NotFoundError if its directory is missing; UnsupportedError */
  async writeFile(path: string, data: FileData, options: WriteFileOptions = {}): Promise<void> {
    checkPath(path);
    checkAttributes(options);
    const { mode, uid, gid, ...call } = options;
    const wanted = { mode, uid, gid };
    const named = Object.values(wanted).some((value) => value !== undefined);
    // Neither the mode nor the owner of an existing file is changed: better said before than overlooked.
    if (named) await this.#assertTakes(path, wanted, call);
    await this.#requests.write(path, 'file', bodyFrom(data), wanted, call);
  }

  /** Writes at the end of a file, and makes it if it is missing. */
  async appendFile(path: string, data: FileData, options: WriteFileOptions = {}): Promise<void> {
    checkPath(path);
    checkAttributes(options);
    const { mode, uid, gid, ...call } = options;
    const append = (await this.#requests.find(path, call)) !== undefined; // a stream cannot be sent twice
    await this.#requests.write(path, 'file', bodyFrom(data), { mode, uid, gid }, { ...call, append });
  }

  /** The names in a directory. */
  async readdir(path: string, options: CallOptions = {}): Promise<string[]> {
    checkPath(path);
    const opened = await this.#requests.follow(path, options);
    if (opened.info.isDirectory()) return namesIn(opened.body, path);
    opened.body.destroy();
    throw new InvalidInputError(`files: ${path} is no directory but a ${opened.info.type}`);
  }

  /** Makes a directory; with `recursive` those on the way too, and none that is there is in the way. */
  async mkdir(
    path: string,
    {
      recursive = false,
      mode,
      uid,
      gid,
      ...call
    }: WriteFileOptions & { recursive?: boolean | undefined } = {},
  ): Promise<void> {
    checkPath(path);
    checkAttributes({ mode, uid, gid });
    // The servers take a directory that is there, and even a file, for done.
    const found = await this.#find(path, call);
    if (found && !(recursive && found.isDirectory())) throw inTheWay(path, found.type);
    if (found) return;
    const parent = posix.dirname(posix.normalize(path));
    if (recursive && parent !== '/') await this.mkdir(parent, { recursive, mode, uid, gid, ...call });
    await this.#requests.write(path, 'directory', Buffer.alloc(0), { mode: mode ?? 0o755, uid, gid }, call);
  }

  /** Removes a file, a link or an empty directory; with `recursive` all that is in it; with `force` if it is there. */
  async rm(
    path: string,
    {
      recursive = false,
      force = false,
      ...call
    }: CallOptions & { recursive?: boolean; force?: boolean } = {},
  ): Promise<void> {
    checkPath(path);
    if (recursive && posix.normalize(path) === '/')
      throw new InvalidInputError('files: rm() will not empty /');
    try {
      if (recursive) await this.#empty(path, call);
      await this.#requests.remove(path, call);
    } catch (error) {
      if (!(force && isMissing(error))) throw error;
    }
  }

  /** What a path leads to, following links. */
  async stat(path: string, options: CallOptions = {}): Promise<FileInfo> {
    checkPath(path);
    const info = await this.#requests.stat(path, options);
    if (!info.isSymbolicLink()) return info;
    const opened = await this.#requests.follow(path, options);
    opened.body.destroy();
    return opened.info;
  }

  /** What is at a path: of a link, the link itself. */
  async lstat(path: string, options: CallOptions = {}): Promise<FileInfo> {
    checkPath(path);
    return this.#requests.stat(path, options);
  }

  /** Whether there is something at a path; of a link, where it leads does not matter. */
  async exists(path: string, options: CallOptions = {}): Promise<boolean> {
    checkPath(path);
    return (await this.#requests.find(path, options)) !== undefined;
  }

  /** Makes a link at `path` that leads to `target`, which is kept as it is written. */
  async symlink(target: string, path: string, options: CallOptions = {}): Promise<void> {
    checkPath(path);
    if (typeof target !== 'string' || target === '' || target.includes('\0')) {
      throw new InvalidInputError('files: the target of a link must be a text, and not be empty');
    }
    const found = await this.#requests.find(path, options);
    if (found) throw inTheWay(path, found.type);
    await this.#requests.write(path, 'symlink', Buffer.from(target), {}, options);
  }

  /** Where a link leads; the servers make an absolute path of it. */
  async readlink(path: string, options: CallOptions = {}): Promise<string> {
    checkPath(path);
    const { info, body } = await this.#requests.open(path, options);
    if (info.isSymbolicLink()) return (await buffer(body)).toString();
    body.destroy();
    throw new InvalidInputError(`files: ${path} is no link but a ${info.type}`);
  }

  /** The content as a stream, never held in memory; what goes wrong is its error. */
  createReadStream(path: string, options: CallOptions = {}): Readable {
    return readStream(this.#content(path, options));
  }

  /** A stream that writes the file, or to its end with `flags: 'a'`; `finish` comes when the server has all. */
  createWriteStream(
    path: string,
    options: WriteFileOptions & { flags?: 'w' | 'a' | undefined } = {},
  ): Writable {
    const { flags = 'w', ...rest } = options;
    return writeStream(async (body) =>
      flags === 'a' ? this.appendFile(path, body, rest) : this.writeFile(path, body, rest),
    );
  }

  /**
   * Copies a local file or tree to `remotePath`, which it becomes: directories, files with their modes, links as they
   * are. Resolves with what was copied. @throws TransferError with what was and what was not, if something failed
   */
  async push(localPath: string, remotePath: string, options: PushOptions = {}): Promise<TransferReport> {
    checkPath(remotePath);
    return push(this.#requests, localPath, remotePath, options);
  }

  /**
   * Copies a file or tree of the instance to `localPath`, which it becomes. Nothing is written outside of it, whatever
   * the instance offers. @throws TransferError with what was copied and what was not, if something failed
   */
  async pull(remotePath: string, localPath: string, options: PullOptions = {}): Promise<TransferReport> {
    checkPath(remotePath);
    return pull(this.#requests, remotePath, localPath, options);
  }

  /**
   * A connection on which the server speaks SFTP, version 3 (GET /1.0/instances/{name}/sftp; LXD 5.0 and
   * Incus): for a client of that protocol. It is the caller's to end.
   */
  async sftpSocket(options: CallOptions = {}): Promise<Duplex> {
    return this.#session.upgrade({ path: `${this.#path()}/sftp`, ...options }, 'sftp');
  }

  async #content(path: string, options: CallOptions): Promise<Readable> {
    checkPath(path);
    const opened = await this.#requests.follow(path, options);
    if (!opened.info.isDirectory()) return opened.body;
    opened.body.destroy();
    throw new InvalidInputError(`files: ${path} is a directory; list it with readdir()`);
  }

  /** What is at a path, following links; undefined if there is nothing. */
  async #find(path: string, options: CallOptions): Promise<FileInfo | undefined> {
    try {
      return await this.stat(path, options);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
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

  async #empty(path: string, call: CallOptions): Promise<void> {
    if (!(await this.#requests.head(path, call)).isDirectory()) return;
    const names = await this.readdir(path, call);
    await Promise.all(
      names.map(async (name) => this.rm(posix.join(path, name), { recursive: true, ...call })),
    );
  }
}

function bodyFrom(data: FileData): FileBody {
  if (typeof data === 'string') return Buffer.from(data);
  if (data instanceof Uint8Array || data instanceof Readable) return data;
  if (typeof data === 'object' && (Symbol.asyncIterator in data || Symbol.iterator in data)) {
    return Readable.from(data, { objectMode: false });
  }
  throw new InvalidInputError('files: the data must be a text, bytes, a stream or another iterable of these');
}
