import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { PassThrough } from 'node:stream';
import got, {
  RequestError,
  TimeoutError as GotTimeoutError,
  type Got,
  type Progress,
  type RequestFunction,
} from 'got';
import { httpsAgent, tlsConnect } from '../connect/agent.js';
import { connectionErrorFrom } from '../connect/connection-error.js';
import { describeEndpoint, type Endpoint } from '../connect/endpoint.js';
import { AbortedError, ClosedError, TimeoutError, isLxdError, type LxdError } from '../errors/index.js';
import type {
  Transport,
  TransportRequest,
  TransportResponse,
  TransportStream,
  Websocket,
} from './transport.js';
import { openWebsocket } from './websocket.js';

/** How long a server may take to accept a connection, in ms. */
const connectTimeout = 10_000;

/** The transport over got; the socket goes in through got's `request` option, since its unix URLs break on spaces and colons. */
export class GotTransport implements Transport {
  readonly #endpoint: Endpoint;
  readonly #agent: http.Agent;
  readonly #got: Got;
  readonly #websockets = new Set<Websocket>();
  #closed = false;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
    this.#agent = agentFor(endpoint);
    this.#got = got.extend({
      throwHttpErrors: false,
      followRedirect: false,
      decompress: false, // the servers compress /1.0/metrics alone, and only for who asks
      retry: { limit: 0 }, // what may be retried is decided above, where the request's meaning is known
    });
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    try {
      const timeout = { ...connecting, request: request.timeout };
      const pending = this.#got(this.#origin, { ...this.#options(request), responseType: 'text', timeout });
      const { onUpload } = request;
      if (onUpload) {
        void pending.on('uploadProgress', ({ transferred }: Progress) => {
          onUpload(transferred);
        });
      }
      const response = await pending;
      return { status: response.statusCode, headers: response.headers, body: response.body };
    } catch (error) {
      throw this.#translate(error, request);
    }
  }

  async stream(request: TransportRequest): Promise<TransportStream> {
    this.#assertOpen(request);
    const source = this.#got.stream(this.#origin, {
      ...this.#options(request),
      timeout: { ...connecting, response: request.timeout },
    });
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => {
        reject(this.#translate(error, request));
      };
      source.once('error', fail);
      source.once('response', (response: http.IncomingMessage) => {
        source.off('error', fail);
        const body = new PassThrough();
        source.on('error', (error: unknown) => body.destroy(this.#translate(error, request)));
        body.once('close', () => source.destroy());
        source.pipe(body);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: body });
      });
    });
  }

  async websocket(request: TransportRequest): Promise<Websocket | TransportResponse> {
    this.#assertOpen(request);
    try {
      const secure = this.#endpoint.kind === 'https';
      const opened = await openWebsocket(request, this.#origin, { secure, connect: () => this.#connect() });
      if ('readyState' in opened) {
        this.#websockets.add(opened);
        opened.once('close', () => this.#websockets.delete(opened));
      }
      return opened;
    } catch (error) {
      throw this.#translate(error, request);
    }
  }

  close(): void {
    this.#closed = true;
    this.#agent.destroy();
    for (const websocket of this.#websockets) websocket.terminate();
  }

  get #origin(): string {
    // Over a socket the host is only a Host header, and what msw sees.
    return this.#endpoint.kind === 'https' ? this.#endpoint.origin : 'http://unix.socket';
  }

  #options(request: TransportRequest) {
    const send: RequestFunction = (url, options, callback) =>
      this.#send(url, options, request.path, callback);
    return {
      method: request.method as 'GET',
      headers: { 'user-agent': 'tslxd', ...request.headers },
      body: request.body,
      signal: request.signal,
      request: send,
    };
  }

  /** got decides everything but the connection and the path, which it would normalise. */
  #send(
    url: URL,
    options: http.RequestOptions,
    path: string,
    callback: ((response: http.IncomingMessage) => void) | undefined,
  ): http.ClientRequest {
    if (this.#endpoint.kind === 'https') {
      return https.request(url, { ...options, path, agent: this.#agent }, callback);
    }
    return http.request(
      url,
      { ...options, path, agent: this.#agent, socketPath: this.#endpoint.socketPath },
      callback,
    );
  }

  #connect(): net.Socket {
    if (this.#endpoint.kind === 'unix') return net.connect(this.#endpoint.socketPath);
    return tlsConnect(this.#endpoint);
  }

  #assertOpen(request: TransportRequest): void {
    if (this.#closed) throw closedError(request);
  }

  /** Whatever went wrong below, as an error of ours. */
  #translate(error: unknown, request: TransportRequest): LxdError {
    if (isLxdError(error)) return error;
    const { method } = request;
    const path = request.path.replace(/\?.*$/s, '');
    const details = { method, path, cause: error };
    if (this.#closed) return closedError(request, error);
    if (request.signal?.aborted) {
      return new AbortedError(`${method} ${path}: aborted`, { ...details, cause: request.signal.reason });
    }
    if (error instanceof GotTimeoutError) {
      return new TimeoutError(
        timeoutMessage(error, request, path, describeEndpoint(this.#endpoint)),
        details,
      );
    }
    const cause = error instanceof RequestError && error.cause instanceof Error ? error.cause : error;
    return connectionErrorFrom(cause as NodeJS.ErrnoException, this.#endpoint, { ...details, cause });
  }
}

const connecting = { connect: connectTimeout, secureConnect: connectTimeout };

/** An agent of the client's own, so that closing the client ends its sockets and nobody else's. */
function agentFor(endpoint: Endpoint): http.Agent {
  if (endpoint.kind === 'https') return httpsAgent(endpoint, { keepAlive: true });
  const agent = new http.Agent({ keepAlive: true });
  // msw's interceptor spreads an agent's options, in which Node puts `path: null`, over the socket's path.
  (agent as unknown as { options: net.IpcSocketConnectOpts }).options.path = endpoint.socketPath;
  return agent;
}

function closedError({ method, path }: TransportRequest, cause?: unknown): ClosedError {
  const plain = path.replace(/\?.*$/s, '');
  return new ClosedError(`${method} ${plain}: the client is closed; make a new Client`, {
    method,
    path: plain,
    cause,
  });
}

function timeoutMessage(
  error: GotTimeoutError,
  request: TransportRequest,
  path: string,
  where: string,
): string {
  if (error.event === 'connect' || error.event === 'secureConnect') {
    return `${request.method} ${path}: ${where} did not accept the connection within ${String(connectTimeout)} ms`;
  }
  const applied = request.method === 'GET' ? '' : '; the server may still carry it out';
  return `${request.method} ${path}: no answer from ${where} within ${String(request.timeout)} ms${applied}`;
}
