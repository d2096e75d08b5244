import type { ClientRequest, IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Progress, Request } from 'got';
import { AbortedError, ProtocolError, type LxdError, onAbort } from '../errors/index.js';
import { askedOf, type Asked } from './asked.js';
import { Deadline } from './deadline.js';
import type { TransportRequest } from './transport.js';

/** What is told of a call: a head, pieces and an end, or `fail` at any moment, once and as the last. */
export interface CallListener {
  head(response: IncomingMessage): void;
  piece(chunk: Buffer): void;
  end(): void;
  fail(error: LxdError): void;
}

/** How long nobody reads an answer until its turn goes to another call, in ms: the reader may itself wait for one. */
const unread = 1000;

/** The same for an upload of which nothing moves: its bytes may come from a call that has yet to have its turn. */
const unmoved = 10_000;

const nothing = (): void => undefined;

/**
 * A request under way. Whatever ends it (the server, its socket, a time, the caller's signal, the client) comes to `fail`,
 * whichever of got's and Node's objects it happens to; all of those have listeners from the moment they exist.
 */
export class Call {
  readonly #request: TransportRequest;
  readonly #listener: CallListener;
  readonly #translate: (error: unknown) => LxdError;
  readonly #deadline: Deadline;
  /** Stops listening to the caller's signal. */
  readonly #forget: () => void;
  /** Whether its caller reads the body, so that it cannot be asked again. */
  isHandedOut = false;
  #source: Request | undefined;
  #response: IncomingMessage | undefined;
  #over = false;
  #paused = false;
  /** When something was last heard or sent, or reading was paused. */
  #moved = performance.now();
  #rest: NodeJS.Timeout | undefined;

  constructor(
    request: TransportRequest,
    where: string,
    translate: (error: unknown) => LxdError,
    listener: CallListener,
  ) {
    this.#request = request;
    this.#listener = listener;
    this.#translate = translate;
    this.#deadline = new Deadline(request, where, (error) => this.fail(error));
    this.#forget = onAbort(request.signal, () => this.fail(abortedError(request, request.signal?.reason)));
  }

  /** It goes through this stream of got's. */
  through(source: Request): this {
    this.#source = source;
    source.on('error', (error: unknown) => this.fail(error));
    source.once('response', (response: IncomingMessage) => this.#head(response));
    source.on('data', (chunk: Buffer) => {
      if (this.#over) return;
      this.#heard();
      try {
        this.#listener.piece(chunk);
      } catch (error) {
        this.fail(error); // more than may be kept
      }
    });
    source.once('end', () => {
      if (this.#over) return;
      this.#finish();
      // In a moment: destroyed while it tells of its end, each call costs a third more CPU.
      queueMicrotask(() => source.destroy());
      this.#listener.end();
    });
    const { body, onUpload, onReleased } = this.#request;
    if (typeof body === 'object') {
      source.on('uploadProgress', ({ transferred }: Progress) => {
        this.#moved = performance.now();
        this.#deadline.sent();
        if (!this.#over) onUpload?.(transferred);
      });
    }
    if (onReleased) this.#rest = setTimeout(() => this.#look(), unread).unref();
    this.#deadline.check();
    return this;
  }

  /** Node sends it with this; `mayTunnel` as in `Deadline`. */
  sentWith(sent: ClientRequest, mayTunnel = false): ClientRequest {
    sent.on('error', nothing); // got listens once, and a damaged answer may be told twice
    sent.once('upgrade', (_response, socket) => {
      socket.on('error', nothing).destroy();
      this.fail(this.#unasked());
    });
    onLost(sent, (error) => this.fail(error));
    return this.#deadline.watch(sent, mayTunnel);
  }

  /** Ends it, and tells why. Nothing happens if it is over. */
  fail(error: unknown): void {
    if (this.#over) return;
    this.#finish();
    this.#source?.destroy();
    this.#listener.fail(this.#translate(error));
  }

  /** Ends it without a word: nobody wants the rest. */
  stop(): void {
    this.#finish();
    this.#source?.destroy();
  }

  get asked(): Asked {
    return askedOf(this.#request);
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#moved = performance.now();
    this.#deadline.hold(true);
    this.#source?.pause();
  }

  resume(): void {
    if (this.#paused) {
      this.#paused = false;
      this.#deadline.hold(false);
    }
    this.#source?.resume();
  }

  /** Over a link that is suspected to be dead: a read that has waited in vain for so many ms is to be asked again. */
  suspect(patience: number): void {
    const { method } = this.#request;
    if (this.isHandedOut || (method !== 'GET' && method !== 'HEAD')) return;
    if (performance.now() - this.#moved >= patience) this.fail(lost());
  }

  #head(response: IncomingMessage): void {
    response.on('error', nothing); // which may be another than Node's: unpacked
    if (this.#over) return;
    this.#response = response;
    this.#heard();
    this.#listener.head(response);
  }

  #heard(): void {
    this.#moved = performance.now();
    this.#deadline.heard();
  }

  #finish(): void {
    this.#over = true;
    this.#deadline.clear();
    this.#forget();
    this.#release();
  }

  /** Whether it keeps its turn though it rests. */
  #look(): void {
    const quiet = performance.now() - this.#moved;
    const uploading = this.#request.body !== undefined && !this.#response;
    const rests = (this.#paused && quiet >= unread) || (uploading && quiet >= unmoved);
    if (rests) this.#release();
    else this.#rest?.refresh();
  }

  #release(): void {
    clearTimeout(this.#rest);
    this.#request.onReleased?.();
  }

  #unasked(): ProtocolError {
    const { method, path } = askedOf(this.#request);
    return new ProtocolError(
      `${method} ${path}: the server changed to another protocol, unasked (HTTP 101)`,
      {
        method,
        path,
        status: 101,
      },
    );
  }
}

/** The body of a call that is handed out: reading it resumes the call, destroying it ends the call. */
export function bodyOf(call: Call): Readable {
  // Not a PassThrough, which costs a fifth of the throughput.
  const body = new Readable({
    highWaterMark: 1 << 18,
    read: () => call.resume(),
    destroy: (error, done) => {
      call.stop();
      done(error);
    },
  });
  // It may fail, or its client be closed, before anybody reads; who reads then gets the error.
  return body.on('error', nothing);
}

/** Tells of a request that ends without an answer and without an error of its own: its socket was closed strangely. */
export function onLost(sent: ClientRequest, end: (error: Error) => void): void {
  let answered = false;
  sent.once('response', (response) => {
    answered = true;
    response.on('error', nothing); // which may be told after its reader has gone
  });
  // In a moment: who closed it may have something better to say.
  sent.once('close', () => {
    if (!answered) setImmediate(() => end(lost()));
  });
}

function lost(): Error {
  return Object.assign(new Error('the connection ended without an answer'), { code: 'ECONNRESET' });
}

export function abortedError(request: TransportRequest, cause: unknown): AbortedError {
  const { method, path } = askedOf(request);
  return new AbortedError(`${method} ${path}: aborted`, { method, path, cause });
}
