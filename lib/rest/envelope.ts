import type { IncomingHttpHeaders } from 'node:http';
import { ProtocolError, responseError } from '../errors/index.js';
import type { Asked } from './asked.js';
import type { TransportResponse } from './transport.js';

/** A successful answer, its envelope opened. */
export interface Answer<T = unknown> {
  /** `sync`: it is done; `async`: an operation was started. Some endpoints are either, by server. */
  type: 'sync' | 'async';
  metadata: T;
  /** URL of the operation with its query; always there for `async`. */
  operation?: string;
  /** The object's version for `If-Match`, without quotes. */
  etag?: string;
  /** URL of what was created. */
  location?: string;
  status: number;
  headers: IncomingHttpHeaders;
}

interface Envelope {
  type?: unknown;
  metadata?: unknown;
  operation?: unknown;
  error?: unknown;
  error_code?: unknown;
}

/** What a success comes with; others, as a 304 or a part, are no answer to what was asked. */
const successes = new Set([200, 201, 202]);

/** Opens an envelope. Its `type` decides, since `/wait` sends errors inside a 200; a success must be one to HTTP, too. */
export function openEnvelope(response: TransportResponse, asked: Asked): Answer {
  const envelope = parse(response, asked);
  const { headers, status } = response;
  const { etag, location } = headers;
  if (envelope.type === 'sync' || envelope.type === 'async') {
    if (!successes.has(status)) throw notAnEnvelope(response, asked, 'a success under a status that is none');
    const answer: Answer = { type: envelope.type, metadata: envelope.metadata ?? null, status, headers };
    if (envelope.type === 'async') {
      const operation = envelope.operation || location;
      if (typeof operation !== 'string') {
        throw notAnEnvelope(response, asked, 'a started operation without the URL of it');
      }
      answer.operation = operation;
    }
    if (etag) answer.etag = etag.replace(/^"|"$/g, '');
    if (location) answer.location = location;
    return answer;
  }
  if (envelope.type === 'error') throw refusal(envelope, response, asked);
  throw notAnEnvelope(response, asked, 'JSON, but not an answer of LXD or Incus');
}

function parse(response: TransportResponse, asked: Asked): Envelope {
  if (asked.method === 'HEAD' && response.body === '') {
    return response.status < 400 ? { type: 'sync' } : { type: 'error', error_code: response.status };
  }
  let value: unknown;
  try {
    value = JSON.parse(response.body.replace(/^\uFEFF/, ''));
  } catch {
    // No cause: V8's message quotes what stands around the damage, which may be a secret.
    const json = /^\s*[{[]/.test(response.body);
    throw notAnEnvelope(response, asked, json ? 'JSON that ends too early or is damaged' : 'not JSON');
  }
  return typeof value === 'object' && value !== null ? value : {};
}

function refusal(envelope: Envelope, response: TransportResponse, asked: Asked): Error {
  const named = Number(envelope.error_code);
  const status = named >= 400 ? named : response.status >= 400 ? response.status : 500;
  const text = typeof envelope.error === 'string' && envelope.error ? envelope.error : 'no reason given';
  const advice = status === 401 || status === 403 ? loginAdvice(response.headers) : '';
  return responseError(status, `${asked.method} ${asked.path}: ${text} (${String(status)})${advice}`, asked);
}

/** What to do where the server tells how to log in, which it does to who is not known. */
function loginAdvice(headers: IncomingHttpHeaders): string {
  const issuer = headers['x-lxd-oidc-issuer'] ?? headers['x-incus-oidc-issuer'];
  if (issuer === undefined || issuer === '') return '';
  return `; the server has its users log in by OIDC (${String(issuer)}): pass oidc: { onVerification }`;
}

/** Says what came instead; a proxy's 404 page must never read as "there is no such instance". */
function notAnEnvelope(response: TransportResponse, asked: Asked, what: string): ProtocolError {
  const type = response.headers['content-type'] ?? 'no content type';
  const start = response.body.slice(0, 80).replace(/\s+/g, ' ').trim();
  const said = start ? `: ${JSON.stringify(start)}` : ', empty body';
  return new ProtocolError(
    `${asked.method} ${asked.path}: the answer is ${what} (HTTP ${String(response.status)}, ${type}${said}); ` +
      'is there a proxy between, or is this another server?',
    { ...asked, status: response.status },
  );
}
