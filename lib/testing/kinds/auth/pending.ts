import type { X509Certificate } from 'node:crypto';
import type { Call } from '../../http/call.js';
import { fingerprintOf } from '../../http/certificate.js';
import { created } from '../../http/reply.js';
import { Refusal } from '../../state/refusal.js';
import { expiry, never } from '../../state/time.js';
import { decodeToken } from '../certificates/tokens.js';
import { settingsOf } from '../server/settings.js';
import { assertGroups, certified, tell } from './identity.js';
import type { State } from '../../state/state.js';
import { forget, identitiesOf, type IdentityRecord } from './records.js';

/** A token for somebody with a certificate of their own, whom the server knows from now on, but not by which. */
export function offer({ state }: Call, name: string, groups: string[]): Response {
  const text =
    'Failed creating certificate add token: Cannot issue token when server is not listening on network';
  assertListens(state, new Refusal(400, text));
  assertGroups(state, groups);
  const { id, token } = addPending(state, 'Client certificate', name, groups);
  return created(`/1.0/auth/identities/tls/${id}`, token);
}

/** @throws Refusal for a server that nobody reaches over the network */
export function assertListens(state: State, refusal: Refusal): void {
  const { addresses } = settingsOf(state).network;
  if (!Array.isArray(addresses) || addresses.length === 0) throw refusal;
}

/** Somebody who is known by a token alone, and what is in that. */
export function addPending(
  state: State,
  kind: string,
  name: string,
  groups: string[],
): { id: string; token: Readonly<Record<string, unknown>> } {
  const { config, network } = settingsOf(state);
  const term = config['core.remote_token_expiry'];
  const goodUntil = term ? expiry(state.clock, term) : null;
  const secret = state.chance.hex(32);
  const token = {
    client_name: name,
    fingerprint: network.certificate_fingerprint,
    addresses: state.here?.addresses ?? network.addresses,
    secret,
    expires_at: goodUntil ?? never,
    type: kind,
  };
  const id = state.chance.uuid();
  const type = `${kind} (pending)`;
  identitiesOf(state).push({ method: 'tls', type, id, name, groups, certificate: '', secret, goodUntil });
  tell(state, 'created', 'tls', id);
  return { id, token };
}

/** What who is not trusted may say, and what with. */
export interface Claim {
  trust_token: string;
  name: string;
  token: boolean;
  certificate: string;
  groups: string[];
}

/** POST of who is not trusted yet, and has a token: the certificate of the connection is theirs from now on. */
export function claim({ state, caller: { peer } }: Call, body: Partial<Claim>): Response {
  const { trust_token: text, name, token, certificate, groups = [] } = body;
  if (!text) throw new Refusal(403, 'Trust token required');
  if (token || certificate || name || groups.length > 0)
    throw new Refusal(403, 'Only trust token must be provided');
  if (!peer?.certificate) throw new Refusal(400, 'No client certificate provided');
  const secret = decodeToken(text)?.secret;
  if (secret === undefined) throw new Refusal(403, 'not authorized');
  const one = pendingWith(state, secret, 'Failed during search for pending TLS identity');
  const id = admit(state, one, peer.certificate);
  return created(`/1.0/auth/identities/tls/${id}`);
}

/** Who is known by a token with this secret. @throws Refusal for one that is of nobody any more */
export function pendingWith(state: State, secret: string, failed: string): IdentityRecord {
  const one = identitiesOf(state).find(({ type, secret: own }) => type.includes('pending') && own === secret);
  if (!one)
    throw new Refusal(500, `${failed}: Failed finding a matching pending identity: Identity not found`);
  if (one.goodUntil && Date.parse(one.goodUntil) < state.clock.now()) {
    forget(state, one);
    throw new Refusal(500, `${failed}: Token has expired`);
  }
  return one;
}

/** They are known by a certificate from now on; returns the id. */
export function admit(state: State, one: IdentityRecord, certificate: X509Certificate): string {
  const type = one.type.replace(' (pending)', '');
  Object.assign(one, { ...certified(certificate), type, secret: undefined });
  const id = fingerprintOf(certificate);
  tell(state, 'updated', 'tls', id);
  return id;
}
