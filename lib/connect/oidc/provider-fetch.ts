import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import {
  CertificateError,
  ConnectionError,
  LoginError,
  onAbort,
  ProtocolError,
  TimeoutError,
  type LxdError,
} from '../../errors/index.js';
import { httpsAgent } from '../agent.js';
import { certificateErrorFrom } from '../certificate-error.js';
import type { HttpsEndpoint } from '../endpoint.js';
import type { ProxyServer } from '../proxy/server.js';
import { tlsSettings } from '../tls.js';

/** How long a provider may take for one answer, in ms. */
const limit = 30_000;

/** What a provider says is short; more is not read, in bytes. */
const longest = 1 << 20;

/** One request of the library's. */
export interface ProviderRequest {
  method: string;
  headers: Record<string, string>;
  body?: URLSearchParams | string | Uint8Array | null | undefined;
}

/** How a provider is known, and when to give up. */
export interface ProviderAccess {
  ca?: string | undefined;
  allowLoopbackHttp?: boolean | undefined;
  /** The client's own; the environment names another. */
  proxy?: ProxyServer | false | undefined;
  /** None for what must not be cut off. */
  signal?: AbortSignal | undefined;
}

/**
 * What the library asks with: a secret goes to https alone (or this very machine, where that is allowed), redirects are
 * not followed, and every answer is bounded in time and size.
 * @throws LoginError for an address without TLS; ConnectionError, CertificateError, TimeoutError, ProtocolError
 */
export async function providerFetch(
  address: string,
  { method, headers, body }: ProviderRequest,
  { ca, allowLoopbackHttp = false, proxy, signal }: ProviderAccess,
): Promise<Response> {
  const url = new URL(address);
  assertSafe(url, allowLoopbackHttp);
  const about = `${method} ${url.origin}${url.pathname}`;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const tls = tlsSettings(ca === undefined ? {} : { ca }, host);
  const endpoint: HttpsEndpoint = {
    kind: 'https',
    origin: url.origin,
    tls,
    ...(proxy !== undefined && { proxy }),
  };
  const payload = body instanceof URLSearchParams ? body.toString() : (body ?? '');
  const given: Record<string, string> = { 'user-agent': 'tslxd', ...headers };
  if (method !== 'GET') given['content-length'] = String(Buffer.byteLength(payload));
  return new Promise((resolve, reject) => {
    const stopping = new AbortController();
    const options = { method, headers: given, giveUp: stopping.signal };
    // No connection is kept: a provider is asked now and then, and nothing must keep the process alive.
    const sent =
      url.protocol === 'https:'
        ? https.request(url, { ...options, agent: httpsAgent(endpoint, { keepAlive: false }) })
        : http.request(url, { ...options, agent: false });
    const stop = (error: Error) => {
      settle();
      stopping.abort();
      sent.destroy();
      reject(error);
    };
    const timer = setTimeout(
      () => stop(new TimeoutError(`${about}: no answer within ${String(limit)} ms`)),
      limit,
    );
    const forget = onAbort(signal, () => stop(givenUp(about)));
    const settle = () => {
      clearTimeout(timer);
      forget();
    };
    sent.on('error', (error: NodeJS.ErrnoException) => stop(failure(about, error, endpoint)));
    sent.once('response', (response) => {
      read(response).then(
        (text) => {
          settle();
          resolve(answer(response, text));
        },
        (error: unknown) =>
          stop(
            error instanceof ProtocolError ? error : new ConnectionError(`${about}: the answer broke off`),
          ),
      );
    });
    if (signal?.aborted) stop(givenUp(about));
    else sent.end(payload);
  });
}

/** @throws LoginError */
export function assertSafe(url: URL, allowLoopbackHttp: boolean): void {
  if (url.protocol === 'https:') return;
  const isLoopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'http:' && isLoopback && allowLoopbackHttp) return;
  const remedy =
    url.protocol === 'http:' && isLoopback
      ? ': for a test, pass oidc: { allowLoopbackHttp: true }'
      : ', and secrets go nowhere else than to https://';
  throw new LoginError(`OIDC: the provider is at ${url.origin}${remedy}`, 'failed');
}

async function read(response: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > longest) throw new ProtocolError('the answer is too long');
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function answer({ statusCode = 0, headers }: IncomingMessage, body: Buffer): Response {
  const type = headers['content-type'];
  // What Response does not take is no answer to these requests.
  const status = statusCode >= 200 && statusCode <= 599 ? statusCode : 502;
  const isEmpty = [204, 205, 304].includes(status);
  const given = { status, ...(type !== undefined && { headers: { 'content-type': type } }) };
  return new Response(isEmpty ? null : new Uint8Array(body), given);
}

function failure(about: string, error: NodeJS.ErrnoException, endpoint: HttpsEndpoint): LxdError {
  const { code = '', message } = error;
  if (certificateErrorFrom(error, endpoint)) {
    return new CertificateError(
      `${about}: the provider's certificate is signed by nobody who is trusted here, or for another name (${code}): pass the one that signed it as oidc.ca`,
      { cause: error },
    );
  }
  const said = code === '' || message.includes(code) ? message : `${message} (${code})`;
  return new ConnectionError(`${about}: ${said}`, { cause: error });
}

function givenUp(about: string): ConnectionError {
  return new ConnectionError(`${about}: given up`);
}
