import https from 'node:https';
import http from 'node:http';
import { Readable } from 'node:stream';
import { isNativeError } from 'node:util/types';
import got, { RequestError, TimeoutError as GotTimeout, type Got, type RequestFunction } from 'got';
import { certificateErrorFrom, httpsAgent, tlsSettings, type HttpsEndpoint } from '../connect/index.js';
import {
  AbortedError,
  ConnectionError,
  InvalidInputError,
  isLxdError,
  ProtocolError,
  responseError,
  TimeoutError,
  type LxdError,
} from '../errors/index.js';
import { unsendable } from './asked.js';

/** How a web server proves who it is, and what every request to it carries. */
export interface WebOptions {
  /** PEM text. */
  ca?: string | undefined;
  /** PEM text. */
  serverCert?: string | undefined;
  verify?: boolean | undefined;
  /** Sent to the server itself, never to one that it names. */
  headers?: Record<string, string> | undefined;
}

export interface WebRequest {
  signal?: AbortSignal | undefined;
  /** Milliseconds for a text, or between two pieces of a file; 0 = no limit. */
  timeout?: number | undefined;
}

/** A text that is longer is no list of images. */
const maxText = 1 << 27;

const defaultTimeout = 60_000;

/** Reads texts and files of web servers that speak no API: static trees. */
export class Web {
  readonly #options: WebOptions;
  readonly #origin: string;
  readonly #got: Got;

  constructor(base: URL, options: WebOptions) {
    this.#options = options;
    this.#origin = base.origin;
    if (base.protocol === 'https:') this.#endpoint(base); // what is wrong with the certificates is said now
    this.#got = got.extend({
      throwHttpErrors: false,
      retry: { limit: 0 },
      maxRedirects: 5,
      headers: { 'user-agent': 'tslxd' },
      request: ((url, options, callback) => this.#send(url, options, callback)) satisfies RequestFunction,
      hooks: {
        beforeRedirect: [
          ({ url }, { url: from }) => {
            // Else who can change what is sent in the clear has a say in what is believed.
            const to = String(url);
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
    const timeout = request.timeout ?? defaultTimeout;
    const source = this.#got.stream(url, {
      signal: request.signal,
      timeout: timeout > 0 ? { request: timeout } : {},
    });
    try {
      let status = 0;
      source.once('response', (response: http.IncomingMessage) => (status = response.statusCode ?? 0));
      const chunks: Buffer[] = [];
      let length = 0;
      for await (const chunk of source as AsyncIterable<Buffer>) {
        length += chunk.length;
        if (length > maxText)
          throw new ProtocolError(`GET ${url.href}: longer than ${String(maxText)} bytes`);
        chunks.push(chunk);
      }
      if (status >= 400) throw refusal(url, status);
      return Buffer.concat(chunks).toString();
    } catch (error) {
      throw this.#translate(error, url, request);
    } finally {
      source.destroy();
    }
  }

  /** The bytes of a file as they lie on the server. The stream is the caller's to read or destroy. */
  async file(url: URL, request: WebRequest = {}): Promise<Readable> {
    const timeout = request.timeout ?? defaultTimeout;
    const source = this.#got.stream(url, {
      signal: request.signal,
      decompress: false,
      headers: { 'accept-encoding': 'identity' },
      timeout: timeout > 0 ? { connect: timeout, response: timeout, socket: timeout } : {},
    });
    try {
      const status = await new Promise<number>((resolve, reject) => {
        source.once('error', reject);
        source.once('response', (response: http.IncomingMessage) => resolve(response.statusCode ?? 0));
      });
      if (status >= 400) throw refusal(url, status);
    } catch (error) {
      source.destroy();
      throw this.#translate(error, url, request);
    }
    source.on('error', () => {}); // it may come before anybody reads; who reads then gets it
    const translate = (error: unknown) => this.#translate(error, url, request);
    const body = async function* () {
      try {
        yield* source as AsyncIterable<Buffer>;
      } catch (error) {
        throw translate(error);
      }
    };
    return Readable.from(body(), { objectMode: false }).once('close', () => source.destroy());
  }

  #send(
    url: URL,
    options: http.RequestOptions,
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
    const given = { ...(ca !== undefined && { ca }), ...(serverCert !== undefined && { serverCert }) };
    const tls = tlsSettings(
      { ...given, ...(verify !== undefined && { verify }) },
      hostname.replace(/^\[|\]$/g, ''),
    );
    return { kind: 'https', origin, tls };
  }

  #translate(error: unknown, url: URL, { signal }: WebRequest): LxdError {
    const { cause: inner } = error as Error;
    const cause = error instanceof RequestError && isNativeError(inner) ? inner : error;
    if (isLxdError(cause)) return cause;
    const details = { method: 'GET', path: url.pathname };
    if (signal?.aborted)
      return new AbortedError(`GET ${url.href}: aborted`, { ...details, cause: signal.reason });
    if (error instanceof GotTimeout) return new TimeoutError(`GET ${url.href}: ${error.message}`, details);
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
  const reason = http.STATUS_CODES[status] ?? 'refused';
  return responseError(status, `GET ${url.href}: ${reason} (${String(status)})`, {
    method: 'GET',
    path: url.pathname,
  });
}
