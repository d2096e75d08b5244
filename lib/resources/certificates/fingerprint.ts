import { fingerprint, parseCertificates } from '../../connect/pem.js';
import { InvalidInputError } from '../../errors/index.js';

/** Of a fingerprint. */
export const wholeLength = 64;

/** A fingerprint as servers spell it; openssl and Node print capitals and colons. */
export const spelt = (key: string): string => key.replaceAll(':', '').toLowerCase();

/** The certificate in a PEM text, as servers write it, and its fingerprint. @throws InvalidInputError */
export function certificateIn(pem: unknown): { certificate: string; fingerprint: string } {
  const [parsed] = parseCertificates(pem, 'certificate');
  return { certificate: parsed.toString(), fingerprint: fingerprint(parsed) };
}

/** @throws InvalidInputError for the fingerprint of another certificate */
export function assertSame(asked: unknown, shown: string): void {
  if (typeof asked === 'string' && spelt(asked) === shown) return;
  throw new InvalidInputError(
    `The fingerprint of this certificate is ${shown}, and not ${typeof asked === 'string' ? `'${asked}'` : typeof asked}`,
  );
}
