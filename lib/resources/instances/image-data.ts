import { text } from 'node:stream/consumers';
import { InvalidInputError, PreconditionFailedError } from '../../errors/index.js';
import { run } from '../../operations/index.js';
import { copy, type CallOptions, type Json } from '../../orm/index.js';
import { fillPath, type Schemas } from '../../rest/endpoints/index.js';
import type { Session } from '../../rest/session.js';

/** What an image brings along for its instances. */
export type ImageMetadata = Schemas.ImageMetadata;

const folder = '/1.0/instances/{name}/metadata';

/** How often an edit is made again because somebody else's came first. */
const tries = 5;

/** The image metadata of an instance (`/1.0/instances/{name}/metadata`): properties, and which templates apply when. */
export class InstanceMetadata {
  /** @internal Use `instance.metadata`. */
  constructor(
    private readonly session: Session,
    private readonly instance: () => string,
  ) {}

  /** Reads it. */
  async get(options: CallOptions = {}): Promise<ImageMetadata> {
    return (await this.#read(options)).data;
  }

  /** Replaces all of it (PUT). */
  async put(metadata: ImageMetadata, options: CallOptions = {}): Promise<void> {
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
    if (typeof change !== 'function') throw new InvalidInputError('metadata.edit() takes a function');
    // Neither server compares and writes in one step: those of one client take turns.
    return this.session.connection.oneByOne(this.#path, async () => this.#edit(change, options));
  }

  async #edit(
    change: (metadata: ImageMetadata) => void | Promise<void>,
    options: CallOptions,
  ): Promise<ImageMetadata> {
    for (let attempt = 1; ; attempt++) {
      const { data, version } = await this.#read(options);
      const edited = copy(data as unknown as Json) as unknown as ImageMetadata;
      await change(edited);
      try {
        await this.#write(edited, version, options);
        return edited;
      } catch (error) {
        if (!(error instanceof PreconditionFailedError) || attempt === tries) throw error;
      }
    }
  }

  async #read(options: CallOptions): Promise<{ data: ImageMetadata; version: string | undefined }> {
    const { metadata, etag } = await this.session.send({ method: 'GET', path: this.#path, ...options });
    return { data: metadata as ImageMetadata, version: etag };
  }

  async #write(body: ImageMetadata, ifMatch: string | undefined, options: CallOptions): Promise<void> {
    await run(this.session, { method: 'PUT', path: this.#path, body, ifMatch }, options, () => undefined);
  }

  get #path(): string {
    return fillPath(folder, { name: this.instance() });
  }
}

/** The templates that an instance has of its image (`/1.0/instances/{name}/metadata/templates`). */
export class InstanceTemplates {
  /** @internal Use `instance.templates`. */
  constructor(
    private readonly session: Session,
    private readonly instance: () => string,
  ) {}

  async names(options: CallOptions = {}): Promise<string[]> {
    const { metadata } = await this.session.send({ method: 'GET', path: this.#path, ...options });
    return (metadata ?? []) as string[];
  }

  /** The text of a template. @throws NotFoundError */
  async read(name: string, options: CallOptions = {}): Promise<string> {
    const request = { method: 'GET', path: this.#path, query: queryOf(name), ...options };
    const { body } = await this.session.stream(request);
    return text(body);
  }

  /** Writes a template; which applies when is in `instance.metadata`. */
  async write(name: string, template: string, options: CallOptions = {}): Promise<void> {
    const body = Buffer.from(template);
    await this.session.send({ method: 'POST', path: this.#path, query: queryOf(name), body, ...options });
  }

  async delete(name: string, options: CallOptions = {}): Promise<void> {
    await this.session.send({ method: 'DELETE', path: this.#path, query: queryOf(name), ...options });
  }

  get #path(): string {
    return fillPath(`${folder}/templates`, { name: this.instance() });
  }
}

function queryOf(name: string): { path: string } {
  if (typeof name === 'string' && name !== '' && !name.includes('/')) return { path: name };
  throw new InvalidInputError(
    `templates: ${JSON.stringify(name)} is no template's name, e.g. 'hostname.tpl'`,
  );
}
