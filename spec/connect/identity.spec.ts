import { createPrivateKey, X509Certificate } from 'node:crypto';
import { inspect } from 'node:util';
import { Client, createIdentity, InvalidInputError } from 'tslxd';

const days = (count: number) => count * 86_400_000;
const parsed = (pem: string) => new X509Certificate(pem);
const oids = { clientAuth: '1.3.6.1.5.5.7.3.2', keyUsage: '2.5.29.15' };

describe('createIdentity()', () => {
  it('makes what Node reads as a self-signed certificate and its key', () => {
    const { clientCert, clientKey, fingerprint } = createIdentity({ name: 'ci@Zürich 東京' });
    const certificate = parsed(clientCert);
    const key = createPrivateKey(clientKey);
    expect(clientCert).toMatch(/^-----BEGIN CERTIFICATE-----\n/);
    expect(clientKey).toMatch(/^-----BEGIN EC PRIVATE KEY-----\n/); // as the CLIs write it
    expect(key.asymmetricKeyDetails).toEqual({ namedCurve: 'secp384r1' });
    expect(certificate.checkPrivateKey(key)).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.issuer).toBe(certificate.subject);
    expect(certificate.subject).toBe('O=tslxd\nCN=ci@Zürich 東京');
    expect(certificate.ca).toBe(false);
    expect(certificate.keyUsage).toEqual([oids.clientAuth]);
    expect(certificate.subjectAltName).toBeUndefined();
    expect(certificate.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(fingerprint);
  });

  it('makes what another library reads alike, whatever the serial number', async () => {
    await import('reflect-metadata');
    const x509 = await import('@peculiar/x509');
    const serials = new Set<string>();
    for (let count = 0; count < 40; count++) {
      const certificate = new x509.X509Certificate(createIdentity({ name: 'me' }).clientCert);
      expect(await certificate.verify({ signatureOnly: true })).toBe(true);
      expect(certificate.serialNumber).toHaveLength(32);
      serials.add(certificate.serialNumber);
      if (count > 0) continue;
      expect(certificate.subject).toBe('O=tslxd, CN=me');
      expect(certificate.signatureAlgorithm).toMatchObject({ name: 'ECDSA', hash: { name: 'SHA-384' } });
      const basic = certificate.getExtension(x509.BasicConstraintsExtension)!;
      expect([basic.ca, basic.critical]).toEqual([false, true]);
      const usage = certificate.getExtension(x509.KeyUsagesExtension)!;
      const { digitalSignature, keyEncipherment } = x509.KeyUsageFlags;
      expect([usage.usages, usage.critical]).toEqual([digitalSignature | keyEncipherment, true]);
      expect(certificate.getExtension(x509.ExtendedKeyUsageExtension)!.usages).toEqual([oids.clientAuth]);
    }
    expect(serials.size).toBe(40);
  });

  it.each([undefined, 1, 3650, 36_500])('holds for %s days, from yesterday on', (count) => {
    const before = Date.now();
    const { validFrom, validTo } = parsed(createIdentity({ name: 'x', days: count }).clientCert);
    const [from, to] = [validFrom, validTo].map((text) => Date.parse(text));
    expect(Math.abs(from! - (before - days(1)))).toBeLessThan(60_000);
    expect(Math.abs(to! - (before + days(count ?? 3650)))).toBeLessThan(60_000);
  });

  it('is called user@host without a name', () => {
    expect(parsed(createIdentity().clientCert).subject).toMatch(/^O=tslxd\nCN=[^\n]+@[^\n]+$/);
  });

  it('can be spread into the options of a client, kept as JSON, and printed', async () => {
    const identity = createIdentity({ name: 'x' });
    const kept = JSON.parse(JSON.stringify(identity)) as Partial<typeof identity>;
    expect(kept).toEqual({ clientCert: identity.clientCert, clientKey: identity.clientKey });
    await using client = new Client({ endpoint: 'https://127.0.0.1:1', ...identity });
    expect(client.project).toBe('default');
    expect(inspect(identity, { showHidden: true })).toBe(`ClientIdentity(${identity.fingerprint})`);
    expect(inspect({ deep: [identity] })).not.toContain('PRIVATE KEY');
  });

  const wrong: [string, unknown][] = [
    ['an empty name', { name: '' }],
    ['a name of 65 characters', { name: 'x'.repeat(65) }],
    ['a name with a line break', { name: 'a\nb' }],
    ['a name with NUL', { name: 'a\0b' }],
    ['half a character', { name: '\ud800' }],
    ['a name that is no text', { name: 1 }],
    ['null for a name', { name: null }],
    ['no days', { days: 0 }],
    ['less than none', { days: -1 }],
    ['half a day', { days: 0.5 }],
    ['NaN', { days: NaN }],
    ['Infinity', { days: Infinity }],
    ['more than a hundred years', { days: 36_501 }],
    ['days as a text', { days: '10' }],
    ['an unknown option', { day: 1 }],
    ['a text for options', 'me'],
  ];
  it.each(wrong)('refuses %s', (_, options) => {
    expect(() => createIdentity(options as object)).toThrow(InvalidInputError);
  });
});
