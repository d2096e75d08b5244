import type { ClientRequest } from 'node:http';
import { TLSSocket } from 'node:tls';
import { TimeoutError } from '../errors/index.js';
import { askedOf } from './asked.js';
import type { TransportRequest } from './transport.js';

/** How long a server may take to accept a connection, in ms. */
const connectTimeout = 10_000;

/**
 * The times of one request: for the connection, for the whole, for silence. got's own cost more than the request.
 * What is over is told to `end`, which has to do with it: a request may be beyond what destroying it would settle.
 */
export class Deadline {
  readonly #request: TransportRequest;
  readonly #where: string;
  readonly #end: (error: TimeoutError) => void;
  #whole: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;
  #connecting: NodeJS.Timeout | undefined;
  #sent: ClientRequest | undefined;
  #answered = false;
  #held = false;
  #heard = 0;
  #cleared = false;

  constructor(request: TransportRequest, where: string, end: (error: TimeoutError) => void) {
    this.#request = request;
    this.#where = where;
    this.#end = end;
    const { timeout, silence } = request;
    if (timeout !== undefined) {
      this.#whole = setTimeout(() => this.#over(this.#late(timeout)), Math.max(1, this.#left(timeout)));
    }
    if (silence !== undefined) this.#silence = setTimeout(() => this.#quiet(silence), silence);
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
      if (!socket.connecting) return;
      this.connecting();
      socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', this.connected);
    });
  }

  /** The server, or who is on the way to it, is to accept a connection. */
  connecting(): void {
    this.#connecting = setTimeout(() => {
      this.#over(`${this.#where} did not accept the connection within ${String(connectTimeout)} ms`);
    }, connectTimeout);
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
    else if (this.#answered) this.#over(`${this.#where} sent no more of the answer for ${ms(limit)}`);
    else if (this.#sends()) this.#over(`${this.#where} took no more of the upload for ${ms(limit)}`);
    else this.#over(this.#late(limit));
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

  #late(limit: number): string {
    if (!this.#sent && this.#connecting) return `no connection to ${this.#where} within ${ms(limit)}`;
    if (!this.#sent) return `not sent within ${ms(limit)}, since its turn had not come`;
    if (this.#answered) return `the answer of ${this.#where} was not complete within ${ms(limit)}`;
    const applied = this.#request.method === 'GET' ? '' : '; the server may still carry it out';
    return `no answer from ${this.#where} within ${ms(limit)}${applied}`;
  }

  #over(what: string): void {
    const { method, path } = askedOf(this.#request);
    this.#end(new TimeoutError(`${method} ${path}: ${what}`, { method, path }));
  }
}

function ms(limit: number): string {
  return `${String(Math.round(limit))} ms`;
}
