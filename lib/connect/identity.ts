import { generateKeyPairSync, randomBytes, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { inspect } from 'node:util';
import { assertOptions, described, InvalidInputError, type OptionNames } from '../errors/index.js';
import { der, oid, sequence, tags, time } from './der.js';
import { fingerprint } from './pem.js';

/** What a new client certificate is to be. */
export interface CreateIdentityOptions {
  /** Its common name, which servers show among those whom they trust; `user@host` by default. 64 characters at most. */
  name?: string | undefined;
  /** How long it holds, 3650 by default. */
  days?: number | undefined;
}

/** Who a client is over HTTPS; spread into the options of a client it is what that takes. */
export interface ClientIdentity {
  /** PEM text. */
  readonly clientCert: string;
  /** PEM text, not encrypted: whoever has it is this client. `console.log()` does not show it, and JSON does. */
  readonly clientKey: string;
  /** SHA-256 of the certificate, 64 hexadecimal digits: its key in `client.certificates`. Not in spreads and JSON. */
  readonly fingerprint: string;
}

const names: OptionNames<CreateIdentityOptions> = { name: true, days: true };
const day = 86_400_000;
const longestName = 64;
const mostDays = 36_500;

/**
 * Makes a self-signed client certificate such as `lxc` and `incus` make: of an elliptic curve, P-384, for ten years. No
 * server trusts it before it is told to. @throws InvalidInputError
 */
export function createIdentity(options: CreateIdentityOptions = {}): ClientIdentity {
  assertOptions(options, names, 'createIdentity()');
  const { name = defaultName(), days = 3650 } = options;
  assertCommonName(name);
  if (!Number.isInteger(days) || days < 1 || days > mostDays) {
    throw new InvalidInputError(
      `createIdentity(): days must be a whole number from 1 to ${mostDays}, not ${described(days)}`,
    );
  }
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const certificate = selfSigned(name, days, privateKey, publicKey);
  return new Identity(certificate, privateKey.export({ type: 'sec1', format: 'pem' }) as string);
}

class Identity implements ClientIdentity {
  readonly clientCert: string;
  readonly clientKey: string;

  constructor(certificate: X509Certificate, key: string) {
    this.clientCert = certificate.toString();
    this.clientKey = key;
  }

  // No property of its own, so that an identity can be spread into the options of a client.
  get fingerprint(): string {
    return fingerprint(new X509Certificate(this.clientCert));
  }

  [inspect.custom](): string {
    return `ClientIdentity(${this.fingerprint})`;
  }
}

const ecdsaWithSha384 = sequence(oid('1.2.840.10045.4.3.3'));

const extensions = sequence(
  extension('2.5.29.15', der(tags.bits, Buffer.from([5, 0b1010_0000])), true), // digitalSignature, keyEncipherment
  extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.2'))), // clientAuth
  extension('2.5.29.19', sequence(), true), // not a CA
);

function selfSigned(name: string, days: number, key: KeyObject, publicKey: KeyObject): X509Certificate {
  const now = Date.now();
  const subject = sequence(attribute('2.5.4.10', 'tslxd'), attribute('2.5.4.3', name));
  const content = sequence(
    der(tags.field(0), der(tags.integer, Buffer.from([2]))), // version 3
    der(tags.integer, serial()),
    ecdsaWithSha384,
    subject,
    // A server whose clock is behind must not take it for one of tomorrow.
    sequence(time(new Date(now - day)), time(new Date(now + days * day))),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(tags.field(3), extensions),
  );
  const signature = der(tags.bits, Buffer.from([0]), sign('sha384', content, key));
  return new X509Certificate(sequence(content, ecdsaWithSha384, signature));
}

/** 128 bits of chance; neither negative nor with a zero before it, which DER forbids. */
function serial(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}

function attribute(type: string, text: string): Buffer {
  return der(tags.set, sequence(oid(type), der(tags.text, Buffer.from(text))));
}

function extension(type: string, value: Buffer, isCritical = false): Buffer {
  const critical = isCritical ? [der(0x01, Buffer.from([0xff]))] : [];
  return sequence(oid(type), ...critical, der(tags.bytes, value));
}

function defaultName(): string {
  return `${userName()}@${hostname()}`.slice(0, longestName);
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'tslxd'; // of containers, whose user may be in no list
  }
}

function assertCommonName(name: unknown): asserts name is string {
  const isName = typeof name === 'string' && name.length > 0 && name.length <= longestName;
  // Half a character cannot be encoded, and a name goes into logs and tables.
  if (isName && !/[\p{Cc}\p{Cs}]/u.test(name)) return;
  throw new InvalidInputError(
    `createIdentity(): name must be a text of 1 to ${longestName} characters without control characters`,
  );
}
