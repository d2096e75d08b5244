import { X509Certificate } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, ForbiddenError } from 'tslxd';
import { rejection } from '../rest/test-server.js';
import { makeCertificate } from '../support/certificates.js';
import { describeReal } from './harness.js';

describeReal('a client certificate that expires', (server) => {
  it('is not trusted any more, and the refusal says why', async () => {
    // Trusted while it is good: the server takes none that has expired.
    const notAfter = new Date(Date.now() + 4000);
    const { cert, key } = await makeCertificate({ commonName: server.uniqueName('dates'), notAfter });
    const distrust = await server.trustClient(cert);
    try {
      const tls = { clientCert: cert, clientKey: key, serverCert: server.serverCert };
      await delay(Date.parse(new X509Certificate(cert).validTo) + 1500 - Date.now());
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
