import { X509Certificate } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, ForbiddenError } from 'tslxd';
import { rejection } from '../rest/test-server.js';
import { makeCertificate, type MadeCertificate } from '../support/certificates.js';
import { describeReal } from './harness.js';

/** In ms since 1970. */
const endOf = (cert: string): number => Date.parse(new X509Certificate(cert).validTo);

describeReal('a client certificate that expires', (server) => {
  /** A certificate that the server trusts and that ends after so many ms, or later where that is too soon. */
  async function trustedFor(ms: number): Promise<MadeCertificate & { distrust: () => Promise<void> }> {
    const notAfter = new Date(Date.now() + ms);
    const made = await makeCertificate({ commonName: server.uniqueName('dates'), notAfter });
    try {
      return { ...made, distrust: await server.trustClient(made.cert) };
    } catch (error) {
      // It takes none that has expired, and a machine may be busy.
      if (Date.now() < endOf(made.cert) || ms > 60_000) throw error;
      return trustedFor(2 * ms);
    }
  }

  it('is not trusted any more, and the refusal says why', async () => {
    const { cert, key, distrust } = await trustedFor(4000);
    try {
      const tls = { clientCert: cert, clientKey: key, serverCert: server.serverCert };
      await delay(endOf(cert) + 1500 - Date.now());
      await using client = await Client.connect({ endpoint: server.httpsUrl, ...tls });
      expect(client.server.auth).toBe('untrusted');
      const error = await rejection<ForbiddenError>(client.instances.names());
      expect(error).toBeInstanceOf(ForbiddenError);
      expect(error.message).toMatch(/not authorized \(403\); clientCert has expired on .*createIdentity\(\)/);
      expect(error).toMatchObject({ status: 403, method: 'GET', path: '/1.0/instances' });
    } finally {
      await distrust();
    }
  });
});
