import { named } from '../../errors/index.js';
import { field } from '../../orm/index.js';
import type { InputOf } from '../kind/input.js';
import { kind } from '../kind/kind.js';
import { Resource } from '../kind/resource.js';
import { authNeeds } from './offered.js';
import { permissionItems, type AuthPermission } from './permission.js';

/** A group of identities, and what its members may do (`/1.0/auth/groups/{name}`); LXD 5.21 and newer. */
export class AuthGroup extends Resource {
  @field({ key: true }) readonly name!: string;
  @field({ writable: true, scalar: 'string' }) description!: string;
  /** Edited in place, and merged one by one. */
  @field({ writable: true, items: permissionItems }) permissions!: AuthPermission[];
  /** The ids of its members by how they prove who they are: `{ tls: ['ab12…'] }`; `'tls/ab12…'` is the key of one. */
  @field({ form: 'map' }) readonly identities!: Readonly<Partial<Record<string, readonly string[]>>>;
  /** The names of the identity provider groups whose members are in it. */
  @field({ form: 'list' }) readonly identityProviderGroups!: readonly string[];

  protected override inspectDetails(): string[] {
    return this.isFetched && this.description !== '' ? [JSON.stringify(this.description)] : [];
  }
}

/** A new group. */
export type AuthGroupInput = InputOf<AuthGroup, 'description' | 'permissions'>;

/** @internal */
export const authGroups = kind<AuthGroup, AuthGroupInput>({
  name: 'group',
  path: '/1.0/auth/groups/{groupName}',
  model: AuthGroup,
  writes: { partial: false }, // a PATCH of permissions takes away all that the group had before
  filter: 'none',
  needs: authNeeds,
  allProjects: 'always', // they are in no project
  // Their members are told of with those.
  events: { of: 'auth-group', others: /^identity-(created|updated|deleted)$/, shared: true },
});

named({ AuthGroup });
