import { settingsOf } from '../server/settings.js';
import type { Call } from '../../http/call.js';
import { isObject, parseJson } from '../../http/decode.js';
import { started } from '../../http/reply.js';
import { Refusal } from '../../state/refusal.js';
import { expiry } from '../../state/time.js';
import { decodeBase64 } from './store.js';

/** What was asked for with a token, and is what whoever uses it gets. */
export interface TokenRequest {
  name: string;
  type: string;
  restricted: boolean;
  projects: string[];
}

/** The name of the field for what a new client proves with that it may come in, in bodies and in tokens. */
export function proofField({ product: { name, extensions } }: Call): 'password' | 'trust_token' {
  return name === 'incus' || extensions.includes('explicit_trust_token') ? 'trust_token' : 'password';
}

/** POST of a token: an operation that runs until somebody uses it or cancels it. */
export function offer(call: Call, wanted: TokenRequest & { description: string }): Response {
  const { state, product } = call;
  const { description, ...said } = wanted;
  const described = product.name === 'incus' && { description };
  const request = { ...said, certificate: '', ...described, [proofField(call)]: '', token: true };
  const { config, network } = settingsOf(state);
  const term = config['core.remote_token_expiry'];
  const operation = state.operations.start({
    ...{ project: 'default', description: 'Executing operation', class: 'token' },
    resources: product.noResources,
    metadata: {
      addresses: network.addresses ?? [],
      ...(term && { expiresAt: expiry(state.clock, term) }),
      fingerprint: network.certificate_fingerprint ?? '0'.repeat(64), // without HTTPS it shows nobody a certificate
      ...{ request, secret: state.chance.hex(32) },
    },
    ...{ mayCancel: true, time: Infinity },
  });
  return started(operation);
}

/** What a token says of itself; undefined for what is none. */
export function decodeToken(text: string): { secret: string; isForMember: boolean } | undefined {
  const token = attempt(() => parseJson(decodeBase64(text).toString()));
  if (!isObject(token)) return undefined;
  const { client_name: client, server_name: member, addresses, fingerprint, secret } = token;
  const { expires_at: expires = '0001-01-01T00:00:00Z' } = token;
  const isWhole =
    isText(client ?? member) &&
    isText(fingerprint) &&
    isText(secret) &&
    Array.isArray(addresses) &&
    addresses.length > 0 &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(String(expires));
  return isWhole ? { secret, isForMember: client === undefined } : undefined;
}

/**
 * Takes a token from who uses it: nobody can use it again, even if it was no good. Of what is in it the secret counts,
 * and nothing else.
 */
export function spend(call: Call, secret: string): TokenRequest {
  const { state } = call;
  const token = state.operations
    .all()
    .find(({ isFinal, metadata }) => !isFinal && metadata?.request && metadata.secret === secret);
  if (!token) throw new Refusal(403, 'No matching certificate add operation found');
  state.operations.cancel(token.id);
  state.lifecycle('default', 'operation-cancelled', ['operations', token.id]);
  const { expiresAt, request } = token.metadata as { expiresAt?: string; request: TokenRequest };
  if (expiresAt !== undefined && Date.parse(expiresAt) < state.clock.now()) {
    throw new Refusal(500, 'Failed during search for certificate add token operation: Token has expired');
  }
  return request;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
