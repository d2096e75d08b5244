import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { checkServerIdentity, createSecureContext, type PeerCertificate, type SecureContext } from 'node:tls';
import { CertificateError, InvalidInputError } from '../errors/index.js';
import type { ConnectOptions } from './options.js';
import { fingerprint, parseCertificates, parsePrivateKey } from './pem.js';

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

/** How TLS to `host` proves who the server is and who we are. */
export function tlsSettings(options: ConnectOptions, host: string): TlsSettings {
  const { serverCert, verify } = options;
  const pin = serverCert === undefined ? undefined : parseCertificates(serverCert, 'serverCert')[0];
  return {
    secureContext: secureContext(options, pin),
    rejectUnauthorized: verify !== false,
    checkServerIdentity: pin ? isExactly(pin) : verify === false ? () => undefined : isNamed,
    servername: isIP(host) ? '' : host,
  };
}

/** What to say of a server that shows another certificate than the pinned one. */
export function pinMismatch(pinned: string, shown: string | undefined): string {
  return (
    `the server shows another certificate${shown ? ` (SHA-256 ${shown})` : ''} than serverCert (SHA-256 ${pinned}). ` +
    'If it was renewed, compare with certificate_fingerprint of `lxc info` or `incus info` on the server and pass ' +
    'the new text as serverCert; if it was not, somebody else answers there'
  );
}

/** The names in a pinned certificate do not matter, its bytes do: LXD's own is made for the name of its machine. */
function isExactly(pin: X509Certificate): TlsSettings['checkServerIdentity'] {
  return (_host, certificate) => {
    const { raw } = (certificate ?? {}) as Partial<PeerCertificate>; // {} where the server shows none, null on Bun
    if (raw?.equals(pin.raw)) return undefined;
    return new CertificateError(pinMismatch(fingerprint(pin), raw && fingerprint(certificate)));
  };
}

/** As Node checks it, which trips over a server that shows none. */
const isNamed: TlsSettings['checkServerIdentity'] = (host, certificate) => {
  if (certificate) return checkServerIdentity(host, certificate);
  return new CertificateError('the server shows no certificate: is this the port of the API?');
};

function secureContext(options: ConnectOptions, pin: X509Certificate | undefined): SecureContext {
  const roots = pin ? [pin] : options.ca === undefined ? undefined : parseCertificates(options.ca, 'ca');
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

/** @throws InvalidInputError, which does not show what it may be */
function passphraseText(passphrase: unknown): string | undefined {
  if (passphrase === undefined || typeof passphrase === 'string') return passphrase;
  if (typeof passphrase !== 'function') throw new InvalidInputError('passphrase must be text, or a function');
  throw new InvalidInputError(
    'passphrase is a function, for which only Client.connect() can wait: pass text',
  );
}
