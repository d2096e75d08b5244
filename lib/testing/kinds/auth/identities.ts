import type { X509Certificate } from 'node:crypto';
import type { Call } from '../../http/call.js';
import { fingerprintOf } from '../../http/certificate.js';
import { recursionOf } from '../../http/collection.js';
import { checkMatch, etag } from '../../http/etag.js';
import { created, done, sync } from '../../http/reply.js';
import type { Handler, Route } from '../../http/router.js';
import { Refusal } from '../../state/refusal.js';
import type { State } from '../../state/state.js';
import { certificatesOf, parsed } from '../certificates/store.js';
import { bearerRoutes, createBearer } from './bearers.js';
import { assertGroups, certified, findIdentity, isFineGrained, methods, tell } from './identity.js';
import { claim, offer, type Claim } from './pending.js';
import { present, textOf } from './permissions.js';
import { forget, groupsOf, identitiesOf, type IdentityRecord } from './records.js';

// Of newer LXD only, which is not here: by its source.

type Method = IdentityRecord['method'];

const putShape = { type: 'IdentityPut', fields: { groups: 'strings', tls_certificate: 'string' } } as const;
const newShape = {
  type: 'IdentitiesTLSPost',
  fields: {
    name: 'string',
    trust_token: 'string',
    token: 'bool',
    certificate: 'string',
    groups: 'strings',
  },
} as const;

/** As the server prints it. */
function printed(one: IdentityRecord): Record<string, unknown> {
  const { method, type, id, name, groups, certificate, expiresAt } = one;
  return {
    ...{ authentication_method: method, type, id, name, groups: [...groups].sort() },
    tls_certificate: certificate,
    ...(expiresAt !== undefined && { expires_at: expiresAt }),
  };
}

/** Those that groups are for, and the certificates of the trust store. */
function all(state: State): IdentityRecord[] {
  const legacy = [...certificatesOf(state).values()].map(
    ({ type, restricted, fingerprint, name, certificate }): IdentityRecord => {
      const reach = restricted ? 'restricted' : 'unrestricted';
      const word = { client: 'Client', metrics: 'Metrics' }[type];
      return {
        ...{ method: 'tls', id: fingerprint, name, groups: [], certificate },
        type: word === undefined ? 'Server certificate' : `${word} certificate (${reach})`,
      };
    },
  );
  const order = ({ method, id }: IdentityRecord) => `${String(methods.indexOf(method))} ${id}`;
  return [...identitiesOf(state), ...legacy].sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

function list(method?: Method): Handler {
  return (call) => {
    const those = all(call.state).filter((one) => method === undefined || one.method === method);
    if (recursionOf(call) > 0) return sync(those.map(printed));
    return sync(those.map((one) => `/1.0/auth/identities/${one.method}/${encodeURIComponent(one.id)}`));
  };
}

/** POST to those with certificates: one that is known, or a token for one that is not; or what somebody does with that. */
async function create(call: Call): Promise<Response> {
  const body = await call.body<Claim>(newShape);
  if (!call.trusted) return claim(call, body);
  const { name, trust_token, token, certificate, groups = [] } = body;
  if (!name) throw new Refusal(400, 'Identity name must be provided');
  if (trust_token) throw new Refusal(409, 'Client already trusted');
  if (token && certificate) throw new Refusal(400, 'Cannot use certificate if token is requested');
  const { state } = call;
  if (token) return offer(call, name, groups);
  const shown = readCertificate(certificate);
  const id = fingerprintOf(shown);
  if (all(state).some((one) => one.method === 'tls' && one.id === id))
    throw new Refusal(409, 'Identity already exists');
  assertGroups(state, groups);
  identitiesOf(state).push({ ...certified(shown), method: 'tls', type: 'Client certificate', name, groups });
  tell(state, 'created', 'tls', id);
  return created(`/1.0/auth/identities/tls/${id}`);
}

function readCertificate(text: string | undefined): X509Certificate {
  if (!text) throw new Refusal(400, 'Must provide a certificate');
  return parsed(text, 'Failed parsing certificate: ');
}

/** PUT and PATCH. */
function write(method: Method): Handler {
  return async (call) => {
    const { state, request } = call;
    const one = findIdentity(all(state), method, call.param('nameOrIdentifier'));
    if (!isFineGrained(one))
      throw new Refusal(501, `Identities of type "${one.type}" cannot be modified via this API`);
    const body = await call.body<{ groups: string[]; tls_certificate: string }>(putShape);
    const { groups = [], tls_certificate = '' } = body;
    if (tls_certificate && one.type !== 'Client certificate')
      throw new Refusal(400, `Cannot update certificate for identities of type "${one.type}"`);
    const isPatch = request.method === 'PATCH';
    if (isPatch && groups.length === 0 && !tls_certificate) return done();
    const next = tls_certificate ? certified(readCertificate(tls_certificate)) : undefined;
    checkMatch(request.headers, Object.values(printed(one)));
    if (!isPatch || groups.length > 0) {
      assertGroups(state, groups);
      one.groups = groups;
    }
    const old = one.id;
    Object.assign(one, next);
    tell(state, 'updated', method, old); // by the id that it had
    return done();
  };
}

function remove(method: Method): Handler {
  return (call) => {
    const { state } = call;
    const one = findIdentity(all(state), method, call.param('nameOrIdentifier'));
    if (!isFineGrained(one) && one.type !== 'Initial UI token bearer')
      throw new Refusal(501, `Identities of type "${one.type}" cannot be modified via this API`);
    forget(state, one);
    tell(state, 'deleted', method, one.id);
    return done();
  };
}

function read(method: Method): Handler {
  return (call) => {
    const { state } = call;
    const one = findIdentity(all(state), method, call.param('nameOrIdentifier'));
    return sync(printed(one), etag(Object.values(printed(one))));
  };
}

/** Who asks. */
function current({ state, caller: { method, name }, product }: Call): Response {
  const one = all(state).find((other) => other.method === method && other.id === name);
  if (!one) throw new Refusal(400, 'Current identity information must be requested via the HTTPS API');
  const groups = [...groupsOf(state).values()].filter((group) => one.groups.includes(group.name));
  const permissions = present(
    state,
    groups.flatMap((group) => group.permissions),
  );
  const isNewer = product.extensions.includes('entities_with_entitlements');
  return sync({
    ...printed(one),
    effective_groups: groups.map((group) => group.name),
    effective_permissions: [...new Map(permissions.map((each) => [textOf(each), each])).values()],
    ...(isNewer && { fine_grained: isFineGrained(one) }),
  });
}

/** Those of OIDC are known from when they log in. */
const creation: Record<Method, Pick<Route, 'POST' | 'guests'>> = {
  tls: { POST: create, guests: ['POST'] },
  oidc: {},
  bearer: { POST: createBearer },
};

/** Who is known; what their groups allow is kept and shown, and limits nobody here. */
export const identityRoutes: Route[] = [
  { path: '/1.0/auth/identities', extension: 'access_management', GET: list() },
  {
    path: '/1.0/auth/identities/current',
    extension: 'access_management',
    GET: current,
  },
  ...bearerRoutes,
  ...methods.flatMap((method): Route[] => {
    const extension = method === 'bearer' ? 'auth_bearer_devlxd' : 'access_management';
    const path = `/1.0/auth/identities/${method}`;
    return [
      { path, extension, GET: list(method), ...creation[method] },
      {
        ...{ path: `${path}/{nameOrIdentifier*}`, extension },
        ...{ GET: read(method), PUT: write(method), PATCH: write(method), DELETE: remove(method) },
      },
    ];
  }),
];
