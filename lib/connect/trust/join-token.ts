import { InvalidInputError } from '../../errors/index.js';
import { decodedToken, urlsOf } from './token.js';

/** What lets one server into a cluster, once: made by `createToken()`, `lxc cluster add` or `incus cluster add`. */
export class JoinToken {
  /** What the new member will be called. */
  readonly name: string;
  /** SHA-256 of the certificate that the cluster must show. */
  readonly fingerprint: string;
  /** Where its members are reached, as URLs. */
  readonly addresses: readonly string[];
  readonly #text: string;

  constructor(text: string, { name, fingerprint, addresses }: Omit<JoinToken, 'text'>) {
    this.#text = text;
    this.name = name;
    this.fingerprint = fingerprint.toLowerCase();
    this.addresses = addresses;
  }

  /** The secret itself; everything else of it may be printed. */
  text(): string {
    return this.#text;
  }
}

const whatIsOne =
  'pass the whole text that client.cluster.members.createToken(), `lxc cluster add` or `incus cluster add` has given';

/** The token that a text is. @throws InvalidInputError, which never shows any of the text */
export function parseJoinToken(given: unknown, method: string): JoinToken {
  if (typeof given !== 'string' || given.trim() === '')
    throw new InvalidInputError(`${method}: the token must be a non-empty string`);
  const text = given.trim(); // as it is copied from a terminal
  const { server_name: name, fingerprint, addresses, secret } = decodedToken(text, method, whatIsOne);
  const isWhole =
    typeof secret === 'string' &&
    secret !== '' &&
    typeof fingerprint === 'string' &&
    /^[0-9a-f]{64}$/i.test(fingerprint);
  if (isWhole && typeof name === 'string' && name !== '')
    return new JoinToken(text, { name, fingerprint, addresses: urlsOf(addresses) });
  const what = isWhole ? 'that token has a client trusted, and joins no server' : 'the token is damaged';
  throw new InvalidInputError(`${method}: ${what}: ${whatIsOne}`);
}
