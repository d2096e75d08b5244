import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { InvalidInputError } from '../errors/index.js';

const certificateBlock = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** The certificates of a PEM text, at least one. No message repeats the text: a key may be in the wrong place. */
export function parseCertificates(text: unknown, option: string): [X509Certificate, ...X509Certificate[]] {
  const pem = assertPem(text, option);
  const [first, ...rest] = pem.match(certificateBlock) ?? [];
  if (first === undefined) {
    const what = pem.includes('PRIVATE KEY-----') ? 'holds a private key' : 'holds no certificate';
    throw new InvalidInputError(`${option} ${what}: pass the text that begins -----BEGIN CERTIFICATE-----`);
  }
  const parse = (block: string) => {
    try {
      return new X509Certificate(block);
    } catch (error) {
      throw new InvalidInputError(`${option} is not a readable certificate: is the text whole?`, error);
    }
  };
  return [parse(first), ...rest.map(parse)];
}

/** Is this the PEM text of a key that a passphrase opens? */
export function isEncrypted(text: unknown): boolean {
  return typeof text === 'string' && text.includes('PRIVATE KEY-----') && text.includes('ENCRYPTED');
}

/** The private key of a PEM text, opened by the passphrase if it is encrypted. */
export function parsePrivateKey(text: unknown, option: string, passphrase?: string): KeyObject {
  const pem = assertPem(text, option);
  if (!pem.includes('PRIVATE KEY-----')) {
    throw new InvalidInputError(
      `${option} holds no private key: pass the text that begins -----BEGIN PRIVATE KEY-----`,
    );
  }
  const encrypted = isEncrypted(pem);
  if (encrypted && passphrase === undefined) {
    throw new InvalidInputError(
      `${option} is encrypted: pass passphrase, or decrypt it, e.g. with openssl pkey -in client.key`,
    );
  }
  if (pem.includes('OPENSSH PRIVATE KEY-----')) {
    throw new InvalidInputError(
      `${option} is a key of OpenSSH's own form: convert it by ssh-keygen -p -m PEM`,
    );
  }
  try {
    return createPrivateKey({ key: pem, ...(encrypted && { passphrase }) });
  } catch {
    // No cause: nothing that has read a key goes into an error.
    const question = encrypted ? 'is the passphrase right, and the text whole?' : 'is the text whole?';
    throw new InvalidInputError(`${option} is not a readable private key: ${question}`);
  }
}

/** A certificate's SHA-256 fingerprint as `lxc info` and `incus info` print it. */
export function fingerprint(certificate: { fingerprint256: string }): string {
  return certificate.fingerprint256.replaceAll(':', '').toLowerCase();
}

/** Do two PEM texts begin with the same certificate? What cannot be read is another one. */
export function isSameCertificate(one: string, other: string): boolean {
  try {
    return parseCertificates(one, 'one')[0].raw.equals(parseCertificates(other, 'other')[0].raw);
  } catch {
    return false;
  }
}

/** Why the dates of our certificate keep it from being good now, and what to do; undefined if they do not. */
export function datesTrouble({ validFrom, validTo }: X509Certificate): string | undefined {
  const now = Date.now();
  if (Date.parse(validTo) < now) {
    return `clientCert has expired on ${validTo}: make a new one, e.g. by createIdentity(), and have it trusted`;
  }
  return Date.parse(validFrom) > now
    ? `clientCert is not valid before ${validFrom}: is the clock right here?`
    : undefined;
}

function assertPem(text: unknown, option: string): string {
  if (typeof text === 'string' && text.includes('-----BEGIN ')) return text;
  throw new InvalidInputError(
    `${option} must be PEM text (-----BEGIN …), not a path or a Buffer: pass the file's text, await readFile(path, 'utf8')`,
  );
}
