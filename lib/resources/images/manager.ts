import { assertOptions, named, type OptionNames } from '../../errors/index.js';
import {
  callNames,
  startNames,
  type Ended,
  type StartOptions,
  type WaitOf,
  type LikeOf,
  type PlainOf,
} from '../../operations/index.js';
import { assertKey, type CallOptions, type ModelClass } from '../../orm/index.js';
import { asObject, unexpected } from '../../rest/answers.js';
import { fillPath } from '../../rest/endpoints/index.js';
import type { Session } from '../../rest/session.js';
import { Collection } from '../kind/collection.js';
import type { ImageAlias } from './alias.js';
import { ImageAliasManager } from './aliases.js';
import { createImage, updated } from './create.js';
import { Image } from './image.js';
import { imageCreateNames, wantedImage, type ImageCreateOptions } from './options.js';
import { readAlias, settle, type ImagePlace } from './settle.js';
import { originOf, type ImageSourceInput } from './source.js';
import { imageStore } from './store.js';
import { discardUpload } from './upload.js';

export interface ImageGetOptions extends CallOptions {
  /** Of `image.createSecret()`. */
  secret?: string | undefined;
}

const getNames: OptionNames<ImageGetOptions> = { ...callNames, secret: true };
const createNames: OptionNames<ImageCreateOptions & StartOptions> = { ...imageCreateNames, ...startNames };

/** `client.images`. */
export class ImageManager<I extends Image = Image> extends Collection<I> {
  #aliases: ImageAliasManager<LikeOf<I, ImageAlias>> | undefined;

  /** @internal */
  constructor(session: Session, Class: ModelClass<I>) {
    super(imageStore(session), Class);
  }

  /** The names of images, as things of their own. */
  get aliases(): ImageAliasManager<LikeOf<I, ImageAlias>> {
    return (this.#aliases ??= new ImageAliasManager<LikeOf<I, ImageAlias>>(() => ({
      session: this.session,
    })));
  }

  /**
   * The fetched image of a fingerprint or its beginning; with a `secret` of `createSecret()` also one that is not public,
   * where the server does not trust us: the secret holds for 5 s more then, which an export needs. @throws NotFoundError
   */
  override async get(key: string, given: ImageGetOptions = {}): Promise<I> {
    assertOptions(given, getNames, 'images.get()');
    const { secret, ...options } = given;
    if (secret === undefined) return super.get(key, options);
    this.assertKey(key);
    const request = { method: 'GET', path: this.store.path(key), query: { secret }, ...options };
    return this.made(this.store.reading(key, await this.session.send(request)), key);
  }

  /** The image that an alias names. @throws NotFoundError */
  async getByAlias(name: string, options: CallOptions = {}): Promise<I> {
    assertOptions(options, callNames, 'images.getByAlias()');
    assertKey(name, 'image alias');
    const path = fillPath('/1.0/images/aliases/{name}', { name });
    const request = { method: 'GET', path, ...options };
    const { target } = asObject<{ target?: unknown }>(await this.session.send(request), request);
    if (typeof target !== 'string') throw unexpected(request, 'the fingerprint of an image', target);
    return this.get(target, options);
  }

  /**
   * Makes an image (POST /1.0/images) and resolves with its fetched model: uploads a path, bytes, a stream or an iterable
   * of them, as it is or as `{ metadata, rootfs }`, and compares the SHA-256 of what was sent with what the server
   * stored; has the server fetch it from another (`{ server, protocol, alias }`, `{ url }`); or makes it of an
   * `{ instance }` or `{ snapshot }`. `onProgress` hears of the upload, then of the server's own work.
   * @throws InvalidInputError for what no image can be made of, ConflictError for an alias in use: nothing was sent;
   * IntegrityError if the server stored something else, which is deleted; OperationError where the server refuses it
   */
  async create<W extends boolean = WaitOf<I>>(
    source: ImageSourceInput,
    options: ImageCreateOptions & StartOptions<W> = {},
  ): Promise<Ended<I, W>> {
    assertOptions(options, createNames, 'images.create()');
    return createImage(this.#place(), source, options) as Promise<Ended<I, W>>;
  }

  /**
   * The image of this alias, made of the source if there is none; with `fingerprint` also if the alias means another one,
   * and then the alias moves. What else is wanted is brought about; properties not named here stay. Always waited for.
   */
  async ensure(alias: string, source: ImageSourceInput, options: ImageCreateOptions = {}): Promise<I> {
    assertOptions(options, imageCreateNames, 'images.ensure()');
    const aliases = [alias, ...(options.aliases ?? [])];
    const given = { ...options, aliases, moveAliases: true };
    const { wanted } = wantedImage(given);
    const origin = originOf(source);
    const autoUpdate = updated(origin, options.autoUpdate);
    const place = { ...this.#place(), reuse: true };
    const { signal } = options;
    const named = await readAlias(this.session, alias, { signal });
    const image = named && (await this.find(named.target, { signal }));
    if (!image || (options.fingerprint !== undefined && image.key !== options.fingerprint.toLowerCase()))
      return createImage(place, source, { ...given, wait: true }) as Promise<I>;
    if (origin.kind === 'upload') discardUpload(origin);
    const arrived = { fingerprint: image.key, isNew: false, image, alias: named };
    const fields = { ...wanted.fields, autoUpdate };
    return settle(place, arrived, { ...wanted, fields }) as Promise<I>;
  }

  override as<S extends PlainOf<I> & Image>(Class: ModelClass<S>): ImageManager<LikeOf<I, S>> {
    return new ImageManager(this.session, Class as ModelClass as ModelClass<LikeOf<I, S>>);
  }

  #place(): ImagePlace {
    return { session: this.session, Class: this.Class };
  }
}

named({ ImageManager });
