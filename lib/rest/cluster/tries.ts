import {
  ConnectionError,
  OutcomeUnknownError,
  TimeoutError,
  UnavailableError,
  type LxdError,
} from '../../errors/index.js';
import { TunnelError } from '../../connect/proxy/tunnel-error.js';
import type { Connection } from '../connection.js';
import { isUnconnected } from '../deadline.js';
import { within, type Asking } from '../first-way.js';
import { isOnce, isWrite } from '../lost-write.js';
import { retryDelay } from '../retry.js';
import type { Transport } from '../transport.js';

/** What is asked, as far as it says whether it can be asked again. */
interface Repeatable {
  method: string;
  body?: unknown;
  /** Whether its caller, or who made the client, has said how long it may take. */
  isTimed?: boolean | undefined;
}

/** The tries of one request: at the same address after a pause, and at the other ones of its server or cluster. */
export class Tries {
  readonly #connection: Connection;
  readonly #request: Repeatable;
  #again = 0;
  #moves = 0;
  #waited = 0;

  constructor(connection: Connection, request: Repeatable) {
    this.#connection = connection;
    this.#request = request;
  }

  /**
   * Milliseconds after which to try again what has failed over `transport`; undefined to give up.
   * @throws AbortedError and TimeoutError while it waits for an address that answers
   */
  async after(error: unknown, transport: Transport | undefined, asking: Asking): Promise<number | undefined> {
    if (transport && (await this.goesOn(error, transport, asking))) return 0;
    return error instanceof ConnectionError ? retryDelay(this.#request, error, this.#again++) : undefined;
  }

  /** Whether it can be asked at another address, which is in use then. */
  async goesOn(error: unknown, transport: Transport, asking: Asking): Promise<boolean> {
    const { failover } = this.#connection;
    if (!failover?.isPossible) return false;
    const isRead = !isWrite(this.#request);
    const isLeft = isUnsent(error)
      ? failover.leave(transport, isUnconnected(error))
      : error instanceof UnavailableError && isRead
        ? failover.leaveStuck(transport)
        : undefined;
    if (isLeft) {
      if (isOnce(this.#request) || !this.#mayMove(failover.addresses.all.length)) return false;
      return within(isLeft, asking);
    }
    // Lost with its socket: the server may be well. If it is not, the next try finds out, or somebody has.
    if (isRead && isLost(error)) {
      return failover.hasLeft(transport) && this.#mayMove(failover.addresses.all.length);
    }
    if (error instanceof OutcomeUnknownError || error instanceof TimeoutError) void failover.check();
    // A cluster whose leader hangs may take a little longer than a read has here; nobody has said that it must not.
    const mayWait = error instanceof TimeoutError && isRead && failover.isStuck && !this.#request.isTimed;
    return mayWait && this.#waited++ === 0;
  }

  #mayMove(addresses: number): boolean {
    return this.#moves++ < addresses + 1;
  }
}

/** Codes of Node that mean that no connection was made. */
const unsent = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** Whether no connection was made, so that the server has seen nothing of the request. */
export function isUnsent(error: unknown): boolean {
  if (isUnconnected(error)) return true;
  if (!(error instanceof ConnectionError) || error instanceof OutcomeUnknownError) return false;
  if (error.cause instanceof TunnelError) return true;
  const { code = '', syscall = '', message = '' } = causeOf(error);
  if (code === 'ECONNRESET') return message.includes('before secure TLS connection');
  return unsent.has(code) && syscall !== 'read' && syscall !== 'write';
}

function isLost(error: unknown): boolean {
  return error instanceof ConnectionError && ['ECONNRESET', 'EPIPE'].includes(causeOf(error).code ?? '');
}

function causeOf(error: LxdError): Partial<NodeJS.ErrnoException> {
  return error.cause ?? {};
}
