import type { Call } from '../../http/call.js';
import { created, done, sync } from '../../http/reply.js';
import type { Route } from '../../http/router.js';
import { Refusal } from '../../state/refusal.js';
import { expiry } from '../../state/time.js';
import { assertGroups, findIdentity, tell } from './identity.js';
import { identitiesOf, type IdentityRecord } from './records.js';

const newShape = {
  type: 'IdentitiesBearerPost',
  fields: { type: 'string', name: 'string', groups: 'strings' },
} as const;
const tokenShape = { type: 'IdentityBearerTokenPost', fields: { expiry: 'string' } } as const;

/** POST: somebody who brings tokens. */
export async function createBearer(call: Call): Promise<Response> {
  const { state } = call;
  const { name, type = '', groups = [] } = await call.body<IdentityRecord>(newShape);
  if (!name) throw new Refusal(400, 'Identity name must be provided');
  if (!/^(Client|DevLXD|Initial UI) token bearer$/.test(type))
    throw new Refusal(400, `Identities of type "${type}" cannot be created via the bearer API`);
  assertGroups(state, groups);
  const id = state.chance.uuid();
  identitiesOf(state).push({ method: 'bearer', type, id, name, groups, certificate: '' });
  tell(state, 'created', 'bearer', id);
  return created(`/1.0/auth/identities/bearer/${id}`);
}

/** A token, which no earlier one outlives. */
async function issue(call: Call): Promise<Response> {
  const { state } = call;
  const one = bearer(call);
  const { expiry: term } = await call.body<{ expiry: string }>(tokenShape);
  const end = expiry(state.clock, term || '10y');
  if (end === null) throw new Refusal(500, 'Invalid expiry expression');
  one.expiresAt = end;
  const claims = { sub: one.id, exp: Math.floor(Date.parse(end) / 1000) };
  const [head, body] = [{ alg: 'HS256', typ: 'JWT' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  one.secret = [head, body, state.chance.hex(32)].join('.');
  tell(state, 'updated', 'bearer', one.id);
  return sync({ token: one.secret });
}

function revoke(call: Call): Response {
  const one = bearer(call);
  one.expiresAt = one.secret = undefined;
  tell(call.state, 'updated', 'bearer', one.id);
  return done();
}

function bearer(call: Call): IdentityRecord {
  return findIdentity(identitiesOf(call.state), 'bearer', call.param('nameOrID'));
}

export const bearerRoutes: Route[] = [
  {
    path: '/1.0/auth/identities/bearer/{nameOrID}/token',
    extension: 'auth_bearer_devlxd',
    POST: issue,
    DELETE: revoke,
  },
];
