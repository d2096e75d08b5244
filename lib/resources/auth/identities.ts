import { InvalidInputError, named, type OptionNames } from '../../errors/index.js';
import type { Ended, LikeOf, PlainOf, WaitOf } from '../../operations/index.js';
import { describe, isMap, type CallOptions, type ModelClass, type Ran } from '../../orm/index.js';
import type { Session } from '../../rest/session.js';
import { assertSame, certificateIn } from '../certificates/fingerprint.js';
import { ResourceManager, type Around, type CreateOptions, type EnsureOptions } from '../kind/manager.js';
import { dryPlace } from '../kind/rest-store.js';
import { assertExtension } from '../kind/server-facts.js';
import { onlyOne } from '../kind/several.js';
import { assertKnown } from '../kind/wire.js';
import { currentIdentity, type CurrentIdentity } from './current.js';
import { Identity, identities, isFingerprint, type IdentityInput } from './identity.js';
import { assertIdentityName, assertTls, createIdentityToken, type IdentityTokenInput } from './token.js';

const inputNames: OptionNames<IdentityInput> = { name: true, groups: true, certificate: true, type: true };

/**
 * Whom an LXD server knows: `client.auth.identities`. Keys are `'tls/<fingerprint>'`, `'oidc/<e-mail address>'` or
 * `'bearer/<UUID>'`; a name finds one too (`'tls/alice'`), where no other of that method has it. They are in no project.
 */
export class IdentityManager<M extends Identity = Identity> extends ResourceManager<M, IdentityInput> {
  /** @internal */
  constructor(session: Session, Class?: ModelClass<M>) {
    super(identities, () => ({ session }), Class);
  }

  /** The fetched model. @throws NotFoundError; InvalidInputError for a name that several have */
  override async get(key: string, options: CallOptions = {}): Promise<M> {
    const by = typeof key === 'string' && key.startsWith('tls/') ? 'fingerprint' : 'id';
    return onlyOne(
      super.get(key, options),
      /more than one identity/i,
      `'${key}' matches several identities; use the ${by}`,
    );
  }

  /**
   * Makes one known, or brings the one that is to this state; the key has its name or its id.
   * @throws InvalidInputError also where `name`, `type` or `certificate` are others
   */
  override async ensure<D extends boolean = false>(
    key: string,
    input: Partial<IdentityInput> = {},
    options: EnsureOptions<D> = {},
  ): Promise<Ran<M, D>> {
    if (!isMap(input) || input.certificate === undefined) return super.ensure(key, input, options);
    const { certificate } = certificateIn(input.certificate);
    return super.ensure(key, { ...input, certificate }, options);
  }

  /**
   * The text of a token with which somebody, once, comes in with a certificate of their own (POST
   * /1.0/auth/identities/tls). Until then there is an identity of this name that `isPending`; to delete it takes the token
   * back. Until when it holds is in `core.remote_token_expiry`. It is a secret.
   * @throws InvalidInputError; UnsupportedError without the API extension access_management_tls; BadRequestError from a
   * server that listens on no network
   */
  async createToken(input: IdentityTokenInput, options: CallOptions = {}): Promise<string> {
    return createIdentityToken(this.store, this.Class, input, options);
  }

  /**
   * Who this client is to the server, and what it may do (GET /1.0/auth/identities/current).
   * @throws UnsupportedError over a socket, where nobody is an identity
   */
  async current(options: CallOptions = {}): Promise<CurrentIdentity<M>> {
    const { data, key, ...allowed } = await currentIdentity(this.store, options);
    return { identity: this.made({ data }, key), ...allowed };
  }

  override as<S extends PlainOf<M> & Identity>(Class: ModelClass<S>): IdentityManager<LikeOf<M, S>> {
    return new IdentityManager(this.session, Class as ModelClass as ModelClass<LikeOf<M, S>>);
  }

  protected override dry(): IdentityManager<M> {
    return new IdentityManager<M>(dryPlace({ session: this.session }).session, this.Class);
  }

  protected override async createAt<W extends boolean = WaitOf<M>>(
    key: string,
    input: IdentityInput,
    options: CreateOptions<W>,
  ): Promise<Ended<M, W>> {
    if (!isMap(input)) return super.createAt(key, input, options); // which refuses it
    assertKnown(input, Object.keys(inputNames), 'identity');
    const [method, asked] = key === '' ? [undefined, undefined] : [...this.store.valuesOf(key).values()];
    const { certificate, type } = input;
    if (method === 'oidc')
      throw new InvalidInputError(`Identity '${key}': OIDC identities are created at their first login`);
    if ((certificate === undefined) === (type === undefined))
      throw new InvalidInputError(
        'A new identity has a certificate, or a type for bearers of tokens; createToken() is for somebody whose certificate is not known yet',
      );
    if (method !== undefined && (method === 'tls') !== (certificate !== undefined))
      throw new InvalidInputError(`Identity '${key}' has ${method === 'tls' ? 'a certificate' : 'a type'}`);
    if (certificate === undefined) {
      if (typeof type !== 'string' || type === '')
        throw new InvalidInputError(`identity.type must be a non-empty string, not ${describe(type)}`);
      const name = input.name ?? asked;
      this.assertNewName(name);
      return super.createAt(`bearer/${name}`, { ...input, name }, options);
    }
    const { certificate: pem, fingerprint: id } = certificateIn(certificate);
    if (asked !== undefined && isFingerprint(asked)) assertSame(asked, id);
    const name = input.name ?? (asked === id ? undefined : asked);
    this.assertNewName(name);
    return super.createAt(`tls/${id}`, { ...input, name, certificate: pem }, options);
  }

  protected override async opening(
    _key: string,
    { type }: IdentityInput,
    options: CallOptions,
  ): Promise<Around | undefined> {
    if (type === undefined) await assertTls(this.store, options);
    else {
      await this.store.assertOffered(options);
      // The former came later, and is of one type alone.
      const needed = type === 'DevLXD token bearer' ? [] : (['auth_bearer'] as const);
      for (const extension of [...needed, 'auth_bearer_devlxd'] as const)
        await assertExtension(this.session, extension, `identities of type '${type}'`, options);
    }
    return undefined;
  }

  /** Anything but nothing. */
  protected override assertNewName(name: unknown): asserts name is string {
    assertIdentityName(name);
  }
}

named({ IdentityManager });
