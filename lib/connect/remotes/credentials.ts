import { inspect } from 'node:util';
import { hidden } from '../../errors/index.js';
import { describeEndpoint, type Endpoint } from '../endpoint.js';
import type { ConnectOptions } from '../options.js';

/**
 * What it takes to be the same client elsewhere, or later, but for a proxy and for functions; `clientKey`, `passphrase` and
 * `bearer` are secrets. Plain JSON, whose secrets `console.log()` does not show.
 */
export interface Credentials {
  /** `https://host:port`, or `unix:///path`. */
  endpoint: string | readonly string[];
  clientCert?: string | undefined;
  clientKey?: string | undefined;
  /** Of a key that is encrypted, if it was given as text: what a function said is not handed out. */
  passphrase?: string | undefined;
  serverCert?: string | undefined;
  ca?: string | undefined;
  verify?: boolean | undefined;
  /** A token that is text; a function is not JSON, and left out, as `oidc` is. */
  bearer?: string | undefined;
  clientJwt?: boolean | undefined;
}

const kept = [
  'clientCert',
  'clientKey',
  'passphrase',
  'serverCert',
  'ca',
  'verify',
  'bearer',
  'clientJwt',
] as const;

/** The credentials of a connection. */
export function credentialsOf(way: { endpoint: Endpoint; options: ConnectOptions } | undefined): Credentials {
  if (way === undefined) return { endpoint: 'unix://' };
  const { endpoint, options } = way;
  const address = describeEndpoint(endpoint);
  if (endpoint.kind === 'unix') return { endpoint: `unix://${address}` };
  const given = kept.flatMap((name) => (isPlain(options[name]) ? [[name, options[name]]] : []));
  return quiet({ endpoint: address, ...(Object.fromEntries(given) as Partial<Credentials>) });
}

function isPlain(value: unknown): boolean {
  return value !== undefined && typeof value !== 'function';
}

/** Prints without its secrets, by a property that neither JSON nor a spread takes along. */
function quiet(credentials: Credentials): Credentials {
  const shown = { ...credentials };
  for (const name of ['clientKey', 'passphrase', 'bearer'] as const) if (name in shown) shown[name] = hidden;
  return Object.defineProperty(credentials, inspect.custom, { value: () => shown });
}
