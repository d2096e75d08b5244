import { kind } from '../../kind/kind.js';
import { groupsOf, type ProviderGroupRecord } from './records.js';

// Of newer LXD only, which is not here: by its source.

/** Groups as the identity provider has them. */
export const identityProviderGroups = kind<ProviderGroupRecord>({
  path: '/1.0/auth/identity-provider-groups/{idpGroupName}',
  hasSlashes: true,
  title: 'identity provider group',
  extension: 'access_management',
  scope: 'server',
  badFilter: 'ignored',
  bodies: {
    create: 'IdentityProviderGroupsPost',
    write: 'IdentityProviderGroupPut',
    rename: 'IdentityProviderGroupPost',
  },
  fields: { name: 'name', groups: { type: 'strings', patch: 'blanks' } },
  etag: ['name', 'groups'],
  event: 'identity-provider-group',
  texts: {
    missing: [404, 'Identity provider group not found'],
    exists: (name) => [409, `Identity provider group "${name}" already exists`],
    lost: () => [500, 'Query affected 0 rows instead of 1'],
  },
  named: () => undefined,
  settle(group, _, before, { groups = [] }, isPatch) {
    // A PATCH only adds.
    if (isPatch) group.groups = [...new Set([...(before?.groups ?? []), ...groups])];
  },
  check({ groups }, { state }) {
    const there = new Set(groups.filter((name) => groupsOf(state).has(name)));
    if (there.size === groups.length) return undefined;
    const counts = `(expected ${String(groups.length)}, got ${String(there.size)})`;
    const text = 'Failed writing expected number of rows to identity provider group association table';
    return [500, `${text} ${counts}`];
  },
});
