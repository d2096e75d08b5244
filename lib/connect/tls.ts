import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { checkServerIdentity, createSecureContext, type PeerCertificate, type SecureContext } from 'node:tls';
import { CertificateError, InvalidInputError } from '../errors/index.js';
import type { ConnectOptions } from './options.js';
import { passphraseText } from './passphrase.js';
import { parseCertificates, parsePrivateKey } from './pem.js';
import { fingerprintsOf, pinMismatch } from './pin-mismatch.js';

/**
 * Options to spread into `tls.connect` or an `https.Agent`. Certificates, key and the least version, TLS 1.2, are
 * inside `secureContext`, where neither printing, JSON nor an agent's socket names (which spell a `key` out) show
 * them. Node knows sockets and sessions by less than these settings: never use them with a shared agent.
 */
export interface TlsSettings {
  secureContext: SecureContext;
  /** Said in any case, so that NODE_TLS_REJECT_UNAUTHORIZED has no say. */
  rejectUnauthorized: boolean;
  /**
   * Not asked for a resumed session, and need not be: Node hands a session out only after it was verified, and an
   * agent of the client's own resumes none but those of the same settings.
   */
  checkServerIdentity: (host: string, certificate: PeerCertificate) => Error | undefined;
  /** The host, or '' for an IP address, which SNI does not allow. */
  servername: string;
}

/** The certificates that the options pin: the first of `serverCert`. @throws InvalidInputError */
export function pinsOf({ serverCert }: ConnectOptions): X509Certificate[] {
  return serverCert === undefined ? [] : [parseCertificates(serverCert, 'serverCert')[0]];
}

/** How TLS to `host` proves who the server is and who we are; of several pins any is right. */
export function tlsSettings(
  options: ConnectOptions,
  host: string,
  pins: readonly X509Certificate[] = pinsOf(options),
): TlsSettings {
  const { verify } = options;
  return {
    secureContext: secureContext(options, pins),
    rejectUnauthorized: verify !== false,
    checkServerIdentity: pins.length > 0 ? isOneOf(pins) : verify === false ? () => undefined : isNamed,
    servername: isIP(host) ? '' : host,
  };
}

/** The names in a pinned certificate do not matter, its bytes do: LXD's own is made for the name of its machine. */
function isOneOf(pins: readonly X509Certificate[]): TlsSettings['checkServerIdentity'] {
  return (_host, certificate) => {
    const { raw } = (certificate ?? {}) as Partial<PeerCertificate>; // {} where the server shows none, null on Bun
    if (raw && pins.some((pin) => raw.equals(pin.raw))) return undefined;
    const offered = raw && new X509Certificate(raw);
    return new CertificateError(pinMismatch(pins, offered), fingerprintsOf(pins, offered));
  };
}

/** As Node checks it, which trips over a server that shows none. */
const isNamed: TlsSettings['checkServerIdentity'] = (host, certificate) => {
  if (certificate) return checkServerIdentity(host, certificate);
  return new CertificateError('the server shows no certificate: is this the port of the API?');
};

function secureContext(options: ConnectOptions, pins: readonly X509Certificate[]): SecureContext {
  const roots =
    pins.length > 0 ? pins : options.ca === undefined ? undefined : parseCertificates(options.ca, 'ca');
  const identity = clientIdentity(options);
  try {
    return createSecureContext({
      ...identity,
      // As in Go, what is passed is trusted, whether a root, an intermediate or the server's own certificate.
      ...(roots && { ca: roots.map(String), allowPartialTrustChain: true }),
      minVersion: 'TLSv1.2',
    });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new InvalidInputError(`TLS cannot use these certificates (${code ?? 'no reason given'})`);
  }
}

function clientIdentity({ clientCert, clientKey, passphrase }: ConnectOptions): {
  cert?: string;
  key?: string;
  passphrase?: string;
} {
  if (clientCert === undefined || clientKey === undefined) return {};
  const chain = parseCertificates(clientCert, 'clientCert');
  const opening = passphraseText(passphrase);
  const key = parsePrivateKey(clientKey, 'clientKey', opening);
  if (!chain[0].checkPrivateKey(key)) {
    throw new InvalidInputError(
      'clientKey is not the key of clientCert: pass the two that were made together',
    );
  }
  return {
    cert: chain.map(String).join(''),
    key: clientKey,
    ...(opening !== undefined && { passphrase: opening }),
  };
}
