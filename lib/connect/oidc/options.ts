import { assertOptions, InvalidInputError } from '../../errors/index.js';
import type { ConnectOptions } from '../options.js';
import { parseCertificates } from '../pem.js';

/** Where a person logs in, and what to type there. */
export interface OidcVerification {
  /** To be opened in any browser; has the code in it where the provider offers that. */
  url: string;
  /** What the page asks for, or shows for comparison. */
  userCode: string;
  /** Until when the code is good. */
  expiresAt: Date;
}

/** What a login brings; all but `issuer` are secrets, which `console.log()` does not show of those that `save()` gets. Plain JSON. */
export interface OidcTokens {
  accessToken: string;
  /** Brings new access tokens without anybody's help. */
  refreshToken?: string | undefined;
  idToken?: string | undefined;
  /** The provider that they are of: the refresh token is sent to no other, whatever the server says. */
  issuer?: string | undefined;
}

/** Keeps the tokens of one server. */
export interface OidcTokenStore {
  /** Undefined where there are none. Called again when the access token is refused: another process may have renewed it. */
  load(): OidcTokens | undefined | Promise<OidcTokens | undefined>;
  /** Called after each login and each refresh. */
  save(tokens: OidcTokens): void | Promise<void>;
}

/** How to log in by OpenID Connect, which takes the package `oauth4webapi`. */
export interface OidcOptions {
  /**
   * Tells a person where to log in: print the URL and the code, or open a browser. Called when there are no tokens, or
   * they are of no use any more. The `timeout` of the call that waits, and that of `Client.connect()`, is the person's
   * time, too: leave it out, or allow minutes. Without `onVerification` nobody is asked: such requests reject with a `LoginError`.
   */
  onVerification?: ((verification: OidcVerification) => void | Promise<void>) | undefined;
  /**
   * Where the tokens are kept; by default those of a remote in the command line's own files (`oidctokens`), and others in
   * memory as long as the client lives.
   */
  tokens?: OidcTokenStore | undefined;
  /** PEM text: the certificates, one of which must have signed the provider's. Node's own list by default. */
  ca?: string | undefined;
  /** `true` takes a provider without TLS on this very machine (localhost, 127.0.0.1, ::1), as tests have one. Never another. */
  allowLoopbackHttp?: boolean | undefined;
}

/** Ways to say who we are over HTTPS, in place of a certificate or (`clientJwt`) by it; one at a time. */
export interface AuthorizationOptions {
  /**
   * A bearer token of LXD; a function is asked when one is needed, and again when the server refuses the last one because
   * it has expired.
   */
  bearer?: string | (() => string | Promise<string>) | undefined;
  /**
   * `true` sends Incus a token signed with `clientKey` beside the certificate, so that it knows us also behind a proxy that
   * ends TLS (extension `auth_tls_jwt`). It is good for minutes and renews itself.
   */
  clientJwt?: boolean | undefined;
  /** Logs in by OpenID Connect where the server asks for it. */
  oidc?: OidcOptions | undefined;
}

const ways = ['bearer', 'clientJwt', 'oidc'] as const;

/** The ways that are chosen, as their options are called. */
export function authorizations(options: AuthorizationOptions): (typeof ways)[number][] {
  return ways.filter((name) => options[name] !== undefined && options[name] !== false);
}

/** Does a token, and not a certificate, say who we are? */
export function isByToken({ bearer, oidc }: AuthorizationOptions): boolean {
  return bearer !== undefined || oidc !== undefined;
}

/** @throws InvalidInputError for what cannot be, or contradicts something else; never shows a token */
export function assertAuthorization(options: ConnectOptions): void {
  const { bearer, clientJwt, oidc, clientCert, verify } = options;
  if (clientJwt !== undefined && typeof clientJwt !== 'boolean') {
    throw new InvalidInputError('clientJwt must be true or false');
  }
  const [way, another] = authorizations(options);
  if (way === undefined) return;
  if (another !== undefined) {
    throw new InvalidInputError(`${way} and ${another} are two ways to say who we are: pass one of them`);
  }
  if (verify === false) {
    throw new InvalidInputError(
      `${way} with verify: false would tell a secret to whoever answers: pass serverCert or ca`,
    );
  }
  if (way === 'clientJwt') {
    if (clientCert !== undefined) return;
    throw new InvalidInputError(
      'clientJwt without clientCert and clientKey: pass those that it is signed with',
    );
  }
  if (clientCert !== undefined) {
    throw new InvalidInputError(`${way} and clientCert are two ways to say who we are: pass one of them`);
  }
  if (bearer !== undefined && typeof bearer !== 'function' && !isToken(bearer)) {
    throw new InvalidInputError(
      'bearer must be a token, as text without spaces, or a function that returns one',
    );
  }
  if (oidc !== undefined) assertOidc(oidc);
}

/** Whether a value can be sent as a token. */
export function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value);
}

function assertOidc(oidc: OidcOptions): void {
  const names = { onVerification: true, tokens: true, ca: true, allowLoopbackHttp: true } as const;
  if (typeof oidc !== 'object' || oidc === null || Array.isArray(oidc)) {
    throw new InvalidInputError('oidc must be an object of options, such as { onVerification }');
  }
  assertOptions<OidcOptions>(oidc, names, 'oidc');
  const { onVerification, tokens, ca, allowLoopbackHttp } = oidc;
  if (onVerification !== undefined && typeof onVerification !== 'function') {
    throw new InvalidInputError('oidc: onVerification must be a function');
  }
  if (tokens !== undefined && !isStore(tokens)) {
    throw new InvalidInputError('oidc: tokens must be an object with the functions load and save');
  }
  if (ca !== undefined) parseCertificates(ca, 'oidc.ca');
  if (allowLoopbackHttp !== undefined && typeof allowLoopbackHttp !== 'boolean') {
    throw new InvalidInputError('oidc: allowLoopbackHttp must be true or false');
  }
  if (onVerification === undefined && tokens === undefined) {
    throw new InvalidInputError('oidc: pass onVerification, which tells a person where to log in, or tokens');
  }
}

function isStore(store: unknown): store is OidcTokenStore {
  const { load, save } = (store ?? {}) as Partial<OidcTokenStore>;
  return typeof load === 'function' && typeof save === 'function';
}
