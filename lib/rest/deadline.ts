import type { ClientRequest } from 'node:http';
import { TLSSocket } from 'node:tls';
import { TimeoutError } from '../errors/index.js';
import { askedOf } from './asked.js';
import type { TransportRequest } from './transport.js';

/** How long a server may take to accept a connection, in ms. */
const connectTimeout = 10_000;

/** The times of one request: for the connection, and for the answer. got's own cost more than the request. */
export class Deadline {
  readonly #timers = new Set<NodeJS.Timeout>();

  /** Ends the request when its time is over. */
  watch(sent: ClientRequest, request: TransportRequest, where: string): ClientRequest {
    const { timeout } = request;
    const { method, path } = askedOf(request);
    const applied = method === 'GET' ? '' : '; the server may still carry it out';
    if (timeout !== undefined) {
      this.#after(timeout, () => {
        const message = `${method} ${path}: no answer from ${where} within ${String(Math.round(timeout))} ms${applied}`;
        sent.destroy(new TimeoutError(message, { method, path }));
      });
    }
    sent.once('socket', (socket) => {
      if (!socket.connecting) return;
      const timer = this.#after(connectTimeout, () => {
        const message = `${method} ${path}: ${where} did not accept the connection within ${String(connectTimeout)} ms`;
        sent.destroy(new TimeoutError(message, { method, path }));
      });
      socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
        clearTimeout(timer);
      });
    });
    return sent;
  }

  /** The answer is there. */
  readonly clear = (): void => {
    for (const timer of this.#timers) clearTimeout(timer);
  };

  #after(ms: number, end: () => void): NodeJS.Timeout {
    const timer = setTimeout(end, ms);
    this.#timers.add(timer);
    return timer;
  }
}
