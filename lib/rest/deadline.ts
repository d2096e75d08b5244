import type { ClientRequest } from 'node:http';
import { TLSSocket } from 'node:tls';
import { TimeoutError, type OutcomeUnknownError } from '../errors/index.js';
import { askedOf } from './asked.js';
import { isWrite, outcomeUnknown } from './lost-write.js';
import type { TransportRequest } from './transport.js';

/** How long a server may take to accept a connection, in ms. */
const usualConnectTimeout = 10_000;

/** Those that say that no connection was made, so that nothing was sent. */
const unconnected = new WeakSet<Error>();

/** Whether a request has failed since its server did not accept a connection in time: nothing was sent then. */
export function isUnconnected(error: unknown): boolean {
  return error instanceof TimeoutError && unconnected.has(error);
}

/**
 * The times of one request: for the connection, for the whole, for silence. got's own cost more than the request.
 * What is over is told to `end`, which has to do with it: a request may be beyond what destroying it would settle.
 */
export class Deadline {
  readonly #request: TransportRequest;
  readonly #where: string;
  readonly #end: (error: TimeoutError | OutcomeUnknownError) => void;
  #whole: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;
  #connecting: NodeJS.Timeout | undefined;
  #sent: ClientRequest | undefined;
  #connected = false;
  #answered = false;
  #held = false;
  #heard = 0;
  #cleared = false;

  constructor(
    request: TransportRequest,
    where: string,
    end: (error: TimeoutError | OutcomeUnknownError) => void,
  ) {
    this.#request = request;
    this.#where = where;
    this.#end = end;
    const { timeout, silence } = request;
    if (timeout !== undefined) {
      this.#whole = setTimeout(() => this.#over(this.#late(timeout)), Math.max(1, this.#left(timeout)));
    }
    if (silence !== undefined) this.#silence = setTimeout(() => this.#quiet(silence), silence);
    if (request.background) this.#whole?.unref();
  }

  /** Ends what has waited for too long before it began. */
  check(): void {
    const { timeout } = this.#request;
    // A timer may be early by less than 1 ms.
    if (timeout !== undefined && this.#left(timeout) <= 1) this.#over(this.#late(timeout));
  }

  /** The request goes over this; `mayTunnel`: its socket comes when it is ready, and not when it begins to connect. */
  watch(sent: ClientRequest, mayTunnel = false): ClientRequest {
    this.#sent = sent;
    sent.once('finish', () => this.sent());
    if (mayTunnel) this.connecting();
    return sent.once('socket', (socket) => {
      if (mayTunnel) this.connected();
      if (this.#request.background) socket.unref(); // who uses it next has it count again
      this.#connected = !socket.connecting;
      if (this.#connected) return;
      this.connecting();
      socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
        this.connected();
        this.#connected = true;
      });
    });
  }

  /** Whether the server may have got the request: there was a connection that would carry it. */
  get mayHaveArrived(): boolean {
    return this.#connected;
  }

  /** The server, or who is on the way to it, is to accept a connection. */
  connecting(): void {
    const { connectTimeout = usualConnectTimeout, background } = this.#request;
    this.#connecting = setTimeout(() => {
      const error = this.#error(`${this.#where} did not accept the connection within ${ms(connectTimeout)}`);
      unconnected.add(error);
      this.#end(error);
    }, connectTimeout);
    if (background) this.#connecting.unref();
  }

  readonly connected = (): void => clearTimeout(this.#connecting);

  /** The server has said something: the head of the answer, or a piece of it. */
  heard(): void {
    this.#answered = true;
    this.#heard++;
    this.#silence?.refresh();
  }

  /** A piece of the request has gone, or the last one. */
  sent(): void {
    this.#silence?.refresh();
  }

  /** Nobody reads, so that the silence is not the server's; or somebody does again. */
  hold(held: boolean): void {
    this.#held = held;
    if (!held) this.#silence?.refresh();
  }

  /** The answer is there. */
  readonly clear = (): void => {
    this.#cleared = true;
    clearTimeout(this.#whole);
    clearTimeout(this.#silence);
    clearTimeout(this.#connecting);
  };

  #left(timeout: number): number {
    const { begun } = this.#request;
    return begun === undefined ? timeout : timeout - (performance.now() - begun);
  }

  /** What came while this process did something else for long is read after the timers. */
  #quiet(limit: number): void {
    const heard = this.#heard;
    setImmediate(() => {
      if (this.#heard === heard && !this.#cleared) this.#silent(limit);
    });
  }

  #silent(limit: number): void {
    if (this.#isOurs()) this.#silence?.refresh();
    else if (this.#answered) this.#unheard(`${this.#where} sent no more of the answer for ${ms(limit)}`);
    else if (this.#sends()) this.#over(`${this.#where} took no more of the upload for ${ms(limit)}`);
    else this.#unheard(this.#late(limit, ''));
  }

  /** The caller has set no limit that is over: of a write, the question is what became of it. */
  #unheard(what: string): void {
    if (this.#connected && isWrite(this.#request)) this.#end(outcomeUnknown(this.#error(what)));
    else this.#over(what);
  }

  /** Whether the silence is not the server's fault: nobody reads, or has more to send, or it has work to do. */
  #isOurs(): boolean {
    if (this.#answered) return this.#held;
    if (this.#sends()) return this.#sent?.writableLength === 0;
    return this.#request.patient === true;
  }

  #sends(): boolean {
    return this.#sent?.writableFinished === false;
  }

  #late(limit: number, end = isWrite(this.#request) ? '; the server may still carry it out' : ''): string {
    if (!this.#sent && this.#connecting) return `no connection to ${this.#where} within ${ms(limit)}`;
    if (!this.#sent) return `not sent within ${ms(limit)}, since its turn had not come`;
    if (this.#answered) return `the answer of ${this.#where} was not complete within ${ms(limit)}`;
    return `no answer from ${this.#where} within ${ms(limit)}${end}`;
  }

  #over(what: string): void {
    this.#end(this.#error(what));
  }

  #error(what: string): TimeoutError {
    const { method, path } = askedOf(this.#request);
    return new TimeoutError(`${method} ${path}: ${what}`, { method, path });
  }
}

function ms(limit: number): string {
  return `${String(Math.round(limit))} ms`;
}
