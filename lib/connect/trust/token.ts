import { hasToken, InvalidInputError } from '../../errors/index.js';
import { parseAddress } from '../address.js';

/** What lets in, once, whoever sends it: made by `createToken()`, `lxc config trust add` or `incus config trust add`. */
export class TrustToken {
  /** SHA-256 of the certificate that its server must show. */
  readonly fingerprint: string;
  /** Where its server is reached, as URLs: in a cluster of LXD 5.0 the one member that knows it. */
  readonly addresses: readonly string[];
  /** Whether it is for an identity of LXD's, which is another endpoint's. */
  readonly isForIdentity: boolean;
  readonly #text: string;

  constructor(text: string, { fingerprint, addresses, type }: Content) {
    this.#text = text;
    this.fingerprint = fingerprint.toLowerCase();
    this.addresses = addresses;
    this.isForIdentity = type !== '';
  }

  /** The secret itself; everything else of it may be printed. */
  text(): string {
    return this.#text;
  }
}

interface Content {
  fingerprint: string;
  addresses: string[];
  type: string;
}

/**
 * The token that a text is; undefined if it is none, but may be a password.
 * @throws InvalidInputError for a damaged token and for those of other things; never shows any of the text
 */
export function readToken(secret: unknown, method: string): TrustToken | undefined {
  if (typeof secret !== 'string' || secret.trim() === '') {
    throw new InvalidInputError(`${method}: the secret must be a non-empty string`);
  }
  const text = secret.trim(); // as it is copied from a terminal
  if (!text.startsWith(beginning)) {
    if (!hasToken(text)) return undefined;
    throw new InvalidInputError(`${method}: there is a token in that text: pass its last line alone`);
  }
  return new TrustToken(text, contentOf(decoded(text, method), method));
}

/** The same of what must be one. @throws InvalidInputError */
export function parseToken(secret: unknown, method: string): TrustToken {
  const token = readToken(secret, method);
  if (token) return token;
  throw new InvalidInputError(`${method}: that is no trust token: ${whatIsOne}`);
}

/** Of every JSON object in base64, `{"`, and of hardly any password. */
const beginning = 'eyJ';

const whatIsOne =
  'pass the whole text that createToken(), `lxc config trust add` or `incus config trust add` has given';

function decoded(text: string, method: string): Record<string, unknown> {
  try {
    if (/^[\w+/-]+={0,2}$/.test(text)) {
      const value: unknown = JSON.parse(Buffer.from(text, 'base64').toString());
      if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
    }
  } catch {
    // No cause: V8's message quotes what it could not read.
  }
  throw new InvalidInputError(`${method}: the token is damaged: ${whatIsOne}`);
}

function contentOf(token: Record<string, unknown>, method: string): Content {
  const { fingerprint, addresses, secret, type = '', server_name: member } = token;
  if (typeof member === 'string' && member !== '') {
    throw new InvalidInputError(
      `${method}: that is a token with which a server joins a cluster: ${whatIsOne}`,
    );
  }
  const isWhole =
    typeof secret === 'string' &&
    secret !== '' &&
    typeof fingerprint === 'string' &&
    /^[0-9a-f]{64}$/i.test(fingerprint) &&
    typeof type === 'string';
  if (!isWhole) throw new InvalidInputError(`${method}: the token is damaged: ${whatIsOne}`);
  const listed: unknown[] = Array.isArray(addresses) ? addresses : []; // null of a server that listens nowhere
  return { fingerprint, type, addresses: listed.flatMap(urlOf) };
}

/** None for what is no address. */
function urlOf(address: unknown): string[] {
  try {
    const parsed = typeof address === 'string' ? parseAddress(`https://${address}`) : undefined;
    return parsed && 'origin' in parsed ? [parsed.origin] : [];
  } catch {
    return [];
  }
}
