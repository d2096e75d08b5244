import { request as askPlain, STATUS_CODES, type IncomingMessage } from 'node:http';
import { request as askTls } from 'node:https';
import { isIP } from 'node:net';
import { Readable } from 'node:stream';
import { tlsSettings, type TlsSettings } from '../../connect/index.js';
import type { Product } from '../products/product.js';
import { Refusal } from '../state/refusal.js';
import { quirks } from './quirks.js';

/** How the fake speaks with others. */
export interface Speaker {
  product: Product;
  /** PEM text: of the other server, or of who vouches for it. */
  certificate?: string | undefined;
  /** Ends what is under way. */
  signal: AbortSignal;
}

/** What is asked of another server. */
export interface WebRequest {
  method?: 'GET' | 'HEAD' | 'POST';
  headers?: Readonly<Record<string, string>>;
  body?: AsyncIterable<Uint8Array>;
}

const redirects = 10;

/** The answer of another server, whatever it says; what comes in its way is told as Go's HTTP client does. */
export async function ask(url: string, by: Speaker, request: WebRequest = {}): Promise<IncomingMessage> {
  for (let at = url, left = redirects; ; left--) {
    const response = await once(at, by, request);
    const { location } = response.headers;
    const isElsewhere = (response.statusCode ?? 0) >= 300 && (response.statusCode ?? 0) < 400 && location;
    if (!isElsewhere || request.body || left === 0) return response;
    response.destroy();
    at = new URL(location, at).href;
  }
}

/** `404 Not Found` */
export function statusLine({ statusCode = 0 }: IncomingMessage): string {
  return `${String(statusCode)} ${STATUS_CODES[statusCode] ?? ''}`;
}

async function once(url: string, by: Speaker, request: WebRequest): Promise<IncomingMessage> {
  const { method = 'GET', headers = {}, body } = request;
  const refuse = (why: string): Refusal =>
    new Refusal(500, `${method.charAt(0)}${method.slice(1).toLowerCase()} "${url}": ${why}`);
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1] ?? '';
  if (!/^https?$/.test(scheme)) throw refuse(`unsupported protocol scheme "${scheme}"`);
  if (!URL.canParse(url)) throw refuse('invalid URL');
  const { hostname } = new URL(url);
  const options = { method, headers, agent: false, signal: by.signal } as const;
  const tls = scheme === 'https' ? trust(by.certificate, hostname.replace(/^\[|\]$/g, '')) : undefined;
  return new Promise((resolve, reject) => {
    const outgoing = tls ? askTls(url, { ...options, ...tls }) : askPlain(url, options);
    outgoing.on('response', resolve);
    // A server that has said no need not read the rest.
    outgoing.on('error', (error) => reject(refuse(reasonOf(error, url, by.product))));
    if (body) Readable.from(body, { objectMode: false }).pipe(outgoing);
    else outgoing.end();
  });
}

/** As the servers trust another: by a certificate alone, whatever names it has; without it by the machine's authorities. */
export function trust(certificate: string | undefined, host: string): TlsSettings {
  if (!certificate) return tlsSettings({}, host);
  try {
    const checkServerIdentity = (): undefined => undefined;
    return { ...tlsSettings({ ca: certificate }, isIP(host) ? '' : host), checkServerIdentity };
  } catch {
    throw new Refusal(500, 'Invalid remote certificate');
  }
}

/** What Go says of a connection that failed. */
export function reasonOf(error: NodeJS.ErrnoException, url: string, product: Product): string {
  const { code = '', message } = error;
  const { host, hostname, port, protocol } = new URL(url);
  const address = port ? host : `${host}:${protocol === 'https:' ? '443' : '80'}`;
  if (code === 'ECONNREFUSED')
    return `Unable to connect to: ${address} ([dial tcp ${address}: connect: connection refused])`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `lookup ${hostname}: no such host`;
  if (code === 'ABORT_ERR') return 'context canceled';
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_'))
    return 'http: server gave HTTP response to HTTPS client';
  if (/CERT|SELF_SIGNED|UNABLE_TO_/.test(code)) return quirks[product.name].unknownAuthority;
  return code === 'ECONNRESET' ? 'EOF' : message;
}
