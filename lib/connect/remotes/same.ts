import { describeEndpoint } from '../endpoint.js';
import { InvalidInputError } from '../../errors/index.js';
import { endpointsFromOptions, type ConnectOptions, type Product } from '../options.js';
import { fingerprint, isSameCertificate, parseCertificates } from '../pem.js';
import type { Credentials } from './credentials.js';
import { readText } from './document.js';
import type { Environment } from './folders.js';
import { identityBase, ownPair, pinOf, readPair, type KeyPair } from './keys.js';
import { readAll } from './read.js';
import { fullName, isImageServer, type Remote } from './remote.js';

/** A remote that is to be added. */
export interface Wanted {
  credentials: Credentials;
  /** As the command line writes it. */
  addr: string;
  product: Product;
  project: string;
  authType: 'tls' | 'oidc';
}

/**
 * Whether the very remote is there already, among the user's, everybody's and the command line's own.
 * @throws InvalidInputError for another one of that name, which says what differs
 */
export async function isThere(name: string, wanted: Wanted, env: Environment): Promise<boolean> {
  // What the file says, whatever the variable has in its place.
  const read = await readAll({ ...env, INCUS_PROJECT: undefined }, wanted.product);
  const there = read.flatMap(({ remotes }) => remotes).find((remote) => remote.name === name);
  if (there === undefined) return false;
  const { file } = there;
  const where = `addRemote(): a remote '${name}' is ${file === undefined ? 'built into the command line' : `in ${file} already`}`;
  const { addr: endpoint, credentials } = wanted;
  if (
    isImageServer(there) ||
    !(await isOf(there, { endpoint: endpoint.split(','), ...pinned(credentials) }))
  ) {
    throw new InvalidInputError(
      `${where}, for another server (${there.addresses.join(', ')}): take another name`,
    );
  }
  const difference = await differenceOf(there, wanted, env);
  if (difference === undefined) return true;
  throw new InvalidInputError(
    `${where}, for the same server, but ${difference}, or take it out first: ${wanted.product === 'lxd' ? 'lxc' : 'incus'} remote remove ${name}`,
  );
}

/**
 * Who we are at a server: by the certificate of a remote of that server, of which Incus has one each, else by the command
 * line's own, which is LXD's for all of its remotes.
 */
export async function pairAt(
  product: Product,
  server: Pick<ConnectOptions, 'endpoint' | 'serverCert'>,
  env: Environment,
  passphrase: ConnectOptions['passphrase'],
): Promise<KeyPair | undefined> {
  const read = product === 'incus' ? await readAll(env, product) : [];
  for (const remote of read.flatMap(({ remotes }) => remotes)) {
    if (isImageServer(remote) || remote.authType !== 'tls' || !(await isOf(remote, server))) continue;
    const pair = await readPair(identityBase(remote, env), passphrase);
    if (pair) return pair;
  }
  return ownPair(product, env, passphrase);
}

/** By its certificate, where that is known on both sides, else by an address. */
async function isOf(remote: Remote, { endpoint, serverCert }: ConnectOptions): Promise<boolean> {
  const pin = await pinOf(remote);
  if (pin !== undefined && serverCert !== undefined) return isSameCertificate(pin, serverCert);
  const own = new Set(originsOf(remote.addresses));
  return originsOf(endpoint).some((origin) => own.has(origin));
}

/** None for what is no address. */
function originsOf(endpoint: ConnectOptions['endpoint']): string[] {
  try {
    return endpointsFromOptions({ endpoint }).map(describeEndpoint);
  } catch {
    return [];
  }
}

function pinned({ serverCert }: Credentials): Pick<ConnectOptions, 'serverCert'> {
  return serverCert === undefined ? {} : { serverCert };
}

/** In which way a remote is another than what is wanted, and what to do; undefined if in none. */
async function differenceOf(
  there: Remote,
  { credentials, project, authType }: Wanted,
  env: Environment,
): Promise<string | undefined> {
  const { clientCert, ca } = credentials;
  if ((there.authType ?? 'tls') !== authType) {
    return `with authType '${there.authType}': pass that`;
  }
  if (authType === 'tls' && clientCert !== undefined) {
    const base = identityBase(there, env);
    const [own, authority] = await Promise.all([readText(`${base}.crt`), readText(`${base}.ca`)]);
    if (own === undefined) return `without its client certificate (${base}.crt): put it there`;
    if (!isSameCertificate(own, clientCert)) {
      return `with another client certificate (${base}.crt) than SHA-256 ${fingerprintOf(clientCert)}: connect with Client.connect('${fullName(there)}')`;
    }
    if (ca !== undefined && authority !== ca) return `with another ca (${base}.ca): pass serverCert instead`;
  }
  const own = there.project ?? 'default';
  return own === project ? undefined : `in project '${own}', not '${project}': pass project: '${own}'`;
}

function fingerprintOf(clientCert: string): string {
  return fingerprint(parseCertificates(clientCert, 'clientCert')[0]);
}
