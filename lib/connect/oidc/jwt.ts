import { sign, type KeyObject } from 'node:crypto';
import { UnsupportedError } from '../../errors/index.js';
import type { ConnectOptions } from '../options.js';
import { passphraseText } from '../passphrase.js';
import { fingerprint, parseCertificates, parsePrivateKey } from '../pem.js';
import type { Authorization, Proof } from './authorization.js';

/** How long a token of ours is good, in s; and for how long before it is made, since clocks differ. */
const lifetime = 600;
const skew = 60;

/** As long as it may take until something is sent with a token, in ms. */
const whileYet = 30_000;

/** Incus's token of the client's own key (`auth_tls_jwt`), made anew when half of its time is over. */
export class ClientJwt implements Authorization {
  readonly mayRenew = false;
  readonly #key: KeyObject;
  readonly #subject: string;
  #made: { proof: Proof; until: number } | undefined;

  constructor({ clientCert, clientKey, passphrase }: ConnectOptions) {
    this.#key = parsePrivateKey(clientKey, 'clientKey', passphraseText(passphrase));
    this.#subject = fingerprint(parseCertificates(clientCert, 'clientCert')[0]);
    algorithmOf(this.#key); // what no token can be signed with is said now
  }

  headers(): Proof {
    const now = Date.now() / 1000;
    if (this.#made === undefined || now >= this.#made.until || now < this.#made.until - lifetime) {
      const proof = { authorization: `Bearer ${clientToken(this.#subject, this.#key, now)}` };
      this.#made = { proof, until: now + lifetime / 2 };
    }
    return this.#made.proof;
  }

  lasts(): boolean {
    return true;
  }

  heard(): void {
    // nothing in an answer changes it
  }

  renewed(): Promise<boolean> {
    return Promise.resolve(false);
  }

  greeted(): void {
    // who is not known hears so when something is asked
  }
}

/**
 * A token, signed. Incus 6.0 reads the JSON and writes it again before it verifies, in an order of its own: `alg, typ` and
 * `iss sub aud exp nbf iat jti`, and no others. So this order is not a matter of taste.
 */
export function clientToken(subject: string, key: KeyObject, now: number): string {
  const { alg, hash } = algorithmOf(key);
  const second = Math.floor(now);
  const claims = { sub: subject, exp: second + lifetime, nbf: second - skew };
  const signed = `${encoded({ alg, typ: 'JWT' })}.${encoded(claims)}`;
  const signature = sign(hash, Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

/** The time at which a token expires, in s since 1970, if it is one that says so. */
export function expiryOf(token: string): number | undefined {
  const exp = claimsOf(token)?.exp;
  return typeof exp === 'number' ? exp : undefined;
}

/** Whether a token says that it is good for a while yet. */
export function isLasting(token: string): boolean {
  const expiry = expiryOf(token);
  return expiry !== undefined && expiry * 1000 > Date.now() + whileYet;
}

/** What a token says, unverified; undefined for what is not a JWT. */
export function claimsOf(token: string): Record<string, unknown> | undefined {
  const [, payload, signature] = token.split('.');
  if (payload === undefined || signature === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    return typeof claims === 'object' && claims !== null ? (claims as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const curves: Partial<Record<string, { alg: string; hash: string }>> = {
  prime256v1: { alg: 'ES256', hash: 'sha256' },
  secp384r1: { alg: 'ES384', hash: 'sha384' },
  secp521r1: { alg: 'ES512', hash: 'sha512' },
};

/** @throws UnsupportedError */
function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): { alg: string; hash: string } {
  const { namedCurve = '' } = asymmetricKeyDetails ?? {};
  const found = asymmetricKeyType === 'rsa' ? { alg: 'RS256', hash: 'sha256' } : curves[namedCurve];
  if (found) return found;
  throw new UnsupportedError(
    `clientJwt: a token is signed with a key of RSA or of the curves P-256, P-384 and P-521, and clientKey is another (${asymmetricKeyType ?? 'unknown'})`,
  );
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
