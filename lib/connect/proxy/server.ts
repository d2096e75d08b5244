import { InvalidInputError } from '../../errors/index.js';

/** A proxy on the way to a server. Its user and password are nowhere but in what is sent to it. */
export class ProxyServer {
  /** `http://host:port`, or with https, for messages and to connect to. */
  readonly origin: string;
  /** What has named it: the option `proxy`, or a variable of the environment. */
  readonly namedBy: string;
  readonly #authorization: string | undefined;

  constructor({ protocol, host, username, password }: URL, namedBy: string) {
    this.origin = `${protocol}//${host}`;
    this.namedBy = namedBy;
    if (username || password) {
      const pair = `${decoded(username)}:${decoded(password)}`;
      this.#authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
    }
  }

  /** Whether a user and a password are sent to it. */
  get hasCredentials(): boolean {
    return this.#authorization !== undefined;
  }

  /** For messages. */
  get description(): string {
    return this.namedBy === proxyOption
      ? `the proxy ${this.origin}`
      : `the proxy ${this.origin} (${this.namedBy})`;
  }

  /** What it is sent to let us through: secret. */
  headers(): Record<string, string> {
    return this.#authorization === undefined ? {} : { 'Proxy-Authorization': this.#authorization };
  }
}

/** The name of the option. */
export const proxyOption = 'proxy';

/** The proxy that a text names; without a scheme it is one of `http://`. @throws InvalidInputError, which shows none of it */
export function parseProxy(text: unknown, namedBy: string): ProxyServer {
  if (typeof text !== 'string' || text.trim() === '') {
    throw new InvalidInputError(`${namedBy} must be the URL of a proxy, http://host:port, or false for none`);
  }
  const trimmed = text.trim();
  const full = /^[a-z][a-z\d+.-]*:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (!url?.hostname) {
    throw new InvalidInputError(`${namedBy} is not the URL of a proxy: use http://host:port`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new InvalidInputError(
      `${namedBy} names a proxy of ${url.protocol}//, which is not supported: use one of http:// or https://`,
    );
  }
  return new ProxyServer(url, namedBy);
}

/** As it was before it went into a URL. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // whose % is a %
  }
}
