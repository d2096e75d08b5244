import { InvalidInputError } from '../errors/index.js';
import { parseAddress, validSocketPath } from './address.js';
import type { Endpoint } from './endpoint.js';
import { fingerprint, parseCertificates } from './pem.js';
import { tlsSettings } from './tls.js';

/** The two hypervisors. */
export type Product = 'lxd' | 'incus';

/** Where the server is and who we are. Without any of it the local server is searched. */
export interface ConnectOptions {
  /** Absolute path of the server's unix socket. */
  socketPath?: string | undefined;
  /** `https://host[:port]` (8443 without a port); also `unix:///path`, and `unix://` for the search. */
  endpoint?: string | undefined;
  /** Our certificate as PEM text; with its intermediate certificates, if it has any. */
  clientCert?: string | undefined;
  /** The private key of `clientCert` as PEM text, not encrypted. */
  clientKey?: string | undefined;
  /** The server's certificate as PEM text: that very certificate must be shown, whatever names it has. */
  serverCert?: string | undefined;
  /** The certificates, as PEM text, one of which must have signed the server's; its host name is checked. */
  ca?: string | undefined;
  /** `false` accepts whoever answers. */
  verify?: boolean | undefined;
}

/** The endpoint that the options name; undefined = search. Contradictions are an `InvalidInputError`. */
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

  assertConsistent(options);
  const tls = tlsSettings(options, address.host);
  const pinned = options.serverCert && fingerprint(parseCertificates(options.serverCert, 'serverCert')[0]);
  return { kind: 'https', origin: address.origin, tls, ...(pinned && { pinned }) };
}

const tlsOptions = ['clientCert', 'clientKey', 'serverCert', 'ca'] as const;

function tlsOptionGiven(options: ConnectOptions): string | undefined {
  const given = tlsOptions.find((name) => options[name] !== undefined);
  // `verify: true` asks for nothing that is not so anyway.
  return given ?? (options.verify === undefined || options.verify ? undefined : 'verify: false');
}

function assertConsistent({ clientCert, clientKey, serverCert, ca, verify }: ConnectOptions): void {
  if (verify !== undefined && typeof verify !== 'boolean') {
    throw new InvalidInputError('verify must be true or false'); // 'false' from an environment must not pass for true
  }
  if (clientCert === undefined && clientKey !== undefined) {
    throw new InvalidInputError('clientKey without clientCert: pass the certificate that the key belongs to');
  }
  if (clientCert !== undefined && clientKey === undefined) {
    throw new InvalidInputError('clientCert without clientKey: pass the private key of that certificate');
  }
  if (serverCert !== undefined && ca !== undefined) {
    throw new InvalidInputError('serverCert and ca are two ways to know the server: pass one of them');
  }
  if (verify === false && (serverCert ?? ca) !== undefined) {
    const given = serverCert === undefined ? 'ca' : 'serverCert';
    throw new InvalidInputError(`${given} is what to verify, verify: false is not to: pass one of them`);
  }
}
