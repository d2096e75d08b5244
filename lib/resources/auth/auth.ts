import { named } from '../../errors/index.js';
import type { Session } from '../../rest/session.js';
import { ResourceManager } from '../kind/manager.js';
import { authGroups, type AuthGroup, type AuthGroupInput } from './group.js';
import { IdentityManager } from './identities.js';
import {
  identityProviderGroups,
  type IdentityProviderGroup,
  type IdentityProviderGroupInput,
} from './identity-provider-group.js';
import { listPermissions, type AuthPermissionInfo, type PermissionOptions } from './permission.js';

/**
 * Who is known to an LXD server, and what they may do: `client.auth`. Every method rejects with an UnsupportedError on
 * Incus, and on LXD before 5.21.
 */
export class Auth {
  /** Whom the server knows. */
  readonly identities: IdentityManager;
  /** What members of a group may do. */
  readonly groups: ResourceManager<AuthGroup, AuthGroupInput>;
  /** Which groups the groups of the OIDC provider stand for. No server tells what happens to them: there is no `watch()`. */
  readonly identityProviderGroups: ResourceManager<IdentityProviderGroup, IdentityProviderGroupInput>;
  readonly #session: Session;

  /** @internal */
  constructor(session: Session) {
    this.#session = session;
    this.identities = new IdentityManager(session);
    this.groups = new ResourceManager(authGroups, () => ({ session }));
    this.identityProviderGroups = new ResourceManager(identityProviderGroups, () => ({ session }));
  }

  /** Every permission that a group could have, of all projects, with the groups that do (GET /1.0/auth/permissions). */
  async permissions(options: PermissionOptions = {}): Promise<AuthPermissionInfo[]> {
    return listPermissions(this.#session, options);
  }
}

named({ Auth });
