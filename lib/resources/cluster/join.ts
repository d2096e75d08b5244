import { parseJoinToken, type JoinToken } from '../../connect/trust/join-token.js';
import { fingerprint, parseCertificates } from '../../connect/pem.js';
import {
  assertOptions,
  CertificateError,
  InvalidInputError,
  isLxdError,
  TrustTokenError,
  type OptionNames,
} from '../../errors/index.js';
import { run, startNames, type Ended, type StartOptions } from '../../operations/index.js';
import { describe, isMap, type CallOptions } from '../../orm/index.js';
import { asObject } from '../../rest/answers.js';
import type { Session } from '../../rest/session.js';
import { serverFacts } from '../kind/server-facts.js';
import { findServer } from '../trust/find.js';
import { assertAlone, assertEmpty, ownSession } from './alone.js';
import { assertMemberName } from './member.js';
import { assertAddress, ownAddress } from './own-address.js';

/** What a server that joins a cluster says for itself of one thing of the cluster. */
export interface MemberConfigValue {
  /** `storage-pool` or `network`. */
  entity: string;
  /** Of the storage pool or network. */
  name: string;
  key: string;
  value: string;
}

/** How a server joins a cluster. */
export interface JoinOptions<W extends boolean = boolean> extends StartOptions<W> {
  /** What it is called as a member; the token's name by default. */
  name?: string | undefined;
  /** Where the other members reach it, `host:port`; by default its `core.https_address`, unless that is a wildcard. */
  address?: string | undefined;
  /**
   * What it says for itself, of the `memberConfig` of the cluster: `{ entity: 'storage-pool', name: 'default', key: 'source',
   * value: '/dev/sdb' }`. What is left out is the server's choice.
   */
  memberConfig?: readonly MemberConfigValue[] | undefined;
  /**
   * The cluster's certificate as PEM text, for a cluster that is not reached from here: by default it is fetched from the
   * token's addresses. Either is compared with the token.
   */
  clusterCertificate?: string | undefined;
}

const names: OptionNames<JoinOptions> = {
  ...startNames,
  name: true,
  address: true,
  memberConfig: true,
  clusterCertificate: true,
};

const method = 'join()';

/** Has a server join the cluster of a token. */
export async function joinCluster<T, W extends boolean>(
  asked: Session,
  given: string,
  options: JoinOptions<W>,
  finish: () => Promise<T>,
): Promise<Ended<T, W>> {
  assertOptions(options, names, method);
  const { name, address, memberConfig, clusterCertificate, ...waiting } = options;
  const token = parseJoinToken(given, method);
  if (name !== undefined) assertMemberName(name, method);
  assertAddress(address, method);
  assertMemberConfig(memberConfig);
  const session = ownSession(asked, method);
  const call = { signal: waiting.signal };
  const known = clusterCertificate === undefined ? undefined : placeByCertificate(token, clusterCertificate);
  await assertAlone(session, method, call);
  const at = address ?? (await ownAddress(session, call));
  if (at === undefined) {
    throw new InvalidInputError(
      `${method}: pass address, where the other members reach this server, such as '10.0.0.2:8443'`,
    );
  }
  await assertEmpty(session, method, call);
  const { origin, certificate } = known ?? (await placeOf(session, token, call));
  const { product, extensions } = await serverFacts(session, call);
  // LXD 5.0 takes it where passwords go.
  const isPassword = product === 'lxd' && !extensions.has('explicit_trust_token');
  const body = {
    enabled: true,
    server_name: name ?? token.name,
    server_address: at,
    cluster_address: origin.replace(/^https:\/\//, ''),
    cluster_certificate: certificate,
    [isPassword ? 'cluster_password' : 'cluster_token']: token.text(),
    member_config: memberConfig ?? [],
  };
  const request = { method: 'PUT', path: '/1.0/cluster', body };
  return run(session, request, waiting, finish, (error) => {
    throw refusal(error);
  });
}

/** Where the cluster is, by a certificate that is known. @throws CertificateError for another one than the token's */
function placeByCertificate(token: JoinToken, pem: string): { origin: string; certificate: string } {
  const [certificate] = parseCertificates(pem, `${method}: clusterCertificate`);
  const [origin] = token.addresses;
  if (origin === undefined) throw new InvalidInputError(`${method}: the token has no address`);
  const shown = fingerprint(certificate);
  if (shown === token.fingerprint) return { origin, certificate: certificate.toString() };
  throw new CertificateError(
    `${method}: clusterCertificate (SHA-256 ${shown}) is not the token's (SHA-256 ${token.fingerprint}), so the token was not sent`,
    { expected: token.fingerprint, offered: shown },
  );
}

/** Where the cluster answers, with the certificate that the token names. */
async function placeOf(
  session: Session,
  token: JoinToken,
  call: CallOptions,
): Promise<{ origin: string; certificate: string }> {
  const { connection } = session;
  const { endpoint: own } = await connection.open();
  if (token.addresses.length === 0)
    throw new InvalidInputError(`${method}: the token has no address of a member`);
  const endpoints = token.addresses.map((origin) => connection.endpointAt(origin));
  const { endpoint, serverCert } = await findServer(token, endpoints, call);
  const { origin } = endpoint;
  if (own.kind === 'https' && connection.hasIdentity && connection.authorizedBy === undefined)
    await assertTrusted(session, serverCert, origin, call);
  return { origin, certificate: serverCert };
}

/** Whom the server trusts is the cluster's to say from then on. @throws CertificateError where we would be shut out */
async function assertTrusted(
  session: Session,
  serverCert: string,
  origin: string,
  call: CallOptions,
): Promise<void> {
  const pinned = session.connection.pinnedTo(serverCert, origin);
  try {
    const request = { method: 'GET', path: '/1.0', ...call };
    const { auth } = asObject<{ auth?: unknown }>(await session.over(pinned).send(request), request);
    if (auth === 'trusted') return;
  } finally {
    pinned.close();
  }
  throw new CertificateError(
    `${method}: the cluster at ${origin} does not trust this client, which would be shut out once the server has joined: ` +
      "have it trusted there first, by client.certificates.create(), or join over the server's unix socket",
  );
}

/** @throws InvalidInputError */
function assertMemberConfig(given: unknown): asserts given is readonly MemberConfigValue[] | undefined {
  if (given === undefined) return;
  if (!Array.isArray(given)) throw new InvalidInputError(`${method}: memberConfig must be a list`);
  for (const [index, one] of (given as unknown[]).entries()) {
    const isWhole =
      isMap(one) && ['entity', 'name', 'key', 'value'].every((part) => typeof one[part] === 'string');
    if (!isWhole) {
      throw new InvalidInputError(
        `${method}: memberConfig[${String(index)}] must be { entity, name, key, value }, all of them texts, not ${describe(one)}`,
      );
    }
  }
}

/** What a failed join means, where the token is the reason. */
function refusal(error: Error): Error {
  if (!isLxdError(error)) return error;
  const { message, status, operation, method: verb, path } = error;
  if (!/failed to setup cluster trust|no matching cluster join operation|token has expired/i.test(message))
    return error;
  return new TrustTokenError(
    `${message}: the token was used or cancelled, has expired, or the member that made it was restarted since. Make a new one`,
    { cause: error, status, operation, method: verb, path },
  );
}
