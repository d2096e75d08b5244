import { InvalidInputError, named } from '../../errors/index.js';
import type { Ended, WaitOf, LikeOf, PlainOf } from '../../operations/index.js';
import { isMap, type CallOptions, type ModelClass, type Ran } from '../../orm/index.js';
import type { Session } from '../../rest/session.js';
import { ResourceManager, type Around, type CreateOptions, type EnsureOptions } from '../kind/manager.js';
import { dryPlace } from '../kind/rest-store.js';
import { onlyOne } from '../kind/several.js';
import {
  assertDescriptions,
  certificates,
  type TrustedCertificate,
  type TrustedCertificateInput,
} from './certificate.js';
import { assertSame, certificateIn, spelt, wholeLength } from './fingerprint.js';
import { assertReach, createToken, pendingTokens, type PendingToken, type TokenInput } from './token.js';

/**
 * Whom the server trusts: `client.certificates`. Keys are fingerprints; the beginning of one is enough to find it, where
 * no other begins so. They are in no project.
 */
export class CertificateManager<C extends TrustedCertificate = TrustedCertificate> extends ResourceManager<
  C,
  TrustedCertificateInput
> {
  /** @internal */
  constructor(session: Session, Class?: ModelClass<C>) {
    super(certificates, () => ({ session }), Class);
  }

  /** The fetched model. @throws NotFoundError; InvalidInputError for the beginning of several fingerprints */
  override async get(key: string, options: CallOptions = {}): Promise<C> {
    return onlyOne(
      super.get(key, options),
      /more than one certificate/i,
      `Several certificates have fingerprints that begin with '${key}': give more of it`,
    );
  }

  /**
   * Has a certificate trusted, or brings the one that is to this state; the key is its whole fingerprint or its PEM text.
   * @throws InvalidInputError also where `certificate` is another one
   */
  override async ensure<D extends boolean = false>(
    key: string,
    input: Partial<TrustedCertificateInput> = {},
    options: EnsureOptions<D> = {},
  ): Promise<Ran<C, D>> {
    const isPem = typeof key === 'string' && key.includes('-----BEGIN ');
    const wanted = isPem && isMap(input) ? { certificate: key, ...input } : input;
    const at = isPem ? certificateIn(key).fingerprint : key;
    if (typeof at === 'string' && spelt(at).length !== wholeLength)
      throw new InvalidInputError('ensure() takes the whole fingerprint of a certificate, or its PEM text');
    if (isMap(wanted)) assertReach(wanted);
    if (isMap(wanted) && wanted.certificate !== undefined) {
      const { certificate, fingerprint } = certificateIn(wanted.certificate);
      assertSame(at, fingerprint);
      return super.ensure(at, { ...wanted, certificate }, options);
    }
    return super.ensure(at, wanted as TrustedCertificateInput, options);
  }

  /**
   * The text of a token with which somebody, once, has a certificate of their own trusted under this name. It holds until
   * it is used, expires (`core.remote_token_expiry`), is cancelled, or the server restarts. It is a secret.
   * @throws InvalidInputError; UnsupportedError without the API extension certificate_token
   */
  async createToken(input: TokenInput, options: CallOptions = {}): Promise<string> {
    return createToken(this.session, input, options);
  }

  /** The tokens that nobody has used yet, also those that have expired since; what is secret of them is not told. */
  async tokens(options: CallOptions = {}): Promise<PendingToken[]> {
    return pendingTokens(this.session, options);
  }

  override as<S extends PlainOf<C> & TrustedCertificate>(
    Class: ModelClass<S>,
  ): CertificateManager<LikeOf<C, S>> {
    return new CertificateManager(this.session, Class as ModelClass as ModelClass<LikeOf<C, S>>);
  }

  protected override dry(): CertificateManager<C> {
    return new CertificateManager<C>(dryPlace({ session: this.session }).session, this.Class);
  }

  protected override async createAt<W extends boolean = WaitOf<C>>(
    key: string,
    input: TrustedCertificateInput,
    options: CreateOptions<W>,
  ): Promise<Ended<C, W>> {
    if (!isMap(input)) return super.createAt(key, input, options); // which refuses it
    const { fingerprint: at } = certificateIn(input.certificate);
    if (key !== '') assertSame(key, at);
    const { fingerprint: asked } = input as { fingerprint?: unknown };
    if (asked !== undefined) assertSame(asked, at);
    assertReach(input);
    return super.createAt(at, input, options);
  }

  protected override async opening(
    _key: string,
    { description }: TrustedCertificateInput,
    { signal }: CallOptions,
  ): Promise<Around | undefined> {
    if (description !== undefined) await assertDescriptions(this.session, signal);
    return undefined;
  }
}

named({ CertificateManager });
