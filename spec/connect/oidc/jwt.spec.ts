import { jest } from '@jest/globals';
import { createPublicKey, generateKeyPairSync, verify, X509Certificate, type KeyObject } from 'node:crypto';
import { createIdentity, UnsupportedError } from 'tslxd';
import { claimsOf, ClientJwt, clientToken, expiryOf } from '../../../lib/connect/oidc/jwt.js';

const identity = createIdentity({ name: 'me' });

function partsOf(token: string): { header: string; claims: string; signature: Buffer; signed: Buffer } {
  const [header = '', claims = '', signature = ''] = token.split('.');
  const text = (part: string) => Buffer.from(part, 'base64url').toString();
  return {
    header: text(header),
    claims: text(claims),
    signature: Buffer.from(signature, 'base64url'),
    signed: Buffer.from(`${header}.${claims}`),
  };
}

it('is written in the only order that Incus 6.0 takes, and signed with the key of the certificate', () => {
  const { authorization = '' } = new ClientJwt(identity).headers();
  const { header, claims, signature, signed } = partsOf(authorization.replace('Bearer ', ''));
  expect(header).toBe('{"alg":"ES384","typ":"JWT"}');
  const { exp, nbf } = JSON.parse(claims) as { exp: number; nbf: number };
  expect(claims).toBe(`{"sub":"${identity.fingerprint}","exp":${exp},"nbf":${nbf}}`);
  const key = { key: new X509Certificate(identity.clientCert).publicKey, dsaEncoding: 'ieee-p1363' as const };
  expect(verify('sha384', signed, key, signature)).toBe(true);
  expect(exp - Date.now() / 1000).toBeLessThanOrEqual(600);
});

it('is made anew when half of its time is over, or the clock was set', () => {
  const now = Date.now();
  const clock = jest.spyOn(Date, 'now').mockReturnValue(now);
  try {
    const jwt = new ClientJwt(identity);
    const at = (seconds: number) => {
      clock.mockReturnValue(now + seconds * 1000);
      return jwt.headers().authorization;
    };
    const first = at(0);
    expect(at(299)).toBe(first);
    const second = at(301);
    expect(second).not.toBe(first);
    expect(at(-4000)).not.toBe(second);
  } finally {
    clock.mockRestore();
  }
});

it.each<[string, { privateKey: KeyObject }, string]>([
  ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'sha256'],
  ['ES384', generateKeyPairSync('ec', { namedCurve: 'P-384' }), 'sha384'],
  ['ES512', generateKeyPairSync('ec', { namedCurve: 'P-521' }), 'sha512'],
  ['RS256', generateKeyPairSync('rsa', { modulusLength: 2048 }), 'sha256'],
])('takes a key for %s', (alg, { privateKey }, hash) => {
  const { header, signature, signed } = partsOf(clientToken('abc', privateKey, 1000));
  expect(JSON.parse(header)).toEqual({ alg, typ: 'JWT' });
  const key = { key: createPublicKey(privateKey), dsaEncoding: 'ieee-p1363' as const };
  expect(verify(hash, signed, key, signature)).toBe(true);
});

it('and no other', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  expect(() => clientToken('abc', privateKey, 1000)).toThrow(UnsupportedError);
});

it.each(['', 'a', 'a.b', 'a.b.c', '..', `e30.${Buffer.from('null').toString('base64url')}.x`])(
  'reads nothing out of %j',
  (text) => {
    expect(claimsOf(text)).toBeUndefined();
    expect(expiryOf(text)).toBeUndefined();
  },
);
