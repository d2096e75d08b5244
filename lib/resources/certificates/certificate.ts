import { InvalidInputError, named } from '../../errors/index.js';
import type { Ended, WaitOf } from '../../operations/index.js';
import { field, type DeleteOptions } from '../../orm/index.js';
import { parseCertificates } from '../../connect/pem.js';
import type { Session } from '../../rest/session.js';
import { kind } from '../kind/kind.js';
import { Resource } from '../kind/resource.js';
import { spelt, wholeLength } from './fingerprint.js';
import { assertExtension } from '../kind/server-facts.js';

/** A certificate that the server trusts: whoever has its key is let in (`/1.0/certificates/{fingerprint}`). */
export class TrustedCertificate extends Resource {
  /** SHA-256 of the certificate, 64 hexadecimal digits. */
  @field({ key: true }) readonly fingerprint!: string;
  /** What it is called in lists; it can be changed, and several may have the same. */
  @field({ writable: true, scalar: 'string' }) name!: string;
  /** `client` lets in a user, `metrics` lets one read the metrics alone, `server` is another member of a cluster. */
  @field() readonly type!: 'client' | 'metrics' | 'server' | (string & {});
  /** Whether it is for its projects alone; else it is for all, and for the server itself. */
  @field({ writable: true, scalar: 'boolean' }) restricted!: boolean;
  /** The projects that a restricted one is for, in no order; of no meaning for another. */
  @field({ writable: true, form: 'set' }) projects!: string[];
  /** API extension `certificate_description`, which LXD has not: a save is refused there. */
  @field({ writable: true, scalar: 'string' }) description!: string;
  /** The certificate as PEM text. */
  @field() readonly certificate!: string;

  /** @internal A server that would ignore its description in silence is asked first. */
  override async saveReport(...given: Parameters<Resource['saveReport']>) {
    const isDescribed = this.changes().some(({ path }) => path[0] === 'description');
    if (isDescribed) await assertDescriptions(this.session, given[0]?.signal);
    return super.saveReport(...given);
  }

  /**
   * Shuts out whoever has its key, from the next request on. The model of a whole fingerprint only: the beginning of one
   * may be that of somebody else by now. @throws InvalidInputError
   */
  override async delete<W extends boolean | WaitOf<this> = WaitOf<this>>(
    options: DeleteOptions<W> = {},
  ): Promise<Ended<void, W>> {
    if (this.key.length < wholeLength) {
      throw new InvalidInputError(
        `${this.toString()} is known by the beginning of its fingerprint only: delete what certificates.get() finds`,
      );
    }
    return super.delete(options);
  }

  protected override inspectDetails(): string[] {
    return this.isFetched
      ? [JSON.stringify(this.name), this.type, ...(this.restricted ? ['restricted'] : [])]
      : [];
  }
}

/** @throws UnsupportedError where certificates have no descriptions */
export async function assertDescriptions(session: Session, signal: AbortSignal | undefined): Promise<void> {
  await assertExtension(session, 'certificate_description', 'descriptions of certificates', { signal });
}

/** A certificate that the server is to trust. */
export interface TrustedCertificateInput {
  /** PEM text, such as `clientCert` of `createIdentity()`; never its key. */
  certificate: string;
  /** The certificate's own common name without it. */
  name?: string | undefined;
  /** `client` by default. */
  type?: TrustedCertificate['type'] | undefined;
  /** Whether it is for these projects alone, false by default. */
  restricted?: boolean | undefined;
  projects?: readonly string[] | undefined;
  /** API extension `certificate_description`, which LXD has not. */
  description?: string | undefined;
}

/** @internal */
export const certificates = kind<TrustedCertificate, TrustedCertificateInput>({
  name: 'certificate',
  path: '/1.0/certificates/{fingerprint}',
  key: { field: 'fingerprint', plain: true, abbreviated: true, spelt },
  model: TrustedCertificate,
  writes: { partial: true, checkedLoosely: true },
  filter: 'incus',
  cannot: ['rename'],
  allProjects: 'always', // they are in no project
  // A new one is sent without PEM's lines: servers before Incus 7 take nothing else.
  body: ({ fingerprint: _, ...body }, { certificate }) => ({
    type: 'client',
    ...body,
    certificate: parseCertificates(certificate, 'certificate')[0].raw.toString('base64'),
  }),
  events: { of: 'certificate', shared: true },
});

named({ TrustedCertificate });
