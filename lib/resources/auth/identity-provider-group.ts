import { named } from '../../errors/index.js';
import { field } from '../../orm/index.js';
import type { InputOf } from '../kind/input.js';
import { kind } from '../kind/kind.js';
import { Resource } from '../kind/resource.js';
import { authNeeds } from './offered.js';

/**
 * A group as the OIDC provider calls it, and the groups of LXD whose permissions its members have
 * (`/1.0/auth/identity-provider-groups/{name}`); LXD 5.21 and newer.
 */
export class IdentityProviderGroup extends Resource {
  /** As the provider calls it; it may have slashes. */
  @field({ key: true }) readonly name!: string;
  /** The names of groups, in no order: edited in place, and merged one by one. */
  @field({ writable: true, form: 'set' }) groups!: string[];
}

/** A new identity provider group. */
export type IdentityProviderGroupInput = InputOf<IdentityProviderGroup, 'groups'>;

/** @internal */
export const identityProviderGroups = kind<IdentityProviderGroup, IdentityProviderGroupInput>({
  name: 'identity provider group',
  path: '/1.0/auth/identity-provider-groups/{idpGroupName}',
  key: { slashes: true },
  model: IdentityProviderGroup,
  writes: { partial: false }, // a PATCH only adds
  filter: 'none',
  needs: authNeeds,
  allProjects: 'always', // they are in no project
  // No events: LXD 6.9 tells of new ones only.
});

named({ IdentityProviderGroup });
