import { X509Certificate } from 'node:crypto';
import { makeCertificate, type KeyPair } from './certificate.js';

/** What a client of the network needs: options of `new Client()`, with a certificate that the server trusts. */
export interface FakeEndpoint {
  endpoint: string;
  serverCert: string;
  clientCert: string;
  clientKey: string;
}

/** The certificates of a server on the network, and whom it trusts. */
export class Network {
  readonly server: KeyPair = makeCertificate('tslxd fake server');
  readonly #client: KeyPair = makeCertificate('tslxd fake client');
  readonly #trusted = new Set([fingerprintOf(this.#client.cert)]);

  /** Whoever comes over the unix socket is trusted. */
  trusts(fingerprint: string | undefined): boolean {
    return fingerprint === undefined || this.#trusted.has(fingerprint);
  }

  trust(certificate: string): void {
    this.#trusted.add(fingerprintOf(certificate));
  }

  endpoint(port: number): FakeEndpoint {
    const { cert: clientCert, key: clientKey } = this.#client;
    return {
      endpoint: `https://127.0.0.1:${String(port)}`,
      serverCert: this.server.cert,
      clientCert,
      clientKey,
    };
  }

  /** As `/1.0` says it. */
  environment(port: number): Record<string, unknown> {
    const { cert } = this.server;
    return {
      addresses: [`127.0.0.1:${String(port)}`],
      certificate: cert,
      certificate_fingerprint: fingerprintOf(cert),
    };
  }
}

function fingerprintOf(certificate: string): string {
  return new X509Certificate(certificate).fingerprint256.replaceAll(':', '').toLowerCase();
}
