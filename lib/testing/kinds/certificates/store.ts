import { X509Certificate } from 'node:crypto';
import { InvalidInputError } from '../../../errors/index.js';
import type { Call } from '../../http/call.js';
import { fingerprintOf } from '../../http/certificate.js';
import type { FieldKind } from '../../http/decode.js';
import type { TrustOptions } from '../../http/network.js';
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

/** What a body can say of one. */
export const fields = {
  ...{ name: 'string', type: 'string', restricted: 'bool', projects: 'strings' },
  ...{ certificate: 'string', description: 'string' },
} as const satisfies Record<string, FieldKind>;

export type Body = Partial<Omit<CertificateRecord, 'fingerprint'>>;

class Certificates {
  /** By their fingerprints, in the order in which they came. */
  readonly all = new Map<string, CertificateRecord>();
}

/** Whom the server trusts. */
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

/** Puts a certificate into the trust store. @throws InvalidInputError for what is none */
export function trust(state: State, pem: string, { name, projects }: TrustOptions): void {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    throw new InvalidInputError('FakeServer.trust: the certificate must be PEM text');
  }
  add(state, certificate, {
    ...{ name: name ?? '', type: 'client', description: '' },
    ...{ restricted: projects !== undefined, projects: [...(projects ?? [])] },
  });
}

/** Keeps a certificate, under its fingerprint; without a name it is called as its common name is. */
export function add(
  state: State,
  certificate: X509Certificate,
  what: Omit<CertificateRecord, 'certificate' | 'fingerprint'>,
): string {
  const fingerprint = fingerprintOf(certificate);
  const name = what.name || commonNameOf(certificate);
  certificatesOf(state).set(fingerprint, {
    ...{ ...what, name, certificate: certificate.toString(), fingerprint },
  });
  return fingerprint;
}

/** The certificate in base64, as a new one is sent. */
export function parseDer(text: string): X509Certificate {
  return parsed(decodeBase64(text), 'Invalid certificate material: ');
}

/** Bytes in base64, as Go reads them. @throws Refusal */
export function decodeBase64(text: string): Buffer {
  const plain = text.replace(/[\r\n]/g, '');
  const odd = plain.search(/[^A-Za-z0-9+/=]/);
  const at = odd >= 0 ? odd : plain.length % 4 === 0 ? -1 : plain.length - (plain.length % 4);
  if (at >= 0) throw new Refusal(400, `illegal base64 data at input byte ${String(at)}`);
  return Buffer.from(plain, 'base64');
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
function commonNameOf({ subject }: X509Certificate): string {
  return /^CN=(.*)$/m.exec(subject)?.[1] ?? '';
}

/** @throws Refusal */
export function assertProjects({ state }: Call, projects: readonly string[]): void {
  if (!projects.every((name) => state.projects.has(name))) throw new Refusal(404, 'Project not found');
}

/** Tells of what was done to one. */
export function tell({ state }: Call, past: string, fingerprint: string): void {
  state.lifecycle('default', `certificate-${past}`, ['certificates', fingerprint]);
}
