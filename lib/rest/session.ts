import { setTimeout as delay } from 'node:timers/promises';
import { Readable, type Duplex } from 'node:stream';
import type { Endpoint } from '../connect/endpoint.js';
import {
  AbortedError,
  ConnectionError,
  InvalidInputError,
  milliseconds,
  UnsentRequest,
} from '../errors/index.js';
import type { Connection } from './connection.js';
import { buildQuery, type Query } from './endpoints/path.js';
import { askedOf, type Asked } from './asked.js';
import { openEnvelope, type Answer } from './envelope.js';
import { fileOf } from './file-answer.js';
import { overChanges, pinChangeOf, sendChange } from './pin-change.js';
import { explainMissing } from './project-check.js';
import { redirectedTo } from './redirect.js';
import { retryDelay } from './retry.js';
import type {
  Transport,
  TransportBody,
  TransportHead,
  TransportRequest,
  TransportResponse,
  Websocket,
} from './transport.js';
import type { TurnLimits } from './turns.js';

/** One request of the API. */
export interface ApiRequest {
  method: string;
  /** Encoded path without query, or a URL that the server gave, with its query. */
  path: string;
  query?: Query | undefined;
  /** Sent as JSON; bytes, a stream or another async iterable of bytes go as they are. */
  body?: unknown;
  headers?: Record<string, string> | undefined;
  /** The version that the object must still have. */
  ifMatch?: string | undefined;
  signal?: AbortSignal | undefined;
  /**
   * Milliseconds for the whole call: its turn, its tries, the answer to its last byte, a stream's included; 0 and Infinity
   * are no limit. Without it the client's, for each time that the server does nothing: until it begins to answer, between
   * two pieces of the answer, and while it takes no more of an upload. So a large file never dies of its size, and nothing
   * that stalls is waited for for ever.
   */
  timeout?: number | undefined;
  /** The server works before it answers: without a `timeout`, the answer may begin when it will. */
  patient?: boolean | undefined;
  onUpload?: ((bytes: number) => void) | undefined;
  /** Of a websocket: whether pings are answered; true by default. */
  pongs?: boolean | undefined;
}

/** Which part of a server requests are for. */
export interface Place {
  project?: string | undefined;
  target?: string | undefined;
}

/** What every request of a client carries. */
export interface Scope extends Place {
  headers?: Record<string, string> | undefined;
  /** Milliseconds for which the server may do nothing, see `ApiRequest`. */
  timeout?: number | undefined;
  /** Bytes of an answer that is read into memory; 256 MiB by default. */
  maxAnswerSize?: number | undefined;
  /** Whether what starts an operation waits for its end where a call does not say; true by default. */
  autoWait?: boolean | undefined;
}

/** The times of a request. */
type Limits = Pick<TransportRequest, 'timeout' | 'silence' | 'patient'>;

/** In ms, where nobody says anything: long enough for slow storage, short enough to notice a dead link. */
const defaultTimeout = 60_000;

/** Sends requests over a connection in the scope of a project and a cluster member. */
export class Session {
  readonly #connection: Connection;
  /** Its headers may hold secrets. */
  readonly #scope: Scope;
  readonly #isDry: boolean;

  constructor(connection: Connection, scope: Scope = {}, isDry = false) {
    this.#connection = connection;
    this.#scope = scope;
    this.#isDry = isDry;
  }

  get connection(): Connection {
    return this.#connection;
  }

  /** The project and member, as far as they are chosen. */
  get scope(): Place {
    const { project, target } = this.#scope;
    return { project, target };
  }

  /** Whether what starts an operation waits for its end, where a call does not say. */
  get autoWait(): boolean {
    return this.#scope.autoWait ?? true;
  }

  /** The same connection, another project or member. */
  derive(scope: Scope): Session {
    return new Session(this.#connection, { ...this.#scope, ...scope }, this.#isDry);
  }

  /** The same over another connection. */
  over(connection: Connection): Session {
    return new Session(connection, this.#scope, this.#isDry);
  }

  /** One that only reads: what would change something is thrown as an `UnsentRequest` in place of being sent. */
  dry(): Session {
    return new Session(this.#connection, this.#scope, true);
  }

  /** The project that its requests are for. */
  async project(): Promise<string> {
    const { endpoint } = await this.#connection.open();
    return this.#projectOf(endpoint) ?? 'default';
  }

  /** Sends a request and opens the answer's envelope. */
  async send(request: ApiRequest): Promise<Answer> {
    const change = this.#isDry ? undefined : pinChangeOf(request);
    if (change) return sendChange(this, request, change);
    return overChanges(this, request, () => this.ask(request));
  }

  /** The same without regard to what happens to the server's certificate. */
  async ask(request: ApiRequest): Promise<Answer> {
    return this.#tried(request, async (prepared, transport, asked) => {
      const response = await this.#followed(prepared, transport, (one) => this.#taken(one, transport));
      return openEnvelope(response, asked);
    });
  }

  /**
   * Sends a request whose good answer is not an envelope: a file, a log, an image. Only a 200 is one, and no envelope of
   * an error; whatever else comes is thrown, also when it has begun as a file.
   */
  async stream(request: ApiRequest): Promise<TransportHead & { body: Readable }> {
    return overChanges(this, request, () => this.#stream(request));
  }

  async #stream(request: ApiRequest): Promise<TransportHead & { body: Readable }> {
    return this.#tried(request, async (prepared, transport, asked) => {
      const { streams } = this.#connection;
      const ask = async (one: TransportRequest) => {
        const onReleased = await streams.enter(leftOf(one));
        return transport.stream({ ...one, onReleased }).catch((error: unknown) => {
          onReleased();
          throw error;
        });
      };
      const response = await this.#followed(prepared, transport, ask);
      return fileOf(response, asked, prepared.maxAnswerSize);
    });
  }

  async websocket(request: Omit<ApiRequest, 'method'>): Promise<Websocket> {
    const begun = performance.now();
    const { opened, prepared, transport, asked } = await overChanges(
      this,
      { ...request, method: 'GET' },
      async () => {
        const ready = await this.#handshake(request);
        return { ...ready, opened: await ready.transport.websocket(ready.prepared) };
      },
    );
    if ('readyState' in opened) return opened;
    await this.#refused(opened, request, { asked, url: transport.origin + prepared.path }, begun);
    throw new ConnectionError(`GET ${asked.path}: the server did not open a websocket`, asked);
  }

  /** Has the server speak another protocol on a connection, which is the caller's to close. */
  async upgrade(request: Omit<ApiRequest, 'method' | 'body'>, protocol: string): Promise<Duplex> {
    const begun = performance.now();
    const { opened, prepared, transport, asked } = await overChanges(
      this,
      { ...request, method: 'GET' },
      async () => {
        const ready = await this.#handshake(request);
        return { ...ready, opened: await ready.transport.upgrade(ready.prepared, protocol) };
      },
    );
    if (!('status' in opened)) return opened;
    await this.#refused(opened, request, { asked, url: transport.origin + prepared.path }, begun);
    throw new ConnectionError(`GET ${asked.path}: the server did not change to ${protocol}`, asked);
  }

  /** Throws what an answer says that is no other protocol; none where it says nothing bad. */
  async #refused(
    answer: TransportResponse,
    request: Omit<ApiRequest, 'method'>,
    at: { asked: Asked; url: string },
    begun: number,
  ): Promise<void> {
    redirectedTo(answer, at);
    try {
      openEnvelope(answer, at.asked);
    } catch (error) {
      await explainMissing(this, { ...request, method: 'GET' }, error, begun, true);
    }
  }

  /** Sends, and tries again what may be tried again. */
  async #tried<T>(
    request: ApiRequest,
    send: (prepared: TransportRequest, transport: Transport, asked: Asked) => Promise<T>,
  ): Promise<T> {
    if (this.#isDry && request.method !== 'GET' && request.method !== 'HEAD') throw unsentOf(request);
    const begun = performance.now();
    const asked = askedOf(request);
    const limits = this.#limits(request);
    // It may fail while the request waits for its turn; who sends it finds out.
    if (request.body instanceof Readable) request.body.on('error', () => undefined);
    for (let attempt = 0; ; attempt++) {
      try {
        const asking = { asked, ...leftOf({ signal: request.signal, timeout: limits.timeout, begun }) };
        const { endpoint, transport } = await this.#connection.open(asking);
        return await send(this.#prepared(request, endpoint, limits, begun), transport, asked);
      } catch (error) {
        const wait = error instanceof ConnectionError ? retryDelay(request, error, attempt) : undefined;
        if (wait === undefined || performance.now() + wait - begun > (limits.timeout ?? Infinity))
          return await explainMissing(this, request, error, begun);
        this.#connection.log.warn?.(`${(error as Error).message}; trying again`);
        await pause(wait, request.signal, asked);
      }
    }
  }

  /** Asks, and follows redirects within the server. */
  async #followed<R extends TransportHead>(
    request: TransportRequest,
    { origin }: Transport,
    ask: (request: TransportRequest) => Promise<R>,
  ): Promise<R> {
    let { path } = request;
    for (let followed = 0; ; followed++) {
      const response = await ask(followed === 0 ? request : { ...request, path });
      this.#note(request, response.status);
      if (response.status < 300 || response.status >= 400) return response;
      const asked = askedOf(request);
      const read = asked.method === 'GET' || asked.method === 'HEAD';
      const { body } = response as { body?: unknown };
      try {
        const next = redirectedTo(response, {
          asked,
          url: origin + path,
          followed: read ? followed : undefined,
        });
        if (next === undefined) return response;
        path = next;
      } catch (error) {
        if (body instanceof Readable) body.destroy();
        throw error;
      }
      if (body instanceof Readable) body.destroy();
    }
  }

  /** Asks in its turn. What waits for the server's work, as `/wait` does, takes none: it would keep others from theirs. */
  async #taken(request: TransportRequest, transport: Transport): Promise<TransportResponse> {
    const { body, silence, timeout, patient } = request;
    const { turns, uploads } = this.#connection;
    if (isRaw(body)) {
      const onReleased = await uploads.enter(leftOf(request));
      return transport.request({ ...request, onReleased }).finally(onReleased);
    }
    const ask = () => transport.request(request);
    const waits = timeout === undefined && (patient === true || silence === undefined);
    return waits ? ask() : turns.take(ask, leftOf(request));
  }

  async #handshake(request: Omit<ApiRequest, 'method'>) {
    const full = { ...request, method: 'GET' };
    if (this.#isDry) throw unsentOf(full);
    const begun = performance.now();
    const { timeout, silence } = this.#limits(full);
    const limits = leftOf({ signal: full.signal, timeout: timeout ?? silence, begun });
    const { endpoint, transport } = await this.#connection.open({ asked: askedOf(full), ...limits });
    // Nothing large is to come: one time for all of it.
    const prepared = this.#prepared(full, endpoint, { timeout: timeout ?? silence }, begun);
    return { prepared, transport, asked: askedOf(full) };
  }

  #prepared(request: ApiRequest, endpoint: Endpoint, limits: Limits, begun: number): TransportRequest {
    const project = this.#projectOf(endpoint);
    const { body, headers } = encodeBody(request.body);
    return {
      method: request.method,
      path: withQuery(request, { project, target: this.#scope.target }),
      headers: {
        ...headers,
        ...(request.ifMatch === undefined ? {} : { 'if-match': `"${request.ifMatch}"` }),
        ...this.#scope.headers,
        ...request.headers,
      },
      body,
      signal: request.signal,
      timeout: limits.timeout,
      silence: limits.silence,
      patient: limits.patient,
      begun,
      maxAnswerSize: this.#scope.maxAnswerSize,
      onUpload: request.onUpload,
      pongs: request.pongs,
    };
  }

  #projectOf(endpoint: Endpoint): string | undefined {
    return this.#scope.project ?? (endpoint.kind === 'unix' ? endpoint.project : undefined);
  }

  /** @throws InvalidInputError for a time that is none, before anything is sent */
  #limits({ timeout, patient }: ApiRequest): Limits {
    if (timeout !== undefined) return { timeout: milliseconds(timeout) };
    return { silence: milliseconds(this.#scope.timeout ?? defaultTimeout), patient };
  }

  #note(request: TransportRequest, status: number): void {
    if (!this.#connection.log.debug) return;
    const { method, path } = askedOf(request);
    const took = (performance.now() - (request.begun ?? 0)).toFixed(1);
    this.#connection.log.debug(`${method} ${path} ${String(status)} ${took} ms`);
  }
}

function unsentOf({ method, path, body }: ApiRequest): UnsentRequest {
  const sent = body === undefined || isRaw(body) ? body : (JSON.parse(JSON.stringify(body)) as unknown);
  return new UnsentRequest({ method, path, body: sent });
}

/** What is left of a request's time, to wait for a turn. */
function leftOf({
  signal,
  timeout,
  begun = 0,
}: Pick<TransportRequest, 'signal' | 'timeout' | 'begun'>): TurnLimits {
  return { signal, timeout: timeout === undefined ? undefined : timeout - (performance.now() - begun) };
}

/** The scope's project and member, unless the path or the caller names them; "all projects" and a project exclude each other. */
function withQuery(request: ApiRequest, scope: Place): string {
  if (!request.query && scope.project === undefined && scope.target === undefined) return request.path;
  const query: Query = { ...request.query };
  const given = new URLSearchParams(request.path.split('?')[1]);
  const all = isTrue(query['all-projects']) || isTrue(given.get('all-projects'));
  if (!all && scope.project !== undefined && !given.has('project')) query.project ??= scope.project;
  if (scope.target !== undefined && !given.has('target')) query.target ??= scope.target;
  const added = buildQuery(query);
  if (!added) return request.path;
  return request.path + (request.path.includes('?') ? '&' : '?') + added;
}

/** As the servers read it. */
function isTrue(value: unknown): boolean {
  return /^(true|1|yes|on)$/i.test(String(value));
}

function encodeBody(body: unknown): { body?: TransportBody; headers?: Record<string, string> } {
  if (body === undefined) return {};
  if (isRaw(body)) return { body: rawBody(body), headers: { 'content-type': 'application/octet-stream' } };
  try {
    return { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  } catch (cause) {
    throw new InvalidInputError(`The body is no JSON: ${(cause as Error).message}`, cause);
  }
}

type RawBody = Uint8Array | AsyncIterable<Uint8Array>;

function isRaw(body: unknown): body is RawBody {
  if (typeof body !== 'object' || body === null) return false;
  return body instanceof Uint8Array || Symbol.asyncIterator in body;
}

function rawBody(body: RawBody): RawBody {
  if (!(body instanceof Readable) || body.readable || body.errored) return body; // its error is told where it is sent
  throw new InvalidInputError('The body is a stream that was read or destroyed before; pass a new one');
}

async function pause(ms: number, signal: AbortSignal | undefined, asked: Asked): Promise<void> {
  try {
    await delay(ms, undefined, signal ? { signal } : {});
  } catch {
    const message = `${asked.method} ${asked.path}: aborted while waiting to try again`;
    throw new AbortedError(message, { ...asked, cause: signal?.reason });
  }
}
