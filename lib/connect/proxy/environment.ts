import { isIPv4 } from 'node:net';
import type { Endpoint, HttpsEndpoint } from '../endpoint.js';
import { parseProxy, type ProxyServer } from './server.js';

/** What names a proxy for HTTPS, the first that is set; in the order of proxy-from-env. */
const variables = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'] as const;

/**
 * The proxy on the way to an endpoint, if any: the option's, else that of the environment, which has none for this machine
 * itself, as in Go, nor for what `NO_PROXY` names. @throws InvalidInputError for a variable that names no proxy
 */
export async function proxyFor({ origin, proxy }: HttpsEndpoint): Promise<ProxyServer | undefined> {
  if (proxy !== undefined) return proxy || undefined;
  const variable = variables.find((name) => process.env[name]);
  if (variable === undefined || isThisMachine(new URL(origin).hostname)) return undefined;
  // Loaded by those who have a proxy. It decides, but takes a proxy without a scheme for one that is encrypted.
  const { getProxyForUrl } = await import('proxy-from-env');
  return getProxyForUrl(origin) === '' ? undefined : parseProxy(process.env[variable], variable);
}

/** An endpoint that knows its way. @throws InvalidInputError as `proxyFor` */
export async function routed(endpoint: Endpoint): Promise<Endpoint> {
  if (endpoint.kind === 'unix') return endpoint;
  return { ...endpoint, proxy: (await proxyFor(endpoint)) ?? false };
}

function isThisMachine(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isIPv4(host)) return host.startsWith('127.');
  return host === 'localhost' || host === '::1' || host.startsWith('::ffff:7f');
}
