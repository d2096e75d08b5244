import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import {
  assertOptions,
  InvalidInputError,
  ProtocolError,
  ResponseError,
  UnsupportedError,
} from '../../errors/index.js';
import { callNames } from '../../operations/index.js';
import type { CallOptions } from '../../orm/index.js';
import { asTexts } from '../../rest/answers.js';
import { fillPath } from '../../rest/endpoints/index.js';
import type { Session } from '../../rest/session.js';

const folder = '/1.0/instances/{name}/logs';

/**
 * The log files of an instance (`/1.0/instances/{name}/logs`): the server's own, which tell why it did not start. What
 * runs in it logs elsewhere: `instance.exec(['journalctl', '-f'])`, or `instance.console()` and `consoleLog()`.
 */
export class InstanceLogs {
  readonly #session: Session;
  readonly #instance: () => string;

  /** @internal Use `instance.logs`. */
  constructor(session: Session, instance: () => string) {
    this.#session = session;
    this.#instance = instance;
  }

  /** The names of the files, e.g. `lxc.log`. */
  async names(options: CallOptions = {}): Promise<string[]> {
    assertOptions(options, callNames, 'logs.names()');
    const request = { method: 'GET', path: fillPath(folder, { name: this.#instance() }), ...options };
    const urls = asTexts(await this.#session.send(request), request);
    return urls.map(nameFrom);
  }

  /** What is in a file. @throws NotFoundError */
  async read(name: string, options: CallOptions = {}): Promise<string> {
    assertOptions(options, callNames, 'logs.read()');
    return text(await this.stream(name, options));
  }

  /** The same as a stream of bytes. */
  async stream(name: string, options: CallOptions = {}): Promise<Readable> {
    assertOptions(options, callNames, 'logs.stream()');
    const { body } = await this.#session.stream({ method: 'GET', path: this.#path(name), ...options });
    return body;
  }

  /** Deletes a file. @throws UnsupportedError: LXD from 6.9 on deletes none */
  async delete(name: string, options: CallOptions = {}): Promise<void> {
    assertOptions(options, callNames, 'logs.delete()');
    try {
      await this.#session.send({ method: 'DELETE', path: this.#path(name), ...options });
    } catch (error) {
      if (!(error instanceof ResponseError && error.status === 501)) throw error;
      throw new UnsupportedError('This server lets nobody delete log files (LXD from 6.9 on)');
    }
  }

  /** What `console.log` and `JSON.stringify` show. */
  toJSON(): string {
    return `InstanceLogs(${JSON.stringify(this.#instance())})`;
  }

  [inspect.custom](): string {
    return this.toJSON();
  }

  #path(name: string): string {
    if (typeof name !== 'string' || name === '' || name.includes('/')) {
      throw new InvalidInputError(
        `logs: ${JSON.stringify(name)} is not the name of a file; logs.names() lists them`,
      );
    }
    return fillPath(`${folder}/{filename}`, { name: this.#instance(), filename: name });
  }
}

/** The name in the URL of a log file. */
function nameFrom(url: string): string {
  const last = url.replace(/\?.*$/s, '').replace(/^.*\//, '');
  try {
    return decodeURIComponent(last);
  } catch {
    throw new ProtocolError(`logs: the server lists ${JSON.stringify(last)}, which is not part of a URL`);
  }
}
