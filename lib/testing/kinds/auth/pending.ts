import type { Call } from '../../http/call.js';
import { fingerprintOf } from '../../http/certificate.js';
import { created } from '../../http/reply.js';
import { Refusal } from '../../state/refusal.js';
import { expiry, never } from '../../state/time.js';
import { decodeToken } from '../certificates/tokens.js';
import { settingsOf } from '../server/settings.js';
import { assertGroups, certified, tell } from './identity.js';
import { forget, identitiesOf } from './records.js';

/** A token for somebody with a certificate of their own, whom the server knows from now on, but not by which. */
export function offer({ state }: Call, name: string, groups: string[]): Response {
  const { config, network } = settingsOf(state);
  const { addresses } = network;
  if (!Array.isArray(addresses) || addresses.length === 0)
    throw new Refusal(
      400,
      'Failed creating certificate add token: Cannot issue token when server is not listening on network',
    );
  assertGroups(state, groups);
  const term = config['core.remote_token_expiry'];
  const goodUntil = term ? expiry(state.clock, term) : null;
  const token = {
    client_name: name,
    fingerprint: network.certificate_fingerprint,
    addresses,
    secret: state.chance.hex(32),
    expires_at: goodUntil ?? never,
    type: 'Client certificate',
  };
  const id = state.chance.uuid();
  const type = 'Client certificate (pending)';
  const { secret } = token;
  identitiesOf(state).push({ method: 'tls', type, id, name, groups, certificate: '', secret, goodUntil });
  tell(state, 'created', 'tls', id);
  return created(`/1.0/auth/identities/tls/${id}`, token);
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
  const one = identitiesOf(state).find(({ type, secret: own }) => type.includes('pending') && own === secret);
  const failed = 'Failed during search for pending TLS identity';
  if (!one)
    throw new Refusal(500, `${failed}: Failed finding a matching pending identity: Identity not found`);
  if (one.goodUntil && Date.parse(one.goodUntil) < state.clock.now()) {
    forget(state, one);
    throw new Refusal(500, `${failed}: Token has expired`);
  }
  Object.assign(one, { ...certified(peer.certificate), type: 'Client certificate', secret: undefined });
  const id = fingerprintOf(peer.certificate);
  tell(state, 'updated', 'tls', id);
  return created(`/1.0/auth/identities/tls/${id}`);
}
