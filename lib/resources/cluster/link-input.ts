import { InvalidInputError } from '../../errors/index.js';
import { assertNoNul, describe, type Json } from '../../orm/index.js';
import { certificateIn, spelt, wholeLength } from '../certificates/fingerprint.js';
import type { ClusterLinkInput, ClusterLinkType } from './link.js';

/** @throws InvalidInputError for a type that is none of these */
export function assertLinkType(type: unknown, known: readonly ClusterLinkType[], method: string): void {
  if ((known as readonly unknown[]).includes(type)) return;
  const list = known.map((one) => `'${one}'`).join(', ');
  throw new InvalidInputError(`${method}: type must be one of ${list}, not ${describe(type)}`);
}

/** @throws InvalidInputError for what is no list of names */
export function assertAuthGroups(groups: unknown): void {
  if (groups === undefined) return;
  const isName = (one: unknown) => typeof one === 'string' && one !== '';
  if (!Array.isArray(groups) || !groups.every(isName))
    throw new InvalidInputError('cluster link.authGroups must be a list of names');
  assertNoNul(groups, 'cluster link.authGroups');
}

/** What each type of link is made from, beside what all are. */
const parts = {
  bidirectional: { needs: ['token'], takes: ['authGroups'] },
  unidirectional: { needs: ['token'], takes: [] },
  public: { needs: ['remoteAddress', 'certificate'], takes: [] },
} as const;

/** What a link is made from, with its type, and the certificate as a fingerprint. @throws InvalidInputError */
export function assertLinkInput(input: ClusterLinkInput): ClusterLinkInput {
  const { type = 'bidirectional', certificate } = input;
  assertLinkType(type, Object.keys(parts), 'A new cluster link');
  const { needs, takes } = parts[type as keyof typeof parts];
  for (const name of ['token', 'authGroups', 'remoteAddress', 'certificate'] as const) {
    const value: unknown = input[name];
    const isNeeded = (needs as readonly string[]).includes(name);
    if (value !== undefined && !isNeeded && !(takes as readonly string[]).includes(name))
      throw new InvalidInputError(`A ${type} cluster link has no '${name}'`);
    if (isNeeded && (typeof value !== 'string' || value === ''))
      throw new InvalidInputError(
        `A ${type} cluster link needs ${needs.map((one) => `'${one}'`).join(' and ')}${type === 'public' ? '' : '; createToken() at the other cluster gives one'}`,
      );
    if (isNeeded) assertNoNul(value as Json, `cluster link.${name}`);
  }
  assertAuthGroups(input.authGroups);
  if (certificate === undefined) return { ...input, type };
  return { ...input, type, certificate: fingerprintIn(certificate) };
}

/** Of a PEM text, or as it is given. */
function fingerprintIn(given: string): string {
  const text = spelt(given);
  if (text.length === wholeLength && /^[0-9a-f]+$/.test(text)) return text;
  if (given.includes('-----BEGIN')) return certificateIn(given).fingerprint;
  throw new InvalidInputError(
    'cluster link.certificate must be PEM text, or the SHA-256 fingerprint of a certificate',
  );
}
