import type { X509Certificate } from 'node:crypto';
import type { HttpsEndpoint } from '../../connect/endpoint.js';
import { createIdentity } from '../../connect/identity.js';
import { fingerprint } from '../../connect/pem.js';
import { offeredCertificate } from '../../connect/trust/offered.js';
import { readToken, type TrustToken } from '../../connect/trust/token.js';
import {
  assertOptions,
  CertificateError,
  InvalidInputError,
  UnsupportedError,
  type OptionNames,
} from '../../errors/index.js';
import { callNames } from '../../operations/index.js';
import type { CallOptions } from '../../orm/index.js';
import { asObject } from '../../rest/answers.js';
import type { ServerFacts } from '../../rest/connection.js';
import type { Session } from '../../rest/session.js';
import { factsFrom } from '../kind/server-facts.js';
import { refusal } from './refusal.js';

/** How a client gets itself trusted. */
export interface AuthenticateOptions extends CallOptions {
  /** What the server calls the certificate; with a token, the token's name counts. */
  name?: string | undefined;
}

const names: OptionNames<AuthenticateOptions> = { ...callNames, name: true };

/** Has the server trust who a session is. */
export async function authenticate(
  session: Session,
  secret: unknown,
  options: AuthenticateOptions = {},
  method = 'authenticate()',
): Promise<void> {
  assertOptions(options, names, method);
  const { name, ...call } = options;
  assertTrustName(name, method);
  const token = readToken(secret, method);
  const server = session.derive({ project: undefined, target: undefined });
  const facts = await factsOf(server, call);
  if (facts.trusted) return; // nothing is spent
  const { connection } = session;
  const { endpoint } = await connection.open();
  if (endpoint.kind === 'unix')
    throw new UnsupportedError('Who is let in on a unix socket, its owner decides');
  if (!token) assertPassword(facts, method, connection.credentials().verify);
  if (!connection.hasIdentity) connection.become(newIdentity(name));
  try {
    await (token
      ? sendToken(server, endpoint, token, { facts, name, call })
      : sendPassword(server, secret, name, call));
  } catch (error) {
    // That the server knows us already, or that its answer was lost, is no failure.
    const trusted = await factsOf(server, call).then(
      (read) => read.trusted,
      () => false,
    );
    if (!trusted) throw refusal(error, token);
  }
  if ((await factsOf(server, call)).trusted) return;
  throw new CertificateError(
    `${endpoint.origin}: the server has taken the ${token ? 'token' : 'password'}, which is used up, and still does not ` +
      'trust the client certificate: with server.ca on the server (PKI), it must be signed by that authority',
  );
}

/** @throws InvalidInputError */
export function assertTrustName(name: unknown, method: string): asserts name is string | undefined {
  if (name === undefined || (typeof name === 'string' && name !== '' && !name.includes('\0'))) return;
  throw new InvalidInputError(`${method}: name must be a non-empty string`);
}

/** A certificate of this name, if it is one that certificates can have. */
export function newIdentity(name: string | undefined) {
  const fits = name !== undefined && name.length <= 64 && !/[\p{Cc}\p{Cs}]/u.test(name);
  const { clientCert, clientKey } = createIdentity(fits ? { name } : {});
  return { clientCert, clientKey };
}

/** @throws CertificateError with both fingerprints */
export function assertShown(token: TrustToken, offered: X509Certificate, address: string): void {
  const shown = fingerprint(offered);
  if (shown === token.fingerprint) return;
  throw new CertificateError(
    `${address}: the server shows another certificate (SHA-256 ${shown}) than the token's (SHA-256 ${token.fingerprint}), ` +
      'so the token was not sent: another server answers there, or the certificate was replaced since the token was made',
    { expected: token.fingerprint, offered: shown },
  );
}

async function factsOf(server: Session, call: CallOptions): Promise<ServerFacts> {
  const request = { method: 'GET', path: '/1.0', ...call };
  const answer = asObject(await server.send(request), request);
  const facts = factsFrom(answer);
  server.connection.facts = facts;
  return { ...facts, trusted: answer.auth === 'trusted' }; // and nothing else is as good
}

interface Sending {
  facts: ServerFacts;
  name: string | undefined;
  call: CallOptions;
}

/** Over a connection that goes to nobody but whom the token names, however the client itself knows its server. */
async function sendToken(
  server: Session,
  endpoint: HttpsEndpoint,
  token: TrustToken,
  { facts, name, call }: Sending,
): Promise<void> {
  const offered = await offeredCertificate(endpoint, call.signal);
  assertShown(token, offered, endpoint.origin);
  const pinned = server.connection.pinnedTo(offered.toString());
  try {
    await server.over(pinned).send({ method: 'POST', ...requestOf(token, facts, name), ...call });
  } finally {
    pinned.close();
  }
}

/** Where a server wants a token, and under which name. */
function requestOf(token: TrustToken, { product, extensions }: ServerFacts, name: string | undefined) {
  const text = token.text();
  // The name is the token's; beside one for an identity nothing else is allowed.
  if (token.isForIdentity) return { path: '/1.0/auth/identities/tls', body: { trust_token: text } };
  const isPassword = product === 'lxd' && !extensions.has('explicit_trust_token');
  const proof = isPassword ? { password: text } : { trust_token: text };
  return { path: '/1.0/certificates', body: { type: 'client', name, ...proof } };
}

async function sendPassword(
  server: Session,
  password: unknown,
  name: string | undefined,
  call: CallOptions,
): Promise<void> {
  const body = { type: 'client', name, password };
  await server.send({ method: 'POST', path: '/1.0/certificates', body, ...call });
}

/** @throws InvalidInputError where the secret would go to who cannot use it, or to whoever answers */
function assertPassword({ product }: ServerFacts, method: string, verify: boolean | undefined): void {
  if (product !== 'lxd') {
    const whose = product === 'incus' ? 'Incus has no trust passwords' : 'only LXD 5.0 has trust passwords';
    throw new InvalidInputError(
      `${method}: that is no trust token, and ${whose}: pass the whole text of a token`,
    );
  }
  if (verify === false) {
    throw new InvalidInputError(
      `${method}: with verify: false, whoever answers would get the password: connect with serverCert, ca or acceptCertificate`,
    );
  }
}
