import { fingerprint, parseCertificates } from '../../connect/pem.js';
import {
  assertOptions,
  InvalidInputError,
  isLxdError,
  named,
  ProtocolError,
  UnsupportedError,
  type OptionNames,
} from '../../errors/index.js';
import { callNames, type Ended, type LikeOf, type PlainOf, type WaitOf } from '../../operations/index.js';
import {
  assertNoNul,
  describe,
  isMap,
  type CallOptions,
  type JsonMap,
  type ModelClass,
  type Ran,
} from '../../orm/index.js';
import { asObject } from '../../rest/answers.js';
import type { Session } from '../../rest/session.js';
import { assertFields } from '../kind/given.js';
import { ResourceManager, type Around, type CreateOptions, type EnsureOptions } from '../kind/manager.js';
import { dryPlace } from '../kind/rest-store.js';
import { assertExtension } from '../kind/server-facts.js';
import { assertKnown } from '../kind/wire.js';
import { Identity, identities, type IdentityInput } from './identity.js';
import { permissionOf, type AuthPermission } from './permission.js';

/** Whom a token lets in. */
export interface IdentityTokenInput {
  name: string;
  groups?: readonly string[] | undefined;
}

/** Who is asking, and what they may do. */
export interface CurrentIdentity<I extends Identity = Identity> {
  identity: I;
  /** Its own groups, and those that its groups at the identity provider stand for. */
  effectiveGroups: readonly string[];
  effectivePermissions: readonly AuthPermission[];
  /** Whether groups say what it may do; else its certificate may do all, or all in its projects. */
  fineGrained: boolean;
}

const inputNames: OptionNames<IdentityInput> = { name: true, groups: true, certificate: true, type: true };
const tokenNames: OptionNames<IdentityTokenInput> = { name: true, groups: true };

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
    try {
      return await super.get(key, options);
    } catch (error) {
      if (!isLxdError(error) || !/more than one identity/i.test(error.message)) throw error;
      throw new InvalidInputError(`Several identities are called as in '${key}': give the id of one`, error);
    }
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
    const [parsed] = parseCertificates(input.certificate, 'certificate');
    return super.ensure(key, { ...input, certificate: parsed.toString() }, options); // as servers keep it
  }

  /**
   * The text of a token with which somebody, once, comes in with a certificate of their own (POST
   * /1.0/auth/identities/tls). Until then there is an identity of this name that `isPending`; to delete it takes the token
   * back. Until when it holds is in `core.remote_token_expiry`. It is a secret.
   * @throws InvalidInputError; UnsupportedError without the API extension access_management_tls; BadRequestError from a
   * server that listens on no network
   */
  async createToken(input: IdentityTokenInput, options: CallOptions = {}): Promise<string> {
    assertOptions(options, callNames, 'createToken()');
    if (input === undefined) throw new InvalidInputError('createToken() takes the name of whom it lets in');
    assertOptions(input, tokenNames, 'createToken()');
    this.assertNewName(input.name);
    assertFields(input, this.Class, 'identity');
    await this.#assertTls(options);
    const { name, groups = [] } = input;
    const body = { name, groups: [...groups], token: true };
    const request = { method: 'POST', path: '/1.0/auth/identities/tls', body, ...options };
    const token = asObject<JsonMap>(await this.session.send(request), request);
    if (typeof token.secret !== 'string' || token.secret === '')
      throw new ProtocolError(`POST ${request.path}: the server gave no token`);
    return Buffer.from(JSON.stringify(token)).toString('base64');
  }

  /**
   * Who this client is to the server, and what it may do (GET /1.0/auth/identities/current).
   * @throws UnsupportedError over a socket, where nobody is an identity
   */
  async current(options: CallOptions = {}): Promise<CurrentIdentity<M>> {
    assertOptions(options, callNames, 'identities.current()');
    await this.store.assertOffered(options);
    const { endpoint } = await this.session.connection.open();
    if (endpoint.kind === 'unix')
      throw new UnsupportedError(
        'identities.current(): nobody is an identity over a socket; connect over HTTPS',
      );
    const request = { method: 'GET', path: '/1.0/auth/identities/current', ...options };
    const { effective_groups, effective_permissions, fine_grained, ...data } = asObject<JsonMap>(
      await this.session.send(request),
      request,
    );
    const key = this.store.keyOf(data);
    if (key === undefined) throw new ProtocolError(`GET ${request.path}: the answer does not describe one`);
    return {
      identity: this.made({ data }, key),
      effectiveGroups: listOf(effective_groups).filter((one) => typeof one === 'string'),
      effectivePermissions: listOf(effective_permissions)
        .filter(isMap)
        .map((one) => {
          const { groups: _, ...permission } = permissionOf(one);
          return permission;
        }),
      fineGrained: fine_grained === true,
    };
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
      throw new InvalidInputError(`Identity '${key}': one of OIDC is known from when it first logs in`);
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
    const [parsed] = parseCertificates(certificate, 'certificate');
    const id = fingerprint(parsed);
    if (asked !== undefined && /^[0-9a-f]{64}$/i.test(asked) && asked !== id)
      throw new InvalidInputError(`The fingerprint of this certificate is ${id}, and not '${asked}'`);
    const name = input.name ?? (asked === id ? undefined : asked);
    this.assertNewName(name);
    return super.createAt(`tls/${id}`, { ...input, name, certificate: parsed.toString() }, options);
  }

  protected override async opening(
    _key: string,
    { type }: IdentityInput,
    options: CallOptions,
  ): Promise<Around | undefined> {
    if (type === undefined) await this.#assertTls(options);
    else {
      await this.store.assertOffered(options);
      const extension = type === 'DevLXD token bearer' ? 'auth_bearer_devlxd' : 'auth_bearer';
      await assertExtension(this.session, extension, `identities of type '${type}'`, options);
    }
    return undefined;
  }

  /** Anything but nothing. */
  protected override assertNewName(name: unknown): asserts name is string {
    if (typeof name !== 'string' || name === '')
      throw new InvalidInputError(`The identity's name must be a non-empty string, not ${describe(name)}`);
    assertNoNul(name, `The identity's name`);
  }

  async #assertTls({ signal, timeout }: CallOptions): Promise<void> {
    await this.store.assertOffered({ signal, timeout });
    await assertExtension(this.session, 'access_management_tls', 'identities of its own making', {
      signal,
      timeout,
    });
  }
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

named({ IdentityManager });
