import type { Call } from '../../http/call.js';
import { created, done, sync } from '../../http/reply.js';
import type { Route } from '../../http/router.js';
import { Refusal } from '../../state/refusal.js';
import { assertGroups, findIdentity, tell } from './identity.js';
import { identitiesOf, type IdentityRecord } from './records.js';

const newShape = {
  type: 'IdentitiesBearerPost',
  fields: { type: 'string', name: 'string', groups: 'strings' },
} as const;
const tokenShape = { type: 'IdentityBearerTokenPost', fields: { expiry: 'string' } } as const;

/** The milliseconds of the units that are always as long. */
const units = { S: 1000, M: 60_000, H: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

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

/** A token, which no earlier one outlives; nobody is let in with it here. */
async function issue(call: Call): Promise<Response> {
  const { state } = call;
  const one = bearer(call);
  const { expiry } = await call.body<{ expiry: string }>(tokenShape);
  one.expiresAt = new Date(after(state.clock.now(), expiry || '10y')).toISOString();
  const claims = { sub: one.id, exp: Math.floor(Date.parse(one.expiresAt) / 1000) };
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

/** The time after so many units, as LXD counts them. */
function after(from: number, expiry: string): number {
  const time = new Date(from);
  const seen = new Set<string>();
  for (const part of expiry.split(' ')) {
    const [, count, unit = ''] = /^(\d+)([SMHdwmy])$/.exec(part) ?? [];
    if (count === undefined || seen.has(unit)) throw new Refusal(500, 'Invalid expiry expression');
    seen.add(unit);
    if (unit === 'm') time.setUTCMonth(time.getUTCMonth() + Number(count));
    else if (unit === 'y') time.setUTCFullYear(time.getUTCFullYear() + Number(count));
    else time.setTime(time.getTime() + Number(count) * units[unit as keyof typeof units]);
  }
  return time.getTime();
}

export const bearerRoutes: Route[] = [
  {
    path: '/1.0/auth/identities/bearer/{nameOrID}/token',
    extension: 'auth_bearer_devlxd',
    POST: issue,
    DELETE: revoke,
  },
];
