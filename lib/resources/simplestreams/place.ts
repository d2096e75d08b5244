import { InvalidInputError, ProtocolError } from '../../errors/index.js';
import { describe } from '../../orm/index.js';
import { Web, type WebOptions } from '../../rest/web.js';

/** Where a tree lies, and how it is reached. */
export class Place {
  /** With a slash at its end, under which all paths of the tree are. */
  readonly base: URL;
  readonly web: Web;
  /** For LXD and Incus, which trust the authorities of their own machine and what they are told. */
  readonly certificate: string | undefined;

  /** @throws InvalidInputError for what is no URL of a web server, and for certificates that cannot be read */
  constructor(url: string | URL, options: WebOptions) {
    this.base = baseOf(url);
    if (
      this.base.protocol === 'http:' &&
      (options.ca ?? options.serverCert ?? options.verify) !== undefined
    ) {
      throw new InvalidInputError('ca, serverCert and verify are for TLS: use a https URL');
    }
    this.web = new Web(this.base, options);
    this.certificate = options.serverCert ?? options.ca;
  }

  /** As LXD and Incus take it. */
  get server(): string {
    return this.base.href.replace(/\/$/, '');
  }

  /** The URL of a path of the tree; some trees have files elsewhere, by URL. @throws ProtocolError */
  resolve(path: string): URL {
    const absolute = /^https?:\/\//i.test(path);
    const text = absolute ? path : `./${path.replace(/^\/+/, '')}`;
    if (!URL.canParse(text, this.base.href)) throw this.#refused(path, 'is no URL');
    const url = new URL(text, this.base);
    if (this.base.protocol === 'https:' && url.protocol !== 'https:')
      throw this.#refused(path, 'is not encrypted');
    return url;
  }

  #refused(path: string, why: string): ProtocolError {
    return new ProtocolError(`${this.server} names the file ${JSON.stringify(path)}, which ${why}`);
  }
}

function baseOf(url: unknown): URL {
  const text = String(url);
  if (!(typeof url === 'string' || url instanceof URL) || !URL.canParse(text)) {
    throw new InvalidInputError(`SimpleStreams takes the URL of an image server, not ${describe(url)}`);
  }
  const base = new URL(text);
  if (!/^https?:$/.test(base.protocol)) {
    throw new InvalidInputError(`The URL of an image server begins with https://, not ${base.protocol}//`);
  }
  if (base.username || base.password) {
    throw new InvalidInputError('The URL of the image server has a user or password: use headers');
  }
  if (base.search || base.hash) {
    throw new InvalidInputError('The URL of the image server has more than a path: paths are added to it');
  }
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  return base;
}
