import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What a provider is to be like. */
export interface ProviderRequest {
  /** With TLS, if it has a certificate. */
  certificate?: { cert: string; key: string };
  algorithm?: 'RS256' | 'ES256';
  audience?: string;
}

/** A request for a code or for tokens. */
interface Asked {
  path: string;
  form: Record<string, string>;
}

/** A provider of OpenID Connect, as small as servers of LXD and Incus, and their clients, can use. */
export class OidcProvider {
  /** What was asked at its two endpoints. */
  readonly asked: Asked[] = [];
  /** What the person in front of the page does. */
  person: 'waits' | 'agrees' | 'denies' | 'is too late' = 'waits';
  /** In s: how long access tokens and codes are good, and how often one may ask. */
  tokenLifetime = 3600;
  codeLifetime = 600;
  interval: number | undefined = 0.01;
  /** Whether `verification_uri_complete` and refresh tokens are given, and new ones at a refresh. */
  completes = true;
  refreshes = true;
  rotates = true;
  /** Anything instead of the proper answer to a request. */
  instead: ((asked: Asked, response: ServerResponse) => boolean) | undefined;
  /** Has the answer to a request wait, after it took effect. */
  holds: ((asked: Asked) => Promise<void>) | undefined;
  /** What the configuration says beside, or in place of, the truth. */
  configuration: Record<string, unknown> = {};
  email = 'jane@example.com';
  readonly #server: http.Server;
  readonly #algorithm: 'RS256' | 'ES256';
  readonly #keys: { privateKey: KeyObject; publicKey: KeyObject };
  readonly #audience: string;
  readonly #isSecure: boolean;
  readonly #refreshTokens = new Set<string>();
  #issued = 0;

  static async start(request: ProviderRequest = {}): Promise<OidcProvider> {
    const provider = new OidcProvider(request);
    provider.#server.listen(0, '127.0.0.1');
    await once(provider.#server, 'listening');
    return provider;
  }

  private constructor({ certificate, algorithm = 'RS256', audience = 'the-audience' }: ProviderRequest) {
    const handler = (request: IncomingMessage, response: ServerResponse) => {
      void this.#answer(request, response);
    };
    this.#server = certificate ? https.createServer(certificate, handler) : http.createServer(handler);
    this.#isSecure = certificate !== undefined;
    this.#algorithm = algorithm;
    this.#audience = audience;
    this.#keys =
      algorithm === 'RS256'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  }

  get issuer(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `${this.#isSecure ? 'https' : 'http'}://127.0.0.1:${port}`;
  }

  /** The requests for tokens of one kind. */
  grants(kind: 'device_code' | 'refresh_token'): Asked[] {
    return this.asked.filter(({ form }) => (form.grant_type ?? '').endsWith(kind));
  }

  /** How many persons were asked to log in. */
  get logins(): number {
    return this.asked.filter(({ path }) => path === '/device').length;
  }

  /** An access token that it might have issued. */
  accessToken({ lifetime = this.tokenLifetime } = {}): string {
    return this.#signed({ ...this.#claims(this.#audience, lifetime), jti: String((this.#issued += 1)) });
  }

  /** A refresh token that it takes. */
  refreshToken(): string {
    const token = randomBytes(9).toString('base64url');
    this.#refreshTokens.add(token);
    return token;
  }

  revoke(): void {
    this.#refreshTokens.clear();
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    const form = Object.fromEntries(new URLSearchParams(await text(request).catch(() => '')));
    if (path === '/.well-known/openid-configuration') json(response, 200, this.#configuration());
    else if (path === '/keys') json(response, 200, { keys: [this.#key()] });
    else {
      const asked = { path, form };
      this.asked.push(asked);
      if (this.instead?.(asked, response) === true) return;
      const [status, value] = path === '/device' ? [200, this.#code()] : this.#token(form);
      await this.holds?.(asked);
      json(response, status, value);
    }
  }

  #configuration(): object {
    const { issuer } = this;
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      device_authorization_endpoint: `${issuer}/device`,
      userinfo_endpoint: `${issuer}/userinfo`,
      jwks_uri: `${issuer}/keys`,
      id_token_signing_alg_values_supported: [this.#algorithm],
      ...this.configuration,
    };
  }

  #code(): object {
    const page = `${this.issuer}/page`;
    return {
      device_code: 'the-device-code',
      user_code: 'ABCD-1234',
      verification_uri: page,
      ...(this.completes && { verification_uri_complete: `${page}?code=ABCD-1234` }),
      expires_in: this.codeLifetime,
      ...(this.interval !== undefined && { interval: this.interval }),
    };
  }

  #token(form: Record<string, string>): [number, object] {
    if (form.grant_type === 'refresh_token') {
      const { refresh_token: token = '' } = form;
      if (!this.#refreshTokens.has(token)) return [400, { error: 'invalid_grant' }];
      if (this.rotates) this.#refreshTokens.delete(token);
      return [200, this.#tokens(form, this.rotates)];
    }
    const refusals = {
      waits: 'authorization_pending',
      denies: 'access_denied',
      'is too late': 'expired_token',
    };
    if (this.person !== 'agrees') return [400, { error: refusals[this.person] }];
    return [200, this.#tokens(form, this.refreshes)];
  }

  #tokens({ client_id: client = '' }: Record<string, string>, withRefresh: boolean): object {
    return {
      access_token: this.accessToken(),
      token_type: 'Bearer',
      expires_in: this.tokenLifetime,
      id_token: this.#signed(this.#claims(client, 3600)),
      ...(withRefresh && { refresh_token: this.refreshToken() }),
    };
  }

  #claims(audience: string, lifetime: number): object {
    const now = Math.floor(Date.now() / 1000);
    return {
      iss: this.issuer,
      sub: 'jane',
      aud: [audience],
      iat: now,
      nbf: now - 5,
      exp: now + lifetime,
      email: this.email,
    };
  }

  #key(): object {
    return {
      ...this.#keys.publicKey.export({ format: 'jwk' }),
      kid: 'one',
      use: 'sig',
      alg: this.#algorithm,
    };
  }

  #signed(claims: object): string {
    const signed = [{ alg: this.#algorithm, typ: 'JWT', kid: 'one' }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    const key = { key: this.#keys.privateKey, dsaEncoding: 'ieee-p1363' as const };
    return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
  }
}

function json(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}
