import { named } from '../../errors/index.js';
import type { LikeOf } from '../../operations/index.js';
import type { Session } from '../../rest/session.js';
import { beside, type ResourceManager } from '../kind/manager.js';
import { authGroups, type AuthGroup, type AuthGroupInput } from './group.js';
import { IdentityManager } from './identities.js';
import type { Identity } from './identity.js';
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
export class Auth<I extends Identity = Identity> {
  /** Whom the server knows. */
  readonly identities: IdentityManager<I>;
  /** What members of a group may do. */
  readonly groups: ResourceManager<LikeOf<I, AuthGroup>, AuthGroupInput>;
  /** Which groups the groups of the OIDC provider stand for. No server tells what happens to them: there is no `watch()`. */
  readonly identityProviderGroups: ResourceManager<
    LikeOf<I, IdentityProviderGroup>,
    IdentityProviderGroupInput
  >;
  readonly #session: Session;

  /** @internal */
  constructor(session: Session) {
    this.#session = session;
    this.identities = new IdentityManager<I>(session);
    this.groups = beside(authGroups, () => ({ session }));
    this.identityProviderGroups = beside(identityProviderGroups, () => ({ session }));
  }

  /** Every permission that a group could have, of all projects, with the groups that do (GET /1.0/auth/permissions). */
  async permissions(options: PermissionOptions = {}): Promise<AuthPermissionInfo[]> {
    return listPermissions(this.#session, options);
  }
}

named({ Auth });
