import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { InvalidInputError, ResponseError, UnsupportedError } from '../../errors/index.js';
import type { CallOptions } from '../../orm/index.js';
import { fillPath } from '../../rest/endpoints/index.js';
import type { Session } from '../../rest/session.js';

const folder = '/1.0/instances/{name}/logs';

/** The log files of an instance (`/1.0/instances/{name}/logs`): what tells why it did not start. */
export class InstanceLogs {
  /** @internal Use `instance.logs`. */
  constructor(
    private readonly session: Session,
    private readonly instance: () => string,
  ) {}

  /** The names of the files, e.g. `lxc.log`. */
  async names(options: CallOptions = {}): Promise<string[]> {
    const path = fillPath(folder, { name: this.instance() });
    const { metadata } = await this.session.send({ method: 'GET', path, ...options });
    const urls = (metadata ?? []) as string[];
    return urls.map((url) => decodeURIComponent(url.replace(/\?.*$/s, '').replace(/^.*\//, '')));
  }

  /** What is in a file. @throws NotFoundError */
  async read(name: string, options: CallOptions = {}): Promise<string> {
    return text(await this.stream(name, options));
  }

  /** The same as a stream of bytes. */
  async stream(name: string, options: CallOptions = {}): Promise<Readable> {
    const { body } = await this.session.stream({ method: 'GET', path: this.#path(name), ...options });
    return body;
  }

  /** Deletes a file. @throws UnsupportedError: LXD from 6.9 on deletes none */
  async delete(name: string, options: CallOptions = {}): Promise<void> {
    try {
      await this.session.send({ method: 'DELETE', path: this.#path(name), ...options });
    } catch (error) {
      if (!(error instanceof ResponseError && error.status === 501)) throw error;
      throw new UnsupportedError('This server lets nobody delete log files (LXD from 6.9 on)');
    }
  }

  #path(name: string): string {
    if (typeof name !== 'string' || name === '' || name.includes('/')) {
      throw new InvalidInputError(`logs: ${JSON.stringify(name)} is no file's name; logs.names() lists them`);
    }
    return fillPath(`${folder}/{filename}`, { name: this.instance(), filename: name });
  }
}
