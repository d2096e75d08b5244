import type { X509Certificate } from 'node:crypto';
import type { Product } from './options.js';
import type { ProxyServer } from './proxy/server.js';
import type { TlsSettings } from './tls.js';

/** A server on this machine. */
export interface UnixEndpoint {
  kind: 'unix';
  socketPath: string;
  /** Which server is expected there, where the place tells. */
  product?: Product;
  /** The only project that the user's own socket of Incus serves: `user-<uid>`. */
  project?: string;
}

/** A server on the network. */
export interface HttpsEndpoint {
  kind: 'https';
  /** `https://host:port`, always with its port. */
  origin: string;
  tls: TlsSettings;
  /** The certificates of which the server must show one: the pinned one, and beside it the one that is to replace it. */
  pins?: readonly X509Certificate[];
  /** Our certificate, if we have one. */
  own?: X509Certificate;
  /** The proxy on the way, or none; undefined as long as the environment was not asked. */
  proxy?: ProxyServer | false;
}

/** Where the server is, and how to prove to each other who we are. */
export type Endpoint = UnixEndpoint | HttpsEndpoint;

/** The endpoint for messages: the socket's path or the origin, nothing secret. */
export function describeEndpoint(endpoint: Endpoint): string {
  return endpoint.kind === 'unix' ? endpoint.socketPath : endpoint.origin;
}

/** The same with the proxy on the way, if there is one. */
export function describeRoute(endpoint: Endpoint): string {
  const proxy = endpoint.kind === 'https' && endpoint.proxy;
  return proxy ? `${describeEndpoint(endpoint)} through ${proxy.description}` : describeEndpoint(endpoint);
}
