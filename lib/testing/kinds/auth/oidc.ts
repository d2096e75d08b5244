import { settingsOf } from '../server/settings.js';
import type { State } from '../../state/state.js';

/** Says whose access token this is; nobody's, without an answer. */
export type TokenHandler = (token: string) => string | undefined;

/** Whoever has this extension says the scopes. Incus 6.0.4 has some, and does not tell. */
const saysScopes = { lxd: 'oidc_scopes', incus: 'oidc_allowed_subnets' };

class Provider {
  handler: TokenHandler | undefined;
}

/** Has access tokens be known by this, in the place of a provider. */
export function knowTokens(state: State, handler: TokenHandler): void {
  state.part(Provider).handler = handler;
}

/** Where to log in, in the headers of a server that has a provider. */
export function oidcHeaders(state: State): Record<string, string> | undefined {
  const { product } = state;
  const { config } = settingsOf(state);
  const { 'oidc.issuer': issuer, 'oidc.client.id': clientid, 'oidc.audience': audience = '' } = config;
  if (!issuer || !clientid || !product.extensions.includes('oidc')) return undefined;
  const isLxd = product.name === 'lxd';
  const scopes =
    config['oidc.scopes'] ?? (isLxd ? 'openid,email,offline_access,profile' : 'openid,offline_access');
  const said = {
    ...{ issuer, clientid, audience },
    ...(isLxd && { 'groups-claim': config['oidc.groups.claim'] ?? '' }),
    ...(product.extensions.includes(saysScopes[product.name]) && {
      scopes: isLxd ? JSON.stringify(scopes.split(/[, ]+/)) : scopes,
    }),
  };
  return Object.fromEntries(
    Object.entries(said).map(([name, value]) => [`${product.headerPrefix}oidc-${name}`, value]),
  );
}

/** Whose token this is, or what is wrong with it; nothing, where nobody looks at tokens. */
export function bearerOf(
  state: State,
  authorization: string,
): { name: string } | { problem: string } | undefined {
  if (!oidcHeaders(state)) return undefined;
  const [before, token, ...more] = authorization.split('Bearer ');
  if (before !== '' || !token || more.length > 0)
    return { problem: 'Bad authorization token, expected a Bearer token' };
  const name = state.part(Provider).handler?.(token);
  if (name !== undefined) return { name };
  const isWhole = token.split('.').length === 3;
  return {
    problem: isWhole
      ? 'invalid signature (unable to validate signature: no possible keys matches)'
      : 'parsing of request failed: token contains an invalid number of segments',
  };
}
