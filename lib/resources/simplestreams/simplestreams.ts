import { inspect } from 'node:util';
import type { Product } from '../../connect/index.js';
import {
  assertOptions,
  InvalidInputError,
  isLxdError,
  milliseconds,
  NotFoundError,
  ProtocolError,
  type OptionNames,
} from '../../errors/index.js';
import { describe, isMap, type CallOptions } from '../../orm/index.js';
import {
  chooseAlias,
  kernelName,
  listAliases,
  type AliasChoice,
  type SimpleStreamsAlias,
} from './aliases.js';
import { SimpleStreamsImage } from './image.js';
import { listImages } from './list.js';
import { Place } from './place.js';
import { SharedLoad } from './shared-load.js';
import { readIndex, readProducts, type Product as ListedProduct } from './tree.js';

/** How an image server is reached. */
export interface SimpleStreamsOptions {
  /** Certificates, as PEM text, one of which signed the server's. LXD and Incus are given the first. */
  ca?: string | undefined;
  /** The server's certificate as PEM text, whatever names it has. LXD and Incus are given it. */
  serverCert?: string | undefined;
  /** `false` accepts whoever answers; LXD and Incus never do. */
  verify?: boolean | undefined;
  /** Headers of every request; LXD and Incus send none of them. */
  headers?: Record<string, string> | undefined;
  /** Milliseconds for which the server may send nothing, of the lists and of images; 60,000 by default, 0 for no limit. */
  timeout?: number | undefined;
  /** Milliseconds for which the lists are kept; an hour by default, as in the servers; 0 to read them each time. */
  cache?: number | undefined;
  /** Only images for this hypervisor; those for either without it. */
  product?: Product | undefined;
}

/** Which images; all that is given must fit. */
export interface SimpleStreamsFilter extends AliasChoice {
  alias?: string | undefined;
  os?: string | undefined;
  release?: string | undefined;
  variant?: string | undefined;
  /** Only the newest version of each. */
  newest?: boolean | undefined;
}

export interface SimpleStreamsListOptions extends CallOptions {
  filter?: SimpleStreamsFilter | ((image: SimpleStreamsImage) => boolean) | undefined;
}

interface Lists {
  images: SimpleStreamsImage[];
  aliases: SimpleStreamsAlias[];
}

const optionNames: OptionNames<SimpleStreamsOptions> = {
  ca: true,
  serverCert: true,
  verify: true,
  headers: true,
  timeout: true,
  cache: true,
  product: true,
};

const callNames: OptionNames<CallOptions> = { signal: true, timeout: true };

const filterNames: OptionNames<SimpleStreamsFilter> = {
  type: true,
  architecture: true,
  alias: true,
  os: true,
  release: true,
  variant: true,
  newest: true,
};

const hour = 3_600_000;

/**
 * A public image server (`https://images.linuxcontainers.org`, `https://cloud-images.ubuntu.com/releases`): lists and
 * finds images without an LXD or Incus. Every method throws ProtocolError where no such server answers, and
 * ConnectionError, CertificateError, TimeoutError, AbortedError or another ResponseError where none does.
 */
export class SimpleStreams {
  readonly #place: Place;
  readonly #options: SimpleStreamsOptions;
  #lists: { load: SharedLoad<Lists>; readAt: number } | undefined;

  /** Makes no request. @throws InvalidInputError */
  constructor(url: string | URL, options: SimpleStreamsOptions = {}) {
    assertWell(options);
    this.#place = new Place(url, options);
    this.#options = options;
  }

  /** Without a slash at the end. */
  get url(): string {
    return this.#place.server;
  }

  /** All images of all versions, sorted by system, release and variant, the newest first. @throws InvalidInputError */
  async all(given: SimpleStreamsListOptions = {}): Promise<SimpleStreamsImage[]> {
    assertOptions(given, { ...callNames, filter: true }, 'all()');
    const { filter, ...options } = given;
    const matches = typeof filter === 'function' ? filter : filter && matcher(filter);
    const { images } = await this.#read(options);
    return matches ? images.filter(matches) : [...images];
  }

  /** @throws NotFoundError; InvalidInputError for what is no fingerprint, or the beginning of several */
  async get(fingerprint: string, options: CallOptions = {}): Promise<SimpleStreamsImage> {
    if (typeof fingerprint !== 'string' || !/^[0-9a-f]{1,64}$/i.test(fingerprint)) {
      throw new InvalidInputError(
        `A fingerprint is up to 64 hexadecimal digits, not ${describe(fingerprint)}; for a name use getByAlias()`,
      );
    }
    assertOptions(options, callNames, 'get()');
    const { images } = await this.#read(options);
    const found = images.filter((image) => image.fingerprint.startsWith(fingerprint.toLowerCase()));
    const [image] = found;
    if (image && found.length === 1) return image;
    if (image) {
      throw new InvalidInputError(
        `${String(found.length)} images begin with ${fingerprint}: give more of it`,
      );
    }
    throw new NotFoundError(`${this.url} has no such image: ${fingerprint}`, { status: 404 });
  }

  /** The newest image of that name. @throws NotFoundError; InvalidInputError where it cannot be told which */
  async getByAlias(name: string, given: AliasChoice & CallOptions = {}): Promise<SimpleStreamsImage> {
    assertOptions(given, { ...callNames, type: true, architecture: true }, 'getByAlias()');
    const { type, architecture, ...options } = given;
    if (typeof name !== 'string' || name === '') {
      throw new InvalidInputError(`An alias is a text, not ${describe(name)}`);
    }
    const { images, aliases } = await this.#read(options);
    const { target } = chooseAlias(aliases, name, { type, architecture }, this.url);
    return images[images.findIndex(({ fingerprint }) => fingerprint === target)]!;
  }

  /** Every name, once for each type and architecture. */
  async aliases(options: CallOptions = {}): Promise<SimpleStreamsAlias[]> {
    assertOptions(options, callNames, 'aliases()');
    const { aliases } = await this.#read(options);
    return aliases.map((alias) => ({ ...alias }));
  }

  /** Has the lists read anew when they are needed next. */
  refresh(): void {
    this.#lists = undefined;
  }

  [inspect.custom](): string {
    return `SimpleStreams(${this.url})`;
  }

  /** The lists, read by the first who asks; a failure is nobody's but those who waited for it. */
  async #read(options: CallOptions): Promise<Lists> {
    const { cache = hour } = this.#options;
    const kept = this.#lists;
    const usable = kept && !kept.load.useless && performance.now() - kept.readAt < cache;
    const load = usable ? kept.load : new SharedLoad((signal) => this.#load(signal));
    if (!usable) this.#lists = { load, readAt: performance.now() };
    return load.wait(options, `The images of ${this.url}`);
  }

  async #load(signal: AbortSignal): Promise<Lists> {
    const products: ListedProduct[] = [];
    const index = this.#place.resolve('streams/v1/index.json');
    for (const path of readIndex(
      await this.#text(index, signal, 'is it a simplestreams server?'),
      index.href,
    )) {
      const url = this.#place.resolve(path);
      const list = readProducts(await this.#text(url, signal, 'the index of the server names it'), url.href);
      for (const product of list) products.push(product);
    }
    const { product } = this.#options;
    const listed = listImages(products).filter((image) => !product || image.products.includes(product));
    const aliases = listAliases(listed, this.url);
    const names = new Map<string, string[]>(listed.map(({ fingerprint }) => [fingerprint, []]));
    for (const { target, name } of aliases) names.get(target)?.push(name);
    const images = listed.map(
      (image) => new SimpleStreamsImage(this.#place, image, names.get(image.fingerprint) ?? []),
    );
    return { images, aliases };
  }

  /** "Not found" is for images alone: a file of the tree that is not there is a fault of the server. */
  async #text(url: URL, signal: AbortSignal, why: string): Promise<string> {
    try {
      return await this.#place.web.text(url, { signal });
    } catch (error) {
      if (!isLxdError(error) || !(error instanceof NotFoundError)) throw error;
      throw new ProtocolError(`${error.message}; ${why}`, { method: 'GET', path: url.pathname, status: 404 });
    }
  }
}

function matcher(given: unknown): (image: SimpleStreamsImage) => boolean {
  if (!isMap(given)) {
    throw new InvalidInputError(`filter must be an object or a function, not ${describe(given)}`);
  }
  const filter: SimpleStreamsFilter = given;
  assertOptions(filter, filterNames, 'all({ filter })');
  const { type, architecture, alias, newest, ...properties } = filter;
  const kernel = architecture === undefined ? undefined : kernelName(architecture);
  const seen = new Set<string>();
  return (image) => {
    const { os, release, variant } = image.properties;
    // The newest comes first.
    const kind = JSON.stringify([
      os,
      release,
      variant,
      image.type,
      image.architecture,
      image.properties.type,
    ]);
    const first = !seen.has(kind);
    seen.add(kind);
    return (
      (type ?? image.type) === image.type &&
      (kernel ?? image.architecture) === image.architecture &&
      (alias === undefined || image.aliases.includes(alias)) &&
      (!newest || first) &&
      Object.entries(properties).every(
        ([key, value]) => value === undefined || image.properties[key] === value,
      )
    );
  };
}

function assertWell(options: SimpleStreamsOptions): void {
  assertOptions(options, optionNames, 'new SimpleStreams()');
  for (const name of ['timeout', 'cache'] as const) milliseconds(options[name], name);
  const { product } = options;
  if (product !== undefined && product !== 'lxd' && product !== 'incus') {
    throw new InvalidInputError(`product must be 'lxd' or 'incus', not ${describe(product)}`);
  }
}
