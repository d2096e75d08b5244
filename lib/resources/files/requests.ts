import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { ConflictError, InvalidInputError, ProtocolError } from '../../errors/index.js';
import type { CallOptions } from '../../orm/index.js';
import { asTexts } from '../../rest/answers.js';
import type { Session } from '../../rest/session.js';
import { FileErrors, isMissing } from './file-errors.js';
import { headersFor, infoFrom, type FileAttributes, type FileInfo, type FileType } from './info.js';

/** The bytes of a write. */
export type FileBody = Uint8Array | AsyncIterable<Uint8Array>;

/** What was opened, with its content. */
export interface Opened {
  info: FileInfo;
  body: Readable;
}

/** How many links may lead to each other: Linux's own limit. */
const maxLinks = 40;

/** What the files are of: asked for anew at each request, so that they follow its renames and moves. */
export interface FileHome {
  /** Whose requests these are; throws if it is deleted. */
  session(): Session;
  /** Its path. */
  path(): string;
  /** What errors call it: `instance 'web'`. */
  title(): string;
  /** Rejects where the server has no files of such things. */
  assertOffered?(what: 'files' | 'sftp', options: CallOptions): Promise<void>;
}

/** The requests of `…/files`; what goes wrong is told in words that name the file. */
export class FileRequests {
  readonly #home: FileHome;
  readonly #errors: FileErrors;

  constructor(home: FileHome) {
    this.#home = home;
    this.#errors = new FileErrors(home, (path, options) => this.#stream('HEAD', path, options));
  }

  /** What is at a path, not following a link, with its content. */
  async open(path: string, options: CallOptions = {}): Promise<Opened> {
    return this.#stream('GET', path, options).catch((error: unknown) =>
      this.#errors.ofReading(path, error, options),
    );
  }

  /** What is at a path, following links. */
  async follow(path: string, options: CallOptions = {}): Promise<Opened & { path: string }> {
    let at = path;
    for (let links = 0; links <= maxLinks; links++) {
      const opened = await this.open(at, options);
      if (!opened.info.isSymbolicLink()) return { ...opened, path: at };
      const target = (await buffer(opened.body)).toString();
      // Both servers make it absolute.
      if (!target.startsWith('/') || target.includes('\0')) {
        throw new ProtocolError(`files: the server names ${JSON.stringify(target)} as the target of ${at}`);
      }
      at = target;
    }
    throw new InvalidInputError(`files: ${path}: too many links lead to each other`);
  }

  /** What is at a path, not following a link; LXD 5.0 does not tell the size. */
  async head(path: string, options: CallOptions = {}): Promise<FileInfo> {
    const { info, body } = await this.#stream('HEAD', path, options).catch((error: unknown) =>
      this.#errors.ofLooking(path, error, options, () => this.#stream('GET', path, options)),
    );
    body.destroy();
    return info;
  }

  /** What is at a path, not following a link. */
  async stat(path: string, options: CallOptions = {}): Promise<FileInfo> {
    const info = await this.head(path, options);
    if (!info.isFile() || info.size !== undefined) return info;
    // The headers of the content tell it.
    const opened = await this.open(path, options);
    opened.body.destroy();
    return opened.info;
  }

  /** The same as `head()`, or undefined if there is nothing. */
  async find(path: string, options: CallOptions = {}): Promise<FileInfo | undefined> {
    return this.head(path, options).catch(noneIfMissing);
  }

  /**
   * The same for who goes on to write: then it is told in any case that the instance is missing, which costs a request
   * more to tell of a missing file.
   */
  async findToWrite(path: string, options: CallOptions = {}): Promise<FileInfo | undefined> {
    try {
      const { info, body } = await this.#stream('HEAD', path, options);
      body.destroy();
      return info;
    } catch (error) {
      if ((error as { status?: number }).status === 404) return undefined;
      return this.find(path, options);
    }
  }

  async write(
    path: string,
    type: FileType,
    body: FileBody,
    attributes: FileAttributes = {},
    {
      append = false,
      ...options
    }: CallOptions & { append?: boolean; onUpload?: (bytes: number) => void } = {},
  ): Promise<void> {
    const headers = headersFor(type, attributes, append ? { write: 'append' } : {});
    const request = { method: 'POST', path: this.#url, query: { path }, headers, body, ...options };
    try {
      await this.#offered(options);
      await this.#home.session().send(request);
    } catch (error) {
      if (body instanceof Readable) body.destroy();
      await this.#errors.ofWriting(path, error, options);
    }
  }

  async remove(path: string, options: CallOptions = {}): Promise<void> {
    const request = { method: 'DELETE', path: this.#url, query: { path }, ...options };
    await this.#offered(options);
    const removing = this.#home.session().send(request);
    await removing.catch((error: unknown) => this.#errors.ofReading(path, error, options));
  }

  async #stream(method: 'GET' | 'HEAD', path: string, options: CallOptions): Promise<Opened> {
    const request = { method, path: this.#url, query: { path }, ...options };
    await this.#offered(options);
    const { headers, body } = await this.#home.session().stream(request);
    try {
      return { info: infoFrom(headers, path), body };
    } catch (error) {
      body.destroy();
      throw error;
    }
  }

  get #url(): string {
    return `${this.#home.path()}/files`;
  }

  async #offered({ signal, timeout }: CallOptions): Promise<void> {
    await this.#home.assertOffered?.('files', { signal, timeout });
  }
}

/** The names in a directory, as its content lists them. */
export async function namesIn(body: Readable, path: string): Promise<string[]> {
  const content = await text(body);
  let answer: { metadata?: unknown } | null;
  try {
    answer = JSON.parse(content) as typeof answer;
  } catch {
    throw new ProtocolError(`files: the list of ${path} is not JSON`);
  }
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer))
    throw new ProtocolError(`files: ${path} was not listed`);
  return asTexts({ metadata: answer.metadata }, { method: 'GET', path });
}

/** Whether a directory can hold this name, so that a path made of it leads into the directory. */
export function isSingle(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);
}

/** For names of which paths are made. @throws ProtocolError for what no directory can hold: it is not followed */
export function assertSingle(names: readonly string[], path: string): void {
  const odd = names.find((name) => !isSingle(name));
  if (odd === undefined) return;
  throw new ProtocolError(
    `files: the server lists ${JSON.stringify(odd)} in ${path}, which is no name that a directory can hold`,
  );
}

/** There is something at a path where nothing, or something else, should be. */
export function inTheWay(path: string, what: string): ConflictError {
  return new ConflictError(`files: ${path} is there already, and is a ${what}`, { status: 409 });
}

/** For a promise that may reject since there is nothing. */
export function noneIfMissing(error: unknown): undefined {
  if (isMissing(error)) return undefined;
  throw error;
}
