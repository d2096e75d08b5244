import 'reflect-metadata'; // @peculiar/x509 needs it
import { KeyObject } from 'node:crypto';
import { X509CertificateGenerator } from '@peculiar/x509';

/** A certificate and its private key, both as PEM text. */
export interface KeyPair {
  cert: string;
  key: string;
}

/** A self-signed certificate for one day, of the kind that `lxc remote add` makes for its user. */
export async function selfSignedCertificate(commonName: string): Promise<KeyPair> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const hour = 3600 * 1000;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${commonName}`,
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - hour),
    notAfter: new Date(Date.now() + 23 * hour),
  });
  return {
    cert: certificate.toString('pem'),
    key: KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
