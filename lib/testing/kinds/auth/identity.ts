import type { X509Certificate } from 'node:crypto';
import { fingerprintOf } from '../../http/certificate.js';
import { Refusal } from '../../state/refusal.js';
import type { State } from '../../state/state.js';
import { groupsOf, type IdentityRecord } from './records.js';

export const methods = ['tls', 'oidc', 'bearer'] as const;

/** The one of this id, else of this name. */
export function findIdentity(all: readonly IdentityRecord[], method: string, asked: string): IdentityRecord {
  const those = all.filter((one) => one.method === method);
  const found = those.find(({ id }) => id === asked);
  if (found) return found;
  const [first, second] = those.filter(({ name }) => name === asked);
  if (second) throw new Refusal(400, 'More than one identity found');
  if (!first) throw new Refusal(404, 'Not Found');
  return first;
}

/** Do groups say what one may do? */
export function isFineGrained({ type }: IdentityRecord): boolean {
  return /^(Client certificate( \(pending\))?|OIDC client|(Client|DevLXD) token bearer)$/.test(type);
}

export function assertGroups(state: State, names: readonly string[]): void {
  const lost = names.filter((name) => !groupsOf(state).has(name)).map((name) => `"${name}"`);
  if (lost.length > 0) throw new Refusal(404, `One or more groups were not found: ${lost.join(', ')}`);
}

/** What an identity has of its certificate. */
export function certified(
  certificate: X509Certificate,
): Pick<IdentityRecord, 'id' | 'certificate' | 'expiresAt'> {
  return {
    id: fingerprintOf(certificate),
    certificate: certificate.toString(),
    expiresAt: new Date(certificate.validTo).toISOString().replace('.000Z', 'Z'),
  };
}

export function tell(
  state: State,
  past: 'created' | 'updated' | 'deleted',
  method: string,
  id: string,
): void {
  state.lifecycle('default', `identity-${past}`, ['auth', 'identities', method, id]);
}
