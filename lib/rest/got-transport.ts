import type { EventEmitter } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { Readable, type Duplex } from 'node:stream';
import { isNativeError } from 'node:util/types';
import got, { RequestError, UploadError, type Got, type Progress, type RequestFunction } from 'got';
import { httpsAgent, tlsConnect } from '../connect/agent.js';
import { connectionErrorFrom } from '../connect/connection-error.js';
import { describeEndpoint, type Endpoint } from '../connect/endpoint.js';
import { AbortedError, ClosedError, InvalidInputError, isLxdError, type LxdError } from '../errors/index.js';
import { askedOf, unsendable } from './asked.js';
import { Deadline } from './deadline.js';
import type {
  Transport,
  TransportBody,
  TransportHead,
  TransportRequest,
  TransportResponse,
  TransportStream,
  Websocket,
} from './transport.js';
import { upgradeConnection } from './upgrade.js';
import { openWebsocket } from './websocket.js';

const userAgent = { 'user-agent': 'tslxd' };

/** The transport over got; the socket goes in through got's `request` option, since its unix URLs break on spaces and colons. */
export class GotTransport implements Transport {
  readonly #endpoint: Endpoint;
  readonly #agent: http.Agent;
  readonly #got: Got;
  /** Ends what is under way. */
  readonly #ends = new Set<() => void>();
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

  // Both go through got's stream: its promise adds a tenth of a millisecond and a copy of the body.
  async request(request: TransportRequest): Promise<TransportResponse> {
    const { source, started, fail } = this.#start(request);
    return new Promise<TransportResponse>((resolve, reject) => {
      const chunks: Buffer[] = [];
      let head: TransportHead | undefined;
      source.once('response', (response: http.IncomingMessage) => (head = headOf(response)));
      source.on('data', (chunk: Buffer) => chunks.push(chunk));
      source.once('error', (error: unknown) => {
        reject(fail(error));
      });
      source.once('end', () => {
        if (head) resolve({ ...head, body: Buffer.concat(chunks).toString() });
      });
    }).finally(() => {
      started.clear();
      source.destroy(); // else got goes on listening to the caller's signal
    });
  }

  async stream(request: TransportRequest): Promise<TransportStream> {
    const { source, started, fail } = this.#start(request);
    return new Promise<TransportStream>((resolve, reject) => {
      const refuse = (error: unknown) => {
        reject(fail(error));
      };
      source.once('error', refuse);
      source.once('response', (response: http.IncomingMessage) => {
        source.off('error', refuse);
        // Not a PassThrough, which costs a fifth of the throughput.
        const body = new Readable({
          highWaterMark: 1 << 18,
          read: () => {
            source.resume();
          },
          destroy: (error, done) => {
            source.destroy();
            done(error);
          },
        });
        source.on('error', (error: unknown) => {
          // Closing the client must not end the process over a body that nobody reads any more.
          const unheard = this.#closed && body.listenerCount('error') === 0;
          body.destroy(unheard ? undefined : fail(error));
        });
        source.on('data', (chunk: Buffer) => {
          if (!body.push(chunk)) source.pause();
        });
        source.once('end', () => body.push(null));
        resolve({ ...headOf(response), body });
      });
    }).finally(started.clear);
  }

  async websocket(request: TransportRequest): Promise<Websocket | TransportResponse> {
    this.#assertOpen(request);
    try {
      return await openWebsocket(
        { ...request, headers: { ...userAgent, ...request.headers } },
        {
          origin: this.#origin,
          where: describeEndpoint(this.#endpoint),
          connect: () => this.#connect(),
          made: (socket) => {
            this.#underWay(socket, () => socket.terminate());
            if (this.#closed) socket.terminate();
          },
        },
      );
    } catch (error) {
      throw this.#translate(error, request);
    }
  }

  async upgrade(request: TransportRequest, protocol: string): Promise<Duplex | TransportResponse> {
    this.#assertOpen(request);
    const socket = this.#connect();
    this.#underWay(socket, () => socket.destroy());
    try {
      const given = { ...request, headers: { ...userAgent, ...request.headers } };
      return await upgradeConnection(given, protocol, describeEndpoint(this.#endpoint), socket);
    } catch (error) {
      socket.destroy();
      throw this.#translate(error, request);
    }
  }

  close(): void {
    this.#closed = true;
    for (const end of this.#ends) end();
    this.#agent.destroy();
  }

  get #origin(): string {
    // Over a socket the host is only a Host header, and what msw sees.
    return this.#endpoint.kind === 'https' ? this.#endpoint.origin : 'http://unix.socket';
  }

  /** Sends it off; `fail` makes our error of whatever goes wrong from here on. */
  #start(request: TransportRequest) {
    this.#assertOpen(request);
    const { method, signal, headers, onUpload } = request;
    const pieces = isIterable(request.body) ? piecesOf(request.body, request) : undefined;
    const body = pieces ?? (request.body as string | Uint8Array | Readable | undefined);
    const started = new Deadline();
    const send: RequestFunction = (url, options, callback) =>
      started.watch(
        this.#send(url, options, request.path, callback),
        request,
        describeEndpoint(this.#endpoint),
      );
    const source = this.#got.stream(this.#origin, {
      method: method as 'GET',
      headers: { ...userAgent, ...headers },
      body: body ?? (method === 'GET' || method === 'HEAD' ? undefined : ''),
      signal,
      request: send,
    });
    this.#underWay(source, () => source.destroy(closedError(request)));
    if (pieces) source.once('close', () => void pieces.return()); // got leaves it where it is
    if (onUpload) {
      source.on('uploadProgress', ({ transferred }: Progress) => {
        onUpload(transferred);
      });
    }
    return { source, started, fail: (error: unknown) => this.#translate(error, request) };
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

  #underWay(emitter: EventEmitter, end: () => void): void {
    this.#ends.add(end);
    emitter.once('close', () => this.#ends.delete(end));
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
    const cause = causeOf(error);
    if (isLxdError(cause)) return cause;
    if (this.#closed) return closedError(request, cause);
    const { method, path } = askedOf(request);
    if (request.signal?.aborted) {
      return new AbortedError(`${method} ${path}: aborted`, { method, path, cause: request.signal.reason });
    }
    if (error instanceof UploadError) return unreadable(request, cause);
    const { code = '', message } = cause as NodeJS.ErrnoException;
    if (unsendable.test(code)) {
      return new InvalidInputError(`${method} ${path}: it cannot be sent: ${message}`, cause);
    }
    return connectionErrorFrom(cause as NodeJS.ErrnoException, this.#endpoint, { method, path, cause });
  }
}

function isIterable(body: TransportBody | undefined): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && !(body instanceof Readable) && Symbol.asyncIterator in body;
}

/** The pieces of a body; what goes wrong there is not the connection's fault. */
async function* piecesOf(
  body: AsyncIterable<Uint8Array>,
  request: TransportRequest,
): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* body;
  } catch (error) {
    throw isLxdError(error) ? error : unreadable(request, error);
  }
}

function unreadable(request: TransportRequest, cause: unknown): InvalidInputError {
  const { method, path } = askedOf(request);
  return new InvalidInputError(
    `${method} ${path}: the body could not be read: ${(cause as Error).message}`,
    cause,
  );
}

/** What went wrong without got's wrapping, in which a printed error would show the request's headers and body. */
function causeOf(error: unknown): unknown {
  if (!(error instanceof RequestError)) return error;
  const { cause, message, code } = error;
  return isNativeError(cause) || isLxdError(cause) ? cause : Object.assign(new Error(message), { code });
}

/** An agent of the client's own, so that closing the client ends its sockets and nobody else's. */
function agentFor(endpoint: Endpoint): http.Agent {
  if (endpoint.kind === 'https') return httpsAgent(endpoint, { keepAlive: true });
  const agent = new http.Agent({ keepAlive: true });
  // msw's interceptor spreads an agent's options, in which Node puts `path: null`, over the socket's path.
  (agent as unknown as { options: net.IpcSocketConnectOpts }).options.path = endpoint.socketPath;
  return agent;
}

function headOf(response: http.IncomingMessage): TransportHead {
  return { status: response.statusCode ?? 0, headers: response.headers };
}

function closedError(request: TransportRequest, cause?: unknown): ClosedError {
  const { method, path } = askedOf(request);
  return new ClosedError(`${method} ${path}: the client is closed; make a new Client`, {
    method,
    path,
    cause,
  });
}
