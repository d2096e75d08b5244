import { setTimeout as delay } from 'node:timers/promises';
import { Readable, type Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Endpoint } from '../connect/endpoint.js';
import { AbortedError, ConnectionError, InvalidInputError, ProtocolError } from '../errors/index.js';
import type { Connection } from './connection.js';
import { buildQuery, type Query } from './endpoints/path.js';
import { askedOf, type Asked } from './asked.js';
import { openEnvelope, type Answer } from './envelope.js';
import { retryDelay } from './retry.js';
import type { TransportBody, TransportHead, TransportRequest, Websocket } from './transport.js';

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
  /** Milliseconds; 0 = no limit; undefined = the client's. */
  timeout?: number | undefined;
  onUpload?: ((bytes: number) => void) | undefined;
  /** Of a websocket: whether pings are answered; true by default. */
  pongs?: boolean | undefined;
}

/** What every request of a client carries. */
export interface Scope {
  project?: string | undefined;
  target?: string | undefined;
  headers?: Record<string, string> | undefined;
  /** Milliseconds for one request. */
  timeout?: number | undefined;
}

/** For one request, in ms, where the caller says nothing: long enough for slow storage, short enough to notice a dead link. */
const defaultTimeout = 60_000;

/** Sends requests over a connection in the scope of a project and a cluster member. */
export class Session {
  constructor(
    readonly connection: Connection,
    readonly scope: Scope = {},
  ) {}

  /** The same connection, another project or member. */
  derive(scope: Scope): Session {
    return new Session(this.connection, { ...this.scope, ...scope });
  }

  /** The project that its requests are for. */
  async project(): Promise<string> {
    const { endpoint } = await this.connection.open();
    return this.#projectOf(endpoint) ?? 'default';
  }

  /** Sends a request and opens the answer's envelope. */
  async send(request: ApiRequest): Promise<Answer> {
    const asked = askedOf(request);
    const started = performance.now();
    for (let attempt = 0; ; attempt++) {
      try {
        const { prepared, transport } = await this.#prepare(request);
        const ask = () => transport.request(prepared);
        // What waits for the server's work, as `/wait` does, would keep others from their turn.
        const waits = prepared.timeout === undefined;
        const response = await (waits ? ask() : this.connection.turns.take(ask, request.signal));
        this.#note(asked, response.status, started);
        return openEnvelope(response, asked);
      } catch (error) {
        const wait = error instanceof ConnectionError ? retryDelay(request, error, attempt) : undefined;
        if (wait === undefined) throw error;
        this.connection.log.warn?.(`${(error as Error).message}; trying again`);
        await pause(wait, request.signal, asked);
      }
    }
  }

  /** Sends a request whose good answer is not an envelope: a file, a log, an image. */
  async stream(request: ApiRequest): Promise<TransportHead & { body: Readable }> {
    const asked = askedOf(request);
    const started = performance.now();
    const { prepared, transport } = await this.#prepare(request);
    const response = await transport.stream(prepared);
    this.#note(asked, response.status, started);
    if (response.status < 400) return response;
    openEnvelope({ ...response, body: await text(response.body) }, asked);
    throw new ProtocolError(
      `${asked.method} ${asked.path}: answered ${String(response.status)} without an error`,
      { ...asked, status: response.status },
    );
  }

  async websocket(request: Omit<ApiRequest, 'method'>): Promise<Websocket> {
    const full = { ...request, method: 'GET' };
    const asked = askedOf(full);
    const { prepared, transport } = await this.#prepare(full);
    const opened = await transport.websocket(prepared);
    if ('readyState' in opened) return opened;
    openEnvelope(opened, asked);
    throw new ConnectionError(`GET ${asked.path}: the server did not open a websocket`, asked);
  }

  /** Has the server speak another protocol on a connection, which is the caller's to close. */
  async upgrade(request: Omit<ApiRequest, 'method' | 'body'>, protocol: string): Promise<Duplex> {
    const full = { ...request, method: 'GET' };
    const asked = askedOf(full);
    const { prepared, transport } = await this.#prepare(full);
    const opened = await transport.upgrade(prepared, protocol);
    if (!('status' in opened)) return opened;
    openEnvelope(opened, asked);
    throw new ConnectionError(`GET ${asked.path}: the server did not change to ${protocol}`, asked);
  }

  async #prepare(request: ApiRequest) {
    const { endpoint, transport } = await this.connection.open();
    const project = this.#projectOf(endpoint);
    const { body, headers } = encodeBody(request.body);
    const prepared: TransportRequest = {
      method: request.method,
      path: withQuery(request, { project, target: this.scope.target }),
      headers: {
        ...headers,
        ...(request.ifMatch === undefined ? {} : { 'if-match': `"${request.ifMatch}"` }),
        ...this.scope.headers,
        ...request.headers,
      },
      body,
      signal: request.signal,
      timeout: this.#timeout(request) || undefined,
      onUpload: request.onUpload,
      pongs: request.pongs,
    };
    return { prepared, transport };
  }

  #projectOf(endpoint: Endpoint): string | undefined {
    return this.scope.project ?? (endpoint.kind === 'unix' ? endpoint.project : undefined);
  }

  /** An upload takes what it takes, unless the caller says otherwise. */
  #timeout({ timeout, body }: ApiRequest): number {
    return timeout ?? (isRaw(body) ? 0 : (this.scope.timeout ?? defaultTimeout));
  }

  #note(asked: Asked, status: number, started: number): void {
    if (!this.connection.log.debug) return;
    const took = (performance.now() - started).toFixed(1);
    this.connection.log.debug(`${asked.method} ${asked.path} ${String(status)} ${took} ms`);
  }
}

/** The scope's project and member, unless the path or the caller names them; "all projects" and a project exclude each other. */
function withQuery(
  request: ApiRequest,
  scope: { project?: string | undefined; target?: string | undefined },
): string {
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
  if (!(body instanceof Readable) || body.readable) return body;
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
