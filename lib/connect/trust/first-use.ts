import type { X509Certificate } from 'node:crypto';
import { CertificateError, InvalidInputError, onAbort } from '../../errors/index.js';
import type { Endpoint, HttpsEndpoint } from '../endpoint.js';
import { endpointWith, type ConnectOptions } from '../options.js';
import { fingerprint } from '../pem.js';
import { offeredCertificate } from './offered.js';

/** The certificate of a server that nobody has vouched for yet. */
export interface OfferedCertificate {
  /** SHA-256, as `lxc info` and `incus info` print it on the server. */
  readonly fingerprint: string;
  /** PEM text: what to pass as `serverCert` from now on. */
  readonly pem: string;
  /** Whose it says that it is, a line for each part, as `CN=root@server`. */
  readonly subject: string;
  readonly validTo: Date;
}

/** Whether a server is the right one; asks a person, or compares the fingerprint with one that it knows. */
export type AcceptCertificate = (certificate: OfferedCertificate) => boolean | Promise<boolean>;

/** Trust on first use: what is accepted once is pinned, at each address of the server. */
export class FirstUse {
  readonly #accept: AcceptCertificate;
  #accepted: X509Certificate | undefined;

  constructor(accept: AcceptCertificate) {
    this.#accept = accept;
  }

  /** For one round of addresses, in which nobody is asked twice about the same certificate. */
  round(
    closing: AbortSignal,
  ): <W extends { endpoint: Endpoint; options: ConnectOptions }>(way: W) => Promise<W> {
    const refused = new Set<string>();
    return async (way) => {
      const { endpoint, options } = way;
      if (endpoint.kind === 'unix' || options.serverCert !== undefined || options.ca !== undefined)
        return way;
      this.#accepted ??= await this.#ask(endpoint, refused, closing);
      const pinned = { ...options, endpoint: endpoint.origin, serverCert: this.#accepted.toString() };
      return { ...way, options: pinned, endpoint: endpointWith(endpoint, pinned) };
    };
  }

  /** @throws CertificateError if it is refused */
  async #ask(endpoint: HttpsEndpoint, refused: Set<string>, closing: AbortSignal): Promise<X509Certificate> {
    const certificate = await offeredCertificate(endpoint, { signal: closing });
    const shown = fingerprint(certificate);
    if (!refused.has(shown) && (await untilClosed(this.#answer(certificate, shown), closing)))
      return certificate;
    refused.add(shown);
    throw new CertificateError(
      `${endpoint.origin}: the server's certificate (SHA-256 ${shown}) was not accepted`,
      { offered: shown },
    );
  }

  async #answer(certificate: X509Certificate, shown: string): Promise<boolean> {
    const answer: unknown = await this.#accept({
      fingerprint: shown,
      pem: certificate.toString(),
      subject: certificate.subject,
      validTo: new Date(certificate.validTo),
    });
    if (typeof answer === 'boolean') return answer;
    throw new InvalidInputError('acceptCertificate must return true or false'); // a text such as 'no' is not yes
  }
}

async function untilClosed<T>(answer: Promise<T>, closing: AbortSignal): Promise<T> {
  let forget = (): void => undefined;
  try {
    return await Promise.race([
      answer,
      new Promise<never>((_, reject) => {
        forget = onAbort(closing, () => reject(closing.reason as Error));
        if (closing.aborted) reject(closing.reason as Error);
      }),
    ]);
  } finally {
    forget();
  }
}
