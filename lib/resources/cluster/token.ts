import { AlreadyExistsError, assertOptions, ProtocolError } from '../../errors/index.js';
import { callNames } from '../../operations/index.js';
import { zeroTime, type CallOptions } from '../../orm/index.js';
import type { Session } from '../../rest/session.js';
import {
  encoded,
  pendingAmong,
  serverOf,
  tokenOf,
  type PendingToken,
  type TokenData,
} from '../certificates/token.js';
import { RestStore } from '../kind/rest-store.js';
import { assertExtension } from '../kind/server-facts.js';
import { assertMemberName, clusterMembers } from './member.js';

/** Makes a token with which a server joins the cluster, as text that the command lines take too. */
export async function createJoinToken(session: Session, name: string, options: CallOptions): Promise<string> {
  assertOptions(options, callNames, 'createToken()');
  assertMemberName(name, 'createToken()');
  await assertJoinTokens(session, options);
  const store = new RestStore(clusterMembers, () => ({ session: serverOf(session) }));
  // LXD makes a token for a name in use, with which nobody can join.
  const members = await store.keys(options);
  if (members.some(({ key }) => key === name))
    throw new AlreadyExistsError(`createToken(): the cluster has a member '${name}' already`);
  const path = store.collection;
  const request = { method: 'POST', path, body: { server_name: name }, ...options };
  const { metadata } = await serverOf(session).send(request);
  const token = joinTokenIn((metadata as { metadata?: unknown } | null)?.metadata);
  if (!token) throw new ProtocolError(`POST ${path}: the server gave no token`);
  const { fingerprint, addresses, secret, expiresAt } = token;
  return encoded({ server_name: name, fingerprint, addresses, secret, expires_at: expiresAt ?? zeroTime });
}

/** Those that are still to be used. */
export async function pendingJoinTokens(session: Session, options: CallOptions): Promise<PendingToken[]> {
  assertOptions(options, callNames, 'tokens()');
  await assertJoinTokens(session, options);
  return pendingAmong(session, joinTokenIn, options);
}

async function assertJoinTokens(session: Session, options: CallOptions): Promise<void> {
  await assertExtension(session, 'clustering_join_token', 'tokens to join a cluster', options);
}

/** Trust tokens have no name of a server in them. */
function joinTokenIn(metadata: unknown): TokenData | undefined {
  if (typeof metadata !== 'object' || metadata === null) return undefined;
  const { serverName } = metadata as { serverName?: unknown };
  return typeof serverName === 'string' ? tokenOf(metadata, serverName) : undefined;
}
