import { fingerprint, parseCertificates } from '../../connect/pem.js';
import {
  assertOptions,
  InvalidInputError,
  named,
  ProtocolError,
  UnsupportedError,
  type OptionNames,
} from '../../errors/index.js';
import { callNames } from '../../operations/index.js';
import { describe, field, type CallOptions } from '../../orm/index.js';
import { asObject } from '../../rest/answers.js';
import { kind } from '../kind/kind.js';
import { spelt } from '../certificates/fingerprint.js';
import { Resource } from '../kind/resource.js';
import { assertExtension } from '../kind/server-facts.js';
import { Limit } from '../transfer/limit.js';
import { authNeeds } from './offered.js';

/** How somebody proves who they are. */
export type AuthenticationMethod = 'tls' | 'oidc' | 'bearer' | (string & {});

/** The sorts of identities with tokens for bearers. */
export type BearerType = 'Client token bearer' | 'DevLXD token bearer' | 'Initial UI token bearer';

/** What an identity is, in the server's words. */
export type IdentityType =
  | BearerType
  | 'Client token bearer (pending)'
  | 'Client certificate'
  | 'Client certificate (pending)'
  | 'Client certificate (restricted)'
  | 'Client certificate (unrestricted)'
  | 'Metrics certificate (restricted)'
  | 'Metrics certificate (unrestricted)'
  | 'Server certificate'
  | 'OIDC client'
  | (string & {});

/** How long a token is to hold. */
export interface IssueTokenOptions extends CallOptions {
  /** `'30d'`, `'1d 12H'`: numbers of `S`, `M`, `H`, `d`, `w`, `m`, `y`, of which `M` are minutes; ten years by default. */
  expiry?: string | undefined;
}

const issueNames: OptionNames<IssueTokenOptions> = { ...callNames, expiry: true };

/**
 * Somebody whom the server knows (`/1.0/auth/identities/{authenticationMethod}/{id}`); LXD 5.21 and newer. What they may
 * do is said by their groups, but of certificates that are `restricted` or not, which `client.certificates` writes.
 */
export class Identity extends Resource {
  @field() readonly authenticationMethod!: AuthenticationMethod;
  @field() readonly type!: IdentityType;
  /** The fingerprint of a certificate, the e-mail address of an OIDC client, else a UUID. */
  @field() readonly id!: string;
  /** Several may have the same. */
  @field() readonly name!: string;
  /** The names of its groups, in no order: edited in place, and merged one by one. */
  @field({ writable: true, form: 'set' }) groups!: string[];
  /** PEM text, or an empty string for an identity without a certificate. API extension access_management_tls. */
  @field({ wire: 'tls_certificate' }) readonly certificate!: string;
  /** When its certificate or token can no longer be used; null for never, or where the server does not say. */
  @field({ form: 'time' }) readonly expiresAt!: Date | null;

  /**
   * Whether nobody can come in as it yet. One with a certificate waits for the token that `identities.createToken()` gave
   * to be used, and has another id after that; newer LXD has bearers that are pending, too.
   */
  get isPending(): boolean {
    return this.type.endsWith('(pending)');
  }

  /**
   * Gives it another certificate (PATCH), with whose key alone it is let in from then on; the model follows to its new id.
   * @throws InvalidInputError for what is no PEM text; UnsupportedError without the API extension access_management_tls
   */
  async replaceCertificate(certificate: string, options: CallOptions = {}): Promise<this> {
    assertOptions(options, callNames, 'replaceCertificate()');
    const [parsed] = parseCertificates(certificate, 'certificate');
    this.#assertMethod('tls', 'certificate to replace; only TLS identities have certificates');
    const limit = new Limit('replaceCertificate()', options.signal, options.timeout);
    const { signal } = limit;
    try {
      const { path, session } = this;
      await this.store.assertOffered({ signal });
      await assertExtension(session, 'access_management_tls', 'certificates of identities', { signal });
      await session.send({ method: 'PATCH', path, body: { tls_certificate: parsed.toString() }, signal });
      this.renamed(`tls/${fingerprint(parsed)}`, this.isFetched ? this.name : '');
      return await this.fetch({ signal });
    } catch (error) {
      throw limit.errorOf(error);
    } finally {
      limit.clear();
    }
  }

  /**
   * The text of a new token for its bearer (POST …/token): `new Client({ endpoint, bearer })` is let in by it. One from
   * before is of no use any more. It is a secret, and told once; `fetch()` reads until when it holds (`expiresAt`). The
   * token of a `DevLXD token bearer` is only valid for the DevLXD API.
   * @throws InvalidInputError; UnsupportedError for one without tokens, or without the API extension auth_bearer_devlxd
   */
  async issueToken(options: IssueTokenOptions = {}): Promise<string> {
    assertOptions(options, issueNames, 'issueToken()');
    const { expiry, ...call } = options;
    if (expiry !== undefined && !isExpiry(expiry))
      throw new InvalidInputError(
        `issueToken(): expiry must be a text such as '30d', not ${describe(expiry)}`,
      );
    const body = { expiry: expiry ?? '' };
    const request = { method: 'POST', path: await this.#tokenPath(call), body, ...call };
    const { token } = asObject<{ token?: unknown }>(await this.session.send(request), request);
    if (typeof token !== 'string' || token === '')
      throw new ProtocolError(`POST ${request.path}: the server gave no token`);
    return token;
  }

  /** Makes its token worthless, if it has one (DELETE …/token). @throws UnsupportedError as `issueToken()` */
  async revokeToken(options: CallOptions = {}): Promise<void> {
    assertOptions(options, callNames, 'revokeToken()');
    await this.session.send({ method: 'DELETE', path: await this.#tokenPath(options), ...options });
  }

  protected override inspectDetails(): string[] {
    return this.isFetched ? [JSON.stringify(this.name), JSON.stringify(this.type)] : [];
  }

  async #tokenPath(call: CallOptions): Promise<string> {
    const { path, session } = this;
    this.#assertMethod('bearer', 'token; only bearer identities have tokens');
    await this.store.assertOffered(call);
    await assertExtension(session, 'auth_bearer_devlxd', 'identities with bearer tokens', call);
    return `${path}/token`;
  }

  #assertMethod(method: AuthenticationMethod, what: string): void {
    if (!this.key.startsWith(`${method}/`)) throw new UnsupportedError(`${this.toString()} has no ${what}`);
  }
}

/** Numbers of units, each unit once. */
function isExpiry(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const parts = value.split(' ');
  const units = new Set(parts.map((part) => part.at(-1)));
  return parts.every((part) => /^\d+[SMHdwmy]$/.test(part)) && units.size === parts.length;
}

/** Somebody whom the server is to know: `certificate`, or `type`. */
export interface IdentityInput {
  name: string;
  groups?: readonly string[] | undefined;
  /** PEM text of a client certificate, such as `clientCert` of `createIdentity()`; never its key. */
  certificate?: string | undefined;
  /** Of a bearer of tokens, which `issueToken()` makes. API extension auth_bearer, or auth_bearer_devlxd for DevLXD. */
  type?: BearerType | (string & {}) | undefined;
}

/** @internal Of a certificate, as servers spell it. */
export function isFingerprint(key: string): boolean {
  return /^[0-9a-f]{64}$/.test(key);
}

/** @internal */
export const identities = kind<Identity, IdentityInput>({
  name: 'identity',
  path: '/1.0/auth/identities/{authenticationMethod}/{nameOrIdentifier}',
  key: {
    field: 'id',
    also: 'name',
    slashes: true,
    spelt: (key) => (isFingerprint(spelt(key)) ? spelt(key) : key),
    choices: { authenticationMethod: ['tls', 'oidc', 'bearer'] },
    told: { authenticationMethod: 'authentication_method' },
  },
  model: Identity,
  writes: { partial: false }, // a PATCH cannot take the last group away
  filter: 'none',
  cannot: ['rename'],
  needs: authNeeds,
  unfit: /Identities of type ".*" cannot be modified via this API/,
  allProjects: 'always', // they are in no project
  saysWhere: true,
  body: (_, { name, groups = [], certificate, type }) => ({
    ...(certificate === undefined ? { type } : { certificate }),
    name,
    groups: [...groups],
  }),
  events: {
    of: 'identity',
    harmless: /^identity-provider-group-/,
    // One that gets a certificate gets another id, of which nothing tells the old one; and groups go with their names.
    others: /^(identity-updated|auth-group-(renamed|deleted))$/,
    shared: true,
  },
});

named({ Identity });
