import { X509Certificate } from 'node:crypto';
import { Refusal } from '../../state/refusal.js';
import type { State } from '../../state/state.js';

/** A certificate as it is kept, by its fingerprint. */
export interface CertificateRecord {
  name: string;
  readonly type: string;
  restricted: boolean;
  projects: string[];
  /** PEM text. */
  certificate: string;
  description: string;
  fingerprint: string;
}

class Certificates {
  /** By their fingerprints, in the order in which they came. */
  readonly all = new Map<string, CertificateRecord>();
}

/** Whom the server trusts, beside those that `server.trust()` names. */
export function certificatesOf(state: State): Map<string, CertificateRecord> {
  return state.part(Certificates).all;
}

/** The one whose fingerprint begins so, in either case. */
export function findCertificate(state: State, asked: string): CertificateRecord {
  const found = [...certificatesOf(state).values()].filter(({ fingerprint }) =>
    fingerprint.startsWith(asked.toLowerCase()),
  );
  if (found.length > 1) throw new Refusal(500, 'More than one certificate matches');
  if (!found[0]) throw new Refusal(404, 'Certificate not found');
  return found[0];
}

/** Does the server let in who has shown this certificate? */
export function isTrusted(state: State, fingerprint: string | undefined): boolean {
  return certificatesOf(state).get(fingerprint ?? '')?.type === 'client';
}

export function fingerprintOf({ fingerprint256 }: X509Certificate): string {
  return fingerprint256.replaceAll(':', '').toLowerCase();
}

/** The certificate in base64, as a new one is sent. */
export function parseDer(text: string): X509Certificate {
  const plain = text.replace(/[\r\n]/g, '');
  const odd = plain.search(/[^A-Za-z0-9+/=]/);
  const at = odd >= 0 ? odd : plain.length % 4 === 0 ? -1 : plain.length - (plain.length % 4);
  if (at >= 0) throw new Refusal(400, `illegal base64 data at input byte ${String(at)}`);
  return parsed(Buffer.from(plain, 'base64'), 'Invalid certificate material: ');
}

/** @throws Refusal */
export function parsed(data: Buffer | string, prefix: string): X509Certificate {
  try {
    return new X509Certificate(data);
  } catch {
    throw new Refusal(400, `${prefix}x509: malformed certificate`);
  }
}

/** As it is called without a name. */
export function commonNameOf({ subject }: X509Certificate): string {
  return /^CN=(.*)$/m.exec(subject)?.[1] ?? '';
}
