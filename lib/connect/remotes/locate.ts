import { isAbsolute } from 'node:path';
import { InvalidInputError } from '../../errors/index.js';
import { assertNoSecret, quoted } from '../address.js';
import { isByToken, type OidcOptions } from '../oidc/options.js';
import type { ConnectOptions, Passphrase, Product } from '../options.js';
import { choose } from './choose.js';
import type { Environment } from './folders.js';
import { readText } from './document.js';
import { identityBase, opening, ownPair, pinOf, readPair, type KeyPair } from './keys.js';
import { fullName, type Remote } from './remote.js';

/** Options that say where to connect, and the project there. */
export type PlaceOptions = ConnectOptions & { project?: string | undefined };

/** What options cannot say. */
export interface Found {
  /** Certificates to try one after the other: the first that is trusted stays. */
  identities?: readonly KeyPair[];
  /** Whose socket is searched for, where it matters. */
  search?: Product;
}

/** Options that are complete, and what they cannot say. */
export interface Located<O> extends Found {
  options: O;
}

/**
 * Completes options by what the command line knows: a text is a remote, a URL or a socket; without one, and without a
 * server among the options, `TSLXD_REMOTE` counts.
 * @throws InvalidInputError for a text that names no server, and for files that cannot be read
 */
export async function locate<O extends PlaceOptions>(
  where: string | undefined,
  options: O,
  env: Environment,
): Promise<Located<O>> {
  const isNamed = options.endpoint !== undefined || options.socketPath !== undefined;
  if (where !== undefined && isNamed) {
    throw new InvalidInputError(
      'Client.connect(): the text and the options name two servers: pass one of them',
    );
  }
  const text = where ?? (isNamed ? undefined : env.TSLXD_REMOTE || undefined);
  if (text !== undefined)
    assertNoSecret(text, where === undefined ? 'TSLXD_REMOTE' : 'Client.connect(): the text');
  const located = text === undefined ? { options } : await named(text, options, env);
  return withIdentity(located, env);
}

async function named<O extends PlaceOptions>(
  text: string,
  options: O,
  env: Environment,
): Promise<Located<O>> {
  if (text.trim() === '') {
    throw new InvalidInputError("Client.connect(): '' names no server; leave it out for the local one");
  }
  if (isAbsolute(text)) return { options: { ...options, socketPath: text } };
  if (/^(https?:|unix:)/i.test(text)) return { options: { ...options, endpoint: text } };
  const { remote, isAny } = await choose(text, env);
  return ofRemote(remote, isAny, options, env);
}

async function ofRemote<O extends PlaceOptions>(
  remote: Remote,
  isAny: boolean,
  options: O,
  env: Environment,
): Promise<Located<O>> {
  const endpoint = addressesOf(remote);
  const project = options.project ?? remote.project;
  const completed = { ...options, endpoint, ...(project !== undefined && { project }) };
  if (endpoint.some((address) => /^unix:/i.test(address))) {
    return { options: completed, ...(isAny ? {} : { search: remote.product }) };
  }
  const base = identityBase(remote, env);
  const trust = await trustOf(remote, `${base}.ca`, options);
  const login = await loginOf(remote, options, env);
  const found = { options: { ...completed, ...trust, ...(login && { oidc: login }) } };
  if (hasIdentity(options)) return found;
  if (login) return { ...found, identities: [] };
  const identity = await readPair(base, options.passphrase);
  return { ...found, identities: identity ? [identity] : [] };
}

/** How a remote is logged in to by OIDC, with the tokens that the command line has of it; undefined where it is not. */
async function loginOf(
  remote: Remote,
  { oidc, ...options }: ConnectOptions,
  env: Environment,
): Promise<OidcOptions | undefined> {
  if (oidc === undefined && (remote.authType !== 'oidc' || hasIdentity(options))) return undefined;
  if (oidc !== undefined && typeof oidc !== 'object') return oidc; // which is refused
  const { cliTokens } = await import('../oidc/cli-tokens.js');
  return { ...oidc, tokens: oidc?.tokens ?? cliTokens(remote, env) };
}

/** @throws InvalidInputError */
function addressesOf(remote: Remote): string[] {
  const { addresses, file } = remote;
  const odd = addresses.find((address) => !/^(https:\/\/|unix:)/i.test(address));
  if (addresses.length > 0 && odd === undefined) return addresses;
  const what =
    odd === undefined ? 'no address' : `an address ${quoted(odd)} that is neither https:// nor unix://`;
  throw new InvalidInputError(`The remote ${fullName(remote)} has ${what} (${file ?? 'built in'})`);
}

/** How the server is known: what the caller says, else its own certificate, else an authority's, else Node's list. */
async function trustOf(
  remote: Remote,
  authority: string,
  { serverCert, ca, verify }: ConnectOptions,
): Promise<Pick<ConnectOptions, 'serverCert' | 'ca'>> {
  if (serverCert !== undefined || ca !== undefined || verify === false || remote.file === undefined)
    return {};
  const pin = await pinOf(remote);
  if (pin !== undefined) return { serverCert: pin };
  const signer = await readText(authority);
  return signer === undefined ? {} : { ca: signer };
}

/** Where none is given, the command line's: LXD's first, if nobody knows whose server it is. */
async function withIdentity<O extends PlaceOptions>(
  located: Located<O>,
  env: Environment,
): Promise<Located<O>> {
  const { options, identities } = located;
  const { clientKey, passphrase } = options;
  if (hasIdentity(options)) {
    const opened = await opening(clientKey, passphrase, 'clientKey');
    return { ...located, options: { ...options, ...(passphrase !== undefined && { passphrase: opened }) } };
  }
  // A passphrase has opened what it was for.
  const bare = passphrase === undefined ? options : { ...options, passphrase: undefined };
  if (identities !== undefined || !isHttps(options.endpoint)) return { ...located, options: bare };
  return { ...located, options: bare, identities: await ownPairs(env, passphrase) };
}

/** LXD's and Incus's, one after the other: a passphrase may be asked for on a terminal, of which there is one. */
async function ownPairs(env: Environment, passphrase: Passphrase | undefined): Promise<KeyPair[]> {
  const lxd = await ownPair('lxd', env, passphrase);
  const incus = await ownPair('incus', env, passphrase);
  return [lxd, incus].filter((pair) => pair !== undefined);
}

/** Does the caller say who we are? */
function hasIdentity(options: ConnectOptions): boolean {
  return options.clientCert !== undefined || options.clientKey !== undefined || isByToken(options);
}

function isHttps(endpoint: unknown): boolean {
  const [first] = Array.isArray(endpoint) ? (endpoint as unknown[]) : [endpoint];
  return typeof first === 'string' && /^\s*https:\/\//i.test(first);
}
