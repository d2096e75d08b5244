import { createIdentity } from '../../connect/identity.js';
import { readToken, type TrustToken } from '../../connect/trust/token.js';
import {
  assertOptions,
  CertificateError,
  InvalidInputError,
  linked,
  milliseconds,
  UnsupportedError,
  type OptionNames,
} from '../../errors/index.js';
import { callNames } from '../../operations/index.js';
import type { CallOptions } from '../../orm/index.js';
import { asObject } from '../../rest/answers.js';
import { closedError, type ServerFacts } from '../../rest/connection.js';
import type { Session } from '../../rest/session.js';
import { factsFrom } from '../kind/server-facts.js';
import { findServer } from './find.js';
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
  { method = 'authenticate()', isLocated = false } = {},
): Promise<void> {
  assertOptions(options, names, method);
  const { name, ...call } = options;
  assertTrustName(name, method);
  const token = readToken(secret, method);
  const { connection } = session;
  assertByCertificate(connection.authorizedBy, method);
  const server = session.derive({ project: undefined, target: undefined });
  const rest = restOf(call);
  const facts = await factsOf(server, rest());
  if (facts.trusted) return; // nothing is spent
  const { endpoint } = await connection.open();
  if (endpoint.kind === 'unix')
    throw new UnsupportedError('A unix socket needs no trust: access is decided by its file permissions');
  if (!token) assertPassword(facts, method, connection.credentials().verify);
  if (!connection.hasIdentity) connection.become(newIdentity(name));
  try {
    await (token
      ? sendToken(server, token, { origin: endpoint.origin, isLocated }, { facts, name, rest })
      : sendPassword(server, secret, name, rest()));
  } catch (error) {
    // That the server knows us already, or that its answer was lost, is no failure.
    const trusted = await factsOf(server, rest()).then(
      (read) => read.trusted,
      () => false,
    );
    if (!trusted) throw refusal(error, token);
  }
  if ((await factsOf(server, rest())).trusted) return;
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

/** @throws InvalidInputError, before anything is sent */
function assertByCertificate(way: string | undefined, method: string): void {
  if (way !== 'bearer' && way !== 'oidc') return;
  throw new InvalidInputError(
    `${method}: a client with ${way} says so who it is, and trust is for certificates: use a client without ${way}`,
  );
}

/** A call's limits, the time being what is left of it whenever they are read. */
function restOf({ signal, timeout }: CallOptions): () => CallOptions {
  const time = milliseconds(timeout);
  if (time === undefined) return () => ({ signal });
  const end = performance.now() + time;
  return () => ({ signal, timeout: Math.max(1, end - performance.now()) });
}

/** A certificate of this name, if it is one that certificates can have. */
export function newIdentity(name: string | undefined) {
  const fits = name !== undefined && name.length <= 64 && !/[\p{Cc}\p{Cs}]/u.test(name);
  const { clientCert, clientKey } = createIdentity(fits ? { name } : {});
  return { clientCert, clientKey };
}

async function factsOf(server: Session, call: CallOptions): Promise<ServerFacts> {
  const request = { method: 'GET', path: '/1.0', ...call };
  const answer = asObject(await server.send(request), request);
  const facts = factsFrom(answer);
  server.connection.facts = facts;
  return { ...facts, trusted: answer.auth === 'trusted' }; // and nothing else is as good
}

/** Where a client is connected. */
interface Place {
  origin: string;
  /** Was it chosen for this very token? */
  isLocated: boolean;
}

interface Sending {
  facts: ServerFacts;
  name: string | undefined;
  /** What is left of the call. */
  rest: () => CallOptions;
}

/** Over a connection that goes to nobody but whom the token names, however the client itself knows its server. */
async function sendToken(server: Session, token: TrustToken, at: Place, sending: Sending): Promise<void> {
  const { facts, name, rest } = sending;
  const { connection } = server;
  const { stop, forget } = linked(connection.closing, rest().signal);
  try {
    const endpoints = placesOf(token, at, facts).map((origin) => connection.endpointAt(origin));
    const found = await findServer(token, endpoints, { ...rest(), signal: stop.signal });
    const pinned = connection.pinnedTo(found.serverCert, found.endpoint.origin);
    try {
      await server.over(pinned).send({ method: 'POST', ...requestOf(token, facts, name), ...rest() });
    } finally {
      pinned.close();
    }
  } catch (error) {
    throw connection.closed ? closedError() : error;
  } finally {
    forget();
  }
}

/** In a cluster of LXD 5.0 only the member that made a token knows it; any other answers for it, and has it used up. */
function placesOf(token: TrustToken, { origin, isLocated }: Place, facts: ServerFacts): string[] {
  const isKnown = isLocated || !isForPassword(facts) || token.isForIdentity;
  return isKnown || token.addresses.includes(origin) ? [origin] : [...token.addresses, origin];
}

/** Does the server take tokens where passwords go? */
function isForPassword({ product, extensions }: ServerFacts): boolean {
  return product === 'lxd' && !extensions.has('explicit_trust_token');
}

/** Where a server wants a token, and under which name. */
function requestOf(token: TrustToken, facts: ServerFacts, name: string | undefined) {
  const text = token.text();
  // The name is the token's; beside one for an identity nothing else is allowed.
  if (token.isForIdentity) return { path: '/1.0/auth/identities/tls', body: { trust_token: text } };
  const proof = isForPassword(facts) ? { password: text } : { trust_token: text };
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
