import { createPrivateKey, createPublicKey, webcrypto, X509Certificate, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import type { Extension } from '@peculiar/x509';

/** A certificate and its private key, both PEM. */
export interface MadeCertificate {
  cert: string;
  key: string;
}

/** What a certificate to be made is for. */
export interface CertificateRequest {
  commonName: string;
  /** Signs it, and must have been made with `ca: true`; self-signed without. */
  issuer?: MadeCertificate;
  /** May sign others. */
  ca?: boolean;
  /** Host names and IP addresses; none: no such extension. */
  altNames?: readonly string[];
  /** A day ago by default. */
  notBefore?: Date;
  /** A day from now by default. */
  notAfter?: Date;
  /** Made for this key instead of a new one. */
  sameKeyAs?: MadeCertificate;
  curve?: 'P-256' | 'P-384';
}

const day = 86_400_000;

/** Makes an ECDSA certificate as LXD and Incus do. */
export async function makeCertificate(request: CertificateRequest): Promise<MadeCertificate> {
  // Only who makes one pays: it takes longer to load than the SDK.
  await import('reflect-metadata'); // which the other needs before itself
  const x509 = await import('@peculiar/x509');
  const { commonName, issuer, altNames = [], curve = 'P-256' } = request;
  const keys = request.sameKeyAs ? await keysOf(request.sameKeyAs) : await newKeys(curve);
  const extensions: Extension[] = [new x509.BasicConstraintsExtension(request.ca ?? false, undefined, true)];
  if (altNames.length > 0) {
    extensions.push(
      new x509.SubjectAlternativeNameExtension(
        altNames.map((value) => ({ type: isIP(value) ? 'ip' : 'dns', value })),
      ),
    );
  }
  const common = {
    notBefore: request.notBefore ?? new Date(Date.now() - day),
    notAfter: request.notAfter ?? new Date(Date.now() + day),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-384' },
    extensions,
  };
  const certificate = issuer
    ? await x509.X509CertificateGenerator.create({
        ...common,
        subject: `CN=${commonName}`,
        issuer: new x509.X509Certificate(issuer.cert).subject,
        publicKey: keys.publicKey,
        signingKey: (await keysOf(issuer)).privateKey,
      })
    : await x509.X509CertificateGenerator.createSelfSigned({ ...common, name: `CN=${commonName}`, keys });
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    cert: `${certificate.toString('pem')}\n`,
    key: `${x509.PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n`,
  };
}

const algorithm = (namedCurve: string) => ({ name: 'ECDSA', namedCurve });

async function newKeys(curve: string): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm(curve), true, ['sign', 'verify']);
}

async function keysOf({ key }: MadeCertificate): Promise<webcrypto.CryptoKeyPair> {
  const pair = createPrivateKey(key);
  const read = async (object: KeyObject, usage: 'sign' | 'verify') => {
    const jwk = object.export({ format: 'jwk' }) as webcrypto.JsonWebKey;
    return webcrypto.subtle.importKey('jwk', jwk, algorithm(jwk.crv ?? ''), true, [usage]);
  };
  return { privateKey: await read(pair, 'sign'), publicKey: await read(createPublicKey(pair), 'verify') };
}

/** The SHA-256 fingerprint as the servers print it. */
export function fingerprintOf({ cert }: MadeCertificate): string {
  return new X509Certificate(cert).fingerprint256.replaceAll(':', '').toLowerCase();
}
