import { assertOptions, ProtocolError, UnsupportedError } from '../../errors/index.js';
import { callNames } from '../../operations/index.js';
import { isMap, type CallOptions, type JsonMap } from '../../orm/index.js';
import { asObject } from '../../rest/answers.js';
import type { RestStore } from '../kind/rest-store.js';
import type { Identity } from './identity.js';
import { permissionOf, type AuthPermission } from './permission.js';

/** Who is asking, and what they may do. */
export interface CurrentIdentity<I extends Identity = Identity> {
  identity: I;
  /** Its own groups, and those that its groups at the identity provider stand for. */
  effectiveGroups: readonly string[];
  effectivePermissions: readonly AuthPermission[];
  /**
   * Whether groups say what it may do; else its certificate may do all, or all in its projects. Undefined where the server
   * does not say: without the API extension entities_with_entitlements.
   */
  fineGrained: boolean | undefined;
}

/** Who is asking, as the server describes them: `data`, by `key`, and what they may do. */
export async function currentIdentity(
  store: RestStore,
  options: CallOptions,
): Promise<Omit<CurrentIdentity, 'identity'> & { data: JsonMap; key: string }> {
  assertOptions(options, callNames, 'identities.current()');
  await store.assertOffered(options);
  const { session } = store;
  const { endpoint } = await session.connection.open();
  if (endpoint.kind === 'unix')
    throw new UnsupportedError(
      'identities.current(): nobody is an identity over a socket; connect over HTTPS',
    );
  const request = { method: 'GET', path: '/1.0/auth/identities/current', ...options };
  const { effective_groups, effective_permissions, fine_grained, ...data } = asObject<JsonMap>(
    await session.send(request),
    request,
  );
  const key = store.keyOf(data);
  if (key === undefined) throw new ProtocolError(`GET ${request.path}: the answer does not describe one`);
  return {
    data,
    key,
    effectiveGroups: listOf(effective_groups).filter((one) => typeof one === 'string'),
    effectivePermissions: listOf(effective_permissions)
      .filter(isMap)
      .map((one) => {
        const { groups: _, ...permission } = permissionOf(one);
        return permission;
      }),
    fineGrained: typeof fine_grained === 'boolean' ? fine_grained : undefined,
  };
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
