import type { HttpsEndpoint } from '../../connect/endpoint.js';
import { authorizations } from '../../connect/oidc/options.js';
import { endpointsFromOptions, type ConnectOptions, type Product } from '../../connect/options.js';
import { fingerprint, parseCertificates } from '../../connect/pem.js';
import type { Environment } from '../../connect/remotes/folders.js';
import type { KeyPair } from '../../connect/remotes/keys.js';
import { locate, type Located } from '../../connect/remotes/locate.js';
import { pairAt } from '../../connect/remotes/same.js';
import { parseToken, type TrustToken } from '../../connect/trust/token.js';
import { InvalidInputError } from '../../errors/index.js';
import { sessionFrom, type ClientOptions } from '../../rest/client-options.js';
import { serverFacts } from '../kind/server-facts.js';
import { assertTrustName, newIdentity } from './authenticate.js';
import { findServer } from './find.js';

const method = 'Client.connect()';

/** What finding the server of a token takes. */
export interface TokenSearch {
  token: unknown;
  /** Of a new certificate. */
  name: string | undefined;
  signal: AbortSignal | undefined;
}

/**
 * Completes options by a token: the first of its addresses where its certificate is shown, which is pinned, and who we are
 * there. The token itself is not sent.
 * @throws InvalidInputError; CertificateError where another certificate is shown; ConnectionError naming each address
 */
export async function locateByToken<O extends ClientOptions<boolean>>(
  text: string | undefined,
  options: O,
  { token: secret, name, signal }: TokenSearch,
  env: Environment,
): Promise<Located<O>> {
  const token = parseToken(secret, method);
  assertTrustName(name, method);
  const endpoints = endpointsOf(token, text, options);
  assertPin(token, options);
  const { endpoint, serverCert } = await findServer(token, endpoints, { signal });
  const complete = { ...options, endpoint: endpoint.origin, serverCert };
  if (options.clientCert !== undefined || options.clientKey !== undefined) {
    return locate(undefined, complete, env); // which asks for what opens the key
  }
  const { passphrase } = options;
  const product = await productOf(complete, signal);
  const own = await pairFor(product, (one) => pairAt(one, complete, env, passphrase));
  return { options: { ...complete, passphrase: undefined, ...(own ?? newIdentity(name)) } };
}

/** Where the token is to be used: its own addresses, unless the caller knows another. @throws InvalidInputError */
function endpointsOf(token: TrustToken, text: string | undefined, options: ConnectOptions): HttpsEndpoint[] {
  const { socketPath, endpoint = text, ca, verify, acceptCertificate } = options;
  if (text !== undefined && (options.endpoint !== undefined || !/^https:/i.test(text))) {
    throw new InvalidInputError(
      `${method}: the token names the server: pass no text, or the URL at which it is reached`,
    );
  }
  if (socketPath !== undefined)
    throw new InvalidInputError(`${method}: on a unix socket nobody needs a token`);
  if (ca !== undefined || verify === false || acceptCertificate !== undefined) {
    throw new InvalidInputError(
      `${method}: the token names the server's certificate: leave out ca, verify and acceptCertificate`,
    );
  }
  const [way] = authorizations(options);
  if (way !== undefined) {
    throw new InvalidInputError(`${method}: a token has a certificate of ours trusted: leave out ${way}`);
  }
  if (endpoint === undefined && token.addresses.length === 0) {
    throw new InvalidInputError(`${method}: the token has no address: pass endpoint, the URL of its server`);
  }
  // All that the client is given is looked at before anything is sent.
  const found = endpointsFromOptions({ ...withoutFunction(options), endpoint: endpoint ?? token.addresses });
  return found.map((one) => {
    if (one.kind === 'https') return one;
    throw new InvalidInputError(`${method}: on a unix socket nobody needs a token`);
  });
}

/** A passphrase that is asked for later on opens nothing yet. */
function withoutFunction(options: ConnectOptions): ConnectOptions {
  const { passphrase, clientCert: _, clientKey: __, ...others } = options;
  return typeof passphrase === 'function' || options.clientKey === undefined ? others : options;
}

/** @throws InvalidInputError */
function assertPin({ fingerprint: named }: TrustToken, { serverCert }: ConnectOptions): void {
  if (serverCert === undefined) return;
  const given = fingerprint(parseCertificates(serverCert, 'serverCert')[0]);
  if (given === named) return;
  throw new InvalidInputError(
    `${method}: serverCert (SHA-256 ${given}) is not the token's (SHA-256 ${named})`,
  );
}

/** Whose server it is, as it tells anybody. */
async function productOf(
  options: ClientOptions<boolean>,
  signal: AbortSignal | undefined,
): Promise<Product | undefined> {
  // With its headers, times and log, but of no project and no member.
  const session = sessionFrom({ ...options, passphrase: undefined, project: undefined, target: undefined });
  try {
    return (await serverFacts(session, { signal })).product;
  } finally {
    session.connection.close();
  }
}

/** Who the command line is at the server; LXD's or else Incus's, if nobody knows whose server it is. */
async function pairFor(
  product: Product | undefined,
  read: (product: Product) => Promise<KeyPair | undefined>,
): Promise<KeyPair | undefined> {
  if (product !== undefined) return read(product);
  return (await read('lxd')) ?? read('incus');
}
