import { kind, type Says } from '../../kind/kind.js';
import { permissionProblem, present, settled, textOf } from './permissions.js';
import { follow, identitiesOf, providerGroupsOf, type GroupRecord, type KeptPermission } from './records.js';

// Of newer LXD only, which is not here: by its source.

const permission = {
  type: 'Permission',
  fields: { entity_type: 'string', url: 'string', entitlement: 'string' },
} as const;

const kept = { update: 'modified', rename: 'renamed', delete: 'deleted' } as const;

/** Groups of identities, and what those may do. */
export const authGroups = kind<GroupRecord>({
  path: '/1.0/auth/groups/{groupName}',
  title: 'group',
  extension: 'access_management',
  scope: 'server',
  badFilter: 'ignored',
  bodies: { create: 'AuthGroupsPost', write: 'AuthGroupPut', rename: 'AuthGroupPost' },
  fields: {
    name: 'name',
    description: { type: 'string', patch: 'keeps' },
    permissions: {
      ...{ type: { list: permission }, patch: 'blanks' },
      shown: (kept, { state }) => present(state, kept as KeptPermission[]),
    },
    identities({ name }, { state }) {
      const methods: Record<string, string[]> = {};
      for (const { method, id, groups } of identitiesOf(state))
        if (groups.includes(name)) (methods[method] ??= []).push(id);
      return methods;
    },
    identity_provider_groups({ name }, { state }) {
      const all = [...providerGroupsOf(state).values()].filter(({ groups }) => groups.includes(name));
      return all.length > 0 ? all.map((one) => one.name) : null;
    },
  },
  // A list has none of the one where a single answer has the other.
  inList: (json) => ({
    ...json,
    permissions: (json.permissions as unknown[]).length > 0 ? json.permissions : null,
    identity_provider_groups: json.identity_provider_groups ?? [],
  }),
  etag: ['name', 'description', 'permissions', 'identities', 'identity_provider_groups'],
  order: 'name',
  event: 'auth-group',
  texts: {
    missing: [404, 'Authorization group not found'],
    exists: () => [409, 'Authorization group already exists'],
  },
  named(name): Says | undefined {
    if (name === '') return [400, 'Group name cannot be empty'];
    if (name.includes('/')) return [400, 'Group name cannot contain a forward slash'];
    return name.includes(':') ? [400, 'Group name cannot contain a colon'] : undefined;
  },
  forbid: (action, name) =>
    name === 'admins' && action !== 'create'
      ? [400, `The admins group cannot be ${kept[action]}`]
      : undefined,
  settle(group, { state }, before, body, isPatch) {
    const was = present(state, before?.permissions ?? []).map(textOf);
    const said = settled(state, body.permissions ?? []);
    // What a PATCH says that is there already is not new, and only what is new stays.
    const next = isPatch ? said.filter((one) => !was.includes(textOf(one))) : said;
    const distinct = next.filter(
      (one, at) => next.findIndex((other) => textOf(other) === textOf(one)) === at,
    );
    group.permissions = distinct.reverse(); // in any order
    if (isPatch && !body.description) group.description = before?.description ?? '';
  },
  check: ({ permissions }) => permissions.map(permissionProblem).find((problem) => problem !== undefined),
  renamed: (before, { name }, { state }) => follow(state, before, name),
  removing: (name, { state }) => follow(state, name),
});
