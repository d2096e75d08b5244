import { X509Certificate } from 'node:crypto';
import { fingerprintOf, makeCertificate, type KeyPair } from './certificate.js';

/** What a client of the network needs: options of `new Client()`, with a certificate that the server trusts. */
export interface FakeEndpoint {
  endpoint: string;
  serverCert: string;
  clientCert: string;
  clientKey: string;
}

/** What a server is to know of a certificate that it trusts. */
export interface TrustOptions {
  /** How it is called in the trust store; its common name, without one. */
  name?: string;
  /** The projects that it is restricted to; without them it may do everything. */
  projects?: readonly string[];
}

/** The certificates of a server on the network, and whom it is to trust. */
export class Network {
  readonly server: KeyPair = makeCertificate('tslxd fake server');
  readonly #client: KeyPair = makeCertificate('tslxd fake client');
  /** By their PEM texts: what a new state begins with. */
  readonly trusted = new Map<string, TrustOptions>([[this.#client.cert, {}]]);

  endpoint(port: number): FakeEndpoint {
    const { cert: clientCert, key: clientKey } = this.#client;
    return {
      endpoint: `https://${addressAt(port)}`,
      serverCert: this.server.cert,
      clientCert,
      clientKey,
    };
  }

  /** As `/1.0` says it. */
  environment(port: number): Record<string, unknown> {
    const { cert } = this.server;
    return {
      addresses: [addressAt(port)],
      certificate: cert,
      certificate_fingerprint: fingerprintOf(new X509Certificate(cert)),
    };
  }
}

export function addressAt(port: number): string {
  return `127.0.0.1:${String(port)}`;
}
