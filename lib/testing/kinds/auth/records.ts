import type { State } from '../../state/state.js';

/** What members of a group may do with one thing. */
export interface Permission {
  entity_type: string;
  url: string;
  entitlement: string;
}

/** A permission as a group keeps it: of a thing, whatever that is called by now; `url` is what was said. */
export interface KeptPermission extends Permission {
  thing: object | undefined;
}

/** A group as it is kept. */
export interface GroupRecord {
  name: string;
  description: string;
  permissions: KeptPermission[];
}

/** A group of the identity provider as it is kept. */
export interface ProviderGroupRecord {
  name: string;
  groups: string[];
}

/** Somebody whom the server knows. */
export interface IdentityRecord {
  readonly method: 'tls' | 'oidc' | 'bearer';
  type: string;
  id: string;
  name: string;
  groups: string[];
  /** PEM text, or an empty string for an identity without a certificate. */
  certificate: string;
  expiresAt?: string | undefined;
  /** What lets in: that of the token of a pending one, or the token of a bearer. */
  secret?: string | undefined;
  /** Until when that of a pending one does, which nobody is shown. */
  goodUntil?: string | null | undefined;
}

class Identities {
  all: IdentityRecord[] = [];
}

/** The identities that groups are for, in the order in which they came. */
export function identitiesOf(state: State): IdentityRecord[] {
  return state.part(Identities).all;
}

export function forget(state: State, identity: IdentityRecord): void {
  const part = state.part(Identities);
  part.all = part.all.filter((one) => one !== identity);
}

/** Whose tokens are for the API that instances have inside, and let nobody in at this one. */
const devLxd = 'DevLXD token bearer';

/** Whom a certificate or a token is of, as a caller. */
export function identityWith(
  state: State,
  { fingerprint, token }: { fingerprint: string; token: string | undefined },
): { method: 'tls' | 'bearer'; name: string } | undefined {
  const now = state.clock.now();
  for (const { method, type, id, secret, expiresAt } of identitiesOf(state)) {
    if (method === 'tls' && id === fingerprint) return { method, name: id };
    const isGood = secret !== undefined && secret === token && Date.parse(expiresAt ?? '') > now;
    if (method === 'bearer' && type !== devLxd && isGood) return { method, name: id };
  }
  return undefined;
}

export function groupsOf(state: State): Map<string, GroupRecord> {
  return state.shelves.at<GroupRecord>(['auth', 'groups']);
}

export function providerGroupsOf(state: State): Map<string, ProviderGroupRecord> {
  return state.shelves.at<ProviderGroupRecord>(['auth', 'identity-provider-groups']);
}

/** Whoever is in a group is in it under its new name, or in it no more. */
export function follow(state: State, name: string, next?: string): void {
  for (const one of [...identitiesOf(state), ...providerGroupsOf(state).values()])
    one.groups = one.groups.flatMap((group) => (group === name ? (next ?? []) : group));
}
