import { setTimeout as delay } from 'node:timers/promises';
import type { AuthorizationServer, Client, TokenEndpointResponse } from 'oauth4webapi';
import { ConnectionError, isLxdError, LoginError, milliseconds, TimeoutError } from '../../errors/index.js';
import { claimsOf } from './jwt.js';
import { library } from './library.js';
import type { OidcOffer } from './offer.js';
import type { OidcOptions, OidcTokens, OidcVerification } from './options.js';
import { assertSafe, providerFetch, type ProviderAccess, type ProviderRequest } from './provider-fetch.js';

/** How a provider is asked. */
export type ProviderOptions = Pick<OidcOptions, 'ca' | 'allowLoopbackHttp'> & Pick<ProviderAccess, 'proxy'>;

type Library = Awaited<ReturnType<typeof library>>;

/** Where a provider does not say how often to ask, and what it adds when that is too often, in s. */
const usualInterval = 5;
const slower = 5;

/** How often in a row a provider may not be reached while a person logs in. */
const patience = 5;

/** Until when to ask whether a person has logged in, and how often: in ms of the process, and in s. */
interface Polling {
  end: number;
  interval: number;
  signal: AbortSignal;
}

/** The provider that a server has named, as its configuration says. */
export class Provider {
  readonly issuer: string;
  readonly #library: Library;
  readonly #server: AuthorizationServer;
  readonly #offer: OidcOffer;
  readonly #options: ProviderOptions;
  readonly #signal: AbortSignal;

  /** @throws MissingPackageError; LoginError for who cannot be reached or used */
  static async of(offer: OidcOffer, options: ProviderOptions, signal: AbortSignal): Promise<Provider> {
    const oauth = await library();
    if (!URL.canParse(offer.issuer)) {
      throw new LoginError(`OIDC: the server names no provider but ${shown(offer.issuer)}`, 'failed');
    }
    const issuer = new URL(offer.issuer);
    assertSafe(issuer, options.allowLoopbackHttp === true);
    const given = requestOptions(oauth, options, signal);
    const server = await asked(offer.issuer, 'its configuration', oauth, async () =>
      oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, given)),
    );
    return new Provider(oauth, server, offer, options, signal);
  }

  private constructor(
    oauth: Library,
    server: AuthorizationServer,
    offer: OidcOffer,
    options: ProviderOptions,
    signal: AbortSignal,
  ) {
    this.issuer = offer.issuer;
    this.#library = oauth;
    this.#server = server;
    this.#offer = offer;
    this.#options = options;
    this.#signal = signal;
  }

  /** Whether tokens are its own: a server could name another provider to get at them. */
  isIssuerOf({ issuer, idToken, accessToken }: OidcTokens): boolean {
    const said = issuer ?? claimsOf(idToken ?? '')?.iss ?? claimsOf(accessToken)?.iss;
    return typeof said === 'string' && URL.canParse(said) && new URL(said).href === new URL(this.issuer).href;
  }

  /**
   * New tokens; undefined where the provider takes the refresh token no more. It goes on when nobody waits any longer: the
   * provider may have used the old token up, and only its answer has the new one. @throws LoginError
   */
  async refresh(refreshToken: string): Promise<OidcTokens | undefined> {
    const oauth = this.#library;
    const client = this.#client;
    const given = requestOptions(oauth, this.#options);
    return asked(this.issuer, 'new tokens', oauth, async () => {
      try {
        const none = oauth.None();
        const answer = await oauth.refreshTokenGrantRequest(this.#server, client, none, refreshToken, given);
        return this.#tokens(await oauth.processRefreshTokenResponse(this.#server, client, answer));
      } catch (error) {
        if (error instanceof oauth.ResponseBodyError && error.error === 'invalid_grant') return undefined;
        throw error;
      }
    });
  }

  /** The device flow: a person logs in elsewhere, while we ask whether it is done. @throws LoginError */
  async login(onVerification: (verification: OidcVerification) => void | Promise<void>): Promise<OidcTokens> {
    const oauth = this.#library;
    const begun = performance.now();
    const device = await asked(this.issuer, 'a code', oauth, async () => {
      const { audience, scopes } = this.#offer;
      const parameters = { scope: scopes.join(' '), ...(audience !== undefined && { audience }) };
      const answer = await oauth.deviceAuthorizationRequest(
        this.#server,
        this.#client,
        oauth.None(),
        parameters,
        requestOptions(oauth, this.#options, this.#signal),
      );
      return oauth.processDeviceAuthorizationResponse(this.#server, this.#client, answer);
    });
    const lifetime = device.expires_in * 1000;
    const verification = {
      url: this.#page(device.verification_uri_complete ?? device.verification_uri),
      userCode: printable(device.user_code),
      expiresAt: new Date(Math.min(Date.now() + lifetime, 8.64e15)),
    };
    const over = new AbortController();
    const polled = this.#poll(device.device_code, {
      end: begun + lifetime,
      interval: device.interval ?? usualInterval,
      signal: AbortSignal.any([this.#signal, over.signal]),
    });
    polled.catch(() => undefined); // if the other fails first
    // What it returns may be a promise that lasts as long as a dialogue is open: it is not waited for.
    const told = (async () => onVerification(verification))();
    try {
      return await Promise.race([
        polled,
        told.then(
          () => polled,
          (cause: unknown) => {
            throw new LoginError('OIDC: onVerification failed', 'failed', { cause });
          },
        ),
      ]);
    } finally {
      over.abort();
    }
  }

  async #poll(deviceCode: string, { end, interval, signal }: Polling): Promise<OidcTokens> {
    const oauth = this.#library;
    const client = this.#client;
    const given = requestOptions(oauth, this.#options, signal);
    for (let lost = 0; ;) {
      const left = end - performance.now();
      const isLast = left <= interval * 1000;
      // The last time is a little before the end, also where that is sooner than after the interval.
      await pause(isLast ? Math.max(left / 2, left - 1000) : interval * 1000, signal);
      try {
        const none = oauth.None();
        const answer = await oauth.deviceCodeGrantRequest(this.#server, client, none, deviceCode, given);
        return this.#tokens(await oauth.processDeviceCodeResponse(this.#server, client, answer));
      } catch (error) {
        const code = error instanceof oauth.ResponseBodyError ? error.error : undefined;
        if (code === 'access_denied') throw this.#denied();
        if (code === 'expired_token') throw this.#expired();
        if (code === 'slow_down' || code === 'authorization_pending') {
          if (isLast) throw this.#expired();
          if (code === 'slow_down') interval += slower;
          lost = 0;
          continue;
        }
        const failure = loginError(this.issuer, 'the tokens', error, oauth);
        lost += 1;
        if (failure.reason !== 'unreachable' || signal.aborted || isLast || lost >= patience) throw failure;
      }
    }
  }

  get #client(): Client {
    return { client_id: this.#offer.clientId };
  }

  #tokens(answer: TokenEndpointResponse): OidcTokens {
    return {
      accessToken: answer.access_token,
      ...(answer.refresh_token !== undefined && { refreshToken: answer.refresh_token }),
      ...(answer.id_token !== undefined && { idToken: answer.id_token }),
      issuer: this.issuer,
    };
  }

  /** A page that a browser may be sent to. @throws LoginError */
  #page(address: string): string {
    if (!URL.canParse(address)) throw unusable(this.issuer, `a code: the page ${shown(address)} is no URL`);
    const url = new URL(address);
    assertSafe(url, this.#options.allowLoopbackHttp === true);
    return url.href;
  }

  #denied(): LoginError {
    return new LoginError(`OIDC: the login at ${this.issuer} was denied`, 'denied');
  }

  #expired(): LoginError {
    return new LoginError(
      `OIDC: nobody logged in at ${this.issuer} while the code was good: ask again for a new one`,
      'expired',
    );
  }
}

function requestOptions(oauth: Library, options: ProviderOptions, signal?: AbortSignal) {
  const { ca, allowLoopbackHttp = false, proxy } = options;
  return {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- the library marks it to stand out, no other way exists; providerFetch refuses http: but to loopback
    [oauth.allowInsecureRequests]: allowLoopbackHttp,
    [oauth.customFetch]: (url: string, request: ProviderRequest) =>
      providerFetch(url, request, { ca, allowLoopbackHttp, proxy, signal }),
  };
}

async function asked<T>(issuer: string, what: string, oauth: Library, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw loginError(issuer, what, error, oauth);
  }
}

/** The library's errors hold whole answers, which may be tokens: only their words are kept. */
function loginError(issuer: string, what: string, error: unknown, oauth: Library): LoginError {
  if (error instanceof LoginError) return error;
  if (isLxdError(error)) {
    const away = error instanceof ConnectionError || error instanceof TimeoutError;
    const reason = away || error.code === 'ERR_LXD_CERTIFICATE' ? 'unreachable' : 'failed';
    return new LoginError(`OIDC: ${issuer} cannot be asked for ${what}: ${error.message}`, reason, {
      cause: error,
    });
  }
  const status = statusOf(error);
  if (status >= 500 || status === 429)
    return new LoginError(`OIDC: ${issuer} fails at ${what} (${status})`, 'unreachable');
  if (error instanceof oauth.ResponseBodyError) {
    const { error: code, error_description: said } = error;
    const described = typeof said === 'string' ? `, ${shown(said)}` : '';
    return new LoginError(`OIDC: ${issuer} refuses ${what}: ${shown(code)}${described}`, 'failed');
  }
  return unusable(issuer, `${what}: ${error instanceof Error ? error.message : 'no reason given'}`);
}

/** The HTTP status of the answer that an error of the library's is about; 0 if it is about none. */
function statusOf(error: unknown): number {
  const { status, cause } = error as { status?: unknown; cause?: unknown };
  if (typeof status === 'number') return status;
  return cause instanceof Response ? cause.status : 0;
}

function unusable(issuer: string, what: string): LoginError {
  return new LoginError(`OIDC: ${issuer} sent an unusable answer for ${what}`, 'failed');
}

/** Anybody's text as a message may have it. */
function shown(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}

/** What ends on a terminal must not control it. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '');
}

/** Whoever waits keeps the process alive, see SharedWork. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(milliseconds(Math.max(1, ms)), undefined, { signal, ref: false });
  } catch {
    throw new LoginError('OIDC: the login was given up', 'failed'); // nobody waits for it any more
  }
}
