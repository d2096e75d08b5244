import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { assertOptions, InvalidInputError } from '../../errors/index.js';
import { callNames, run } from '../../operations/index.js';
import type { CallOptions } from '../../orm/index.js';
import { asObject, asTexts } from '../../rest/answers.js';
import { fillPath, type Schemas } from '../../rest/endpoints/index.js';
import type { Session } from '../../rest/session.js';
import { editVersioned } from '../kind/edit.js';

/** What an image brings along for its instances. */
export type ImageMetadata = Schemas.ImageMetadata;

const folder = '/1.0/instances/{name}/metadata';

/** The image metadata of an instance (`/1.0/instances/{name}/metadata`): properties, and which templates apply when. */
export class InstanceMetadata {
  readonly #session: Session;
  readonly #instance: () => string;

  /** @internal Use `instance.metadata`. */
  constructor(session: Session, instance: () => string) {
    this.#session = session;
    this.#instance = instance;
  }

  /** Reads it. */
  async get(options: CallOptions = {}): Promise<ImageMetadata> {
    assertOptions(options, callNames, 'metadata.get()');
    return (await this.#read(options)).data;
  }

  /** Replaces all of it (PUT). */
  async put(metadata: ImageMetadata, options: CallOptions = {}): Promise<void> {
    assertOptions(options, callNames, 'metadata.put()');
    assertMetadata(metadata, 'metadata.put()');
    await this.#write(metadata, undefined, options);
  }

  /**
   * Reads it, lets `change` edit it in place, and writes it if it is still what was read, else tries again.
   * @throws PreconditionFailedError if others are always quicker
   */
  async edit(
    change: (metadata: ImageMetadata) => void | Promise<void>,
    options: CallOptions = {},
  ): Promise<ImageMetadata> {
    assertOptions(options, callNames, 'metadata.edit()');
    if (typeof change !== 'function') throw new InvalidInputError('metadata.edit() takes a function');
    return editVersioned(
      this.#session,
      this.#path,
      {
        read: () => this.#read(options),
        change,
        write: (edited, version) => this.#write(edited, version, options),
      },
      options,
    );
  }

  async #read(options: CallOptions): Promise<{ data: ImageMetadata; version: string | undefined }> {
    const request = { method: 'GET', path: this.#path, ...options };
    const answer = await this.#session.send(request);
    return { data: asObject<ImageMetadata>(answer, request), version: answer.etag };
  }

  async #write(body: ImageMetadata, ifMatch: string | undefined, options: CallOptions): Promise<void> {
    await run(
      this.#session,
      { method: 'PUT', path: this.#path, body, ifMatch },
      { ...options, wait: true },
      () => undefined,
    );
  }

  /** What `console.log` and `JSON.stringify` show. */
  toJSON(): string {
    return `InstanceMetadata(${JSON.stringify(this.#instance())})`;
  }

  [inspect.custom](): string {
    return this.toJSON();
  }

  get #path(): string {
    return fillPath(folder, { name: this.#instance() });
  }
}

/** The templates that an instance has of its image (`/1.0/instances/{name}/metadata/templates`). */
export class InstanceTemplates {
  readonly #session: Session;
  readonly #instance: () => string;

  /** @internal Use `instance.templates`. */
  constructor(session: Session, instance: () => string) {
    this.#session = session;
    this.#instance = instance;
  }

  async names(options: CallOptions = {}): Promise<string[]> {
    assertOptions(options, callNames, 'templates.names()');
    const request = { method: 'GET', path: this.#path, ...options };
    return asTexts(await this.#session.send(request), request);
  }

  /** The text of a template. @throws NotFoundError */
  async read(name: string, options: CallOptions = {}): Promise<string> {
    assertOptions(options, callNames, 'templates.read()');
    const request = { method: 'GET', path: this.#path, query: queryOf(name), ...options };
    const { body } = await this.#session.stream(request);
    return text(body);
  }

  /** Writes a template; which applies when is in `instance.metadata`. */
  async write(name: string, template: string, options: CallOptions = {}): Promise<void> {
    assertOptions(options, callNames, 'templates.write()');
    if (typeof template !== 'string')
      throw new InvalidInputError('templates.write(): the template must be a string');
    const body = Buffer.from(template);
    await this.#session.send({ method: 'POST', path: this.#path, query: queryOf(name), body, ...options });
  }

  async delete(name: string, options: CallOptions = {}): Promise<void> {
    assertOptions(options, callNames, 'templates.delete()');
    await this.#session.send({ method: 'DELETE', path: this.#path, query: queryOf(name), ...options });
  }

  /** What `console.log` and `JSON.stringify` show. */
  toJSON(): string {
    return `InstanceTemplates(${JSON.stringify(this.#instance())})`;
  }

  [inspect.custom](): string {
    return this.toJSON();
  }

  get #path(): string {
    return fillPath(`${folder}/templates`, { name: this.#instance() });
  }
}

function queryOf(name: string): { path: string } {
  if (typeof name === 'string' && name !== '' && !name.includes('/')) return { path: name };
  throw new InvalidInputError(
    `templates: ${JSON.stringify(name)} is not the name of a template, e.g. 'hostname.tpl'`,
  );
}

function assertMetadata(metadata: unknown, method: string): void {
  if (typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata)) return;
  throw new InvalidInputError(
    `${method}: the metadata must be an object, not ${inspect(metadata, { depth: 0 })}`,
  );
}
