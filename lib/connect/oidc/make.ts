import type { ConnectOptions } from '../options.js';
import type { Authorization, Surroundings } from './authorization.js';
import { parseProxy, proxyOption } from '../proxy/server.js';
import { BearerToken } from './bearer.js';
import { ClientJwt } from './jwt.js';
import { OidcLogin } from './login.js';

/** The way to say who we are that the options choose; undefined for a certificate alone. */
export function authorizationOf(options: ConnectOptions, around: Surroundings): Authorization | undefined {
  const { bearer, clientJwt, oidc, proxy } = options;
  if (bearer !== undefined) return new BearerToken(bearer, around);
  if (clientJwt === true) return new ClientJwt(options);
  if (oidc === undefined) return undefined;
  const way = typeof proxy === 'string' ? parseProxy(proxy, proxyOption) : proxy;
  return new OidcLogin({ ...oidc, proxy: way }, around);
}
