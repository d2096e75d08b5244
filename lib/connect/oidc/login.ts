import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import {
  hidden,
  isLxdError,
  LoginError,
  UnauthorizedError,
  UnsupportedError,
  type ErrorDetails,
} from '../../errors/index.js';
import type { Authorization, Heard, Proof, Surroundings, Waiting } from './authorization.js';
import { sessionHeader, sessionSet } from './cookie.js';
import { isLasting } from './jwt.js';
import { offerOf, type OidcOffer } from './offer.js';
import { isToken, type OidcOptions, type OidcTokens } from './options.js';
import { Provider, type ProviderOptions } from './provider.js';
import { SharedWork } from './shared-work.js';

/**
 * Asks both servers to say at once how to log in, where they would answer as to anybody. LXD takes a token only from a
 * client whose User-Agent, in its own grammar, says that it keeps cookies.
 */
const asking = {
  'x-lxd-authenticated': 'true',
  'x-incus-authenticated': 'true',
  'user-agent': 'LXD 6.0 (Linux; x86_64) (cookiejar)',
};

/** Pauses before the store is looked into for what another process got, in ms. */
const looks = [0, 100, 400];

/** Where the present tokens come from. */
type Origin = 'kept' | 'refreshed' | 'new';

/** Logs in by OpenID Connect where a server asks for it, and keeps it so. */
export class OidcLogin implements Authorization {
  readonly mayRenew = true;
  readonly #options: OidcOptions & ProviderOptions;
  readonly #around: Surroundings;
  readonly #loading: SharedWork<void>;
  readonly #renewing: SharedWork<void>;
  #isLoaded = false;
  #tokens: OidcTokens | undefined;
  #origin: Origin = 'kept';
  /** Whether the server has taken the access token yet. */
  #isTaken = false;
  #cookie = '';
  #refreshing: Promise<'done' | 'refused' | 'none'> | undefined;

  constructor(options: OidcOptions & ProviderOptions, around: Surroundings) {
    this.#options = options;
    this.#around = around;
    this.#loading = new SharedWork(around.closing, 'logged in');
    this.#renewing = new SharedWork(around.closing, 'logged in');
  }

  async headers(request: Waiting): Promise<Proof> {
    if (!this.#isLoaded) {
      await this.#loading.join(async () => {
        this.#tokens = await this.#load();
        this.#isLoaded = true;
      }, request);
    }
    return {
      ...asking,
      ...(this.#tokens && { authorization: proofOf(this.#tokens) }),
      ...(this.#cookie && sessionHeader(this.#cookie)),
    };
  }

  lasts(): boolean {
    return this.#isTaken && this.#tokens !== undefined && isLasting(this.#tokens.accessToken);
  }

  heard({ status, headers }: Heard, sent: Proof): void {
    // A late answer to an earlier proof is about who we were then.
    if (sent.authorization !== (this.#tokens && proofOf(this.#tokens))) return;
    this.#cookie = sessionSet(headers) ?? this.#cookie;
    if (status !== 401 && this.#tokens) this.#isTaken = true;
  }

  async renewed({ status, headers }: Heard, sent: Proof, request: Waiting): Promise<boolean> {
    // Who is known and may not is refused by 403 as well.
    if (status !== 401 && (status !== 403 || sent.authorization !== undefined)) return false;
    const offer = offerOf(headers);
    if (offer === undefined) {
      if (sent.authorization !== undefined) return false;
      throw notOffered(request);
    }
    const isOld = sent.authorization !== (this.#tokens && proofOf(this.#tokens));
    if (!isOld) await this.#renewing.join((signal) => this.#renew(offer, request, signal), request);
    return true;
  }

  greeted(text: string): void {
    const { auth, auth_methods: methods } = metadataOf(text);
    const offered = Array.isArray(methods) ? methods.map(String) : [];
    if (auth !== 'untrusted' || offered.includes('oidc')) return;
    throw notOffered({ method: 'GET', path: '/1.0' }, offered.join(', ') || undefined);
  }

  async #renew(offer: OidcOffer, { method, path }: Waiting, signal: AbortSignal): Promise<void> {
    const refused = this.#tokens;
    // One that nobody waited for any more has gone on.
    await this.#refreshing?.catch(() => undefined);
    if (this.#tokens !== refused || (await this.#isRenewedElsewhere(refused))) return;
    if (this.#origin === 'new' && refused && !this.#isTaken) throw notTaken(offer, { method, path });
    const provider = await Provider.of(offer, this.#options, signal);
    signal.throwIfAborted(); // whoever came then is at it
    this.#refreshing = this.#refresh(provider, refused).finally(() => (this.#refreshing = undefined));
    const outcome = await this.#refreshing;
    if (outcome === 'done') return;
    if (outcome === 'refused' && (await this.#isRenewedAtLast(refused))) return;
    await this.#save(await this.#new(provider));
  }

  /** Where a refresh token is good once, another process may have been faster, and is about to keep what it got. */
  async #isRenewedAtLast(refused: OidcTokens | undefined): Promise<boolean> {
    if (this.#options.tokens === undefined) return false;
    for (const ms of looks) {
      await delay(ms, undefined, { ref: false });
      if (await this.#isRenewedElsewhere(refused)) return true;
    }
    return false;
  }

  /** Whether another process has put other tokens into the store, which are ours from now on. */
  async #isRenewedElsewhere(refused: OidcTokens | undefined): Promise<boolean> {
    const kept = await this.#load();
    if (kept === undefined || kept.accessToken === refused?.accessToken) return false;
    this.#adopt(kept, 'kept');
    return true;
  }

  /** Runs to its end, whoever waits; `'none'` where there is nothing to refresh with, or that was in vain. */
  async #refresh(provider: Provider, before: OidcTokens | undefined): Promise<'done' | 'refused' | 'none'> {
    const wasInVain = this.#origin === 'refreshed' && !this.#isTaken;
    if (before?.refreshToken === undefined || wasInVain || !provider.isIssuerOf(before)) return 'none';
    const tokens = await provider.refresh(before.refreshToken);
    if (tokens === undefined) {
      this.#around.log.info?.(`OIDC: ${provider.issuer} takes the refresh token no more`);
      return 'refused';
    }
    const renewed = { ...before, ...tokens };
    this.#adopt(renewed, 'refreshed');
    this.#around.log.info?.(`OIDC: the access token of ${provider.issuer} was renewed`);
    await this.#save(renewed);
    return 'done';
  }

  async #new(provider: Provider): Promise<OidcTokens> {
    const { onVerification } = this.#options;
    if (onVerification === undefined) {
      const message = `OIDC: a person has to log in at ${provider.issuer}, and nobody can be asked: pass oidc: { onVerification }`;
      throw new LoginError(message, 'required');
    }
    const tokens = await provider.login(onVerification);
    this.#adopt(tokens, 'new');
    this.#around.log.info?.(`OIDC: logged in at ${provider.issuer}`);
    return tokens;
  }

  #adopt(tokens: OidcTokens, origin: Origin): void {
    this.#tokens = tokens;
    this.#origin = origin;
    this.#isTaken = false;
    this.#cookie = ''; // of whom we were before
  }

  async #load(): Promise<OidcTokens | undefined> {
    const { tokens: store } = this.#options;
    if (store === undefined) return this.#tokens;
    const tokens = await attempt(() => store.load(), 'read');
    if (tokens === undefined || tokens === null) return undefined;
    if (isTokens(tokens)) return tokens;
    throw new LoginError('OIDC: what tokens.load() gets is no { accessToken }', 'failed');
  }

  async #save(tokens: OidcTokens): Promise<void> {
    const { tokens: store } = this.#options;
    if (store) await attempt(() => store.save(quiet({ ...tokens })), 'kept');
  }
}

function proofOf({ accessToken }: OidcTokens): string {
  return `Bearer ${accessToken}`;
}

/** Prints without its secrets, by a property that neither JSON nor a spread takes along. */
function quiet(tokens: OidcTokens): OidcTokens {
  const shown = Object.keys(tokens).map((name) => [name, name === 'issuer' ? tokens.issuer : hidden]);
  return Object.defineProperty(tokens, inspect.custom, { value: () => Object.fromEntries(shown) as object });
}

function isTokens(value: unknown): value is OidcTokens {
  const { accessToken, refreshToken, idToken, issuer } = value as Partial<OidcTokens>;
  if (!isToken(accessToken)) return false;
  return [refreshToken, idToken, issuer].every((one) => one === undefined || typeof one === 'string');
}

async function attempt<T>(work: () => T | Promise<T>, done: string): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (isLxdError(cause)) throw cause;
    throw new LoginError(`OIDC: the tokens could not be ${done}`, 'failed', { cause });
  }
}

function metadataOf(text: string): { auth?: unknown; auth_methods?: unknown } {
  try {
    return (JSON.parse(text) as { metadata?: object } | null)?.metadata ?? {};
  } catch {
    return {}; // whoever opens it says so
  }
}

function notOffered({ method, path }: ErrorDetails, offered?: string): UnsupportedError {
  const instead = offered === undefined ? '' : `; it offers: ${offered}`;
  return new UnsupportedError(
    `${method ?? ''} ${path ?? ''}: not authenticated, and the server does not offer OIDC${instead}. ` +
      'On the server, oidc.issuer and oidc.client.id turn it on',
  );
}

/** Its authorities or its audience are not what the server expects: a second login would bring the same. */
function notTaken({ issuer, audience }: OidcOffer, { method, path }: Waiting): UnauthorizedError {
  const expected = audience === undefined ? '' : ` (it expects the audience ${JSON.stringify(audience)})`;
  return new UnauthorizedError(
    `${method} ${path}: the server refuses the access token that ${issuer} has just issued${expected}: ` +
      'compare oidc.* of the server with what the provider issues',
    { status: 401, method, path },
  );
}
