import type { EventEmitter } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { Readable, type Duplex } from 'node:stream';
import { isNativeError } from 'node:util/types';
import got, { RequestError, UploadError, type Got, type RequestFunction } from 'got';
import {
  maxIdle,
  openTls,
  pooledAgent,
  tlsConnect,
  type AgentRequestOptions,
  type PooledAgent,
} from '../connect/agent.js';
import { connectionErrorFrom } from '../connect/connection-error.js';
import { describeRoute, type Endpoint, type HttpsEndpoint } from '../connect/endpoint.js';
import { routed } from '../connect/proxy/environment.js';
import { ClosedError, InvalidInputError, isLxdError, onAbort, type LxdError } from '../errors/index.js';
import { askedOf, unsendable, type Asked } from './asked.js';
import { abortedError, bodyOf, Call, type CallListener } from './call.js';
import { Deadline } from './deadline.js';
import { TextBuilder } from './read-text.js';
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

/** How long a read may have waited before a link that is suspected has it asked again, in ms. */
const patience = 3000;

/** The transport over got; the socket goes in through got's `request` option, since its unix URLs break on spaces and colons. */
export class GotTransport implements Transport {
  readonly #endpoint: Endpoint;
  /** The endpoint, for messages. */
  readonly #where: string;
  readonly #agent: PooledAgent;
  readonly #got: Got;
  /** Ends the sockets that are under way. */
  readonly #ends = new Set<() => void>();
  readonly #calls = new Set<Call>();
  #closed = false;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
    this.#where = describeRoute(endpoint);
    this.#agent = pooledAgent(endpoint);
    this.#got = got.extend({
      throwHttpErrors: false,
      followRedirect: false,
      decompress: false, // the servers compress /1.0/metrics alone, and only for who asks
      retry: { limit: 0 }, // what may be retried is decided above, where the request's meaning is known
    });
  }

  get origin(): string {
    // Over a socket the host is only a Host header, and what msw sees.
    return this.#endpoint.kind === 'https' ? this.#endpoint.origin : 'http://unix.socket';
  }

  // Both go through got's stream: its promise adds a tenth of a millisecond and a copy of the body.
  async request(request: TransportRequest): Promise<TransportResponse> {
    return new Promise<TransportResponse>((resolve, reject) => {
      const text = new TextBuilder(request.maxAnswerSize, request);
      let head: TransportHead = { status: 0, headers: {} };
      this.#call(request, {
        head: (response) => (head = headOf(response)),
        piece: (chunk) => text.add(chunk),
        end: () => resolve({ ...head, body: text.take() }),
        fail: reject,
      });
    });
  }

  async stream(request: TransportRequest): Promise<TransportStream> {
    return new Promise<TransportStream>((resolve, reject) => {
      let body: Readable | undefined;
      const call = this.#call(request, {
        head: (response) => {
          call.isHandedOut = true;
          body = bodyOf(call);
          resolve({ ...headOf(response), body });
        },
        piece: (chunk) => {
          if (body?.push(chunk) === false) call.pause();
        },
        end: () => body?.push(null),
        fail: (error) => {
          if (body) body.destroy(error);
          else reject(error);
        },
      });
    });
  }

  async websocket(request: TransportRequest): Promise<Websocket | TransportResponse> {
    this.#assertOpen(request);
    try {
      return await openWebsocket(
        { ...request, headers: { ...userAgent, ...request.headers } },
        {
          origin: this.origin,
          where: this.#where,
          connect: () => this.#connect(request),
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
    let socket: net.Socket | undefined;
    try {
      socket = await this.#connect(request);
      const given = { ...request, headers: { ...userAgent, ...request.headers } };
      return await upgradeConnection(given, protocol, this.#where, socket);
    } catch (error) {
      socket?.destroy();
      throw this.#translate(error, request);
    }
  }

  dropIdle(): void {
    this.#agent.dropIdle(0);
  }

  suspect(): void {
    this.dropIdle();
    for (const call of [...this.#calls]) call.suspect(patience);
  }

  close(): void {
    this.#closed = true;
    for (const call of [...this.#calls]) call.fail(closedError(call.asked));
    for (const end of [...this.#ends]) end();
    this.#agent.destroy();
  }

  /** Sends a request off. */
  #call(request: TransportRequest, listener: CallListener): Call {
    this.#assertOpen(request);
    const { method, headers } = request;
    const body = payloadOf(request);
    if (request.signal?.aborted) {
      discard(body);
      throw abortedError(request, request.signal.reason);
    }
    const translate = (error: unknown) => this.#translate(error, request);
    const call = new Call(request, this.#where, translate, listener);
    const mayTunnel = this.#endpoint.kind === 'https' && this.#endpoint.proxy !== false;
    const over = mayTunnel ? new AbortController() : undefined;
    const send: RequestFunction = (url, options, callback) =>
      call.sentWith(
        this.#send(url, options, { path: request.path, giveUp: over?.signal }, callback),
        mayTunnel,
      );
    const source = this.#got.stream(this.origin, {
      method: method as 'GET',
      headers: { ...userAgent, ...headers },
      body: body ?? (method === 'GET' || method === 'HEAD' ? undefined : ''),
      request: send,
    });
    const { options } = source;
    // Of the thirty options that got makes for Node, two are used: the others cost a fifth of a request's CPU.
    Object.assign(options, {
      createNativeRequestOptions: () => ({ method: options.method, headers: options.headers }),
    });
    this.#calls.add(call);
    source.once('close', () => {
      this.#calls.delete(call);
      over?.abort();
      if (isIterable(body)) discard(body); // got leaves it where it is
    });
    return call.through(source);
  }

  /** got decides everything but the connection and the path, which it would normalise. */
  #send(
    url: URL,
    { method, headers }: http.RequestOptions,
    { path, giveUp }: { path: string } & AgentRequestOptions,
    callback: ((response: http.IncomingMessage) => void) | undefined,
  ): http.ClientRequest {
    const agent = this.#agent;
    agent.dropIdle(maxIdle);
    if (this.#endpoint.kind === 'https') {
      const options: https.RequestOptions & AgentRequestOptions = { method, headers, path, agent, giveUp };
      return https.request(url, options, callback);
    }
    const { socketPath } = this.#endpoint;
    return http.request(url, { method, headers, path, agent, socketPath }, callback);
  }

  #underWay(emitter: EventEmitter, end: () => void): void {
    this.#ends.add(end);
    emitter.once('close', () => this.#ends.delete(end));
  }

  /** A connection of a request's own; it ends with the client. */
  async #connect(request: TransportRequest): Promise<net.Socket> {
    const endpoint = this.#endpoint;
    const socket =
      endpoint.kind === 'unix'
        ? net.connect(endpoint.socketPath)
        : endpoint.proxy
          ? await this.#tunnel(endpoint, request)
          : tlsConnect(endpoint);
    socket.on('error', () => undefined); // it may fail before, or after, somebody listens
    this.#underWay(socket, () => socket.destroy());
    if (this.#closed) socket.destroy();
    return socket;
  }

  async #tunnel(endpoint: HttpsEndpoint, request: TransportRequest): Promise<net.Socket> {
    const { signal } = request;
    const stop = new AbortController();
    const fail = (error: LxdError) => stop.abort(error);
    const end = () => fail(closedError(request));
    const deadline = new Deadline(request, this.#where, fail);
    const forget = onAbort(signal, () => fail(abortedError(request, signal?.reason)));
    if (signal?.aborted) fail(abortedError(request, signal.reason));
    this.#ends.add(end);
    deadline.connecting();
    try {
      return await openTls(endpoint, stop.signal);
    } finally {
      deadline.clear();
      this.#ends.delete(end);
      forget();
    }
  }

  #assertOpen(request: TransportRequest): void {
    if (this.#closed) throw closedError(request);
  }

  /** Whatever went wrong below, as an error of ours. */
  #translate(error: unknown, request: TransportRequest): LxdError {
    const cause = causeOf(error);
    if (isLxdError(cause)) return cause;
    if (this.#closed) return closedError(request, cause);
    if (request.signal?.aborted) return abortedError(request, request.signal.reason);
    if (error instanceof UploadError) return unreadable(request, cause);
    const { method, path } = askedOf(request);
    const { code = '', message } = cause as NodeJS.ErrnoException;
    if (code === 'ERR_INVALID_HTTP_TOKEN') {
      // No cause: Node's message quotes the name, which may be a value in the wrong place.
      return new InvalidInputError(
        `${method} ${path}: it cannot be sent: Header name must be a valid HTTP token`,
      );
    }
    if (unsendable.test(code)) {
      return new InvalidInputError(`${method} ${path}: it cannot be sent: ${message}`, cause);
    }
    return connectionErrorFrom(cause as NodeJS.ErrnoException, this.#endpoint, { method, path, cause });
  }
}

/** A transport that knows whether there is a proxy on its way. @throws InvalidInputError for an environment that names no proxy */
export async function transportTo(endpoint: Endpoint): Promise<GotTransport> {
  return new GotTransport(await routed(endpoint));
}

/** The body as got takes it. @throws InvalidInputError for a stream that has failed before it was sent */
function payloadOf(request: TransportRequest): TransportBody | undefined {
  const { body } = request;
  if (body instanceof Readable && body.errored) throw unreadable(request, body.errored);
  return isIterable(body) ? piecesOf(body, request) : body;
}

function discard(body: TransportBody | undefined): void {
  if (body instanceof Readable) body.destroy();
  else if (isIterable(body)) (body as AsyncGenerator).return(undefined).catch(() => undefined); // the call has its error
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

function headOf(response: http.IncomingMessage): TransportHead {
  return { status: response.statusCode ?? 0, headers: response.headers };
}

function closedError(request: Asked, cause?: unknown): ClosedError {
  const { method, path } = askedOf(request);
  return new ClosedError(`${method} ${path}: the client is closed; make a new Client`, {
    method,
    path,
    cause,
  });
}
