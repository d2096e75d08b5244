import type { X509Certificate } from 'node:crypto';
import { InvalidInputError } from '../errors/index.js';
import { parseAddress, validSocketPath, type HttpsAddress } from './address.js';
import type { Endpoint, HttpsEndpoint } from './endpoint.js';
import { assertAuthorization, authorizations, type AuthorizationOptions } from './oidc/options.js';
import { parseCertificates } from './pem.js';
import { parseProxy, proxyOption } from './proxy/server.js';
import { pinsOf, tlsSettings } from './tls.js';
import type { AcceptCertificate } from './trust/first-use.js';

/** The two hypervisors. */
export type Product = 'lxd' | 'incus';

/** What opens an encrypted key: text, or a function that is given the key's file, or `'clientKey'`, when it is needed. */
export type Passphrase = string | ((key: string) => string | Promise<string>);

/** Where the server is and who we are. Without any of it the local server is searched. */
export interface ConnectOptions extends AuthorizationOptions {
  /** Absolute path of the server's unix socket. */
  socketPath?: string | undefined;
  /**
   * `https://host[:port]` (8443 without a port); also `unix:///path`, and `unix://` for the search. Of a list, all of the
   * same server or cluster, the first that answers is taken when the client connects.
   */
  endpoint?: string | readonly string[] | undefined;
  /**
   * Our certificate as PEM text; with its intermediate certificates, if it has any. Where both are left out,
   * `Client.connect()` takes those of `lxc` or `incus`, if there are any.
   */
  clientCert?: string | undefined;
  /** The private key of `clientCert` as PEM text. */
  clientKey?: string | undefined;
  /** What opens the key, if it is encrypted; a function for `Client.connect()` only. */
  passphrase?: Passphrase | undefined;
  /** The server's certificate as PEM text: that very certificate must be shown, whatever names it has. */
  serverCert?: string | undefined;
  /** The certificates, as PEM text, one of which must have signed the server's; its host name is checked. */
  ca?: string | undefined;
  /** `false` accepts whoever answers. */
  verify?: boolean | undefined;
  /**
   * Trust on first use: asked, with `{ fingerprint, pem, subject, validTo }`, whether this is the right server. What it has
   * accepted is pinned as `serverCert`, for websockets too, and is in `client.credentials()`; for what it refuses, requests
   * reject with a CertificateError. Not asked where `serverCert` or `ca`, given or of a remote, knows the server already;
   * else always, also about a certificate that one of Node's list of authorities has signed. Nothing is sent before.
   */
  acceptCertificate?: AcceptCertificate | undefined;
  /**
   * The proxy through which the server is reached over HTTPS, `http://[user:password@]host:port`; `false` for none, whatever
   * the environment says. Without it `HTTPS_PROXY` and `ALL_PROXY` count, but for `NO_PROXY` and for this machine itself
   * (localhost, 127.0.0.0/8, ::1). TLS goes end to end: the proxy reads nothing of it.
   */
  proxy?: string | false | undefined;
}

/** The endpoints that the options name, in order; none = search. Contradictions are an `InvalidInputError`. */
export function endpointsFromOptions(options: ConnectOptions): Endpoint[] {
  const { endpoint } = options;
  if (!Array.isArray(endpoint)) return [endpointFromOptions(options)].filter((one) => one !== undefined);
  if (endpoint.length === 0) throw new InvalidInputError('endpoint is an empty list: name a server');
  const endpoints = endpoint.map((one: string) => endpointFromOptions({ ...options, endpoint: one }));
  const named = endpoints.filter((one) => one !== undefined);
  if (endpoints.length > 1 && named.length < endpoints.length) {
    throw new InvalidInputError("endpoint 'unix://' means a search, and cannot be one of several");
  }
  return named;
}

/** The one endpoint that the options name. */
export function endpointFromOptions(options: ConnectOptions): Endpoint | undefined {
  const { socketPath, endpoint } = options;
  if (socketPath !== undefined && endpoint !== undefined) {
    throw new InvalidInputError('socketPath and endpoint name two servers: pass one of them');
  }
  const address =
    endpoint === undefined
      ? socketPath === undefined
        ? undefined
        : { socketPath: validSocketPath(socketPath, 'socketPath') }
      : parseAddress(endpoint);

  if (!address || 'socketPath' in address) {
    const given = tlsOptionGiven(options);
    if (given) {
      const where = address ? 'a unix socket has none' : 'no https endpoint is named';
      throw new InvalidInputError(`${given} is for TLS, but ${where}: pass endpoint: 'https://host:8443'`);
    }
    return address && { kind: 'unix', socketPath: address.socketPath };
  }

  return httpsEndpoint(address, options);
}

/** The address of an endpoint, with other proofs of who is who. */
export function endpointWith(
  { origin, proxy }: Pick<HttpsEndpoint, 'origin' | 'proxy'>,
  options: ConnectOptions,
  /** Certificates that are as right as the pinned one. */
  beside: readonly X509Certificate[] = [],
): HttpsEndpoint {
  const host = new URL(origin).hostname.replace(/^\[|\]$/g, '');
  const made = httpsEndpoint({ origin, host }, options, beside);
  return proxy === undefined ? made : { ...made, proxy };
}

function httpsEndpoint(
  { origin, host }: HttpsAddress,
  options: ConnectOptions,
  beside: readonly X509Certificate[] = [],
): HttpsEndpoint {
  assertConsistent(options);
  const pins = [...pinsOf(options), ...beside];
  const tls = tlsSettings(options, host, pins);
  const own =
    options.clientCert === undefined ? undefined : parseCertificates(options.clientCert, 'clientCert')[0];
  const proxy =
    options.proxy === undefined || options.proxy === false
      ? options.proxy
      : parseProxy(options.proxy, proxyOption);
  return { kind: 'https', origin, tls, pins, ...(own && { own }), ...(proxy !== undefined && { proxy }) };
}

const tlsOptions = [
  ...(['clientCert', 'clientKey', 'passphrase'] as const),
  ...(['serverCert', 'ca', 'acceptCertificate'] as const),
];

function tlsOptionGiven(options: ConnectOptions): string | undefined {
  const given = tlsOptions.find((name) => options[name] !== undefined) ?? authorizations(options)[0];
  // `verify: true` asks for nothing that is not so anyway.
  if (given) return given;
  if (options.verify === false) return 'verify: false';
  return options.proxy === undefined || options.proxy === false ? undefined : 'proxy';
}

function assertConsistent(options: ConnectOptions): void {
  const { clientCert, clientKey, passphrase, serverCert, ca, verify, acceptCertificate } = options;
  if (acceptCertificate !== undefined && typeof acceptCertificate !== 'function') {
    throw new InvalidInputError('acceptCertificate must be a function that returns true or false');
  }
  if (acceptCertificate !== undefined && verify === false) {
    throw new InvalidInputError('verify: false asks nobody, not even acceptCertificate: pass one of them');
  }
  if (verify !== undefined && typeof verify !== 'boolean') {
    throw new InvalidInputError('verify must be true or false'); // 'false' from an environment must not pass for true
  }
  if (clientCert === undefined && clientKey !== undefined) {
    throw new InvalidInputError('clientKey without clientCert: pass the certificate that the key belongs to');
  }
  if (clientCert !== undefined && clientKey === undefined) {
    throw new InvalidInputError('clientCert without clientKey: pass the private key of that certificate');
  }
  if (passphrase !== undefined && clientKey === undefined) {
    throw new InvalidInputError('passphrase without clientKey: pass the key that it opens');
  }
  if (serverCert !== undefined && ca !== undefined) {
    throw new InvalidInputError('serverCert and ca are two ways to know the server: pass one of them');
  }
  if (verify === false && (serverCert ?? ca) !== undefined) {
    const given = serverCert === undefined ? 'ca' : 'serverCert';
    throw new InvalidInputError(`${given} is what to verify, verify: false is not to: pass one of them`);
  }
  assertAuthorization(options);
}
