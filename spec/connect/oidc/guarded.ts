import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { WebSocketServer } from 'ws';
import { Client, type OidcOptions, type OidcTokens } from 'tslxd';
import { OidcProvider, type ProviderRequest } from '../../support/oidc-provider.js';
import { afterwards, json, serveHttps, sync, TestServer, type Seen } from '../../rest/test-server.js';

/** What `GET /1.0` says to who is known. */
const facts = { auth: 'trusted', api_extensions: ['projects'], environment: { server: 'lxd' }, config: {} };

/** A server that lets in who shows a token, as LXD 6 or Incus 6 do. */
export class Guarded {
  /** Whether a token is good; all but none are. */
  takes = (token: string): boolean => token !== '';
  /** Whether nobody may do anything. */
  forbids = false;
  /** Set on answers to who is known. */
  cookie: string | undefined;
  /** The headers of its refusals. */
  offer: OutgoingHttpHeaders = {};
  /** Where it sends everybody whom it knows. */
  redirectsTo: string | undefined;
  /** Has a request wait for its answer. */
  holds: ((seen: Seen) => Promise<unknown> | undefined) | undefined;
  readonly upgrades: IncomingMessage[] = [];
  server!: TestServer;

  static async start(offer: OutgoingHttpHeaders): Promise<Guarded> {
    const guarded = new Guarded();
    guarded.offer = offer;
    guarded.server = await serveHttps((response, seen) => guarded.#answer(response, seen));
    const sockets = new WebSocketServer({ noServer: true });
    guarded.server.onUpgrade((request, socket, head) => {
      guarded.upgrades.push(request);
      const refused = guarded.#refusal(request.headers.authorization);
      if (refused === undefined) {
        sockets.handleUpgrade(request, socket, head, (websocket) => websocket.on('error', () => undefined));
        return;
      }
      const lines = Object.entries(guarded.offer).map(([name, value]) => `${name}: ${String(value)}\r\n`);
      const body = JSON.stringify({ type: 'error', error: 'not authorized', error_code: refused });
      socket.end(
        `HTTP/1.1 ${refused} No\r\n${lines.join('')}content-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
      );
    });
    return guarded;
  }

  /** The headers of the requests that it let in. */
  get known(): Seen['headers'][] {
    return this.server.seen
      .map(({ headers }) => headers)
      .filter(({ authorization }) => this.#refusal(authorization) === undefined);
  }

  async #answer(response: ServerResponse, seen: Seen): Promise<void> {
    const { headers, url } = seen;
    await this.holds?.(seen);
    const greets = url.startsWith('/1.0?') || url === '/1.0';
    if (greets && headers.authorization === undefined && headers['x-lxd-authenticated'] === undefined) {
      sync(response, { auth: 'untrusted', auth_methods: ['tls'] });
      return;
    }
    const refused = this.#refusal(headers.authorization) ?? (this.forbids ? 403 : undefined);
    if (refused !== undefined) {
      json(response, refused, { type: 'error', error: 'not authorized', error_code: refused }, this.offer);
      return;
    }
    if (this.redirectsTo !== undefined) {
      response.writeHead(302, { location: this.redirectsTo }).end();
      return;
    }
    const set = this.cookie === undefined ? {} : { 'set-cookie': this.cookie };
    sync(response, greets ? facts : [], set);
  }

  /** As both servers do: 403 for who shows nothing, 401 for a bad token. */
  #refusal(authorization = ''): 401 | 403 | undefined {
    const token = /^Bearer (.*)$/.exec(authorization)?.[1] ?? '';
    if (token !== '' && this.takes(token)) return undefined;
    return token === '' ? 403 : 401;
  }
}

/** How Incus and LXD name a provider. */
export function offerOf(
  { issuer }: { issuer: string },
  product: 'incus' | 'lxd' = 'incus',
): OutgoingHttpHeaders {
  const name = product === 'lxd' ? 'X-LXD-OIDC' : 'X-Incus-OIDC';
  return {
    [`${name}-issuer`]: issuer,
    [`${name}-clientid`]: 'tslxd',
    [`${name}-audience`]: 'the-audience',
    ...(product === 'lxd' && { [`${name}-scopes`]: '["openid","offline_access","groups"]' }),
  };
}

/** A provider of one spec. */
export async function startProvider(request: ProviderRequest = {}): Promise<OidcProvider> {
  const provider = await OidcProvider.start({ algorithm: 'ES256', ...request });
  provider.person = 'agrees';
  afterwards(() => provider.stop());
  return provider;
}

/** What a spec of logins has. */
export interface Login {
  provider: OidcProvider;
  /** Sends people to the provider. */
  server: Guarded;
  /** A client of the server that has not asked for anything yet. */
  client(oidc?: Partial<OidcOptions>): Client;
}

/** A provider, and a server that lets in whoever logged in there, of one spec. */
export async function startLogin(): Promise<Login> {
  const provider = await startProvider();
  const server = await Guarded.start(offerOf(provider));
  const client = (oidc: Partial<OidcOptions> = {}): Client => {
    const given = { onVerification: () => undefined, allowLoopbackHttp: true, ...oidc };
    const made = new Client({ ...server.server.options, oidc: given });
    afterwards(() => made.close());
    return made;
  };
  return { provider, server, client };
}

/** A store that a spec can look into. */
export function storeOf(first?: OidcTokens) {
  const store = {
    kept: first,
    load: (): OidcTokens | undefined => store.kept,
    save: (tokens: OidcTokens): void => {
      store.kept = tokens;
    },
  };
  return store;
}
