import https from 'node:https';
import http from 'node:http';
import { Readable } from 'node:stream';
import { isNativeError } from 'node:util/types';
import got, { RequestError, type Got, type RequestFunction, type StreamOptions } from 'got';
import {
  certificateErrorFrom,
  httpsAgent,
  type AgentRequestOptions,
  pinsOf,
  tlsSettings,
  type HttpsEndpoint,
} from '../connect/index.js';
import {
  ConnectionError,
  InvalidInputError,
  isLxdError,
  milliseconds,
  ProtocolError,
  responseError,
  type LxdError,
} from '../errors/index.js';
import { unsendable } from './asked.js';
import { abortedError, bodyOf, Call, type CallListener } from './call.js';
import { TextBuilder } from './read-text.js';

/** How a web server proves who it is, and what every request to it carries. */
export interface WebOptions {
  /** PEM text. */
  ca?: string | undefined;
  /** PEM text. */
  serverCert?: string | undefined;
  verify?: boolean | undefined;
  /** Sent to the server itself, never to one that it names. */
  headers?: Record<string, string> | undefined;
  /** Milliseconds until an answer begins, and between two pieces of it; 60,000 by default, 0 for no limit. */
  timeout?: number | undefined;
}

export interface WebRequest {
  signal?: AbortSignal | undefined;
}

/** A text that is longer is no list of images. */
const maxText = 1 << 27;

const defaultTimeout = 60_000;

/** Reads texts and files of web servers that speak no API: static trees. */
export class Web {
  readonly #options: WebOptions;
  readonly #origin: string;
  readonly #got: Got;
  readonly #silence: number | undefined;

  constructor(base: URL, options: WebOptions) {
    this.#options = options;
    this.#origin = base.origin;
    this.#silence = milliseconds(options.timeout ?? defaultTimeout);
    if (base.protocol === 'https:') this.#endpoint(base); // what is wrong with the certificates is said now
    this.#got = got.extend({
      throwHttpErrors: false,
      retry: { limit: 0 },
      maxRedirects: 5,
      headers: { 'user-agent': 'tslxd' },
      hooks: {
        beforeRedirect: [
          ({ url }, { url: from }) => {
            // Else who can change what is sent in the clear has a say in what is believed.
            const to = String(url).replace(/\?.*$/s, '');
            if (from.startsWith('https:') && !to.startsWith('https:')) {
              throw new ProtocolError(`GET ${from}: it redirects to ${to}, which is not encrypted`);
            }
          },
        ],
      },
    });
  }

  /** A text, whose compression is undone. @throws ConnectionError, CertificateError, TimeoutError, AbortedError, ResponseError */
  async text(url: URL, request: WebRequest = {}): Promise<string> {
    return new Promise<string>((resolve, reject) => {
      const asked = { method: 'GET', path: url.href };
      const text = new TextBuilder(maxText, asked);
      const call = this.#call(url, request, {
        head: ({ statusCode = 0 }) => {
          if (statusCode !== 200) call.fail(refusal(url, statusCode));
        },
        piece: (chunk) => text.add(chunk),
        end: () => resolve(text.take()),
        fail: reject,
      });
    });
  }

  /** The bytes of a file as they lie on the server. The stream is the caller's to read or destroy. */
  async file(url: URL, request: WebRequest = {}): Promise<Readable> {
    return new Promise<Readable>((resolve, reject) => {
      let body: Readable | undefined;
      const call = this.#call(
        url,
        request,
        {
          head: ({ statusCode = 0 }) => {
            if (statusCode !== 200) {
              call.fail(refusal(url, statusCode));
              return;
            }
            body = bodyOf(call);
            resolve(body);
          },
          piece: (chunk) => {
            if (body?.push(chunk) === false) call.pause();
          },
          end: () => body?.push(null),
          fail: (error) => {
            if (body) body.destroy(error);
            else reject(error);
          },
        },
        { decompress: false, headers: { 'accept-encoding': 'identity' } },
      );
    });
  }

  #call(url: URL, { signal }: WebRequest, listener: CallListener, options: StreamOptions = {}): Call {
    const asked = { method: 'GET', path: url.href, signal, silence: this.#silence };
    if (signal?.aborted) throw abortedError(asked, signal.reason);
    const call = new Call(asked, url.origin, (error) => this.#translate(error, url), listener);
    const over = new AbortController();
    const request: RequestFunction = (to, given, callback) =>
      call.sentWith(this.#send(to, { ...given, giveUp: over.signal }, callback), to.protocol === 'https:');
    const source = this.#got.stream(url, { ...options, request });
    source.once('close', () => over.abort());
    return call.through(source);
  }

  #send(
    url: URL,
    options: http.RequestOptions & AgentRequestOptions,
    callback: ((response: http.IncomingMessage) => void) | undefined,
  ): http.ClientRequest {
    const own = url.origin === this.#origin ? this.#options.headers : {};
    const given = { ...options, headers: { ...(options.headers as http.OutgoingHttpHeaders), ...own } };
    if (url.protocol !== 'https:') return http.request(url, { ...given, agent: false }, callback);
    // No connection is kept: a list of images is read now and then, and nothing must keep the process alive.
    const agent = httpsAgent(this.#endpoint(url), { keepAlive: false });
    return https.request(url, { ...given, agent }, callback);
  }

  #endpoint({ origin, hostname }: URL): HttpsEndpoint {
    const { ca, serverCert, verify } = this.#options;
    const given = {
      ...(ca !== undefined && { ca }),
      ...(serverCert !== undefined && { serverCert }),
      ...(verify !== undefined && { verify }),
    };
    const pins = pinsOf(given);
    return { kind: 'https', origin, tls: tlsSettings(given, hostname.replace(/^\[|\]$/g, ''), pins), pins };
  }

  #translate(error: unknown, url: URL): LxdError {
    const { cause: inner } = error as Error;
    const cause = error instanceof RequestError && isNativeError(inner) ? inner : error;
    if (isLxdError(cause)) return cause;
    const details = { method: 'GET', path: url.pathname };
    const { code = '', message } = cause as NodeJS.ErrnoException;
    if (unsendable.test(code)) {
      return new InvalidInputError(`GET ${url.href}: it cannot be sent: ${message}`, cause);
    }
    // zlib's, and got's for an endless row of redirects.
    if (/^Z_|^ERR_TOO_MANY_REDIRECTS$/.test(code)) {
      return new ProtocolError(`GET ${url.href}: ${message}`, { ...details, cause });
    }
    const certificate =
      url.protocol === 'https:' &&
      certificateErrorFrom(cause as NodeJS.ErrnoException, this.#endpoint(url), { ...details, cause });
    if (certificate) return certificate;
    const said = code === '' || message.includes(code) ? message : `${message} (${code})`;
    return new ConnectionError(`GET ${url.href}: ${said}`, { ...details, cause });
  }
}

function refusal(url: URL, status: number): LxdError {
  const details = { method: 'GET', path: url.pathname, status };
  const reason = http.STATUS_CODES[status] ?? 'refused';
  const message = `GET ${url.href}: ${reason} (${String(status)})`;
  return status >= 400 ? responseError(status, message, details) : new ProtocolError(message, details);
}
