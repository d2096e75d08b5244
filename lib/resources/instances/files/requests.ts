import type { Readable } from 'node:stream';
import { buffer, json } from 'node:stream/consumers';
import { ConflictError, InvalidInputError, ProtocolError, ResponseError } from '../../../errors/index.js';
import type { CallOptions } from '../../../orm/index.js';
import type { Session } from '../../../rest/session.js';
import { headersFor, infoFrom, type FileAttributes, type FileInfo, type FileType } from './info.js';

/** The bytes of a write. */
export type FileBody = Uint8Array | AsyncIterable<Uint8Array>;

/** How many links may lead to each other: Linux's own limit. */
const maxLinks = 40;

/** The requests of `/1.0/instances/{name}/files`. */
export class FileRequests {
  constructor(
    private readonly session: Session,
    /** Of the instance's files; throws if it is deleted. */
    private readonly url: () => string,
  ) {}

  /** What is at a path, not following a link, with its content. */
  async open(path: string, options: CallOptions = {}): Promise<{ info: FileInfo; body: Readable }> {
    const answer = await this.session.stream({
      method: 'GET',
      path: this.url(),
      query: { path },
      ...options,
    });
    try {
      return { info: infoFrom(answer.headers, path), body: answer.body };
    } catch (error) {
      answer.body.destroy();
      throw error;
    }
  }

  /** What is at a path, following links. */
  async follow(
    path: string,
    options: CallOptions = {},
  ): Promise<{ info: FileInfo; body: Readable; path: string }> {
    let at = path;
    for (let links = 0; links <= maxLinks; links++) {
      const opened = await this.open(at, options);
      if (!opened.info.isSymbolicLink()) return { ...opened, path: at };
      at = (await buffer(opened.body)).toString();
    }
    throw new InvalidInputError(`files: ${path}: too many links lead to each other`);
  }

  /** What is at a path, not following a link; LXD 5.0 does not tell the size. */
  async head(path: string, options: CallOptions = {}): Promise<FileInfo> {
    const answer = await this.session.stream({
      method: 'HEAD',
      path: this.url(),
      query: { path },
      ...options,
    });
    answer.body.destroy();
    return infoFrom(answer.headers, path);
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

  /** The same, or undefined if there is nothing. */
  async find(path: string, options: CallOptions = {}): Promise<FileInfo | undefined> {
    try {
      return await this.head(path, options);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
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
    await this.session.send({ method: 'POST', path: this.url(), query: { path }, headers, body, ...options });
  }

  async remove(path: string, options: CallOptions = {}): Promise<void> {
    await this.session.send({ method: 'DELETE', path: this.url(), query: { path }, ...options });
  }
}

/** The names in a directory, as its content lists them. */
export async function namesIn(body: Readable, path: string): Promise<string[]> {
  const { metadata } = (await json(body)) as { metadata?: unknown };
  const names: unknown = metadata ?? [];
  if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return names;
  throw new ProtocolError(`${path}: the answer is no list of names`);
}

/** Whether an error says that there is nothing at a path; the servers have no word of their own for a file on the way. */
export function isMissing(error: unknown): boolean {
  if (!(error instanceof ResponseError)) return false;
  return error.status === 404 || error.message.includes('not a directory');
}

/** There is something at a path where nothing, or something else, should be. */
export function inTheWay(path: string, what: string): ConflictError {
  return new ConflictError(`files: ${path} is there already, and is a ${what}`, { status: 409 });
}
