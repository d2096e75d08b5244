import { assertOptions, InvalidInputError, type OptionNames } from '../../errors/index.js';
import { callNames } from '../../operations/index.js';
import { describe, type CallOptions, type ItemSpec, type JsonMap } from '../../orm/index.js';
import { asObjects } from '../../rest/answers.js';
import type { Session } from '../../rest/session.js';
import { assertAuth } from './offered.js';

/** What members of a group may do with one thing of the server. */
export interface AuthPermission {
  /** `server`, `project`, `instance`, … */
  entityType: string;
  /** The thing's URL: `/1.0` of the server, `/1.0/instances/web?project=default`; that project is meant without one. */
  url: string;
  /** `admin`, `can_view`, `can_edit`, `operator`, … */
  entitlement: string;
}

/** A permission that could be given, with the groups that have it. */
export interface AuthPermissionInfo extends AuthPermission {
  groups: readonly string[];
}

/** @internal Permissions as the lists of groups have them. */
export const permissionItems: ItemSpec<AuthPermission> = {
  fields: { entityType: 'string', url: 'string', entitlement: 'string' },
  unordered: true, // the server writes them in any order
  normalise: ({ url, ...item }) => ({
    ...item,
    url: typeof url === 'string' ? url.replace(/\?project=default$/, '') : url, // which it adds
  }),
};

/** Which permissions are listed. */
export interface PermissionOptions extends CallOptions {
  /** Those for things of this type: `instance`, `project`, `server`, … */
  entityType?: string | undefined;
  /** Those for things of this project. */
  project?: string | undefined;
}

const optionNames: OptionNames<PermissionOptions> = { ...callNames, entityType: true, project: true };

/** Every permission that there is, each entitlement of each thing. */
export async function listPermissions(
  session: Session,
  options: PermissionOptions,
): Promise<AuthPermissionInfo[]> {
  assertOptions(options, optionNames, 'permissions()');
  const { entityType, project, ...call } = options;
  for (const [name, value] of Object.entries({ entityType, project })) {
    if (value !== undefined && (typeof value !== 'string' || value === ''))
      throw new InvalidInputError(
        `permissions(): ${name} must be a non-empty string, not ${describe(value)}`,
      );
  }
  await assertAuth(session, 'permissions', call);
  // The parameter's name in the API's own description is another one, which the server does not look at.
  const query = { recursion: 1, 'entity-type': entityType, project };
  const request = { method: 'GET', path: '/1.0/auth/permissions', query, ...call };
  // Without a project, those of all are meant: that of the client must not be sent.
  const list = asObjects<JsonMap>(await session.derive({ project: undefined }).send(request), request);
  return list.map(permissionOf);
}

/** @internal By its properties. */
export function permissionOf({ entity_type, url, entitlement, groups }: JsonMap): AuthPermissionInfo {
  return {
    entityType: textOf(entity_type),
    url: textOf(url),
    entitlement: textOf(entitlement),
    groups: Array.isArray(groups) ? groups.filter((one) => typeof one === 'string') : [],
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
