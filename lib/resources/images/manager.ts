import { run, type Operation, type OperationOptions, type StartOptions } from '../../operations/index.js';
import { assertKey, type CallOptions, type JsonMap, type ModelClass } from '../../orm/index.js';
import { fillPath, type Schemas } from '../../rest/endpoints/index.js';
import type { Session } from '../../rest/session.js';
import { Collection } from '../collection.js';
import { serverFacts } from '../server-facts.js';
import { Image } from './image.js';
import { aliasEntry } from './publish.js';
import { imageStore } from './store.js';
import { openUpload, type ImageUpload } from './upload.js';

/** What an uploaded image gets. */
export interface ImageCreateOptions extends OperationOptions {
  filename?: string | undefined;
  public?: boolean | undefined;
  properties?: Record<string, string> | undefined;
  aliases?: readonly (string | { name: string; description?: string })[] | undefined;
}

/** `client.images`. */
export class ImageManager<I extends Image = Image> extends Collection<I> {
  /** @internal */
  constructor(session: Session, Class: ModelClass<I>) {
    super(imageStore(session), Class);
  }

  /** The image that an alias names. @throws NotFoundError */
  async getByAlias(name: string, options: CallOptions = {}): Promise<I> {
    assertKey(name, 'image alias');
    const path = fillPath('/1.0/images/aliases/{name}', { name });
    const { metadata } = await this.session.send({ method: 'GET', path, ...options });
    return this.get((metadata as Schemas.ImageAliasesEntry).target, options);
  }

  /**
   * Uploads an image (POST /1.0/images) from a path, bytes or a stream, and resolves with its fetched model.
   * @throws InvalidInputError for a file that cannot be read; OperationError where the server refuses the image
   */
  create(source: ImageUpload, options?: ImageCreateOptions & { wait?: true }): Promise<I>;
  create(source: ImageUpload, options: ImageCreateOptions & { wait: false }): Promise<Operation<I>>;
  async create(
    source: ImageUpload,
    {
      filename,
      public: isPublic,
      properties,
      aliases = [],
      ...options
    }: ImageCreateOptions & StartOptions = {},
  ): Promise<I | Operation<I>> {
    const { product } = await serverFacts(this.session, { signal: options.signal });
    const upload = await openUpload(source);
    const prefix = product === 'incus' ? 'x-incus-' : 'x-lxd-';
    const headers: Record<string, string> = {};
    const name = filename ?? upload.filename;
    if (name !== undefined) headers[`${prefix}filename`] = encodeURIComponent(name);
    if (isPublic) headers[`${prefix}public`] = '1';
    if (properties) headers[`${prefix}properties`] = new URLSearchParams(properties).toString();
    if (upload.length !== undefined) headers['content-length'] = String(upload.length);
    // The server stores the upload before it answers, so no time is too long.
    const request = { method: 'POST', path: '/1.0/images', body: upload.body, headers, timeout: 0 };
    return run(this.session, request, options, async ({ metadata }) => {
      const fingerprint = String(metadata?.fingerprint);
      for (const alias of aliases) await this.#name(fingerprint, aliasEntry(alias));
      return this.get(fingerprint);
    });
  }

  override as<S extends I>(Class: ModelClass<S>): ImageManager<S> {
    return new ImageManager<S>(this.session, Class);
  }

  protected override keyOf(data: JsonMap): string | undefined {
    return typeof data.fingerprint === 'string' ? data.fingerprint : undefined;
  }

  /** Only Incus takes aliases with an upload, so they are made afterwards on both. */
  async #name(target: string, entry: JsonMap): Promise<void> {
    await this.session.send({ method: 'POST', path: '/1.0/images/aliases', body: { ...entry, target } });
  }
}
