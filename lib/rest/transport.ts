import type { EventEmitter } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex, Readable } from 'node:stream';

/**
 * What a request may carry: JSON text, bytes, a stream of bytes, or another iterable of them, which is asked for the next
 * piece when the one before is on its way, so that it may use the memory of that again.
 */
export type TransportBody = string | Uint8Array | Readable | AsyncIterable<Uint8Array>;

/** One HTTP request, already encoded: a transport adds nothing to it and decides nothing about it. */
export interface TransportRequest {
  method: string;
  /** Path and query as they go over the wire; never normalised. */
  path: string;
  headers?: Record<string, string>;
  body?: TransportBody | undefined;
  signal?: AbortSignal | undefined;
  /** Milliseconds until the whole answer, its body included, must be there; undefined = no limit. */
  timeout?: number | undefined;
  /** When that time began to run (`performance.now()`); with the request itself, unless it waited for something. */
  begun?: number | undefined;
  /** Milliseconds for which the server may do nothing: neither take of the body, nor begin the answer, nor go on with it. */
  silence?: number | undefined;
  /** But for the beginning of the answer, which may take any time: the server works first. */
  patient?: boolean | undefined;
  /** Bytes of an answer that is read into memory; 256 MiB by default. */
  maxAnswerSize?: number | undefined;
  /** Called, once or more, when it keeps no others waiting any more: it is over, or rests for its caller's sake. */
  onReleased?: (() => void) | undefined;
  /** Called with the bytes sent so far of a body. */
  onUpload?: ((bytes: number) => void) | undefined;
  /** Of a websocket: whether pings are answered; true by default. */
  pongs?: boolean | undefined;
}

export interface TransportHead {
  status: number;
  headers: IncomingHttpHeaders;
}

export interface TransportResponse extends TransportHead {
  body: string;
}

export interface TransportStream extends TransportHead {
  body: Readable;
}

/** The part of a websocket that is used here; a `WebSocket` of ws is one, whose types our users need not have. */
export interface Websocket extends EventEmitter {
  readonly readyState: number;
  /** Bytes that `send` has taken and the socket has not. */
  readonly bufferedAmount: number;
  send(data: string | Uint8Array, sent?: (error?: Error) => void): void;
  /** Stops reading: the server waits. */
  pause(): void;
  resume(): void;
  ping(): void;
  /** Whether it keeps the process alive: yes, unless `unref` was called last. */
  ref(): void;
  unref(): void;
  /** Says goodbye. */
  close(code?: number): void;
  /** Ends it at once. */
  terminate(): void;
}

/**
 * The only thing that knows HTTP: four verbs, so that got can be replaced without a word changing above.
 * Every rejection is an error of lib/errors; an HTTP status is never one.
 */
export interface Transport {
  /** What its requests go to, as a URL's scheme, host and port. */
  readonly origin: string;
  /** Reads the whole answer as text. */
  request(request: TransportRequest): Promise<TransportResponse>;
  /** Resolves with the headers; the body is the caller's to read or destroy. */
  stream(request: TransportRequest): Promise<TransportStream>;
  /** Opens a websocket; a refusal comes back as a response. */
  websocket(request: TransportRequest): Promise<Websocket | TransportResponse>;
  /** Has the server speak another protocol on a connection, which is the caller's then; a refusal comes back as a response. */
  upgrade(request: TransportRequest, protocol: string): Promise<Duplex | TransportResponse>;
  /** The link may be dead: drops idle sockets, and fails reads that have waited for seconds as if theirs had closed. */
  suspect(): void;
  /** Drops idle sockets; what is under way goes on. */
  dropIdle(): void;
  /** Ends every socket at once, those in use too. */
  close(): void;
}
