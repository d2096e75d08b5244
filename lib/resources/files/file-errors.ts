import { posix } from 'node:path';
import {
  ConflictError,
  NotFoundError,
  ProtocolError,
  ResponseError,
  responseError,
  type ErrorDetails,
} from '../../errors/index.js';
import type { CallOptions } from '../../orm/index.js';
import type { FileHome, Opened } from './requests.js';

/** Errors that say that there is no such file, in a thing that is there. */
const missing = new WeakSet<object>();

/** Whether an error says that there is nothing at a path, and not that what it is of is missing. */
export function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && missing.has(error);
}

/** Makes errors that name the file, and what is missing, of the servers' `Not Found`, which they say of what the files are of, too. */
export class FileErrors {
  readonly #home: FileHome;
  readonly #look: (path: string, options: CallOptions) => Promise<Opened>;

  /** `look` asks for what is at a path, without its content. */
  constructor(home: FileHome, look: (path: string, options: CallOptions) => Promise<Opened>) {
    this.#home = home;
    this.#look = look;
  }

  /** Of a GET or a DELETE. */
  async ofReading(path: string, error: unknown, options: CallOptions): Promise<never> {
    if (!isRefusal(error)) throw error;
    if (error.status === 404) {
      await this.#assertHome(options);
      throw this.#missing(`there is no ${JSON.stringify(path)} in ${this.#where}`, error);
    }
    if (/not a directory/i.test(error.message)) throw await this.#below(path, error, options);
    throw this.#named(path, error);
  }

  /** Of a HEAD, whose refusal has no words: `ask` gets them. */
  async ofLooking<T>(path: string, error: unknown, options: CallOptions, ask: () => Promise<T>): Promise<T> {
    if (!isRefusal(error) || error.status === 404) return this.ofReading(path, error, options);
    return ask().catch((told: unknown) => this.ofReading(path, told, options));
  }

  /** Of a POST. */
  async ofWriting(path: string, error: unknown, options: CallOptions): Promise<never> {
    if (!isRefusal(error)) throw error;
    if (/is a directory/i.test(error.message)) {
      const message = `files: ${JSON.stringify(path)} in ${this.#where} is a directory, which is not replaced by a file`;
      throw new ConflictError(message, { ...detailsOf(error), status: 409 });
    }
    if (/not a directory/i.test(error.message)) throw await this.#below(path, error, options);
    if (error.status !== 404) throw this.#named(path, error);
    await this.#assertHome(options);
    const parent = posix.dirname(posix.normalize(path));
    const lacks = await this.#firstOnTheWay(parent, options, (found) => found === undefined);
    throw this.#missing(
      `${JSON.stringify(path)} cannot be written in ${this.#where}: there is no directory ${JSON.stringify(lacks ?? parent)}; ` +
        `make it first: files.mkdir(${JSON.stringify(parent)}, { recursive: true })`,
      error,
    );
  }

  /** @throws NotFoundError if what the files are of is not there */
  async #assertHome(options: CallOptions): Promise<void> {
    await this.#home.session().send({ method: 'GET', path: this.#home.path(), ...options });
  }

  async #below(path: string, error: ResponseError, options: CallOptions): Promise<NotFoundError> {
    const parent = posix.dirname(posix.normalize(path));
    const file = await this.#firstOnTheWay(parent, options, (found) => found === 'file');
    return this.#missing(
      `there is no ${JSON.stringify(path)} in ${this.#where}: ${JSON.stringify(file ?? parent)} is not a directory`,
      error,
    );
  }

  /** The outermost directory on the way to one, itself included, of which this is true. */
  async #firstOnTheWay(
    path: string,
    options: CallOptions,
    is: (found: string | undefined) => boolean,
  ): Promise<string | undefined> {
    const parts = path.split('/').filter(Boolean);
    for (let depth = 1; depth <= parts.length; depth++) {
      const at = `/${parts.slice(0, depth).join('/')}`;
      const found = await this.#look(at, options).catch((error: unknown) => {
        if (isRefusal(error)) return undefined;
        throw error;
      });
      found?.body.destroy();
      if (is(found?.info.type)) return at;
    }
    return undefined;
  }

  #missing(text: string, cause: ResponseError): NotFoundError {
    const error = new NotFoundError(`files: ${text}`, { ...detailsOf(cause), status: 404 });
    missing.add(error);
    return error;
  }

  /** The server's own words, with the file before them. */
  #named(path: string, error: ResponseError): ResponseError {
    const message = `files: ${JSON.stringify(path)} in ${this.#where}: ${error.message}`;
    return responseError(error.status ?? 500, message, detailsOf(error));
  }

  get #where(): string {
    return this.#home.title();
  }
}

function isRefusal(error: unknown): error is ResponseError {
  return error instanceof ResponseError && !(error instanceof ProtocolError);
}

function detailsOf(error: ResponseError): ErrorDetails {
  const { method, path } = error;
  return { cause: error, ...(method ? { method } : {}), ...(path ? { path } : {}) };
}
